import type { Kysely } from "kysely";
import { type Adoption, adoption } from "../domain/adoption.ts";
import type { Store } from "../usecases/store-port.ts";
import type { Versioned } from "../usecases/store-port.ts";
import { bodyOf } from "./body.ts";
import type { Tables } from "./tables.ts";

export function adoptions(kysely: Kysely<Tables>): Pick<Store, "adoption" | "confirmedAdoptions"> {
  const bodies = kysely.selectFrom("adoptions").select(["version", "body"]);
  return {
    async adoption(id) {
      const row = await bodies.where("id", "=", id).executeTakeFirst();
      return row && readAdoption(row);
    },
    async confirmedAdoptions() {
      return (await bodies.where("open", "=", 1).orderBy("id").execute()).map(readAdoption);
    },
  };
}

export async function createAdoptions({ schema }: Kysely<Tables>): Promise<void> {
  await schema
    .createTable("adoptions")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("open", "integer", (column) => column.notNull())
    .addColumn("body", "text", (column) => column.notNull())
    .execute();
  await schema.createIndex("adoptions_open").on("adoptions").column("open").execute();
}

export function adoptionRow(next: Adoption): { id: string; open: 0 | 1; body: string } {
  const open = next.decided?.as === "confirmed" && next.done === undefined ? 1 : 0;
  return { id: next.id, open, body: bodyOf(adoption, next) };
}

function readAdoption({ version, body }: { version: number; body: string }): Versioned<Adoption> {
  return { version, value: adoption.parse(JSON.parse(body)) };
}
