import { z } from "zod";
import { acts } from "./acts.ts";
import type { AuditEvent, EventName, Evidence } from "./audit.ts";
import type { Known } from "./criteria.ts";
import { HELD, type ItemState, itemState, type LockoutItem, RESTORING } from "./lockout-item.ts";
import { covers, scope } from "./lockout-scope.ts";
import type { Step } from "./request.ts";
import { actor, type Actor, instant, type Instant, lockoutId, personId, requestId } from "./values.ts";

const counts = z.record(itemState, z.int().nonnegative());
const NONE = Object.fromEntries(itemState.options.map((state) => [state, 0])) as z.infer<typeof counts>;

/** What has been approved to come back: `whole`, or so many keys of it. */
const restore = z.object({
  /** Absent where a lockout ended by its time. */
  request: requestId.optional(),
  by: actor,
  at: instant,
  whole: z.boolean(),
  keys: z.int(),
});

/**
 * An incident: from its commit on, no claim in scope is delivered and no key in scope becomes active.
 * `declared` until every key in scope has been read back as inactive, then `contained`; `ending` when
 * its time is over and nobody has decided; `restoring` when all of it is coming back; `restored`.
 */
export const lockout = z.object({
  id: lockoutId,
  state: z.enum(["declared", "contained", "ending", "restoring", "restored"]),
  scope,
  incident: z.string(),
  because: z.string(),
  declaredBy: personId,
  at: instant,
  /** Everything but the manager's writes and the holds. */
  drill: z.boolean().default(false),
  /** When it should end; absent: when it is restored. */
  until: instant.optional(),
  /** How many keys listings have found, those that are skipped among them. */
  found: z.int().nonnegative(),
  /** How many more of a listing are looked at just now; 0 when all have been. */
  coming: z.int().nonnegative(),
  counts,
  /** How often a key was found active again, and locked again. */
  again: z.int().nonnegative(),
  clock: z.object({
    firstLockedAt: instant.exactOptional(),
    halfLockedAt: instant.exactOptional(),
    lastLockedAt: instant.exactOptional(),
    verifiedAt: instant.exactOptional(),
    restoredAt: instant.exactOptional(),
  }),
  restores: z.array(restore),
  acts,
});
export type Lockout = z.infer<typeof lockout>;
export type LockoutId = Lockout["id"];

type Declared = Pick<Lockout, "id" | "scope" | "incident" | "because" | "declaredBy" | "at" | "until"> & {
  drill?: boolean;
};

/** Declares a lockout; the commit that stores it bumps the gate. */
export function declare(declared: Declared): { next: Lockout; event: AuditEvent } {
  const next: Lockout = {
    ...declared,
    drill: declared.drill ?? false,
    state: "declared",
    found: 0,
    coming: 0,
    counts: NONE,
    again: 0,
    clock: {},
    restores: [],
  };
  const { incident, because, scope, drill } = next;
  const evidence = { incident, because, scope: JSON.stringify(scope), drill };
  return { next, event: lockoutEvent(next, next.declaredBy, next.at, "lockout.declared", evidence) };
}

/** Whether keys to come are held: one that is on its way back holds only what it has not let go yet. */
export function isInForce({ state, drill }: Lockout): boolean {
  return !drill && (state === "declared" || state === "contained" || state === "ending");
}

/** The first lockout that holds this key, or key to come, down; `lockouts`: those in force that have not let it go. */
export function holding(lockouts: readonly Lockout[], held: Known): Lockout | undefined {
  return lockouts.find((each) => covers(each.scope, held));
}

/** When the engine must next look at it; `undefined`: when something wakes it. */
export function lockoutDueAt({ state, drill, until, counts }: Lockout): Instant | undefined {
  if (state === "declared" || state === "restoring") return 0;
  const moving = ["waiting", "locked", ...RESTORING] as const;
  if (moving.some((each) => counts[each] > 0)) return 0;
  return state === "contained" && !drill ? until : undefined;
}

/** How many keys stand in one of these states. */
export function countIn({ counts }: Pick<Lockout, "counts">, states: readonly ItemState[]): number {
  return states.reduce((sum, each) => sum + counts[each], 0);
}

/** One item's change: of a key that was just found, without a state before. */
export type Turn = { before: LockoutItem | undefined; next: LockoutItem };

/** Items have changed: counted once each, with the clock, and one event for each thing that happened to some. */
export function turned(
  before: Lockout,
  turns: readonly Turn[],
  at: Instant,
): { lockout: Lockout; items: LockoutItem[]; events: AuditEvent[] } {
  const real = turns.filter((each) => each.before !== each.next);
  const counts = { ...before.counts };
  let { found, again } = before;
  for (const { before: was, next } of real) {
    if (was === undefined) found += 1;
    else counts[was.state] -= 1;
    counts[next.state] += 1;
    again += next.again - (was?.again ?? 0);
  }
  const lockout = clocked({ ...before, found, counts, again }, real);
  return { lockout, items: real.map(({ next }) => next), events: eventsOf(lockout, real, at) };
}

