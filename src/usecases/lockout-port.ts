import type { AuditEvent } from "../domain/audit.ts";
import type { KeyRecord } from "../domain/key.ts";
import type { Lockout, LockoutId } from "../domain/lockout.ts";
import type { ItemState, LockoutItem } from "../domain/lockout-item.ts";
import type { Instant, KeyId } from "../domain/values.ts";
import type { Versioned } from "./store-port.ts";

/** Rows as they are at one moment, locked until what is made of them is written. */
export type Batch = {
  lockout: Lockout;
  items: ReadonlyMap<KeyId, LockoutItem>;
  /** Empty where they were not asked for. */
  records: ReadonlyMap<KeyId, KeyRecord>;
  /** Other lockouts in force that have not let the key go, by key; empty where they were not asked for. */
  others: (key: KeyId) => readonly Lockout[];
};

/** What a batch becomes: only what changed. */
export type Batched = {
  lockout: Lockout;
  items: readonly LockoutItem[];
  records?: readonly KeyRecord[];
  /** What the manager answered of keys, for lists. */
  noted?: readonly { active: boolean; keys: readonly KeyId[]; at: Instant }[];
  events: readonly AuditEvent[];
};

/** An item that waits for a call: as much of it as the call needs, since many are read at once. */
export type DueItem = Pick<LockoutItem, "key" | "state">;

/** Lockouts and their items. */
export interface Lockouts {
  lockout(id: LockoutId): Promise<Versioned<Lockout> | undefined>;
  /** The newest first, at most `limit`. */
  lockouts(limit: number): Promise<Versioned<Lockout>[]>;
  /**
   * The gate's version and the lockouts in force, read together; `about`: without those that have
   * let this key go.
   */
  gate(about?: KeyId): Promise<{ version: number; lockouts: Lockout[] }>;
  /** Items of these keys, or in these states, in order of key behind `after`, at most `limit`. */
  lockoutItems(
    id: LockoutId,
    page: { after: number; through?: number; states?: readonly ItemState[]; limit: number },
  ): Promise<LockoutItem[]>;
  /** Items in one state that may be called for now, the most dangerous first, at most `limit`. */
  dueItems(id: LockoutId, state: ItemState, now: Instant, limit: number): Promise<DueItem[]>;
  /** When the next item in one of these states may be called for; `undefined`: there is none. */
  nextTry(id: LockoutId, states: readonly ItemState[]): Promise<Instant | undefined>;
  /** How many items stand in which state for which reason. */
  itemReasons(id: LockoutId): Promise<{ state: ItemState; reason: string; count: number }[]>;
  /**
   * Many rows in one commit: reads lockout, items and, where asked for, the keys' records and the
   * gate, all locked; `decide` says what becomes of them. It may run more than once.
   */
  commitBatch(
    of: {
      lockout: LockoutId;
      keys: readonly KeyId[];
      records?: boolean;
      gate?: boolean;
      /** Records with something due are left to us until then, before the sweep looks at them. */
      sweepFrom?: Instant;
      /** The engine has something to do at once. */
      wake?: boolean;
    },
    decide: (batch: Batch) => Batched | undefined,
  ): Promise<Lockout | undefined>;
  /** Leases every lockout that is due and free to `by`. */
  leaseLockouts(now: Instant, until: Instant, by: string): Promise<LockoutId[]>;
  /** False: somebody else has it by now. */
  keepLease(id: LockoutId, by: string, until: Instant): Promise<boolean>;
  /** Ends a lease; due again at `dueAt`, or at once where the row has moved on from `seen`. */
  endLease(id: LockoutId, by: string, next: { dueAt: Instant | undefined; seen: number }): Promise<void>;
  /** All lockouts in force look at the manager's keys again. */
  wakeLockouts(): Promise<void>;
}
