import type { Kysely, Transaction } from "kysely";
import { type Reminder, reminder } from "../domain/reminder.ts";
import type { Upkeep } from "../usecases/upkeep-port.ts";
import { wantKeysRedrawn } from "./cards.ts";
import { bodyOf } from "./body.ts";
import { readRow } from "./inventory-rows.ts";
import { readKey, type Tables } from "./tables.ts";
import { write } from "./write.ts";

export function reminders(
  kysely: Kysely<Tables>,
): Pick<Upkeep, "leaseWatched" | "looked" | "watchAnew" | "reminder" | "remindersOf"> {
  const bodies = kysely.selectFrom("reminders").select("body");
  return {
    async leaseWatched(now, until, limit) {
      const due = kysely.selectFrom("inventory").select("id").where("look_at", "<=", now);
      const ids = (await due.orderBy("look_at").orderBy("id").limit(limit).execute()).map(({ id }) => id);
      if (ids.length === 0) return [];
      const rows = await write(kysely, (transaction) =>
        transaction
          .updateTable("inventory")
          .set({ look_at: until })
          .where("id", "in", ids)
          .where("look_at", "<=", now)
          .returningAll()
          .execute(),
      );
      const known = await kysely
        .selectFrom("keys")
        .select(["id", "version", "body"])
        .where("id", "in", ids)
        .execute();
      const records = new Map(known.map((row) => [row.id, readKey(row).value]));
      return rows.map((row) => ({ key: readRow(row), record: records.get(row.id) }));
    },

    async looked(keys, lease) {
      const ended = keys.filter(({ next }) => next === undefined).map(({ key }) => key);
      await write(kysely, async (transaction) => {
        await wantKeysRedrawn(transaction, ended);
        for (const { key, next = null } of keys) {
          await transaction
            .updateTable("inventory")
            .set({ look_at: next })
            .where("id", "=", key)
            .where("look_at", "=", lease)
            .execute();
        }
      });
    },

    async watchAnew() {
      await write(kysely, (transaction) =>
        transaction.updateTable("inventory").set({ look_at: 0 }).where("look_at", "is not", null).execute(),
      );
    },

    async reminder(id) {
      const row = await bodies.where("id", "=", id).executeTakeFirst();
      return row && readReminder(row);
    },

    async remindersOf(key) {
      return (await bodies.where("key", "=", key).orderBy("id").execute()).map(readReminder);
    },
  };
}

function readReminder({ body }: { body: string }): Reminder {
  return reminder.parse(JSON.parse(body));
}

export async function insertReminder(transaction: Transaction<Tables>, next: Reminder): Promise<void> {
  const { id, key } = next;
  await transaction
    .insertInto("reminders")
    .values({ id, key, body: bodyOf(reminder, next) })
    .execute();
}

/** Every key is looked at once it is there, and after each change. */
export async function createReminders({ schema }: Kysely<Tables>): Promise<void> {
  await schema
    .createTable("reminders")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("key", "bigint", (column) => column.notNull())
    .addColumn("body", "text", (column) => column.notNull())
    .execute();
  await schema.createIndex("reminders_of").on("reminders").column("key").execute();
  await schema
    .alterTable("inventory")
    .addColumn("look_at", "bigint", (column) => column.defaultTo(0))
    .execute();
  await schema.createIndex("inventory_look").on("inventory").columns(["look_at", "id"]).execute();
}
