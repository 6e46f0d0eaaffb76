import { type Kysely, sql, type SqlBool, type Transaction } from "kysely";
import { holds } from "../domain/hold.ts";
import { keyId, locale, personId } from "../domain/values.ts";
import type { Inventory, InventoryKey, KeyCounts, ListedKey } from "../usecases/inventory-port.ts";
import { meets, stored } from "./inventory-criteria.ts";
import { type InventoryRow, type KnownOfKey, knownOfKey } from "./inventory-rows.ts";
import { nearest } from "./near-names.ts";
import { folded, readKey, type Tables } from "./tables.ts";
import { write } from "./write.ts";

/** Rows written by one statement; SQLite binds 32,766 values at most. */
const CHUNK = 500;

/**
 * The manager's keys as last seen, one row each, with what our own record says of its owner and
 * holds copied in, so that every query looks at one table and can follow one index.
 */
export function inventory(kysely: Kysely<Tables>): Inventory {
  return {
    putKeysPage: async (page) => write(kysely, (transaction) => putPage(transaction, page)),
    async putKey(key, readAt) {
      await write(kysely, (transaction) => putOne(transaction, key, readAt));
    },
    async dropKey(id) {
      await write(kysely, (transaction) => drop(transaction, [id]));
    },
    async findKeys(criteria, { after, before, limit }) {
      const all = kysely.selectFrom("inventory").selectAll().where(meets(criteria));
      const cursor = before ?? after;
      const order = before === undefined ? "asc" : "desc";
      const side = sql.raw(before === undefined ? ">" : "<");
      const rest =
        cursor === undefined
          ? all
          : all.where(sql<SqlBool>`(folded_name, id) ${side} (${folded(cursor.name)}, ${cursor.id})`);
      const rows = await rest
        .orderBy("folded_name", order)
        .orderBy("id", order)
        .limit(limit + 1)
        .execute();
      const keys = rows.slice(0, limit).map(readRow);
      return { keys: before === undefined ? keys : keys.toReversed(), more: rows.length > limit };
    },
    async countKeys(criteria, atMost) {
      const found = kysely.selectFrom("inventory").select("id").where(meets(criteria)).limit(atMost);
      const { count } = await kysely
        .selectFrom(found.as("found"))
        .select((row) => row.fn.countAll<number>().as("count"))
        .executeTakeFirstOrThrow();
      return count;
    },
    nearNames: async (text, near) => nearest(kysely, text, near),
    async inventoryState() {
      const row = await kysely.selectFrom("inventory_state").selectAll().executeTakeFirst();
      if (row === undefined || row.as_of === null || row.counts === null) return undefined;
      return { asOf: row.as_of, counts: JSON.parse(row.counts) as KeyCounts };
    },
    async beginSync(now, since) {
      const mine = await write(kysely, (transaction) =>
        transaction
          .updateTable("inventory_state")
          .set({ begun_at: now })
          .where("begun_at", "<=", since)
          .returning("begun_at")
          .executeTakeFirst(),
      );
      return mine !== undefined;
    },
    async syncEnded({ asOf, soon }) {
      const counts = await countAll(kysely, asOf, soon);
      await write(kysely, (transaction) =>
        transaction
          .updateTable("inventory_state")
          .set({ as_of: asOf, counts: JSON.stringify(counts) })
          .execute(),
      );
    },
  };
}

/** What the commit of a key's record changes in its row here. */
export async function noteRecord(
  transaction: Transaction<Tables>,
  { id, ...known }: KnownOfKey & { id: number },
): Promise<void> {
  await transaction.updateTable("inventory").set(known).where("id", "=", id).execute();
}

async function putPage(
  transaction: Transaction<Tables>,
  { after, through, keys, readAt }: Parameters<Inventory["putKeysPage"]>[0],
): Promise<number> {
  const rows = transaction.selectFrom("inventory").selectAll().where("id", ">", after);
  const bodies = transaction.selectFrom("keys").select(["id", "version", "body"]).where("id", ">", after);
  const before = new Map((await rows.where("id", "<=", through).execute()).map((row) => [row.id, row]));
  const ours = await bodies.where("id", "<=", through).execute();
  const records = new Map(ours.map((row) => [row.id, readKey(row).value]));
  const changed: InventoryRow[] = [];
  const gone = new Set(before.keys());
  for (const key of keys) {
    gone.delete(key.id);
    const record = records.get(key.id);
    const old = before.get(key.id);
    // What was noted or deleted while this page was on its way is newer than the page.
    if (record?.deletedAt !== undefined || (old !== undefined && old.noted_at >= readAt)) continue;
    const row = toRow(key, knownOfKey(record), old?.noted_at ?? 0);
    if (old === undefined || !isSame(old, row)) changed.push(row);
  }
  for (const id of gone) if ((before.get(id)?.noted_at ?? 0) >= readAt) gone.delete(id);
  for (let i = 0; i < changed.length; i += CHUNK) await upsert(transaction, changed.slice(i, i + CHUNK));
  await drop(transaction, [...gone]);
  return changed.length + gone.size;
}

