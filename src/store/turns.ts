import type { Kysely } from "kysely";
import type { Store } from "../usecases/store-port.ts";
import type { Tables } from "./tables.ts";
import { write } from "./write.ts";

/** Work that one replica does now and then: a row says when each is due again. */
export function turns(kysely: Kysely<Tables>): Pick<Store, "takeTurn" | "callTurn"> {
  return {
    async takeTurn(work, now, next) {
      const mine = await write(kysely, async (transaction) => {
        await transaction
          .insertInto("turns")
          .values({ work, due_at: 0 })
          .onConflict((row) => row.column("work").doNothing())
          .execute();
        return transaction
          .updateTable("turns")
          .set({ due_at: next })
          .where("work", "=", work)
          .where("due_at", "<=", now)
          .returning("work")
          .executeTakeFirst();
      });
      return mine !== undefined;
    },
    async callTurn(work) {
      await write(kysely, (transaction) =>
        transaction.updateTable("turns").set({ due_at: 0 }).where("work", "=", work).execute(),
      );
    },
  };
}

/** When each piece of work that is done now and then is due again. */
export async function createTurns({ schema }: Kysely<Tables>): Promise<void> {
  await schema
    .createTable("turns")
    .addColumn("work", "text", (column) => column.primaryKey().notNull())
    .addColumn("due_at", "bigint", (column) => column.notNull())
    .execute();
}
