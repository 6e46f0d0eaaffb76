import type { Kysely } from "kysely";
import { type Leak, leak } from "../domain/leak.ts";
import type { Store, Versioned } from "../usecases/store-port.ts";
import { bodyOf } from "./body.ts";
import type { Tables } from "./tables.ts";

export function leaks(kysely: Kysely<Tables>): Pick<Store, "leak" | "leakMarked" | "leaksGivenUp"> {
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
    async leaksGivenUp(now, limit) {
      return (await bodies.where("due_at", "<=", now).orderBy("due_at").limit(limit).execute()).map(readLeak);
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

/** When somebody must have said what came of trying a secret; null once that is known. */
export async function findTried(kysely: Kysely<Tables>): Promise<void> {
  const { schema } = kysely;
  await schema.alterTable("leaks").addColumn("due_at", "bigint").execute();
  await schema.createIndex("leaks_due").on("leaks").column("due_at").execute();
}

export function leakRow(next: Leak): Omit<Tables["leaks"], "version"> {
  const { id, mark, key = null, proof } = next;
  return { id, mark, key, due_at: proof.is === "trying" ? proof.until : null, body: bodyOf(leak, next) };
}

function readLeak({ version, body }: { version: number; body: string }): Versioned<Leak> {
  return { version, value: leak.parse(JSON.parse(body)) };
}
