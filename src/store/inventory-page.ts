import { type RawBuilder, sql, type SqlBool, type Transaction } from "kysely";
import type { Instant } from "../domain/values.ts";
import { keyOf } from "../domain/wants.ts";
import type { Differing, Inventory, InventoryKey, ListedKey } from "../usecases/inventory-port.ts";
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
type Span = Pick<Page, "after" | "through">;
type Standing = {
  before: ReadonlyMap<number, InventoryRow>;
  records: ReadonlyMap<number, ReturnType<typeof readKey>["value"]>;
};

/**
 * Compares one page with what stands here, writes what differs, and what is to be reported with it.
 * Only where something differs are the keys' records locked, before anything else and in order of id,
 * as every commit locks them: whose a key is and what holds it must not change while it is copied.
 */
export async function putPage(transaction: Transaction<Tables>, page: Page): Promise<number> {
  const { readAt, reporting } = page;
  // One row for each ID, whatever a manager says twice: a statement writes none twice.
  const said = new Map(page.keys.map((key) => [Number(key.id), keptKey(key)]));
  const seen = compared(said, readAt, await standing(transaction, page));
  const ids = [...seen.changed, ...seen.gone].map(({ id }) => id);
  if (ids.length === 0) return 0;
  const span = { after: Math.min(...ids) - 1, through: Math.max(...ids) };
  const keys = new Map([...said].filter(([id]) => id > span.after && id <= span.through));
  const now = await standing(transaction, span, "locked");
  const { changed, gone, differing } = compared(keys, readAt, now);
  const moved = changed.filter((row) => looksOther(now.before.get(row.id), row));
  await wantKeysRedrawn(
    transaction,
    [...moved, ...gone].map(({ id }) => id),
  );
  await upsert(transaction, changed, { records: now.records, unlessNotedFrom: readAt });
  await drop(
    transaction,
    gone.map(({ id }) => id),
    readAt,
  );
  // The end of the trail is locked last, here too.
  if (reporting !== undefined && differing.length > 0) {
    const commit = reporting(await withOurs(transaction, differing, now.records));
    if (commit !== undefined) await writeAll(transaction, commit);
  }
  return changed.length + gone.length;
}

/** The records first: a change of ours that they know nothing of any more was noted in the rows before. */
async function standing(
  transaction: Transaction<Tables>,
  { after, through }: Span,
  locked?: "locked",
): Promise<Standing> {
  const some = transaction.selectFrom("keys").select(["id", "version", "body"]).where("id", ">", after);
  const bodies = some.where("id", "<=", through).orderBy("id");
  // Not shared: those who share a lock pass by whoever waits to have it alone, such as a lockout.
  const ours = await (locked === undefined ? bodies : bodies.forUpdate()).execute();
  const rows = transaction.selectFrom("inventory").selectAll().where("id", ">", after);
  return {
    records: new Map(ours.map((row) => [row.id, readKey(row).value])),
    before: new Map((await rows.where("id", "<=", through).execute()).map((row) => [row.id, row])),
  };
}

/** What a page says otherwise than the rows do. What was noted or deleted while it was on its way is newer. */
function compared(
  keys: ReadonlyMap<number, InventoryKey>,
  readAt: Instant,
  { before, records }: Standing,
): { changed: InventoryRow[]; gone: InventoryRow[]; differing: Omit<Differing, "ours">[] } {
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
  return { changed, gone, differing: [...differing, ...gone.map(asBefore)] };
}

/** No answer of the manager's is waited for so long that a stamp far ahead could be true. */
export function isNoted(notedAt: Instant, { after }: { after: Instant }): boolean {
  return notedAt > after && notedAt <= after + AHEAD;
}

/** The same in a statement, of this moment or later. */
function notNoted(column: string, from: Instant): RawBuilder<SqlBool> {
  return sql<SqlBool>`(${sql.ref(column)} < ${from} or ${sql.ref(column)} >= ${from + AHEAD})`;
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

type Guard = {
  /** The keys whose records were read and locked. Of others the row alone may know of one made since. */
  records: { has(id: number): boolean };
  /** What was noted at this moment or later stays as it is. */
  unlessNotedFrom: number;
};

export async function upsert(
  transaction: Transaction<Tables>,
  rows: readonly InventoryRow[],
  { records, unlessNotedFrom }: Guard,
): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const ours = Object.keys(knownOfKey(undefined));
  const said = Object.keys(first).filter((column) => !ours.includes(column)) as (keyof InventoryRow)[];
  for (const recorded of [true, false]) {
    const some = rows.filter(({ id }) => records.has(id) === recorded);
    const columns = recorded ? [...said, ...(ours as (keyof InventoryRow)[])] : said;
    for (let i = 0; i < some.length; i += CHUNK) {
      await transaction
        .insertInto("inventory")
        .values(some.slice(i, i + CHUNK))
        .onConflict((conflict) =>
          conflict
            .column("id")
            .doUpdateSet((row) => ({
              ...Object.fromEntries(columns.map((column) => [column, row.ref(`excluded.${column}`)])),
              look_at: 0,
            }))
            .where(notNoted("inventory.noted_at", unlessNotedFrom)),
        )
        .execute();
    }
  }
}

/** Rows that were noted at `unlessNotedFrom` or later stay, where that is given. */
export async function drop(
  transaction: Transaction<Tables>,
  ids: readonly number[],
  unlessNotedFrom?: Instant,
): Promise<void> {
  for (let i = 0; i < ids.length; i += CHUNK) {
    const some = transaction.deleteFrom("inventory").where("id", "in", ids.slice(i, i + CHUNK));
    await (
      unlessNotedFrom === undefined ? some : some.where(notNoted("noted_at", unlessNotedFrom))
    ).execute();
  }
}
