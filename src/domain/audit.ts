import { z } from "zod";
import { actor, type Actor, instant, type Instant } from "./values.ts";

/** Every kind of event there is; the trail's vocabulary. */
export const eventName = z.enum([
  "request.made",
  "request.checked",
  "request.approved",
  "request.seconded",
  "request.denied",
  "request.opposed",
  "request.reminded",
  "request.escalated",
  "request.stuck",
  "request.unstuck",
  "request.withdrawn",
  "request.lapsed",
  "request.fulfilled",
  "request.failed",
  "claim.opened",
  "claim.minting",
  "claim.showing",
  "claim.delivered",
  "claim.given-up",
  "claim.reopened",
  "claim.asked-again",
  "claim.lapsed",
  "claim.voided",
  "claim.failed",
  "claim.stray-dropped",
  "key.activated",
  "key.locked",
  "key.unlocked",
  "key.edited",
  "key.deletion-asked",
  "key.settled",
  "key.told-again",
  "key.gone",
  "key.name-taken",
  "key.refused",
  "key.changed",
  "request.applied",
  "expiry.reminded",
  "expiry.let-go",
  "rotation.reminded",
  "rotation.let-go",
  "owner.departed",
  "owner.returned",
  "outside.reported",
  "outside.seen",
  "lockout.declared",
  "lockout.found",
  "lockout.skipped",
  "lockout.locked",
  "lockout.failing",
  "lockout.locked-again",
  "lockout.verified",
  "lockout.contained",
  "lockout.loose",
  "lockout.ending",
  "lockout.restoring",
  "lockout.leaving",
  "lockout.let-go",
  "lockout.kept",
  "lockout.opened",
  "lockout.brought-back",
  "lockout.restored",
  "lockout.noted",
  "own-key.changing",
  "own-key.changed",
  "refused",
  "refused.again",
  "card.found",
  "keys.exported",
  "policy.changed",
  "adoption.proposed",
  "adoption.confirmed",
  "adoption.declined",
  "adoption.done",
  "key.adopted",
  "lockout.owners-told",
  "lockout.reported",
  "key.compromised",
  "key.cleared",
  "leak.found",
  "leak.reported",
  "leak.seen-again",
  "leak.closed",
  "audit.head-posted",
  "audit.asked",
]);
export type EventName = z.infer<typeof eventName>;

/** Evidence is ids, codes, counts and hashes; never a secret, never a whole body. */
export type Evidence = { readonly [name: string]: EvidenceValue };
type EvidenceValue = string | number | boolean | readonly (string | number | boolean | Evidence)[] | Evidence;

/** What the domain says happened; the store adds `seq`, `previous` and `hash` inside the commit. */
export type AuditEvent = {
  at: Instant;
  actor: Actor;
  /** `request:…`, `claim:…`, `key:…`, `lockout:…`, `leak:…`, `report:…`, `adoption:…`, `person:…`, `policy` or `audit`. */
  subject: string;
  event: EventName;
  evidence: Evidence;
};

/** One row of the trail. `hash` covers everything else in the row, and through `previous` all before it. */
export const auditRow = z.object({
  seq: z.int().positive(),
  at: instant,
  actor,
  subject: z.string(),
  event: eventName,
  /** The evidence as JSON text, exactly as hashed. */
  evidence: z.string(),
  previous: z.string(),
  hash: z.string(),
});
export type AuditRow = z.infer<typeof auditRow>;

/** A row as the database gives it: whoever owns that may have written anything. */
export type StoredRow = Readonly<Record<keyof AuditRow, unknown>>;

/** Where the trail ended at some time: the number and hash of its last row. */
export type Head = { seq: number; hash: string };

/** The hash before the first row. */
export const GENESIS = "0".repeat(64);

/** The text whose SHA-256 is a row's hash: a JSON array, so that no two rows read alike. */
export function hashedText(row: Omit<StoredRow, "hash">): string {
  return JSON.stringify([row.seq, row.at, row.actor, row.subject, row.event, row.evidence, row.previous]);
}
