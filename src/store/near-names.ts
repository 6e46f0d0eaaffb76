import type { Kysely } from "kysely";
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
  const wanted = folded(text.trim());
  const names = of === undefined ? await around(kysely, wanted) : await ofOwner(kysely, of);
  const most = Math.max(2, Math.floor(wanted.length / 3));
  return [...new Set(names)]
    .map((name) => ({ name, far: distance(wanted, folded(name)) }))
    .filter(({ name, far }) => far <= most || (wanted.length > 2 && folded(name).includes(wanted)))
    .toSorted((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1))
    .slice(0, limit)
    .map(({ name }) => name);
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

/** Characters to put in, take out, replace or swap with their neighbour, to make one text of the other. */
function distance(one: string, other: string): number {
  const a = [...one].slice(0, 100);
  const b = [...other].slice(0, 100);
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? Infinity) + 1 : Infinity;
      row.push(Math.min(replaced, swapped, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
