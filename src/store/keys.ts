import type { Kysely } from "kysely";
import type { PersonId } from "../domain/values.ts";
import type { Store } from "../usecases/store-port.ts";
import { readKey, type Tables } from "./tables.ts";

export function keys(kysely: Kysely<Tables>): Pick<Store, "key" | "countKeysOf"> {
  return {
    async key(id) {
      const bodies = kysely.selectFrom("keys").select(["version", "body"]);
      const row = await bodies.where("id", "=", id).executeTakeFirst();
      return row && readKey(row);
    },
    countKeysOf: (owner) => countKeysOf(kysely, owner),
  };
}

/** One statement, so that a key whose request is fulfilled meanwhile is counted once. */
export async function countKeysOf(kysely: Kysely<Tables>, owner: PersonId): Promise<number> {
  const { made, coming } = await kysely
    .selectNoFrom((outer) => [
      outer
        .selectFrom("keys")
        .select((row) => row.fn.countAll<number>().as("count"))
        .where("owner", "=", owner)
        .where("deleted", "=", 0)
        .as("made"),
      outer
        .selectFrom("requests")
        .select((row) => row.fn.countAll<number>().as("count"))
        .where("asker", "=", owner)
        .where("reserved_name", "is not", null)
        .as("coming"),
    ])
    .executeTakeFirstOrThrow();
  return (made ?? 0) + (coming ?? 0);
}
