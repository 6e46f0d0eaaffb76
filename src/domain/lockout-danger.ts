import { DAY, type Instant } from "./values.ts";

/** What makes one key more dangerous than another while somebody else may hold it. */
export type Dangers = {
  active: boolean;
  /** Whether its role has a right that the policy calls dangerous. */
  dangerousRole: boolean;
  lastUsedAt: Instant | undefined;
  /** Wrong secrets since the last right one. */
  failures: number;
  expiresAt: Instant | undefined;
};

/** Recent use, from the shortest time ago; each is worth more than all that comes after it. */
const USED = [
  [DAY, 80],
  [7 * DAY, 60],
  [30 * DAY, 40],
] as const;

/**
 * The order in which a lockout locks: the higher the sooner. What opens nothing (locked, expired)
 * comes last, whatever else is true of it. Then count, each more than all after it: a dangerous
 * right of the role (100), use within a day, a week, a month, or ever (80, 60, 40, 20), failed
 * attempts (5 and more 10, fewer 5), and no expiry (2).
 */
export function dangerOf(key: Dangers, now: Instant): number {
  const role = key.dangerousRole ? 100 : 0;
  const failed = key.failures >= 5 ? 10 : key.failures > 0 ? 5 : 0;
  const endless = key.expiresAt === undefined ? 2 : 0;
  const works = key.active && (key.expiresAt === undefined || key.expiresAt > now);
  return role + useOf(key.lastUsedAt, now) + failed + endless - (works ? 0 : 1000);
}

function useOf(lastUsedAt: Instant | undefined, now: Instant): number {
  if (lastUsedAt === undefined) return 0;
  return USED.find(([within]) => now - lastUsedAt <= within)?.[1] ?? 20;
}