/** The clock runs until everything was locked once. */
function clocked(now: Lockout, turns: readonly Turn[]): Lockout {
  const moments = turns.flatMap(({ before, next }) =>
    before?.state === "waiting" && next.state === "locked" ? (next.lockedAt ?? []) : [],
  );
  if (now.state !== "declared" || moments.length === 0) return now;
  const last = Math.max(...moments);
  const done = countIn(now, ["locked", "verified"]);
  const wanted = now.found + now.coming - now.counts.skipped;
  const { firstLockedAt = Math.min(...moments), halfLockedAt } = now.clock;
  const half = halfLockedAt ?? (done * 2 >= wanted ? last : undefined);
  return {
    ...now,
    clock: {
      ...now.clock,
      firstLockedAt,
      ...(half === undefined ? {} : { halfLockedAt: half }),
      ...(now.counts.waiting + now.coming > 0 ? {} : { lastLockedAt: last }),
    },
  };
}

/** One event a batch and kind: the keys that it happened to, and why where that differs. */
function eventsOf(lockout: Lockout, turns: readonly Turn[], at: Instant): AuditEvent[] {
  const happened = new Map<EventName, (number | { key: number; why: string })[]>();
  for (const turn of turns) {
    const name = nameOf(turn);
    const { key, reason } = turn.next;
    if (name === undefined) continue;
    const listed = happened.get(name) ?? [];
    happened.set(name, [...listed, reason === undefined ? key : { key, why: reason }]);
  }
  return [...happened].map(([name, keys]) => lockoutEvent(lockout, "portcullis", at, name, { keys }));
}

const CAME_TO: Record<ItemState, EventName> = {
  waiting: "lockout.locked-again",
  locked: "lockout.locked",
  verified: "lockout.verified",
  loose: "lockout.loose",
  leaving: "lockout.leaving",
  opening: "lockout.let-go",
  opened: "lockout.opened",
  restored: "lockout.brought-back",
  kept: "lockout.kept",
  skipped: "lockout.skipped",
};

function nameOf({ before, next }: Turn): EventName | undefined {
  if (before === undefined) return next.state === "skipped" ? "lockout.skipped" : "lockout.found";
  if (before.state !== next.state) return CAME_TO[next.state];
  // A key that keeps failing in the same way says so once.
  return before.reason === next.reason ? undefined : "lockout.failing";
}

/** Every key in scope has been read back as inactive, and nothing new was found. */
export function contained(before: Lockout, at: Instant): Step<Lockout> {
  if (before.state !== "declared" || countIn(before, ["waiting", "locked"]) > 0) return wrongState(before);
  const next: Lockout = {
    ...before,
    state: "contained",
    coming: 0,
    clock: { ...before.clock, verifiedAt: at },
  };
  const { counts, clock, again } = next;
  return { next, event: lockoutEvent(next, "portcullis", at, "lockout.contained", { counts, clock, again }) };
}

/** Its time is over, and the policy lets no lockout end by itself: it asks. It stays in force. */
export function timeOver(before: Lockout, at: Instant): Step<Lockout> {
  const { state, until } = before;
  // Also where a key cannot be locked: that must not keep the others down for longer than was meant.
  const may = !before.drill && (state === "declared" || state === "contained");
  if (!may || until === undefined || at < until) return wrongState(before);
  const next: Lockout = { ...before, state: "ending" };
  return { next, event: lockoutEvent(next, "portcullis", at, "lockout.ending", { until }) };
}

/** Somebody else has approved that keys come back. All of it: from now on it holds nothing new. */
export function beginRestore(before: Lockout, begun: Lockout["restores"][number]): Step<Lockout> {
  const done = before.restores.some(({ request }) => request !== undefined && request === begun.request);
  if (before.drill || done || before.state === "restoring" || before.state === "restored") {
    return wrongState(before);
  }
  const restores = [...before.restores, begun];
  const next: Lockout = { ...before, restores, ...(begun.whole ? { state: "restoring" } : {}) };
  const { at, by, ...evidence } = begun;
  return { next, event: lockoutEvent(next, by, at, "lockout.restoring", present(evidence)) };
}

/** Nothing of it is held any more, nor on its way back. */
export function endRestore(before: Lockout, at: Instant): Step<Lockout> {
  const over = before.restores.length > 0 && before.state !== "restored";
  if (!over || countIn(before, [...HELD, ...RESTORING]) > 0) return wrongState(before);
  const next: Lockout = { ...before, state: "restored", clock: { ...before.clock, restoredAt: at } };
  const { counts } = next;
  return { next, event: lockoutEvent(next, "portcullis", at, "lockout.restored", { counts }) };
}

/** An event of a lockout; each of a drill's says so, since it may be read alone. */
export function lockoutEvent(
  { id, drill }: Pick<Lockout, "id" | "drill">,
  by: Actor,
  at: Instant,
  event: EventName,
  evidence: Evidence,
): AuditEvent {
  return {
    at,
    actor: by,
    subject: `lockout:${id}`,
    event,
    evidence: present({ ...evidence, ...(drill && { drill }) }),
  };
}

function wrongState({ state, at }: Lockout): Extract<Step<Lockout>, { refusal: unknown }> {
  return { refusal: { reason: "wrong-state", state, at } };
}

/** Without members that have no value, which is how they come back from the store. */
function present(evidence: object): Evidence {
  return JSON.parse(JSON.stringify(evidence)) as Evidence;
}
