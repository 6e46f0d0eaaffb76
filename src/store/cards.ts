import { type Kysely, sql, type SqlBool, type Transaction } from "kysely";
import type { Card } from "../domain/card.ts";
import type { PersonId } from "../domain/values.ts";
import type { Change, Store } from "../usecases/store-port.ts";
import { cardRow, readCard, recipient, type Tables } from "./tables.ts";
import { write } from "./write.ts";

export function cards(
  kysely: Kysely<Tables>,
): Pick<Store, "leaseCards" | "cardDrawn" | "cardFailed" | "cardsWait" | "cardsOf" | "wantCardsRedrawn"> {
  return {
    async leaseCards(now, until, limit) {
      const behind = await idsBehind(kysely, now, limit);
      if (behind.length === 0) return [];
      return await write(kysely, async (transaction) => {
        const leased = [];
        // One by one in order of id, so that two replicas never wait for each other in a circle;
        // whoever comes second finds the lease taken.
        for (const id of behind.toSorted()) {
          const mine = await transaction
            .updateTable("cards")
            .set({ leased_until: until })
            .where("id", "=", id)
            .where("gone", "=", 0)
            .where("leased_until", "<=", now)
            .where("not_before", "<=", now)
            .returningAll()
            .executeTakeFirst();
          if (mine !== undefined) leased.push({ card: readCard(mine), wanted: mine.wanted });
        }
        return leased;
      });
    },

    async cardDrawn(id, { place, shows, notBefore, incomplete }) {
      const drawn = {
        place: JSON.stringify(place),
        shows,
        incomplete: incomplete ? 1 : 0,
        not_before: notBefore,
        leased_until: 0,
      };
      await write(kysely, (transaction) =>
        transaction.updateTable("cards").set(drawn).where("id", "=", id).execute(),
      );
    },

    async cardFailed(id, failed) {
      const next = failed === "gone" ? { gone: 1 } : { not_before: failed.notBefore };
      await write(kysely, (transaction) =>
        transaction
          .updateTable("cards")
          .set({ ...next, leased_until: 0 })
          .where("id", "=", id)
          .execute(),
      );
    },

    async cardsWait(person, notBefore) {
      const theirs = recipient({ person });
      await write(kysely, (transaction) =>
        transaction
          .updateTable("cards")
          .set({ not_before: notBefore })
          .where(BEHIND)
          .where("recipient", "=", theirs)
          .execute(),
      );
    },

    async wantCardsRedrawn(which) {
      await write(kysely, async (transaction) => {
        const pending = transaction.selectFrom("requests").select("id").where("state", "=", "pending");
        const cards = transaction.updateTable("cards").set((row) => ({ wanted: row("wanted", "+", 1) }));
        await (
          which === "pending" ? cards.where("subject", "in", pending) : cards.where(INCOMPLETE)
        ).execute();
      });
    },

    async cardsOf(subject) {
      const rows = await kysely
        .selectFrom("cards")
        .selectAll()
        .where("subject", "=", subject)
        .orderBy("id")
        .execute();
      return rows.map(readCard);
    },
  };
}

