import type { Kysely } from "kysely";
import { z } from "zod";
import { MINUTE, personId } from "../domain/values.ts";
import type { Store } from "../usecases/ports.ts";
import { lockHead } from "./audit-trail.ts";
import type { Tables } from "./tables.ts";
import { write } from "./write.ts";

const reasons = z.record(z.string(), z.int());

/**
 * A row is one person's minute, begun by the refusal that was recorded as an event; it counts those
 * after it. The tallies belong to the trail, so the trail's lock is theirs too: two replicas never
 * both call a refusal the first.
 */
export function refusalTallies(kysely: Kysely<Tables>): Pick<Store, "tallyRefusal" | "takeTallies"> {
  return {
    async tallyRefusal(person, reason, now) {
      return await write(kysely, async (transaction) => {
        await lockHead(transaction);
        const open = await transaction
          .selectFrom("refusal_tallies")
          .selectAll()
          .where("person", "=", person)
          .where("since", ">", now - MINUTE)
          .orderBy("since", "desc")
          .executeTakeFirst();
        if (open === undefined) {
          const begun = { person, since: now, reasons: "{}" };
          await transaction.insertInto("refusal_tallies").values(begun).execute();
          return "first";
        }
        const counted = reasons.parse(JSON.parse(open.reasons));
        counted[reason] = (counted[reason] ?? 0) + 1;
        await transaction
          .updateTable("refusal_tallies")
          .set({ reasons: JSON.stringify(counted) })
          .where("person", "=", person)
          .where("since", "=", open.since)
          .execute();
        return "counted";
      });
    },

    async takeTallies(before) {
      const over = await write(kysely, async (transaction) => {
        await lockHead(transaction);
        return await transaction
          .deleteFrom("refusal_tallies")
          .where("since", "<=", before)
          .returningAll()
          .execute();
      });
      return over.map((row) => ({
        person: personId.parse(row.person),
        since: row.since,
        reasons: reasons.parse(JSON.parse(row.reasons)),
      }));
    },
  };
}
