import type { Kysely } from "kysely";
import { type Leak, leak } from "../domain/leak.ts";
import type { Store, Versioned } from "../usecases/store-port.ts";
import type { Tables } from "./tables.ts";

export function leaks(kysely: Kysely<Tables>): Pick<Store, "leak" | "leakMarked"> {
  const bodies = kysely.selectFrom("leaks").select(["version", "body"]);
  return {
    async leak(id) {
      const row = await bodies.where("id", "=", id).executeTakeFirst();
      return row && readLeak(row);
    },
    async leakMarked(mark) {
      const row = await bodies.where("mark", "=", mark).executeTakeFirst();
      return row && readLeak(row);
    },
  };
}

/** One row for each secret, however often it is seen. */
export async function createLeaks({ schema }: Kysely<Tables>): Promise<void> {
  await schema
    .createTable("leaks")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("mark", "text", (column) => column.notNull().unique())
    .addColumn("key", "bigint")
    .addColumn("body", "text", (column) => column.notNull())
    .execute();
  await schema.createIndex("leaks_of").on("leaks").column("key").execute();
}

export function leakRow(next: Leak): { id: string; mark: string; key: number | null; body: string } {
  return { id: next.id, mark: next.mark, key: next.key ?? null, body: JSON.stringify(next) };
}

function readLeak({ version, body }: { version: number; body: string }): Versioned<Leak> {
  return { version, value: leak.parse(JSON.parse(body)) };
}
