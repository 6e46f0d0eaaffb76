import type { Kysely } from "kysely";
import { personId } from "../domain/values.ts";
import type { HomesDue, Store } from "../usecases/store-port.ts";
import type { Tables } from "./tables.ts";
import { write } from "./write.ts";

/** Below any event's number: whatever there is, it has not been shown. */
const NOTHING_SHOWN = -1;

/** App Homes that are being kept up to date, so that any replica does it and a restart forgets none. */
export function homes(
  kysely: Kysely<Tables>,
): Pick<Store, "homeOpened" | "leaseHomes" | "homesDrawn" | "homeFailed" | "auditHead"> {
  const auditHead = async (): Promise<number> =>
    (await kysely.selectFrom("audit_head").select("seq").executeTakeFirstOrThrow()).seq;
  return {
    auditHead,

    async homeOpened(person, at) {
      const opened = { opened_at: at, shows: NOTHING_SHOWN, look: "" };
      const never = { drawn_at: 0, not_before: 0, leased_until: 0 };
      await write(kysely, (transaction) =>
        transaction
          .insertInto("homes")
          .values({ person, ...opened, ...never })
          .onConflict((conflict) => conflict.column("person").doUpdateSet(opened))
          .execute(),
      );
    },

    async leaseHomes(due) {
      // Read first: what happens meanwhile makes the Home due again.
      const head = await auditHead();
      const behind = await peopleBehind(kysely, due, head);
      if (behind.length === 0) return { homes: [], head };
      return await write(kysely, async (transaction) => {
        const leased = [];
        // One by one in order, so that two replicas never wait for each other in a circle.
        for (const person of behind.toSorted()) {
          const mine = await transaction
            .updateTable("homes")
            .set({ leased_until: due.until })
            .where("person", "=", person)
            .where("leased_until", "<=", due.now)
            .where("not_before", "<=", due.now)
            .returning(["person", "look"])
            .executeTakeFirst();
          if (mine !== undefined) leased.push({ person: personId.parse(mine.person), look: mine.look });
        }
        return { homes: leased, head };
      });
    },

    async homesDrawn(drawn) {
      if (drawn.length === 0) return;
      await write(kysely, async (transaction) => {
        for (const { person, shows, look, at, notBefore } of drawn.toSorted(inOrder)) {
          const now = { shows, look, drawn_at: at, not_before: notBefore, leased_until: 0 };
          await transaction.updateTable("homes").set(now).where("person", "=", person).execute();
        }
      });
    },

    async homeFailed(person, notBefore) {
      await write(kysely, (transaction) =>
        transaction
          .updateTable("homes")
          .set({ not_before: notBefore, leased_until: 0 })
          .where("person", "=", person)
          .execute(),
      );
    },
  };
}

/** The order in which everybody takes rows, so that two replicas never wait for each other in a circle. */
function inOrder(one: { person: string }, other: { person: string }): number {
  return one.person < other.person ? -1 : 1;
}

async function peopleBehind(
  kysely: Kysely<Tables>,
  { now, openedSince, lookedAtBefore, limit }: HomesDue,
  head: number,
): Promise<string[]> {
  const rows = await kysely
    .selectFrom("homes")
    .select("person")
    .where("opened_at", ">=", openedSince)
    .where("not_before", "<=", now)
    .where("leased_until", "<=", now)
    .where((row) => row.or([row("shows", "<", head), row("drawn_at", "<=", lookedAtBefore)]))
    .orderBy("not_before")
    .orderBy("person")
    .limit(limit)
    .execute();
  return rows.map((row) => row.person);
}

export async function createHomes({ schema }: Kysely<Tables>): Promise<void> {
  await schema
    .createTable("homes")
    .addColumn("person", "text", (column) => column.primaryKey().notNull())
    .addColumn("opened_at", "bigint", (column) => column.notNull())
    .addColumn("shows", "bigint", (column) => column.notNull())
    .addColumn("look", "text", (column) => column.notNull())
    .addColumn("drawn_at", "bigint", (column) => column.notNull())
    .addColumn("not_before", "bigint", (column) => column.notNull())
    .addColumn("leased_until", "bigint", (column) => column.notNull())
    .execute();
  await schema.createIndex("homes_opened").on("homes").column("opened_at").execute();
}
