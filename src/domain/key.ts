import { z } from "zod";
import { acts } from "./acts.ts";
import type { AuditEvent, EventName, Evidence } from "./audit.ts";
import { type Hold, holds, type Holds, type Lock, mayLift, nextEnd, withHold, withoutHolds } from "./hold.ts";
import type { Lockout, LockoutId } from "./lockout.ts";
import type { Refusal } from "./refusal.ts";
import type { Step } from "./request.ts";
import { upkeep } from "./upkeep.ts";
import { type Actor, instant, type Instant, keyId, keyRole, locale } from "./values.ts";
import { personId, type PersonId, requestId, type RequestId } from "./values.ts";

/** By a request of ours, or of a database that is lost (`adopted`); or made outside, and acted on here since. */
const origin = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("request"), request: requestId }),
  z.object({ kind: z.literal("outside") }),
  z.object({ kind: z.literal("adopted"), request: requestId }),
]);

/** Values that the manager has still to be given; each is set, so that telling it twice does no harm. */
export const due = z.object({
  active: z.boolean().optional(),
  name: z.string().optional(),
  description: z.string().optional(),
  locale: locale.optional(),
  timeZone: z.string().optional(),
  expiresAt: instant.optional(),
  /** The key goes away for good; nothing else matters then. */
  deleted: z.literal(true).optional(),
});
export type Due = z.infer<typeof due>;
/** One of the values that the manager has still to be given. */
export type DueMember = keyof Due;

/** What only we know of a key: whose it is, how it came to be, and what holds it. Never its secret. */
export const keyRecord = z.object({
  id: keyId,
  name: z.string(),
  /** Absent: nobody's, as keys made outside are at first. */
  owner: personId.optional(),
  origin,
  role: keyRole,
  madeAt: instant,
  /** Absent: never expires. */
  expiresAt: instant.optional(),
  holds: holds.optional(),
  due: due.optional(),
  /** Who asked for what is due, to be told if the manager will not have it. */
  dueBy: personId.optional(),
  deletedAt: instant.optional(),
  upkeep: upkeep.optional(),
  acts,
});
export type KeyRecord = z.infer<typeof keyRecord>;

/** A key that we had no record of, when somebody acts on it here for the first time. */
export function recordOutside(
  key: Pick<KeyRecord, "id" | "name" | "role" | "madeAt" | "expiresAt">,
): KeyRecord {
  return { ...key, origin: { kind: "outside" } };
}

/** Who does something to a key, and as what. */
export type Doing = { by: PersonId; as: "owner" | "responder"; at: Instant };

/** One more lock; any number may hold a key, each with its own end. */
export function lockKey(
  record: KeyRecord,
  { by, as, at, because, until, activeNow }: Doing & { because: string; until?: Instant; activeNow: boolean },
): Step<KeyRecord> {
  if (isGone(record)) return gone(record);
  if (until !== undefined && until <= at) return { refusal: { reason: "expiry-in-past" } };
  const lock = { kind: "lock" as const, by, as, because, at, ...(until === undefined ? {} : { until }) };
  const held = withHold(record.holds, lock, record.due?.active ?? activeNow);
  const next = { ...record, holds: held, due: { ...record.due, active: false }, dueBy: by };
  return {
    next,
    event: keyEvent(next, by, at, "key.locked", { because, as, ...(until === undefined ? {} : { until }) }),
  };
}

/**
 * Lifts the locks that this person may lift; another responder's, never one's own as a responder.
 * What else holds the key keeps holding it.
 */
export function unlockKey(
  record: KeyRecord,
  {
    by,
    at,
    owner,
    responder,
    activeNow,
  }: { by: PersonId; at: Instant; owner: boolean; responder: boolean; activeNow: boolean },
): Step<KeyRecord> {
  if (isGone(record)) return gone(record);
  // Locked in the manager or by too many failures, without a hold of ours: a responder may free it.
  if (record.holds === undefined) {
    if (activeNow) return { refusal: { reason: "not-locked" } };
    // What is being unlocked already, its owner may ask for again.
    if (!responder && record.due?.active !== true) return { refusal: { reason: "not-a-responder" } };
    const next = { ...record, due: { ...record.due, active: true }, dueBy: by };
    return { next, event: keyEvent(next, by, at, "key.unlocked", { held: [] }) };
  }
  const { holds: held } = record;
  const locks = held.reasons.filter((each) => each.kind === "lock");
  const liftable = locks.filter((each) => mayLift(each, by, { owner, responder }));
  if (liftable.length === 0) return { refusal: whyHeld(locks, held) };
  return lift({ ...record, holds: held }, (each) => liftable.some((one) => one === each), by, at);
}