/** Cards that were never posted or show less than what they are about has become since. */
async function idsBehind(kysely: Kysely<Tables>, now: number, limit: number): Promise<string[]> {
  const rows = await kysely
    .selectFrom("cards")
    .select("id")
    .where(BEHIND)
    .where("not_before", "<=", now)
    .where("leased_until", "<=", now)
    .orderBy("not_before")
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

/** Written out, not bound, so that the index of the same words is used: history costs nothing then. */
const BEHIND = sql<SqlBool>`gone = 0 and shows < wanted`;
const INCOMPLETE = sql<SqlBool>`incomplete = 1`;

/** A new card is behind at once; it counts from what its subject has come to. */
export async function insertCard(transaction: Transaction<Tables>, next: Card): Promise<void> {
  const { version } = (await versionOf(transaction, next.subject)) ?? { version: 1 };
  const wanted = Math.max(version, next.shows + 1);
  await transaction
    .insertInto("cards")
    .values({ ...cardRow(next), wanted })
    .execute();
}

/** What cards are about has changed, in the same commit. */
export async function wantRedrawn(transaction: Transaction<Tables>, change: Change): Promise<void> {
  const cards = transaction.updateTable("cards").set((row) => ({ wanted: row("wanted", "+", 1) }));
  switch (change.row) {
    case "request":
    case "report":
    case "departure":
    case "adoption":
    case "leak":
    case "lockout":
      await cards.where("subject", "=", change.next.id).execute();
      break;
    case "claim":
      await cards.where("subject", "=", change.next.request).execute();
      break;
    case "key": {
      const owners = [change.before?.value.owner, change.next.owner].filter((each) => each !== undefined);
      await wantKeysRedrawn(transaction, [change.next.id], owners);
      break;
    }
    case "reminder":
    case "card":
  }
}

/** Keys of one statement, which names each four times; SQLite binds 32,766 values at most. */
const CHUNK = 2000;

/**
 * Cards that show how these keys are: of reports, leaks and reminders, and of owners who left. To be
 * called before a row of the inventory goes, since that says whose the key was.
 */
export async function wantKeysRedrawn(
  transaction: Transaction<Tables>,
  keys: readonly number[],
  owners: readonly PersonId[] = [],
): Promise<void> {
  const left = transaction.selectFrom("departures").select("id as subject");
  for (let i = 0; i < keys.length; i += CHUNK) {
    const some = keys.slice(i, i + CHUNK);
    const about = transaction.selectFrom("inventory").select("owner").where("id", "in", some);
    const theirs = about.where("owner", "is not", null).$castTo<{ owner: string }>();
    const subjects = transaction
      .selectFrom("report_keys")
      .select("report as subject")
      .where("key", "in", some)
      .unionAll(transaction.selectFrom("leaks").select("id as subject").where("key", "in", some))
      .unionAll(transaction.selectFrom("reminders").select("id as subject").where("key", "in", some))
      .unionAll(left.where("person", "in", theirs));
    const all = owners.length === 0 ? subjects : subjects.unionAll(left.where("person", "in", owners));
    await transaction
      .updateTable("cards")
      .set((row) => ({ wanted: row("wanted", "+", 1) }))
      .where("subject", "in", all)
      .execute();
  }
}

/** A request's version and its claim's, added up: each commit of either moves it on. */
async function versionOf(
  transaction: Transaction<Tables>,
  subject: string,
): Promise<{ version: number } | undefined> {
  return transaction
    .selectFrom("requests")
    .leftJoin("claims", "claims.request", "requests.id")
    .select((row) =>
      row("requests.version", "+", row.fn.coalesce("claims.version", row.lit(0))).as("version"),
    )
    .where("requests.id", "=", subject)
    .executeTakeFirst();
}

/** Cards of before know what they show; what they should show stands with their subjects. */
export async function wantCards(transaction: Kysely<Tables>): Promise<void> {
  const { schema } = transaction;
  await schema
    .alterTable("cards")
    .addColumn("wanted", "integer", (column) => column.notNull().defaultTo(0))
    .execute();
  await sql`update cards set wanted = coalesce((select requests.version + coalesce(claims.version, 0)
    from requests left join claims on claims.request = requests.id
    where requests.id = cards.subject), 0)`.execute(transaction);
  await sql`create index cards_behind on cards (not_before, id) where gone = 0 and shows < wanted`.execute(
    transaction,
  );
}

/** Cards may have been drawn as far as anybody answered then. */
export async function findIncomplete(transaction: Kysely<Tables>): Promise<void> {
  await transaction.schema
    .alterTable("cards")
    .addColumn("incomplete", "integer", (column) => column.notNull().defaultTo(0))
    .execute();
  // What stood in a card until now, no row says: each that waits for a decision is drawn once more.
  await sql`update cards set incomplete = 1 where subject in (select id from requests where state = 'pending')`.execute(
    transaction,
  );
  await sql`create index cards_incomplete on cards (id) where incomplete = 1`.execute(transaction);
}
