import type { Kysely, Transaction } from "kysely";
import type { KeyRecord } from "../domain/key.ts";
import type { Lockout } from "../domain/lockout.ts";
import { LET_GO, type LockoutItem } from "../domain/lockout-item.ts";
import { keyId } from "../domain/values.ts";
import type { Batched, Lockouts } from "../usecases/lockout-port.ts";
import { append } from "./audit-trail.ts";
import { wantKeysRedrawn } from "./cards.ts";
import { isClash } from "./dialects.ts";
import { knownOfKey } from "./inventory-rows.ts";
import { ITEM, lockoutItemRow, movingItem, readLockoutItem } from "./lockout-items.ts";
import { keyRow, lockoutRow, readKey, readLockout, type Tables } from "./tables.ts";
import { write } from "./write.ts";

/** How often a batch begins anew because somebody else made a record of one of its keys. */
const TRIES = 5;

type Of = Parameters<Lockouts["commitBatch"]>[0];
type Decide = Parameters<Lockouts["commitBatch"]>[1];

/**
 * A few statements for many keys: an incident does not wait for one commit a key. Rows are locked
 * in the order of every commit (gate, keys, lockout, items, cards, trail), so nothing is stale.
 */
export async function commitBatch(
  kysely: Kysely<Tables>,
  of: Of,
  decide: Decide,
): Promise<Lockout | undefined> {
  for (let i = 1; ; i++) {
    try {
      return await write(kysely, (transaction) => run(transaction, of, decide));
    } catch (error) {
      if (!isClash(error) || i === TRIES) throw error;
    }
  }
}

async function run(transaction: Transaction<Tables>, of: Of, decide: Decide): Promise<Lockout | undefined> {
  const { lockout: id, keys } = of;
  const others = of.gate === true ? await otherLockouts(transaction, of) : () => [];
  const before = of.records === true ? await recordsOf(transaction, keys) : new Map<number, Versioned>();
  const row = await transaction
    .selectFrom("lockouts")
    .select(["version", "body"])
    .where("id", "=", id)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { version, value: lockout } = readLockout(row);
  const items = await itemsOf(transaction, of);
  const records = new Map([...before].map(([key, { value }]) => [keyId.parse(key), value]));
  const made = decide({ lockout, items, records, others });
  if (made === undefined) return lockout;
  await writeRecords(transaction, made.records ?? [], before, of.sweepFrom ?? 0);
  await writeLockout(transaction, made.lockout, version, of.wake === true);
  await writeItems(transaction, made.items, items);
  await transaction
    .updateTable("cards")
    .set((row) => ({ wanted: row("wanted", "+", 1) }))
    .where("subject", "=", id)
    .execute();
  // The cards before the list of keys, as every commit of a key and a page of a sync lock them.
  const { records: changed = [], noted = [] } = made;
  const touched = [...changed.map((each) => each.id), ...noted.flatMap((each) => each.keys)];
  await wantKeysRedrawn(transaction, [...new Set(touched)]);
  await noteHolds(transaction, changed);
  for (const { active, keys: some, at } of noted) await noteActive(transaction, some, active, at);
  await append(transaction, made.events);
  return made.lockout;
}

type Versioned = ReturnType<typeof readKey>;

async function recordsOf(
  transaction: Transaction<Tables>,
  keys: Of["keys"],
): Promise<Map<number, Versioned>> {
  if (keys.length === 0) return new Map();
  const rows = await transaction
    .selectFrom("keys")
    .select(["id", "version", "body"])
    .where("id", "in", keys)
    .orderBy("id")
    .forUpdate()
    .execute();
  return new Map(rows.map((row) => [row.id, readKey(row)]));
}

async function itemsOf(
  transaction: Transaction<Tables>,
  { lockout, keys }: Of,
): Promise<ReadonlyMap<LockoutItem["key"], LockoutItem>> {
  const mine = transaction.selectFrom("lockout_items").select(ITEM).where("lockout", "=", lockout);
  const found = new Map<LockoutItem["key"], LockoutItem>();
  for (const some of chunks(keys)) {
    const rows = await mine.where("key", "in", some).execute();
    for (const item of rows.map(readLockoutItem)) found.set(item.key, item);
  }
  return found;
}

