import { z } from "zod";
import type { AuditEvent } from "./audit.ts";
import type { KeyRecord } from "./key.ts";
import { type Origin, readMarker } from "./marker.ts";
import type { Step } from "./request.ts";
import { instant, type Instant, keyId, type KeyId, personId, type PersonId } from "./values.ts";
import { requestId } from "./values.ts";

const named = z.object({ key: keyId, name: z.string() });
const proposal = named.extend({ owner: personId, request: requestId });

/**
 * What the manager alone says of keys that a lost database knew: who owns which, from the markers
 * that we left (design.md section 5). A responder decides whether it is believed.
 */
export const adoption = z.object({
  id: z.string().regex(/^[0-9A-HJKMNP-TV-Z]{12}$/),
  at: instant,
  proposals: z.array(proposal),
  /** One marker on several keys: a copy, and nothing says which is the true one. */
  copied: z.array(z.object({ request: requestId, keys: z.array(named) })),
  /** The form of a marker, without a seal of ours. */
  forged: z.array(named),
  /** Keys without a marker, and keys that are on record already. */
  unmarked: z.int(),
  known: z.int(),
  decided: z.object({ as: z.enum(["confirmed", "declined"]), by: personId, at: instant }).optional(),
  /** When it was carried out; `left`: keys that had gone or changed by then. */
  done: z.object({ at: instant, adopted: z.int(), left: z.array(named) }).optional(),
});
export type Adoption = z.infer<typeof adoption>;
export type Named = z.infer<typeof named>;

/** A key as the manager describes it, its marker included. */
export type Marked = { id: KeyId; name: string; description: string };

/** What is to be believed of a marker: the seal is ours (`sealed`), and we have no record of the key (`known`). */
export type Judging = { sealed: (origin: Origin, seal: string) => boolean; known: ReadonlySet<number> };

type Sorted = Pick<Adoption, "proposals" | "copied" | "forged" | "unmarked" | "known">;

/** Sorts all keys of the manager by what their markers are worth. */
export function sortOut(keys: readonly Marked[], { sealed, known }: Judging): Sorted {
  const sorted: Sorted = { proposals: [], copied: [], forged: [], unmarked: 0, known: 0 };
  const byAttempt = new Map<string, { origin: Origin; keys: Named[] }>();
  for (const { id: key, name, description } of keys) {
    const marker = readMarker(description);
    const onRecord = known.has(key);
    if (onRecord) sorted.known += 1;
    if (marker === undefined) sorted.unmarked += onRecord ? 0 : 1;
    else if (!sealed(marker.origin, marker.seal)) sorted.forged.push({ key, name });
    else {
      const of = `${marker.origin.request}/${marker.origin.attempt}`;
      const alike = byAttempt.get(of) ?? { origin: marker.origin, keys: [] };
      alike.keys.push({ key, name });
      byAttempt.set(of, alike);
    }
  }
  for (const { origin, keys: alike } of byAttempt.values()) {
    const { request, owner } = origin;
    if (alike.length > 1) sorted.copied.push({ request, keys: alike });
    else
      for (const each of alike) if (!known.has(each.key)) sorted.proposals.push({ ...each, owner, request });
  }
  return sorted;
}

/** Somebody at the server asks for it. */
export function proposeAdoption(next: Adoption): { next: Adoption; event: AuditEvent } {
  const { proposals, copied, forged, unmarked, known } = next;
  const evidence = {
    proposed: proposals.map(({ key }) => key),
    copied: copied.flatMap(({ keys }) => keys.map(({ key }) => key)),
    forged: forged.map(({ key }) => key),
    unmarked,
    known,
  };
  return { next, event: event(next, "portcullis", next.at, "adoption.proposed", evidence) };
}

/** A responder confirms it, or leaves it be. */
export function decideAdoption(found: Adoption, decided: NonNullable<Adoption["decided"]>): Step<Adoption> {
  if (found.decided !== undefined) {
    const { as: state, by, at } = found.decided;
    return { refusal: { reason: "wrong-state", state, by, at } };
  }
  const next: Adoption = { ...found, decided };
  return { next, event: event(next, decided.by, decided.at, `adoption.${decided.as}`, {}) };
}

/** Every proposal was looked at once more, and adopted or left. */
export function endAdoption(found: Adoption, done: NonNullable<Adoption["done"]>): Step<Adoption> {
  if (found.decided?.as !== "confirmed" || found.done !== undefined) {
    return { refusal: { reason: "wrong-state", state: "done", at: found.done?.at ?? found.at } };
  }
  const next: Adoption = { ...found, done };
  const evidence = { adopted: done.adopted, left: done.left.map(({ key }) => key) };
  return { next, event: event(next, "portcullis", done.at, "adoption.done", evidence) };
}

/** The record of a key that its marker and a responder speak for. */
export function adoptKey(
  key: Pick<KeyRecord, "id" | "name" | "role" | "madeAt" | "expiresAt">,
  { owner, request }: Pick<Adoption["proposals"][number], "owner" | "request">,
  { by, at }: { by: PersonId; at: Instant },
): { next: KeyRecord; event: AuditEvent } {
  const next: KeyRecord = { ...key, owner, origin: { kind: "adopted", request } };
  const subject = `key:${key.id}`;
  return { next, event: { at, actor: by, subject, event: "key.adopted", evidence: { owner, request } } };
}

function event(
  { id }: Adoption,
  actor: AuditEvent["actor"],
  at: Instant,
  name: AuditEvent["event"],
  evidence: AuditEvent["evidence"],
): AuditEvent {
  return { at, actor, subject: `adoption:${id}`, event: name, evidence };
}
