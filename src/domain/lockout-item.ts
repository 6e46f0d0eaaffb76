import { z } from "zod";
import { instant, type Instant, keyId, lockoutId, personId, SECOND } from "./values.ts";

/**
 * Where one key stands in a lockout. `waiting` to be locked; `locked` by the manager's answer;
 * `verified` by reading it back; `loose` when somebody unlocked it in the manager and the policy
 * leaves it so; `leaving` once its restore is approved; `opening` when nothing holds it any more and
 * the manager has to hear it; `opened` by the manager's answer; `restored` by reading it back; `kept`
 * down by something else; `skipped`: never held.
 */
export const itemState = z.enum([
  "waiting",
  "locked",
  "verified",
  "loose",
  "leaving",
  "opening",
  "opened",
  "restored",
  "kept",
  "skipped",
]);
export type ItemState = z.infer<typeof itemState>;

/** The states in which the lockout holds its key. */
export const HELD: readonly ItemState[] = ["waiting", "locked", "verified", "loose"];
/** The states of a restore that is under way. */
export const RESTORING: readonly ItemState[] = ["leaving", "opening", "opened"];

/** The states in which the lockout has let its key go: its scope holds that key no more. */
export const LET_GO: readonly ItemState[] = ["opening", "opened", "restored", "kept", "skipped"];

/** One key of one lockout. */
export const lockoutItem = z.object({
  lockout: lockoutId,
  key: keyId,
  name: z.string(),
  owner: personId.optional(),
  role: z.int(),
  lastUsedAt: instant.optional(),
  /** The order of locking: the higher the sooner. */
  danger: z.int(),
  /** Whether it was active before the first hold: what a restore goes back to. */
  wasActive: z.boolean(),
  state: itemState,
  /** How often a call for it has failed since it came to this state. */
  tries: z.int().nonnegative(),
  /** Not called for before this moment. */
  nextTry: instant,
  /** Why its last call failed, or why it was kept or skipped: a code. */
  reason: z.string().optional(),
  lockedAt: instant.optional(),
  verifiedAt: instant.optional(),
  /** How often it was found active and locked again. */
  again: z.int().nonnegative().default(0),
});
export type LockoutItem = z.infer<typeof lockoutItem>;

/** Milliseconds before the next try: doubling, with an end. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 30 * SECOND;
/** How often a key that does not stay active is opened, before it is left to people. */
const MOST_OPENINGS = 3;

/** The manager has answered that the key is inactive. Whoever hears it twice counts it once. */
export function locked(item: LockoutItem, at: Instant): LockoutItem {
  return item.state === "waiting" ? { ...into(item, "locked"), lockedAt: at } : item;
}

/** The manager has answered that the key is active. */
export function opened(item: LockoutItem): LockoutItem {
  return item.state === "opening" ? { ...into(item, "opened"), tries: item.tries } : item;
}

/** A call for it failed: it waits, longer each time. What no longer waits for a call is left as it is. */
export function failing(item: LockoutItem, reason: string, at: Instant): LockoutItem {
  if (item.state !== "waiting" && item.state !== "opening") return item;
  // The budget of calls keeps its own pace: what had no turn is next when there is one.
  if (reason === "manager-rate-limited") return { ...item, nextTry: at + FIRST_PAUSE, reason };
  const pause = Math.min(FIRST_PAUSE * 2 ** item.tries, LONGEST_PAUSE);
  return { ...item, tries: item.tries + 1, nextTry: at + pause, reason };
}

/** The manager has no such key any more. */
export function gone(item: LockoutItem): LockoutItem {
  if (item.state === "skipped" || item.state === "kept" || item.state === "restored") return item;
  return because(item, HELD.includes(item.state) ? "skipped" : "kept", "gone");
}

/** Its restore is approved. */
export function leaving(item: LockoutItem): LockoutItem {
  return HELD.includes(item.state) ? into(item, "leaving") : item;
}

/** The lockout's hold is gone: the key is opened, or kept down for this reason. */
export function letGo(item: LockoutItem, kept: string | undefined): LockoutItem {
  if (item.state !== "leaving" && item.state !== "opening") return item;
  return kept === undefined ? into(item, "opening") : because(item, "kept", kept);
}

/** Something else came to hold the key down while it was to be opened. */
export function keptAfterAll(item: LockoutItem, reason: string): LockoutItem {
  return item.state === "opening" || item.state === "opened" ? because(item, "kept", reason) : item;
}

/**
 * The key as a listing shows it. `relock`: what was verified and is active again is locked again,
 * else left loose; what was never read back as inactive is locked again in any case.
 */
export function readBack(
  item: LockoutItem,
  active: boolean,
  { at, relock }: { at: Instant; relock: boolean },
): LockoutItem {
  switch (item.state) {
    case "locked":
      return active ? again(item) : { ...into(item, "verified"), verifiedAt: at };
    case "verified":
      if (!active) return item;
      return relock ? again(item) : because(item, "loose", "unlocked-outside");
    case "loose":
      return active ? item : into(item, "verified");
    case "opened":
      if (active) return into(item, "restored");
      return item.tries >= MOST_OPENINGS
        ? because(item, "kept", "not-active")
        : { ...into(item, "opening"), tries: item.tries + 1 };
    case "waiting":
    case "leaving":
    case "opening":
    case "restored":
    case "kept":
    case "skipped":
      return item;
  }
}

function again(item: LockoutItem): LockoutItem {
  return { ...into(item, "waiting"), again: item.again + 1 };
}

function into(item: LockoutItem, state: ItemState): LockoutItem {
  const { reason: _, ...rest } = item;
  return { ...rest, state, tries: 0, nextTry: 0 };
}

function because(item: LockoutItem, state: ItemState, reason: string): LockoutItem {
  return { ...into(item, state), reason };
}
