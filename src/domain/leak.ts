import { z } from "zod";
import type { AuditEvent, EventName, Evidence } from "./audit.ts";
import type { Step } from "./request.ts";
import { type Actor, instant, type Instant, keyId, MINUTE, personId, type PersonId } from "./values.ts";

/** A message in which a secret was seen. `by`: who reported it, or we, where we watch a channel. */
export const sighting = z.object({
  at: instant,
  by: z.union([personId, z.literal("portcullis")]),
  /** Absent where it was a message that cannot be named, such as in a DM that is not ours. */
  channel: z.string().optional(),
  ts: z.string().optional(),
  author: personId.optional(),
});
export type Sighting = z.infer<typeof sighting>;

/** Messages in which one secret was seen that are kept; of more, their number says enough. */
const MOST_SIGHTINGS = 20;

/** Who tries a secret has so long to say what came of it: after that people are told that nobody could, and again if it becomes known. */
const TRYING = MINUTE;

/**
 * What one call with the secret showed: it `works`, and the manager said whose it is; it is
 * `refused`; or it was not made: the policy does not want it, another one of the hour stands in its
 * place, or the manager did not answer; `stopped`: whoever was to make it was stopped, or has said nothing of it in time.
 * `trying`: that is being found out, and nobody has been told yet; after `until` nobody tries it any more.
 */
export const proof = z.discriminatedUnion("is", [
  z.object({ is: z.literal("trying"), until: instant }),
  z.object({ is: z.literal("works"), at: instant }),
  z.object({ is: z.literal("refused"), at: instant }),
  z.object({
    is: z.literal("untried"),
    because: z.enum(["policy", "hour", "manager", "no-key", "failures", "stopped"]),
  }),
]);
export type Proof = z.infer<typeof proof>;

/**
 * A secret that stood in a message. Never the secret itself: `mark` is an HMAC of it under the
 * marker key, by which it is known when it is seen again.
 */
export const leak = z.object({
  id: z.string().regex(/^[0-9A-HJKMNP-TV-Z]{12}$/),
  mark: z.string().regex(/^[0-9a-f]{32}$/),
  /** Named by the number in front of the secret, or by the manager where the secret works. */
  key: keyId.optional(),
  proof,
  /** It opens the key that Portcullis itself works with. */
  own: z.boolean(),
  sightings: z.array(sighting).min(1),
  /** How often it was seen in all. */
  seen: z.int().min(1),
  /** A responder has said that it is not ours, or nothing to worry about. */
  closed: z.object({ by: personId, at: instant }).optional(),
});
export type Leak = z.infer<typeof leak>;

/** A secret is seen for the first time: on record before anybody tries it, and so before it can be lost. */
export function findLeak(
  { id, mark, key }: Pick<Leak, "id" | "mark" | "key">,
  seen: Sighting,
): { next: Leak; event: AuditEvent } {
  const proof = { is: "trying", until: seen.at + TRYING } as const;
  const named = key === undefined ? {} : { key };
  const next: Leak = { id, mark, ...named, proof, own: false, sightings: [seen], seen: 1 };
  return { next, event: event(next, seen.by, seen.at, "leak.found", { ...named, ...place(seen) }) };
}

/** Nobody has said in time what came of trying it; perhaps nobody will, unless it is seen again. */
export function wasStopped({ proof }: Leak): boolean {
  return proof.is === "untried" && proof.because === "stopped";
}

/** What came of trying it: from now on people are told. Only what was stopped may become known later. */
export function proveLeak(
  found: Leak,
  { key: opened, proof, own }: Pick<Leak, "key" | "proof" | "own">,
  at: Instant,
): Step<Leak> {
  const open = found.proof.is === "trying" || (wasStopped(found) && proof.is !== "untried");
  if (!open) return { refusal: { reason: "no-change" } };
  const { key: named, ...rest } = found;
  // The number in front of it counts until the manager says that it has no such key.
  const none = proof.is === "untried" && proof.because === "no-key";
  const key = opened ?? (none ? undefined : named);
  const whose = key === undefined ? {} : { key };
  const next: Leak = { ...rest, ...whose, proof, own };
  return { next, event: event(next, "portcullis", at, "leak.reported", { ...whose, proof: proof.is }) };
}

/** Whoever was to try it has said nothing in time: people are told as much. */
export function giveUpProof(found: Leak, at: Instant): Step<Leak> {
  if (found.proof.is !== "trying" || at < found.proof.until) return { refusal: { reason: "no-change" } };
  return proveLeak(found, { proof: { is: "untried", because: "stopped" }, own: false }, at);
}

/** The same secret once more; whatever was closed is open again. */
export function seeAgain(found: Leak, seen: Sighting): { next: Leak; event: AuditEvent } {
  const { closed: _, ...rest } = found;
  const sightings = [...found.sightings, seen].slice(-MOST_SIGHTINGS);
  const next: Leak = { ...rest, sightings, seen: found.seen + 1 };
  return { next, event: event(next, seen.by, seen.at, "leak.seen-again", place(seen)) };
}

/** A responder: not ours, or nothing to worry about. */
export function closeLeak(found: Leak, by: PersonId, at: Instant): Step<Leak> {
  if (found.closed !== undefined) {
    return { refusal: { reason: "wrong-state", state: "closed", ...found.closed } };
  }
  const next: Leak = { ...found, closed: { by, at } };
  return { next, event: event(next, by, at, "leak.closed", {}) };
}

function place(seen: Sighting): Evidence {
  return {
    ...(seen.channel === undefined ? {} : { channel: seen.channel }),
    ...(seen.ts === undefined ? {} : { ts: seen.ts }),
    ...(seen.author === undefined ? {} : { author: seen.author }),
  };
}

function event({ id }: Leak, actor: Actor, at: Instant, name: EventName, evidence: Evidence): AuditEvent {
  return { at, actor, subject: `leak:${id}`, event: name, evidence };
}
