import type { ManagerSettings } from "./settings.ts";

/** After how many failures in a row, and until when, a key or user is locked out (contract 10.1). */
export type LockOut = { attempts: number; until: (now: number) => number | null };

export function lockOutBy({ attemptsBeforeLockOut, lockOutMinutes }: ManagerSettings): LockOut {
  return {
    attempts: attemptsBeforeLockOut || Number.MAX_SAFE_INTEGER,
    until: (now) => (lockOutMinutes === 0 ? null : now + lockOutMinutes * 60_000),
  };
}
