import type { Transaction } from "kysely";
import type { Instant } from "../domain/values.ts";
import { keyOf } from "../domain/wants.ts";
import type { Differing, Inventory, ListedKey } from "../usecases/inventory-port.ts";
import { AHEAD } from "./ahead.ts";
import { wantKeysRedrawn } from "./cards.ts";
import { writeAll } from "./commit.ts";
import {
  isSame,
  type InventoryRow,
  keptKey,
  knownOfKey,
  looksOther,
  readRow,
  toRow,
} from "./inventory-rows.ts";
import { readClaim, readKey, readRequest, type Tables } from "./tables.ts";

/** Rows written by one statement; SQLite binds 32,766 values at most. */
const CHUNK = 500;

type Page = Parameters<Inventory["putKeysPage"]>[0];

/** Compares one page with what stands here, writes what differs, and what is to be reported with it. */
export async function putPage(transaction: Transaction<Tables>, page: Page): Promise<number> {
  const { after, through, readAt, reporting } = page;
  // One row for each ID, whatever a manager says twice: a statement writes none twice.
  const keys = new Map(page.keys.map((key) => [Number(key.id), keptKey(key)]));
  const rows = transaction.selectFrom("inventory").selectAll().where("id", ">", after);
  const bodies = transaction.selectFrom("keys").select(["id", "version", "body"]).where("id", ">", after);
  const before = new Map((await rows.where("id", "<=", through).execute()).map((row) => [row.id, row]));
  const ours = await bodies.where("id", "<=", through).execute();
  const records = new Map(ours.map((row) => [row.id, readKey(row).value]));
  // What was noted or deleted while this page was on its way is newer than the page.
  const isNewer = (id: number): boolean => {
    const old = before.get(id);
    return old !== undefined && isNoted(old.noted_at, { after: readAt - 1 });
  };
  const changed: InventoryRow[] = [];
  const differing: Omit<Differing, "ours">[] = [];
  for (const key of keys.values()) {
    const record = records.get(key.id);
    if (record?.deletedAt !== undefined || isNewer(key.id)) continue;
    const old = before.get(key.id);
    const row = toRow(key, knownOfKey(record), old?.noted_at ?? 0);
    if (old !== undefined && isSame(old, row)) continue;
    changed.push(row);
    differing.push({ after: key, ...asBefore(old) });
  }
  const gone = [...before.values()].filter(({ id }) => !keys.has(id) && !isNewer(id));
  differing.push(...gone.map(asBefore));
  const moved = changed.filter((row) => looksOther(before.get(row.id), row));
  await wantKeysRedrawn(
    transaction,
    [...moved, ...gone].map(({ id }) => id),
  );
  if (reporting !== undefined && differing.length > 0) {
    const commit = reporting(await withOurs(transaction, differing, records));
    if (commit !== undefined) await writeAll(transaction, commit);
  }
  for (let i = 0; i < changed.length; i += CHUNK) await upsert(transaction, changed.slice(i, i + CHUNK));
  await drop(
    transaction,
    gone.map(({ id }) => id),
  );
  return changed.length + gone.length;
}

/** No answer of the manager's is waited for so long that a stamp far ahead could be true. */
export function isNoted(notedAt: Instant, { after }: { after: Instant }): boolean {
  return notedAt > after && notedAt <= after + AHEAD;
}

function asBefore(row: InventoryRow | undefined): { before?: ListedKey } {
  return row === undefined ? {} : { before: readRow(row) };
}

/** What is under way of our own, read in the same transaction: our own changes are nobody else's. */
async function withOurs(
  transaction: Transaction<Tables>,
  differing: readonly Omit<Differing, "ours">[],
  records: ReadonlyMap<number, ReturnType<typeof readKey>["value"]>,
): Promise<Differing[]> {
  const approved = transaction.selectFrom("requests").select(["version", "body"]);
  const requests = (await approved.where("state", "=", "approved").execute()).map(
    (row) => readRequest(row).value,
  );
  const due = transaction.selectFrom("claims").select(["version", "body"]).where("due_at", "is not", null);
  const claims = (await due.execute()).map((row) => readClaim(row).value);
  return differing.map((each) => {
    const id = (each.after ?? each.before)?.id;
    const madeBy = each.after?.madeBy;
    const about = requests.filter((request) => request.id === madeBy || keyOf(request.wants) === id);
    const record = id === undefined ? undefined : records.get(id);
    return { ...each, ours: { record, requests: about, claims, madeBy } };
  });
}

export async function upsert(transaction: Transaction<Tables>, rows: InventoryRow[]): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const columns = Object.keys(first) as (keyof InventoryRow)[];
  await transaction
    .insertInto("inventory")
    .values(rows)
    .onConflict((conflict) =>
      conflict.column("id").doUpdateSet((row) => ({
        ...Object.fromEntries(columns.map((column) => [column, row.ref(`excluded.${column}`)])),
        look_at: 0,
      })),
    )
    .execute();
}

export async function drop(transaction: Transaction<Tables>, ids: readonly number[]): Promise<void> {
  for (let i = 0; i < ids.length; i += CHUNK) {
    await transaction
      .deleteFrom("inventory")
      .where("id", "in", ids.slice(i, i + CHUNK))
      .execute();
  }
}
