import type { Criterion } from "../domain/criteria.ts";
import type { KeyRecord } from "../domain/key.ts";
import type { UnderWay } from "../domain/report.ts";
import type { Instant, KeyId, PersonId, RequestId } from "../domain/values.ts";
import type { ManagedKey } from "./ports.ts";
import type { Commit } from "./store-port.ts";

/**
 * A key as the manager described it when it was last read: without our marker behind its
 * description, with its role's name, and last used by the day (its UTC start), so that a key in
 * use changes its row once a day.
 */
export type InventoryKey = ManagedKey & {
  /** `undefined`: not asked for now; what other keys with this role say stands. */
  roleName: string | undefined;
  /** The request that its marker names, if the seal is ours; not stored. */
  madeBy?: RequestId | undefined;
};

/** With what only we know. */
export type ListedKey = ManagedKey & {
  roleName: string;
  owner: PersonId | undefined;
  /** How it came to be; `outside` also where we have no record. */
  origin: KeyRecord["origin"]["kind"];
  holds: KeyRecord["holds"];
};

/** A key whose row differs from what was read, with what is under way of our own at that moment. */
export type Differing = { before?: ListedKey; after?: InventoryKey; ours: UnderWay };

/** Where a page of a list ends: its last key, in the list's order. */
export type Cursor = { name: string; id: KeyId };

/** Counts over all keys, reckoned once when a sync ends. */
export type KeyCounts = {
  all: number;
  locked: number;
  expiringSoon: number;
  neverUsed: number;
  noOwner: number;
};

/** The manager's keys as last seen: for lists, searches and counts, never for deciding about a key. */
export interface Inventory {
  /**
   * Keys read in order of ID, all that there are with an ID above `after` up to `through`: rows that
   * differ are written, rows of that range that are gone go; what was noted by itself at or after
   * `readAt` stays, since it is newer. Answers how many rows were written.
   */
  putKeysPage(page: {
    after: number;
    through: number;
    keys: readonly InventoryKey[];
    readAt: Instant;
    /** What to store with the page, in the same transaction, where something happened without us. */
    reporting?: (differing: readonly Differing[]) => Pick<Commit, "changes" | "events"> | undefined;
  }): Promise<number>;
  /** One key as just read; answers whether its role's name is known, of it or of another key with that role. */
  putKey(key: InventoryKey, readAt: Instant): Promise<boolean>;
  dropKey(id: KeyId): Promise<void>;
  /**
   * Keys that meet all criteria, in order of name (letter case aside), then ID: those behind `after`,
   * or the last ones before `before`; `more` where that way leads on.
   */
  findKeys(
    criteria: readonly Criterion[],
    page: { after?: Cursor; before?: Cursor; limit: number },
  ): Promise<{ keys: ListedKey[]; more: boolean }>;
  /** How many meet all criteria, counted no further than `atMost`. */
  countKeys(criteria: readonly Criterion[], atMost: number): Promise<number>;
  /** Names near to a text that nobody has, nearest first: of one owner's keys, or of all. */
  nearNames(text: string, near: { of?: PersonId; limit: number }): Promise<string[]>;
  /** When the last whole sync began, and what it counted; `undefined` before the first. */
  inventoryState(): Promise<{ asOf: Instant; counts: KeyCounts } | undefined>;
  /** Begins a sync if none was begun after `since`: true for one replica alone. */
  beginSync(now: Instant, since: Instant): Promise<boolean>;
  /** A whole sync has ended: counts anew what expires before `soon`. */
  syncEnded(ended: { asOf: Instant; soon: Instant }): Promise<void>;
}
