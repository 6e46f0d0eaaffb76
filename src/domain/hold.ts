import { z } from "zod";
import { instant, type Instant, lockoutId, personId, type PersonId } from "./values.ts";

/** A reason why a key may not be active. A lock for two hours is a row of ours, never the manager's timer. */
export const hold = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("lock"),
    by: personId,
    /** As what this person locked it; an owner's lock the owner lifts, a responder's another responder. */
    as: z.enum(["owner", "responder"]),
    because: z.string(),
    at: instant,
    until: instant.optional(),
  }),
  z.object({ kind: z.literal("lockout"), lockout: lockoutId, at: instant }),
  z.object({
    kind: z.literal("compromised"),
    by: z.union([personId, z.literal("portcullis")]),
    at: instant,
  }),
]);
export type Hold = z.infer<typeof hold>;
export type Lock = Extract<Hold, { kind: "lock" }>;

/**
 * Whether a key was active when the first hold came, and everything that holds it now. Without a
 * hold there is no base to go back to: the manager's own state is the truth.
 */
export const holds = z.object({ baseActive: z.boolean(), reasons: z.array(hold).min(1) });
export type Holds = z.infer<typeof holds>;

/** One more reason; the base is what was true before the first. */
export function withHold(held: Holds | undefined, reason: Hold, activeNow: boolean): Holds {
  const baseActive = held?.baseActive ?? activeNow;
  return { baseActive, reasons: [...(held?.reasons ?? []), reason] };
}

/** What is left when some reasons go; `undefined` with the base state when none is. */
export function withoutHolds(
  held: Holds,
  lifted: (reason: Hold) => boolean,
): { held: Holds } | { released: { active: boolean } } {
  const reasons = held.reasons.filter((reason) => !lifted(reason));
  return reasons.length === 0 ? { released: { active: held.baseActive } } : { held: { ...held, reasons } };
}

/** Who may lift a lock: an owner's, the owner; a responder's, a responder other than who locked it. */
export function mayLift(lock: Lock, person: PersonId, is: { owner: boolean; responder: boolean }): boolean {
  return lock.as === "owner" ? is.owner : is.responder && lock.by !== person;
}

/** When the next timed lock of these ends; `undefined`: none does by itself. */
export function nextEnd(held: Holds | undefined): Instant | undefined {
  if (held === undefined) return undefined;
  const ends = held.reasons.flatMap((each) =>
    each.kind === "lock" && each.until !== undefined ? [each.until] : [],
  );
  return ends.length === 0 ? undefined : Math.min(...ends);
}
