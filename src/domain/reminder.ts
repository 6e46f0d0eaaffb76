import { z } from "zod";
import type { AuditEvent } from "./audit.ts";
import type { KeyRecord } from "./key.ts";
import type { Policy } from "./policy.ts";
import type { Step } from "./request.ts";
import { DAY, instant, type Instant, keyId, type PersonId } from "./values.ts";

/** How long after one reminder of an old secret the next one comes. */
const AGAIN = 7 * DAY;
/** A key is looked at again after this long at the latest, so that nothing that was missed is missed for long. */
const LOOK = DAY;

/**
 * What somebody was told of a key, once: that its end (`of`) is nearer than `step` milliseconds, or
 * that its secret, from the moment `of`, is older than the policy wants, for the `step`th week.
 */
export const reminder = z.object({
  /** Made of all the rest, so that nobody is told twice, whoever is faster. */
  id: z.string().max(50),
  key: keyId,
  /** As the key was called then. */
  name: z.string(),
  what: z.enum(["expiry", "rotation"]),
  of: instant,
  step: z.int().nonnegative(),
  at: instant,
  /** It is the key that this program itself works with. */
  own: z.literal(true).optional(),
});
export type Reminder = z.infer<typeof reminder>;

/** `last`: before the key's end nobody is told again. */
export type Occasion = Pick<Reminder, "what" | "of" | "step"> & { last: boolean };

/** A key as it was last seen, with what only we know of it. */
export type Watched = {
  key: Pick<KeyRecord, "id" | "name"> & {
    active: boolean;
    createdAt: Instant;
    expiresAt: Instant | undefined;
  };
  record: KeyRecord | undefined;
};

/** What there is to remind of now: of several moments that have passed only the nearest to the key's end. */
export function occasionsNow(watched: Watched, expiry: Policy["expiry"], now: Instant): Occasion[] {
  const { key, record } = watched;
  const gone = record?.deletedAt !== undefined || record?.due?.deleted === true;
  const over = key.expiresAt !== undefined && key.expiresAt <= now;
  if (!key.active || record?.holds !== undefined || gone || over) return [];
  return [...expiryNow(watched, expiry, now), ...rotationNow(watched, expiry, now)];
}

function expiryNow({ key, record }: Watched, expiry: Policy["expiry"], now: Instant): Occasion[] {
  const { expiresAt: end, createdAt } = key;
  if (end === undefined || record?.upkeep?.letGo?.expiry?.of === end) return [];
  const steps = expiry["remind-before"].toSorted((one, other) => one - other);
  const step = steps.find((each) => end - each <= now);
  if (step === undefined) return [];
  // Whoever chose this end here after the moment had passed knows it.
  const chosenAt = Math.max(
    record?.origin.kind === "request" ? createdAt : 0,
    record?.upkeep?.extended?.at ?? 0,
  );
  return end - step <= chosenAt ? [] : [{ what: "expiry", of: end, step, last: step === steps[0] }];
}

/** Of a key that nobody owns, nobody could be shown a new secret. */
function rotationNow({ key, record }: Watched, expiry: Policy["expiry"], now: Instant): Occasion[] {
  const every = expiry["rotate-every"];
  const { letGo } = record?.upkeep ?? {};
  if (every === undefined || record?.owner === undefined) return [];
  const of = secretSince(key, record);
  // A key that is let go at its end needs no new secret.
  if (letGo?.rotation?.of === of || (letGo?.expiry !== undefined && letGo.expiry.of === key.expiresAt)) {
    return [];
  }
  const step = Math.floor((now - of - every) / AGAIN);
  return step < 0 ? [] : [{ what: "rotation", of, step, last: false }];
}

/** Since when a key has the secret that it has. */
export function secretSince({ createdAt }: { createdAt: Instant }, record: KeyRecord | undefined): Instant {
  return record?.upkeep?.rotatedAt ?? createdAt;
}

/** When to look at a key again, unless it changes before; `undefined`: it has expired. */
export function lookAgainAt(watched: Watched, expiry: Policy["expiry"], now: Instant): Instant | undefined {
  const { key, record } = watched;
  const { expiresAt: end } = key;
  if (end !== undefined && end <= now) return undefined;
  const every = expiry["rotate-every"];
  const old = every === undefined ? undefined : secretSince(key, record) + every;
  const moments = [
    ...(end === undefined ? [] : [end, ...expiry["remind-before"].map((each) => end - each)]),
    ...(old === undefined ? [] : [old + Math.max(0, Math.floor((now - old) / AGAIN) + 1) * AGAIN]),
  ];
  return Math.min(now + LOOK, ...moments.filter((each) => each > now));
}

/** Somebody is reminded: the owner, the team, or both. */
export function makeReminder(
  { key, occasion, at, own }: { key: Watched["key"]; occasion: Occasion; at: Instant; own: boolean },
  told: { owner?: PersonId | undefined; team: boolean },
): { next: Reminder; event: AuditEvent } {
  const { what, of, step } = occasion;
  const id = `${what === "expiry" ? "e" : "r"}-${key.id}-${of}-${step}`;
  const next: Reminder = { id, key: key.id, name: key.name, what, of, step, at, ...(own && { own }) };
  const evidence = {
    of,
    step,
    team: told.team,
    ...(told.owner === undefined ? {} : { owner: told.owner }),
  };
  const event = { at, actor: "portcullis", subject: `key:${key.id}`, evidence } as const;
  return { next, event: { ...event, event: `${what}.reminded` } };
}

/** Nobody is reminded of this any more: of this end of the key, or of this secret's age. */
export function letGo(
  record: KeyRecord,
  { what, of }: Pick<Reminder, "what" | "of">,
  by: PersonId,
  at: Instant,
): Step<KeyRecord> {
  if (record.deletedAt !== undefined || record.due?.deleted === true) {
    return { refusal: { reason: "key-deleted" } };
  }
  const { upkeep } = record;
  if (upkeep?.letGo?.[what]?.of === of) return { refusal: { reason: "no-change" } };
  const said = { ...upkeep?.letGo, [what]: { of, by, at } };
  const next: KeyRecord = { ...record, upkeep: { ...upkeep, letGo: said } };
  return {
    next,
    event: { at, actor: by, subject: `key:${record.id}`, event: `${what}.let-go`, evidence: { of } },
  };
}
