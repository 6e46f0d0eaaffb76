import type { Findable } from "./criteria.ts";
import type { KeyId } from "./values.ts";

/** Keys that no lockout ever holds, and why. */
export type NeverHeld = ReadonlyMap<number, "own-key" | "last-to-unlock">;

/**
 * Our own key, and where that may not unlock, the last one that may: of those that a lockout would
 * hold, the one that was used last. Without it nobody could bring anything back. `wanted`: what the
 * scope asks for.
 */
export function neverHeld(
  keys: readonly Findable[],
  {
    own,
    wanted,
    mayUnlock,
    now,
  }: {
    own: KeyId;
    wanted: (key: Findable) => boolean;
    mayUnlock: (role: number) => boolean;
    now: number;
  },
): NeverHeld {
  const never = new Map<number, "own-key" | "last-to-unlock">([[own, "own-key"]]);
  const unlocks = ({ active, expiresAt, role }: Findable): boolean =>
    active && (expiresAt === undefined || expiresAt > now) && mayUnlock(role);
  const able = keys.filter(unlocks);
  if (able.some((key) => key.id === own || !wanted(key))) return never;
  const [last] = able.toSorted((one, other) => (other.lastUsedAt ?? 0) - (one.lastUsedAt ?? 0));
  return last === undefined ? never : never.set(last.id, "last-to-unlock");
}