/** The gate is held until the commit: a lockout that is being declared waits for it, and is seen by the next. */
async function otherLockouts(
  transaction: Transaction<Tables>,
  { lockout: id, keys }: Of,
): Promise<(key: LockoutItem["key"]) => readonly Lockout[]> {
  await transaction.selectFrom("gate").select("version").forShare().execute();
  const rows = await transaction
    .selectFrom("lockouts")
    .select(["version", "body"])
    .where("in_force", "=", 1)
    .where("id", "!=", id)
    .execute();
  if (rows.length === 0 || keys.length === 0) return () => [];
  const lockouts = rows.map((row) => readLockout(row).value);
  const gone = await transaction
    .selectFrom("lockout_items")
    .select(["lockout", "key"])
    .where("key", "in", keys)
    .where("state", "in", LET_GO)
    .execute();
  const letGo = new Set(gone.map(({ lockout, key }) => `${lockout} ${key}`));
  return (key) => lockouts.filter((each) => !letGo.has(`${each.id} ${key}`));
}

async function writeRecords(
  transaction: Transaction<Tables>,
  records: readonly KeyRecord[],
  before: ReadonlyMap<number, Versioned>,
  sweepFrom: number,
): Promise<void> {
  if (records.length === 0) return;
  const rows = records.map((next) => {
    const { due_at, ...row } = keyRow(next);
    const due = due_at === null ? null : Math.max(due_at, sweepFrom);
    return { ...row, due_at: due, version: (before.get(next.id)?.version ?? 0) + 1 };
  });
  const [made, changed] = [rows.filter(({ id }) => !before.has(id)), rows.filter(({ id }) => before.has(id))];
  // A record that somebody else makes at this moment clashes, and is read at the next try.
  if (made.length > 0) await transaction.insertInto("keys").values(made).execute();
  const [first] = changed;
  if (first !== undefined) {
    const columns = Object.keys(first) as (keyof typeof first)[];
    await transaction
      .insertInto("keys")
      .values(changed)
      .onConflict((conflict) =>
        conflict
          .column("id")
          .doUpdateSet((row) =>
            Object.fromEntries(columns.map((column) => [column, row.ref(`excluded.${column}`)])),
          ),
      )
      .execute();
  }
}

/** The inventory's copy of the holds; most keys of a batch have the same. */
async function noteHolds(transaction: Transaction<Tables>, records: readonly KeyRecord[]): Promise<void> {
  const alike = Map.groupBy(records, (record) => {
    const { held, holds } = knownOfKey(record);
    return JSON.stringify({ held, holds });
  });
  for (const [known, some] of alike) {
    await transaction
      .updateTable("inventory")
      .set(JSON.parse(known) as { held: 0 | 1; holds: string | null })
      .where(
        "id",
        "in",
        some.map(({ id }) => id),
      )
      .execute();
  }
}

/** As the manager answered: lists show it without waiting for the next sync. */
async function noteActive(
  transaction: Transaction<Tables>,
  keys: readonly number[],
  active: boolean,
  at: number,
): Promise<void> {
  if (keys.length === 0) return;
  const answered = { active: active ? 1 : 0, noted_at: at } as const;
  await transaction.updateTable("inventory").set(answered).where("id", "in", keys).execute();
}

async function writeLockout(
  transaction: Transaction<Tables>,
  next: Batched["lockout"],
  version: number,
  wake: boolean,
): Promise<void> {
  // When it is due is the engine's to say, which works on it at this moment.
  const { due_at: _, ...row } = lockoutRow(next);
  await transaction
    .updateTable("lockouts")
    .set({ ...row, version: version + 1, ...(wake ? { due_at: 0 } : {}) })
    .where("id", "=", next.id)
    .execute();
}

/** Items that come to the same are changed by one statement. */
async function writeItems(
  transaction: Transaction<Tables>,
  items: readonly LockoutItem[],
  before: ReadonlyMap<LockoutItem["key"], LockoutItem>,
): Promise<void> {
  const added = items.filter(({ key }) => !before.has(key));
  for (const some of chunks(added)) {
    await transaction.insertInto("lockout_items").values(some.map(lockoutItemRow)).execute();
  }
  const changed = items.filter(({ key }) => before.has(key));
  const alike = Map.groupBy(changed, (item) => JSON.stringify([item.lockout, movingItem(item)]));
  for (const [first, ...others] of alike.values()) {
    if (first === undefined) continue;
    for (const some of chunks([first, ...others])) {
      await transaction
        .updateTable("lockout_items")
        .set(movingItem(first))
        .where("lockout", "=", first.lockout)
        .where(
          "key",
          "in",
          some.map(({ key }) => key),
        )
        .execute();
    }
  }
}

/** SQLite binds 32,766 values in one statement at most. */
const CHUNK = 500;

function chunks<Each>(all: readonly Each[]): Each[][] {
  return Array.from({ length: Math.ceil(all.length / CHUNK) }, (_, i) =>
    all.slice(i * CHUNK, (i + 1) * CHUNK),
  );
}
