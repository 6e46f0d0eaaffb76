import type { Kysely } from "kysely";
import { z } from "zod";
import { MINUTE, personId } from "../domain/values.ts";
import type { Store } from "../usecases/store-port.ts";
import { append, lockHead } from "./audit-trail.ts";
import type { Tables } from "./tables.ts";
import { write } from "./write.ts";

const reasons = z.record(z.string(), z.int());

/**
 * A row is one person's minute, begun by the refusal that was recorded as an event; it counts those
 * after it. The tallies belong to the trail, so the trail's lock is theirs too: two replicas never
 * both call a refusal the first.
 */
export function refusalTallies(kysely: Kysely<Tables>): Pick<Store, "tallyRefusal" | "closeTallies"> {
  return {
    async tallyRefusal(reason, event) {
      const { actor: person, at } = event;
      await write(kysely, async (transaction) => {
        await lockHead(transaction);
        const open = await transaction
          .selectFrom("refusal_tallies")
          .selectAll()
          .where("person", "=", person)
          .where("since", ">", at - MINUTE)
          .orderBy("since", "desc")
          .executeTakeFirst();
        if (open === undefined) {
          const begun = { person, since: at, reasons: "{}" };
          await transaction.insertInto("refusal_tallies").values(begun).execute();
          return append(transaction, [event]);
        }
        const counted = reasons.parse(JSON.parse(open.reasons));
        counted[reason] = (counted[reason] ?? 0) + 1;
        await transaction
          .updateTable("refusal_tallies")
          .set({ reasons: JSON.stringify(counted) })
          .where("person", "=", person)
          .where("since", "=", open.since)
          .execute();
      });
    },

    async closeTallies(before, summary) {
      const over = kysely.selectFrom("refusal_tallies").select("person").where("since", "<=", before);
      // Looked at first without the lock that every commit waits for: mostly there is nothing to do.
      if ((await over.executeTakeFirst()) === undefined) return;
      await write(kysely, async (transaction) => {
        await lockHead(transaction);
        const taken = await transaction
          .deleteFrom("refusal_tallies")
          .where("since", "<=", before)
          .returningAll()
          .execute();
        const events = taken.flatMap(({ person, since, reasons: text }) => {
          const tally = { person: personId.parse(person), since, reasons: reasons.parse(JSON.parse(text)) };
          return summary(tally) ?? [];
        });
        await append(transaction, events);
      });
    },
  };
}
