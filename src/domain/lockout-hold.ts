import { type Hold, withHold, withoutHolds } from "./hold.ts";
import type { KeyRecord } from "./key.ts";
import type { Lockout } from "./lockout.ts";
import type { Instant } from "./values.ts";

type LockoutId = Lockout["id"];

/** A lockout holds the key. What was about to make it active is called off: its restore will bring it back. */
export function holdKey(
  record: KeyRecord,
  { lockout, activeNow, at }: { lockout: LockoutId; activeNow: boolean; at: Instant },
): KeyRecord {
  if (record.holds?.reasons.some(isOf(lockout)) === true) return record;
  const holds = withHold(record.holds, { kind: "lockout", lockout, at }, record.due?.active ?? activeNow);
  const due = record.due?.active === true ? { due: { ...record.due, active: false } } : {};
  return { ...record, holds, ...due };
}

/** What keeps a key down that a lockout has let go. */
export type KeptBy = "was-locked" | "compromised" | "lock" | "lockout" | "gone";

/**
 * A lockout lets the key go. It becomes active only if nothing else holds it and it was active
 * before the first hold; `keptBy` says what keeps it down otherwise.
 */
export function releaseKey(
  record: KeyRecord,
  lockout: LockoutId,
): { record: KeyRecord; keptBy: KeptBy | undefined } {
  if (record.deletedAt !== undefined || record.due?.deleted === true) return { record, keptBy: "gone" };
  const { holds: held, ...rest } = record;
  // Done before, by a process that died: what it led to stands in the record.
  if (held === undefined) return { record, keptBy: record.due?.active === true ? undefined : "was-locked" };
  const left = withoutHolds(held, isOf(lockout));
  if ("held" in left) return { record: { ...rest, holds: left.held }, keptBy: whyKept(left.held.reasons) };
  if (!left.released.active) return { record: rest, keptBy: "was-locked" };
  return { record: { ...rest, due: { ...record.due, active: true } }, keptBy: undefined };
}

/** The manager was told that the key is active: whether it may stay so, by its record as it is now. */
export function openKey(record: KeyRecord): { record: KeyRecord; keptBy: KeptBy | undefined } {
  const { due, ...rest } = record;
  if (record.deletedAt !== undefined || due?.deleted === true) return { record, keptBy: "gone" };
  if (record.holds !== undefined) {
    // What came to hold it may have been told before us: the manager has to hear it last.
    return { record: { ...record, due: { ...due, active: false } }, keptBy: whyKept(record.holds.reasons) };
  }
  if (due?.active !== true) return { record, keptBy: due?.active === false ? "was-locked" : undefined };
  const { active: _, ...others } = due;
  const next = Object.keys(others).length === 0 ? rest : { ...rest, due: others };
  return { record: next, keptBy: undefined };
}

/** The gravest of what holds a key. */
function whyKept(reasons: readonly Hold[]): KeptBy {
  const kinds = reasons.map(({ kind }) => kind);
  return kinds.includes("compromised") ? "compromised" : kinds.includes("lock") ? "lock" : "lockout";
}

function isOf(lockout: LockoutId): (reason: Hold) => boolean {
  return (reason) => reason.kind === "lockout" && reason.lockout === lockout;
}
