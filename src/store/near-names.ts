import type { Kysely } from "kysely";
import { nearestNames } from "../domain/near-names.ts";
import type { Inventory } from "../usecases/inventory-port.ts";
import { folded, type Tables } from "./tables.ts";

/** Names looked at on each side of where the text would stand; and of a person's own, all of these. */
const LOOKED_AT = 50;
const OWN = 500;

/** Names that a slip of the hand may have missed, nearest first. */
export async function nearest(
  kysely: Kysely<Tables>,
  text: string,
  { of, limit }: Parameters<Inventory["nearNames"]>[1],
): Promise<string[]> {
  const names = of === undefined ? await around(kysely, folded(text.trim())) : await ofOwner(kysely, of);
  return nearestNames(text, names, limit);
}

async function ofOwner(kysely: Kysely<Tables>, owner: string): Promise<string[]> {
  const rows = await kysely
    .selectFrom("inventory")
    .select("name")
    .where("owner", "=", owner)
    .orderBy("folded_name")
    .limit(OWN)
    .execute();
  return rows.map(({ name }) => name);
}

/** Neighbours in the order of names, of the text and of what it begins with: never the whole table. */
async function around(kysely: Kysely<Tables>, wanted: string): Promise<string[]> {
  const names = kysely.selectFrom("inventory").select("name").limit(LOOKED_AT);
  const points = [...wanted];
  const starts = [points.length, Math.ceil(points.length / 2), 1].map((length) =>
    points.slice(0, length).join(""),
  );
  const found = await Promise.all(
    [...new Set(starts)].flatMap((start) => [
      names.where("folded_name", ">=", start).orderBy("folded_name").execute(),
      names.where("folded_name", "<", start).orderBy("folded_name", "desc").execute(),
    ]),
  );
  return found.flat().map(({ name }) => name);
}
