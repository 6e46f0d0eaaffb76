import type { AuditEvent } from "./audit.ts";
import { type Hold, withHold, withoutHolds } from "./hold.ts";
import { gone, isGone, keyEvent, type KeyRecord } from "./key.ts";
import type { Step } from "./request.ts";
import type { Actor, Instant, PersonId } from "./values.ts";

/** The secret got out: the key stays down until its owner has been shown another, or the alarm was false. */
export function markCompromised(
  record: KeyRecord,
  { by, at, activeNow }: { by: Actor; at: Instant; activeNow: boolean },
): Step<KeyRecord> {
  if (isGone(record)) return gone(record);
  const earlier = record.holds?.reasons.find(isCompromised);
  if (earlier !== undefined) return { refusal: { reason: "compromised-already", at: earlier.at } };
  const held = withHold(record.holds, { kind: "compromised", by, at }, record.due?.active ?? activeNow);
  const next: KeyRecord = { ...record, holds: held, due: { ...record.due, active: false } };
  return { next, event: keyEvent(next, by, at, "key.compromised", {}) };
}

/** A responder says that it was a false alarm; nobody takes back their own word, as with locks. */
export function clearCompromised(
  record: KeyRecord,
  { by, at }: { by: PersonId; at: Instant },
): Step<KeyRecord> {
  if (isGone(record)) return gone(record);
  const marked = record.holds?.reasons.find((hold) => hold.kind === "compromised");
  if (marked === undefined) return { refusal: { reason: "not-compromised" } };
  if (marked.by === by) return { refusal: { reason: "own-alarm" } };
  const next = lifted(record, isCompromised);
  const held = next.holds?.reasons.map(({ kind }) => kind) ?? [];
  return { next, event: keyEvent(next, by, at, "key.cleared", { held }) };
}

/**
 * Its owner was shown a new secret that was asked for at `mintedAt`: the one that got out before is
 * dead, and no longer holds the key down.
 */
export function secretReplaced(
  record: KeyRecord,
  mintedAt: Instant,
  at: Instant,
): { next: KeyRecord; events: AuditEvent[] } {
  const next = lifted(record, (hold) => hold.kind === "compromised" && hold.at <= mintedAt);
  if (next === record) return { next, events: [] };
  const held = next.holds?.reasons.map(({ kind }) => kind) ?? [];
  return { next, events: [keyEvent(next, "portcullis", at, "key.unlocked", { held })] };
}

function isCompromised(hold: Hold): boolean {
  return hold.kind === "compromised";
}

function lifted(record: KeyRecord, which: (hold: Hold) => boolean): KeyRecord {
  const { holds, ...rest } = record;
  if (holds === undefined || !holds.reasons.some(which)) return record;
  const left = withoutHolds(holds, which);
  return "held" in left
    ? { ...rest, holds: left.held }
    : { ...rest, due: { ...record.due, active: left.released.active } };
}
