import { type ItemState, type LockoutItem, lockoutItem } from "../domain/lockout-item.ts";
import { bodyOf } from "./body.ts";

export type LockoutItemRow = {
  lockout: string;
  key: number;
  state: ItemState;
  danger: number;
  next_try: number;
  tries: number;
  reason: string | null;
  locked_at: number | null;
  verified_at: number | null;
  again: number;
  /** What never changes of it. */
  body: string;
};
/** What changes of it: alike for many, so that one statement changes them all. */
type MovingItem = Omit<LockoutItemRow, "lockout" | "key" | "danger" | "body">;
/** The columns that an item is read from. */
export const ITEM = [
  "state",
  "next_try",
  "tries",
  "reason",
  "locked_at",
  "verified_at",
  "again",
  "body",
] as const;

export function lockoutItemRow(next: LockoutItem): LockoutItemRow {
  const { lockout, key, danger } = next;
  return { lockout, key, danger, ...movingItem(next), body: bodyOf(lockoutItem, next) };
}

export function movingItem(next: LockoutItem): MovingItem {
  const { state, nextTry: next_try, tries, reason = null, again } = next;
  const { lockedAt: locked_at = null, verifiedAt: verified_at = null } = next;
  return { state, next_try, tries, reason, locked_at, verified_at, again };
}

export function readLockoutItem(row: Omit<LockoutItemRow, "lockout" | "key" | "danger">): LockoutItem {
  const { state, next_try, tries, reason, locked_at, verified_at, again, body } = row;
  return lockoutItem.parse({
    ...JSON.parse(body),
    state,
    nextTry: next_try,
    tries,
    reason: reason ?? undefined,
    lockedAt: locked_at ?? undefined,
    verifiedAt: verified_at ?? undefined,
    again,
  });
}
