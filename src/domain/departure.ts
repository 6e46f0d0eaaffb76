import { z } from "zod";
import type { AuditEvent } from "./audit.ts";
import type { Request, Step } from "./request.ts";
import { instant, type Instant, keyId, personId, type PersonId } from "./values.ts";

/** Keys that are remembered by name; of more, their number. */
export const MOST_REMEMBERED = 50;

/** Somebody who owns keys was deactivated in Slack. What they still own stands with the keys. */
export const departure = z.object({
  /** The person and which of their departures it is, so that two replicas tell of it once. */
  id: z.string().max(50),
  person: personId,
  at: instant,
  /** What they owned then, by name. */
  keys: z.array(z.object({ key: keyId, name: z.string() })),
  total: z.int(),
  /** They are an active member again. */
  returnedAt: instant.optional(),
});
export type Departure = z.infer<typeof departure>;

/** An owner is found deactivated; `before`: their last departure, which has to be over. */
export function depart(
  { person, keys, total, at }: Pick<Departure, "person" | "keys" | "total" | "at">,
  before: Departure | undefined,
): Step<Departure> {
  if (before !== undefined && before.returnedAt === undefined) return { refusal: { reason: "no-change" } };
  const count = before === undefined ? 1 : Number(before.id.split("-")[1]) + 1;
  const next: Departure = {
    id: `${person}-${count}`,
    person,
    at,
    keys: keys.slice(0, MOST_REMEMBERED),
    total,
  };
  return { next, event: event(next, at, "owner.departed", { keys: total }) };
}

/** They are back. */
export function comeBack(found: Departure, at: Instant): Step<Departure> {
  if (found.returnedAt !== undefined) return { refusal: { reason: "no-change" } };
  const next: Departure = { ...found, returnedAt: at };
  return { next, event: event(next, at, "owner.returned", {}) };
}

/**
 * Who knows a key besides its owner, best first: whoever approved something about it, the last one
 * first, then whoever else asked. `requests`: those about the key, the newest first.
 */
export function heirs(requests: readonly Request[], owner: PersonId): PersonId[] {
  const approvers = requests.flatMap(({ approvals }) => approvals.map(({ by }) => by).toReversed());
  const askers = requests.map(({ asker }) => asker);
  return [...new Set([...approvers, ...askers])].filter((each) => each !== owner);
}

function event(
  { person }: Departure,
  at: Instant,
  name: "owner.departed" | "owner.returned",
  evidence: AuditEvent["evidence"],
): AuditEvent {
  return { at, actor: "portcullis", subject: `person:${person}`, event: name, evidence };
}
