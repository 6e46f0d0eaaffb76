import type { Kysely } from "kysely";
import type { Store } from "../usecases/store-port.ts";
import { readCard, type Tables } from "./tables.ts";
import { write } from "./write.ts";

export function cards(
  kysely: Kysely<Tables>,
): Pick<Store, "leaseCards" | "cardDrawn" | "cardFailed" | "cardsOf"> {
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
          if (mine !== undefined) leased.push(readCard(mine));
        }
        return leased;
      });
    },

    async cardDrawn(id, { place, shows, notBefore }) {
      const drawn = { place: JSON.stringify(place), shows, not_before: notBefore, leased_until: 0 };
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

/** Cards that were never posted or show less than their request and claim have become since. */
async function idsBehind(kysely: Kysely<Tables>, now: number, limit: number): Promise<string[]> {
  const rows = await kysely
    .selectFrom("cards")
    .innerJoin("requests", "requests.id", "cards.subject")
    .leftJoin("claims", "claims.request", "cards.subject")
    .select("cards.id")
    .where("cards.gone", "=", 0)
    .where("cards.not_before", "<=", now)
    .where("cards.leased_until", "<=", now)
    .where((row) =>
      row.or([
        row("cards.place", "is", null),
        row("cards.shows", "<", row("requests.version", "+", row.fn.coalesce("claims.version", row.lit(0)))),
      ]),
    )
    .orderBy("cards.not_before")
    .orderBy("cards.id")
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}
