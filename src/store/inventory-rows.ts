import type { Kysely, Transaction } from "kysely";
import { holds } from "../domain/hold.ts";
import type { KeyRecord } from "../domain/key.ts";
import { kept } from "../domain/kept.ts";
import { keyId, locale, personId } from "../domain/values.ts";
import type { InventoryKey, ListedKey } from "../usecases/inventory-port.ts";
import type { Database } from "./dialects.ts";
import { folded, type Tables } from "./tables.ts";

/** What our own record says of a key, as its row in the inventory has it. */
export type KnownOfKey = {
  owner: string | null;
  origin: KeyRecord["origin"]["kind"];
  held: 0 | 1;
  /** As JSON. */
  holds: string | null;
};

export type InventoryRow = KnownOfKey & {
  id: number;
  name: string;
  /** Lower-cased, as names are compared and sorted. */
  folded_name: string;
  description: string;
  role: number;
  role_name: string;
  folded_role: string;
  active: 0 | 1;
  locale: string;
  time_zone: string;
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
  /** When it was last used, else made. */
  last_use: number;
  failures: number;
  /** When it was last read by itself; 0: in a sync only. */
  noted_at: number;
};

/** One row: the last whole sync and what it counted, and when the last one was begun. */
export type InventoryStateRow = {
  as_of: number | null;
  counts: string | null;
  begun_at: number;
};

export function knownOfKey(record: KeyRecord | undefined): KnownOfKey {
  return {
    owner: record?.owner ?? null,
    origin: record?.origin.kind ?? "outside",
    held: record?.holds === undefined ? 0 : 1,
    holds: record?.holds === undefined ? null : JSON.stringify(record.holds),
  };
}

/** What stands for a role's name that nobody has said yet. */
export function unnamed(role: number): string {
  return `ID ${role}`;
}

/** A key with its texts as they can be kept, so that what has not changed in the manager is the same here. */
export function keptKey(key: InventoryKey): InventoryKey {
  const { name, description, timeZone, roleName } = key;
  return {
    ...key,
    name: kept(name),
    description: kept(description),
    timeZone: kept(timeZone),
    roleName: kept(roleName ?? unnamed(key.role)),
  };
}

export function toRow(given: InventoryKey, known: KnownOfKey, notedAt: number): InventoryRow {
  const { roleName = "", ...key } = keptKey(given);
  return {
    id: key.id,
    name: key.name,
    folded_name: folded(key.name),
    description: key.description,
    role: key.role,
    role_name: roleName,
    folded_role: folded(roleName),
    active: key.active ? 1 : 0,
    locale: key.locale,
    time_zone: key.timeZone,
    created_at: key.createdAt,
    expires_at: key.expiresAt ?? null,
    last_used_at: key.lastUsedAt ?? null,
    last_use: key.lastUsedAt ?? key.createdAt,
    failures: key.failures,
    noted_at: notedAt,
    ...known,
  };
}

export function isSame(one: InventoryRow, other: InventoryRow): boolean {
  return (Object.keys(other) as (keyof InventoryRow)[]).every((column) => one[column] === other[column]);
}

/** What cards show of a key, besides what its record says. */
const SHOWN = ["name", "role_name", "active", "expires_at"] as const;

/** Whether the cards about a key would say something else now. */
export function looksOther(
  before: Pick<InventoryRow, (typeof SHOWN)[number]> | undefined,
  now: InventoryRow,
): boolean {
  return before === undefined || SHOWN.some((column) => before[column] !== now[column]);
}

export function readRow(row: InventoryRow): ListedKey {
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

/** What the commit of a key's record changes in its row here. */
export async function noteRecord(
  transaction: Transaction<Tables>,
  { id, ...known }: KnownOfKey & { id: number },
): Promise<void> {
  await transaction
    .updateTable("inventory")
    .set({ ...known, look_at: 0 })
    .where("id", "=", id)
    .execute();
}

/** Sorted by bytes on both databases, so that pages follow one order. */
export async function createInventory(
  transaction: Kysely<Tables>,
  { byteSortedText }: Database,
): Promise<void> {
  const { schema } = transaction;
  await schema
    .createTable("inventory")
    .addColumn("id", "bigint", (column) => column.primaryKey().notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("folded_name", byteSortedText, (column) => column.notNull())
    .addColumn("description", "text", (column) => column.notNull())
    .addColumn("role", "bigint", (column) => column.notNull())
    .addColumn("role_name", "text", (column) => column.notNull())
    .addColumn("folded_role", byteSortedText, (column) => column.notNull())
    .addColumn("active", "integer", (column) => column.notNull())
    .addColumn("locale", "text", (column) => column.notNull())
    .addColumn("time_zone", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint")
    .addColumn("last_used_at", "bigint")
    .addColumn("last_use", "bigint", (column) => column.notNull())
    .addColumn("failures", "bigint", (column) => column.notNull())
    .addColumn("noted_at", "bigint", (column) => column.notNull())
    .addColumn("owner", "text")
    .addColumn("origin", "text", (column) => column.notNull())
    .addColumn("held", "integer", (column) => column.notNull())
    .addColumn("holds", "text")
    .execute();
  // The columns behind the order let a page that few keys meet be found in the index alone.
  const ways: [string, string[]][] = [
    ["by_name", ["folded_name", "id", "active", "held", "expires_at", "last_use", "created_at", "failures"]],
    ["by_owner", ["owner", "folded_name", "id"]],
    ["by_role_name", ["folded_role", "folded_name", "id"]],
    ["by_role", ["role", "folded_name", "id"]],
    ["by_active", ["active", "folded_name", "id"]],
    ["by_held", ["held", "folded_name", "id"]],
  ];
  for (const [name, columns] of ways) {
    await schema.createIndex(`inventory_${name}`).on("inventory").columns(columns).execute();
  }
  await schema
    .createTable("inventory_state")
    .addColumn("as_of", "bigint")
    .addColumn("counts", "text")
    .addColumn("begun_at", "bigint", (column) => column.notNull())
    .execute();
  await transaction
    .insertInto("inventory_state")
    .values({ as_of: null, counts: null, begun_at: 0 })
    .execute();
}