/** Timed locks whose time has come end by themselves. */
export function endTimedLocks(record: KeyRecord, at: Instant): Step<KeyRecord> {
  const over = (each: Hold): boolean => each.kind === "lock" && each.until !== undefined && each.until <= at;
  const { holds: held } = record;
  if (isGone(record) || held === undefined || !held.reasons.some(over)) {
    return { refusal: { reason: "not-locked" } };
  }
  return lift({ ...record, holds: held }, over, "portcullis", at);
}

function lift(
  record: KeyRecord & { holds: Holds },
  lifted: (reason: Hold) => boolean,
  by: Actor,
  at: Instant,
): Step<KeyRecord> {
  const { holds: before, ...rest } = record;
  const left = withoutHolds(before, lifted);
  const next: KeyRecord =
    "held" in left
      ? { ...rest, holds: left.held }
      : { ...rest, due: { ...record.due, active: left.released.active } };
  const still = "held" in left ? left.held.reasons.map((each) => each.kind) : [];
  return { next, event: keyEvent(next, by, at, "key.unlocked", { held: still }) };
}

function whyHeld(locks: readonly Lock[], held: Holds): Refusal {
  const lock = locks[0];
  if (lock !== undefined) return { reason: "others-lock", by: lock.by, at: lock.at, as: lock.as };
  return { reason: "held", by: held.reasons.map((each) => each.kind) };
}

/** New values for what a key is called and how it reckons; an expiry only moves nearer. */
export function editKey(
  record: KeyRecord,
  change: Pick<Due, "name" | "description" | "locale" | "timeZone" | "expiresAt">,
  { by, at }: Doing,
): Step<KeyRecord> {
  if (isGone(record)) return gone(record);
  const { expiresAt } = change;
  if (expiresAt !== undefined) {
    if (expiresAt <= at) return { refusal: { reason: "expiry-in-past" } };
    // An earlier end that the manager has still to be given, or has been given unheard, stays too.
    const ends = record.due?.expiresAt ?? record.expiresAt;
    if (ends !== undefined && expiresAt > ends) return { refusal: { reason: "extend-instead" } };
  }
  const next = { ...record, due: { ...record.due, ...change }, dueBy: by };
  return { next, event: keyEvent(next, by, at, "key.edited", { fields: Object.keys(change) }) };
}

/** The key goes for good; whoever types its name means it. A lockout over it keeps it. */
export function deleteKey(
  record: KeyRecord,
  typedName: string,
  { by, as, at, heldBy }: Doing & { heldBy: Pick<Lockout, "incident"> | undefined },
): Step<KeyRecord> {
  if (isGone(record)) return gone(record);
  if (heldBy !== undefined) return { refusal: { reason: "locked-out", incident: heldBy.incident } };
  if (typedName.trim() !== record.name) return { refusal: { reason: "name-not-typed" } };
  const next: KeyRecord = { ...record, due: { ...record.due, deleted: true }, dueBy: by };
  return { next, event: keyEvent(next, by, at, "key.deletion-asked", { as }) };
}

/** An approved change has been carried out: another role, a later end or another owner. */
export function changedByRequest(
  record: KeyRecord,
  change: Partial<Pick<KeyRecord, "role" | "owner" | "expiresAt">> & { unlimited?: true },
  by: RequestId,
  at: Instant,
): { next: KeyRecord; event: AuditEvent } {
  const { unlimited, ...values } = change;
  const { expiresAt, ...rest } = record;
  const kept = unlimited || expiresAt === undefined ? {} : { expiresAt };
  const next: KeyRecord = { ...rest, ...kept, ...values };
  const evidence = { request: by, fields: Object.keys(change) };
  return { next, event: keyEvent(next, "portcullis", at, "key.changed", evidence) };
}

/** A lockout that holds this key: only its restore can change it. */
export function lockoutOver(record: KeyRecord): LockoutId | undefined {
  return record.holds?.reasons.find((each) => each.kind === "lockout")?.lockout;
}

/** When the sweep must next look at a key; `undefined`: never again. */
export function keyDueAt(record: KeyRecord): Instant | undefined {
  if (record.deletedAt !== undefined) return undefined;
  return record.due === undefined ? nextEnd(record.holds) : 0;
}

/** Gone for good, or about to be. */
export function isGone(record: KeyRecord): boolean {
  return record.deletedAt !== undefined || record.due?.deleted === true;
}

/** The refusal that meets whatever is done to a key that is gone; `at`: when, where it is known. */
export function gone(record: KeyRecord): { refusal: Refusal } {
  return {
    refusal: { reason: "key-deleted", ...(record.deletedAt === undefined ? {} : { at: record.deletedAt }) },
  };
}

/** An event of a key. */
export function keyEvent(
  next: KeyRecord,
  by: Actor,
  at: Instant,
  name: EventName,
  evidence: Evidence,
): AuditEvent {
  return { at, actor: by, subject: `key:${next.id}`, event: name, evidence };
}
