import type { Kysely, Transaction, UpdateResult } from "kysely";
import type { Change, Commit, CommitResult } from "../usecases/store-port.ts";
import { append } from "./audit-trail.ts";
import { insertCard, wantRedrawn } from "./cards.ts";
import { adoptionRow } from "./adoptions.ts";
import { departureRow, noteOwner } from "./departures.ts";
import { isClash } from "./dialects.ts";
import { knownOfKey, noteRecord } from "./inventory-rows.ts";
import { claimRow, keyRow, lockoutRow, reportRow, requestRow, type Tables } from "./tables.ts";
import { countKeysOf } from "./keys.ts";
import { leakRow } from "./leaks.ts";
import { insertReminder } from "./reminders.ts";
import { insertReport } from "./reports.ts";
import { write } from "./write.ts";

/** Thrown inside the transaction so that it is rolled back. */
class Stale extends Error {}

class TooManyKeys extends Error {}

class Clash extends Error {
  readonly change: Change;
  constructor(change: Change) {
    super(`a ${change.row} is there already`);
    this.change = change;
  }
}

/**
 * Writes changes and events together or not at all (the answers: `CommitResult`).
 *
 * Locks are taken in the same order by everybody, so that no two commits wait for each other: the
 * gate, then rows by table and id, then the end of the audit trail, which is held the shortest.
 */
export async function commit(kysely: Kysely<Tables>, wanted: Commit): Promise<CommitResult> {
  const changes = wanted.changes.toSorted(inLockOrder);
  try {
    await write(kysely, async (transaction) => {
      await passGate(transaction, wanted.gate);
      await writeAll(transaction, { ...wanted, changes });
      if (wanted.keys !== undefined) await countKeys(transaction, wanted.keys);
    });
    return "committed";
  } catch (error) {
    if (error instanceof Stale) return "stale";
    if (error instanceof TooManyKeys) return "too-many-keys";
    if (error instanceof Clash) return await whatClashed(kysely, error.change);
    throw error;
  }
}

/** Changes, in the order of locks, and events, within a transaction that the caller began. */
export async function writeAll(
  transaction: Transaction<Tables>,
  { changes, events }: Pick<Commit, "changes" | "events">,
): Promise<void> {
  for (const change of changes) await apply(transaction, change);
  await append(transaction, events);
}

/** Requests come first: of two approvals at once the slower is stale, before its claim could clash. */
const TABLES: readonly Change["row"][] = [
  "request",
  "claim",
  "key",
  "lockout",
  "report",
  "departure",
  "leak",
  "adoption",
  "reminder",
  "card",
];

function inLockOrder(one: Change, other: Change): number {
  const byTable = TABLES.indexOf(one.row) - TABLES.indexOf(other.row);
  return byTable || (one.next.id < other.next.id ? -1 : 1);
}

async function passGate(transaction: Transaction<Tables>, gate: Commit["gate"]): Promise<void> {
  if (gate === undefined) return;
  if (gate === "bump") {
    await transaction
      .updateTable("gate")
      .set((row) => ({ version: row("version", "+", 1) }))
      .execute();
    return;
  }
  // A lockout that is being declared waits for us, or we for it and then see its version.
  const now = await transaction.selectFrom("gate").select("version").forShare().executeTakeFirstOrThrow();
  if (now.version !== gate.read) throw new Stale();
}

/**
 * Counted behind the lock on the end of the trail: every commit waits there, so of two that would
 * pass together the second sees the first.
 */
async function countKeys(transaction: Transaction<Tables>, keys: NonNullable<Commit["keys"]>): Promise<void> {
  if ((await countKeysOf(transaction, keys.of)) > keys.atMost) throw new TooManyKeys();
}

