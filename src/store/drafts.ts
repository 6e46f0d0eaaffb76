import type { Kysely } from "kysely";
import { roleDrafting } from "../domain/role-draft.ts";
import type { Drafts } from "../usecases/drafts-port.ts";
import { bodyOf } from "./body.ts";
import type { Tables } from "./tables.ts";
import { write } from "./write.ts";

/** Half-made changes to roles; what was put last counts, for one form is open at one person only. */
export function drafts(kysely: Kysely<Tables>): Drafts {
  return {
    async putDraft(drafting) {
      const row = { body: bodyOf(roleDrafting, drafting), started_at: drafting.startedAt };
      await write(kysely, (transaction) =>
        transaction
          .insertInto("drafts")
          .values({ id: drafting.id, person: drafting.by, ...row })
          .onConflict((there) => there.column("id").doUpdateSet(row).where("drafts.person", "=", drafting.by))
          .execute(),
      );
    },

    async draft(id, by) {
      const row = await kysely
        .selectFrom("drafts")
        .select("body")
        .where("id", "=", id)
        .where("person", "=", by)
        .executeTakeFirst();
      return row && roleDrafting.parse(JSON.parse(row.body));
    },

    async dropDraft(id) {
      await write(kysely, (transaction) => transaction.deleteFrom("drafts").where("id", "=", id).execute());
    },

    async dropDraftsBefore(moment) {
      await write(kysely, (transaction) =>
        transaction.deleteFrom("drafts").where("started_at", "<=", moment).execute(),
      );
    },
  };
}

export async function createDrafts({ schema }: Kysely<Tables>): Promise<void> {
  await schema
    .createTable("drafts")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("person", "text", (column) => column.notNull())
    .addColumn("started_at", "bigint", (column) => column.notNull())
    .addColumn("body", "text", (column) => column.notNull())
    .execute();
  await schema.createIndex("drafts_started").on("drafts").column("started_at").execute();
}