async function putOne(transaction: Transaction<Tables>, key: InventoryKey, readAt: number): Promise<void> {
  const { id } = key;
  const roleName = key.roleName ?? (await roleNamed(transaction, key.role));
  const old = await transaction
    .selectFrom("inventory")
    .select("noted_at")
    .where("id", "=", id)
    .executeTakeFirst();
  const record = await transaction
    .selectFrom("keys")
    .select(["version", "body"])
    .where("id", "=", id)
    .executeTakeFirst();
  const known = record && readKey(record).value;
  if (known?.deletedAt !== undefined || (old?.noted_at ?? 0) > readAt) return;
  await upsert(transaction, [toRow({ ...key, roleName }, knownOfKey(known), readAt)]);
}

async function roleNamed(transaction: Transaction<Tables>, role: number): Promise<string | undefined> {
  const names = transaction.selectFrom("inventory").select("role_name").where("role", "=", role);
  return (await names.limit(1).executeTakeFirst())?.role_name;
}

async function upsert(transaction: Transaction<Tables>, rows: InventoryRow[]): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const columns = Object.keys(first) as (keyof InventoryRow)[];
  await transaction
    .insertInto("inventory")
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .column("id")
        .doUpdateSet((row) =>
          Object.fromEntries(columns.map((column) => [column, row.ref(`excluded.${column}`)])),
        ),
    )
    .execute();
}

async function drop(transaction: Transaction<Tables>, ids: readonly number[]): Promise<void> {
  for (let i = 0; i < ids.length; i += CHUNK) {
    await transaction
      .deleteFrom("inventory")
      .where("id", "in", ids.slice(i, i + CHUNK))
      .execute();
  }
}

async function countAll(kysely: Kysely<Tables>, asOf: number, soon: number): Promise<KeyCounts> {
  const none = { all: 0, locked: 0, expiringSoon: 0, neverUsed: 0, noOwner: 0 };
  const { rows } = await sql<KeyCounts>`select count(*) as "all",
    count(case when active = 0 then 1 end) as "locked",
    count(case when expires_at > ${asOf} and expires_at < ${soon} then 1 end) as "expiringSoon",
    count(case when last_used_at is null then 1 end) as "neverUsed",
    count(case when owner is null then 1 end) as "noOwner"
    from inventory`.execute(kysely);
  return rows[0] ?? none;
}
function toRow(key: InventoryKey, known: KnownOfKey, notedAt: number): InventoryRow {
  const name = stored(key.name);
  const roleName = stored(key.roleName ?? `ID ${key.role}`);
  return {
    id: key.id,
    name,
    folded_name: folded(name),
    description: stored(key.description),
    role: key.role,
    role_name: roleName,
    folded_role: folded(roleName),
    active: key.active ? 1 : 0,
    locale: key.locale,
    time_zone: stored(key.timeZone),
    created_at: key.createdAt,
    expires_at: key.expiresAt ?? null,
    last_used_at: key.lastUsedAt ?? null,
    last_use: key.lastUsedAt ?? key.createdAt,
    failures: key.failures,
    noted_at: notedAt,
    ...known,
  };
}

function isSame(one: InventoryRow, other: InventoryRow): boolean {
  return (Object.keys(other) as (keyof InventoryRow)[]).every((column) => one[column] === other[column]);
}

function readRow(row: InventoryRow): ListedKey {
  return {
    id: keyId.parse(row.id),
    name: row.name,
    description: row.description,
    role: row.role,
    roleName: row.role_name,
    active: row.active === 1,
    locale: locale.parse(row.locale),
    timeZone: row.time_zone,
    createdAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
    failures: row.failures,
    owner: row.owner === null ? undefined : personId.parse(row.owner),
    origin: row.origin,
    holds: row.holds === null ? undefined : holds.parse(JSON.parse(row.holds)),
  };
}