async function apply(transaction: Transaction<Tables>, change: Change): Promise<void> {
  if ("before" in change && change.before !== undefined) {
    const updated = await update(transaction, change, change.before.version);
    if (updated.numUpdatedRows === 0n) throw new Stale();
  } else {
    try {
      await insert(transaction, change);
    } catch (error) {
      throw isClash(error) ? new Clash(change) : error;
    }
  }
  await wantRedrawn(transaction, change);
  if (change.row === "key") {
    await noteRecord(transaction, { id: change.next.id, ...knownOfKey(change.next) });
    await noteOwner(transaction, change.next.owner);
  }
}

async function update(
  transaction: Transaction<Tables>,
  change: Exclude<Change, { row: "card" | "reminder" }>,
  guard: number,
): Promise<UpdateResult> {
  const version = guard + 1;
  switch (change.row) {
    case "request":
      return await transaction
        .updateTable("requests")
        .set({ ...requestRow(change.next), version })
        .where("id", "=", change.next.id)
        .where("version", "=", guard)
        .executeTakeFirst();
    case "claim":
      return await transaction
        .updateTable("claims")
        .set({ ...claimRow(change.next), version })
        .where("id", "=", change.next.id)
        .where("version", "=", guard)
        .executeTakeFirst();
    case "key":
      return await transaction
        .updateTable("keys")
        .set({ ...keyRow(change.next), version })
        .where("id", "=", change.next.id)
        .where("version", "=", guard)
        .executeTakeFirst();
    case "report":
      return await transaction
        .updateTable("reports")
        .set({ ...reportRow(change.next), version })
        .where("id", "=", change.next.id)
        .where("version", "=", guard)
        .executeTakeFirst();
    case "leak":
      return await transaction
        .updateTable("leaks")
        .set({ ...leakRow(change.next), version })
        .where("id", "=", change.next.id)
        .where("version", "=", guard)
        .executeTakeFirst();
    case "adoption":
      return await transaction
        .updateTable("adoptions")
        .set({ ...adoptionRow(change.next), version })
        .where("id", "=", change.next.id)
        .where("version", "=", guard)
        .executeTakeFirst();
    case "departure":
      return await transaction
        .updateTable("departures")
        .set({ ...departureRow(change.next), version })
        .where("id", "=", change.next.id)
        .where("version", "=", guard)
        .executeTakeFirst();
    case "lockout":
      return await transaction
        .updateTable("lockouts")
        .set({ ...lockoutRow(change.next), version })
        .where("id", "=", change.next.id)
        .where("version", "=", guard)
        .executeTakeFirst();
  }
}

async function insert(transaction: Transaction<Tables>, change: Change): Promise<unknown> {
  const version = 1;
  switch (change.row) {
    case "request":
      return await transaction
        .insertInto("requests")
        .values({ ...requestRow(change.next), version })
        .execute();
    case "claim":
      return await transaction
        .insertInto("claims")
        .values({ ...claimRow(change.next), version })
        .execute();
    case "key":
      return await transaction
        .insertInto("keys")
        .values({ ...keyRow(change.next), version })
        .execute();
    case "report":
      return insertReport(transaction, change.next);
    case "leak":
      return await transaction
        .insertInto("leaks")
        .values({ ...leakRow(change.next), version })
        .execute();
    case "adoption":
      return await transaction
        .insertInto("adoptions")
        .values({ ...adoptionRow(change.next), version })
        .execute();
    case "departure":
      return await transaction
        .insertInto("departures")
        .values({ ...departureRow(change.next), version })
        .execute();
    case "reminder":
      return insertReminder(transaction, change.next);
    case "lockout":
      return await transaction
        .insertInto("lockouts")
        .values({ ...lockoutRow(change.next), version, leased_by: "", leased_until: 0 })
        .execute();
    case "card":
      return insertCard(transaction, change.next);
  }
}

/**
 * A submission delivered twice clashes by its id and by its name, and which of the two a database
 * names is chance; so the row itself is looked for.
 */
async function whatClashed(kysely: Kysely<Tables>, { row, next }: Change): Promise<CommitResult> {
  if (row !== "request") return "exists";
  const twin = await kysely.selectFrom("requests").select("id").where("id", "=", next.id).executeTakeFirst();
  return twin === undefined ? "name-taken" : "exists";
}
