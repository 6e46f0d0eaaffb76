import type { Kysely } from "kysely";
import { z } from "zod";
import { locale, personId } from "../domain/values.ts";
import type { Person } from "../usecases/ports.ts";
import type { Store } from "../usecases/store-port.ts";
import { hasCome } from "./ahead.ts";
import type { Tables } from "./tables.ts";
import { write } from "./write.ts";

const person: z.ZodType<Person> = z.object({
  id: personId,
  kind: z.enum(["member", "guest", "bot", "deactivated", "stranger"]),
  name: z.string(),
  timeZone: z.string(),
  locale,
});

/**
 * What Slack said last, shared by all replicas; of two answers the one that was read later stays, unless
 * its stamp lies so far ahead that it is a wrong clock's.
 */
export function directoryCache(
  kysely: Kysely<Tables>,
): Pick<Store, "person" | "putPerson" | "members" | "putMembers" | "forget"> {
  return {
    async person(id) {
      const row = await kysely.selectFrom("people").selectAll().where("id", "=", id).executeTakeFirst();
      return row && { person: person.parse(JSON.parse(row.body)), readAt: row.read_at };
    },

    async putPerson(put, readAt) {
      const row = { body: JSON.stringify(put), read_at: readAt };
      await write(kysely, (transaction) =>
        transaction
          .insertInto("people")
          .values({ id: put.id, ...row })
          .onConflict((there) => there.column("id").doUpdateSet(row).where(hasCome("people.read_at", readAt)))
          .execute(),
      );
    },

    async members(slackGroup) {
      const row = await kysely
        .selectFrom("slack_groups")
        .selectAll()
        .where("id", "=", slackGroup)
        .executeTakeFirst();
      return row && { members: z.array(personId).parse(JSON.parse(row.members)), readAt: row.read_at };
    },

    async putMembers(slackGroup, members, readAt) {
      const row = { members: JSON.stringify(members), read_at: readAt };
      await write(kysely, (transaction) =>
        transaction
          .insertInto("slack_groups")
          .values({ id: slackGroup, ...row })
          .onConflict((there) =>
            there.column("id").doUpdateSet(row).where(hasCome("slack_groups.read_at", readAt)),
          )
          .execute(),
      );
    },

    async forget(what) {
      await write(kysely, (transaction) =>
        "person" in what
          ? transaction.deleteFrom("people").where("id", "=", what.person).execute()
          : transaction.deleteFrom("slack_groups").where("id", "=", what.slackGroup).execute(),
      );
    },
  };
}
