import { actOf, wasDone, withAct } from "../../domain/acts.ts";
import type { AuditRow } from "../../domain/audit.ts";
import { newCard } from "../../domain/card.ts";
import { declare, type Lockout, type LockoutId, lockoutEvent } from "../../domain/lockout.ts";
import type { LockoutItem } from "../../domain/lockout-item.ts";
import type { Scope } from "../../domain/lockout-scope.ts";
import type { Refusal } from "../../domain/refusal.ts";
import { DAY, type Instant, lockoutId, type PersonId } from "../../domain/values.ts";
import { checkReasonText } from "../../domain/typed.ts";
import { change, changeKnown, one } from "../change.ts";
import { asMember, asResponder, DECIDING, isIn, refused } from "../people.ts";
import type { Context } from "../ports.ts";
import { countSurveyed } from "./survey-lockout.ts";

export type Declaring = {
  /** Of the form as it was sent: sent twice, it is one lockout. */
  id?: LockoutId;
  by: PersonId;
  scope: Scope;
  /** The incident's reference, as people know it. */
  incident: string;
  because: string;
  /** When it should end; absent: when it is restored. */
  until?: Instant;
  /** Everything but the manager's writes and the holds. */
  drill?: boolean;
  /** The incident's reference typed once more, for more keys than the policy lets go without. */
  typed?: string;
};

/**
 * Drops the gate: from this commit on no claim in scope is delivered and no key in scope becomes
 * active; the engine does the rest. What is known of responders may be a day old, because stopping
 * must not wait for Slack.
 */
export async function declareLockout(
  context: Context,
  declaring: Declaring,
): Promise<{ lockout: Lockout; again: boolean } | { refusal: Refusal }> {
  const { by, scope, because, until, drill = false } = declaring;
  const no = async (refusal: Refusal) => refused(context, by, `person:${by}`, refusal);
  const responder = await asResponder(context, by, DAY);
  if ("refusal" in responder) return no(responder.refusal);
  const earlier = declaring.id && (await context.store.lockout(declaring.id));
  if (earlier !== undefined) {
    const { declaredBy, state, at } = earlier.value;
    if (declaredBy !== by) return no({ reason: "not-found", what: "lockout" });
    // Sent once more when all of it has come back, or does: nothing is locked by that.
    if (state === "restoring" || state === "restored") return no({ reason: "wrong-state", state, at });
    return { lockout: earlier.value, again: true };
  }
  const incident = declaring.incident.trim();
  const wrong = checkReasonText(incident, 1) ?? checkReasonText(because, 1) ?? checkEnd(context, until);
  if (wrong !== undefined) return no(wrong);
  const most = context.policy().policy.lockouts["confirm-over"];
  const confirmed = drill || declaring.typed?.trim() === incident;
  const keys = confirmed ? 0 : await countSurveyed(context, scope);
  // Before the manager's keys were ever read, nobody knows how many it would be.
  const unknown = !confirmed && (await context.store.inventoryState()) === undefined;
  if (keys > most || unknown)
    return no({ reason: "not-confirmed", ...(unknown ? {} : { keys }), most, type: incident });
  const id = declaring.id ?? lockoutId.parse(context.newId());
  const { incidents } = context.policy().policy.channels;
  const settled = await change<Lockout>(context, async () => {
    const at = context.clock();
    const ends = until === undefined ? {} : { until };
    const { next, event } = declare({ id, scope, incident, because, declaredBy: by, at, drill, ...ends });
    const card = newCard(id, "lockout", { channel: incidents }, at);
    const changes = [
      { row: "lockout" as const, next },
      { row: "card" as const, next: card },
      { row: "card" as const, next: newCard(id, "lockout-timeline", { channel: incidents }, at) },
    ];
    return {
      commit: { changes, events: [event], ...(drill ? {} : { gate: "bump" as const }) },
      result: next,
    };
  });
  if (typeof settled === "string") {
    // The same form, delivered twice at once: the other one has declared it.
    const twin = await context.store.lockout(id);
    if (twin === undefined) throw new Error(`declaring answered ${settled}`);
    return { lockout: twin.value, again: true };
  }
  if ("refusal" in settled) return settled;
  // Its calls on the manager come from the engine, and bear the lockout's id.
  context.log.info({ lockout: id, by }, "a lockout is declared");
  return { lockout: settled.result, again: false };
}

function checkEnd({ clock }: Context, until: Instant | undefined): Refusal | undefined {
  return until !== undefined && until <= clock() ? { reason: "expiry-in-past" } : undefined;
}

/** What a lockout's card shows. */
export type LockoutNow = {
  lockout: Lockout;
  /** Why keys wait, are loose, were kept down or were skipped, and how many of each. */
  reasons: Awaited<ReturnType<Context["store"]["itemReasons"]>>;
  /** Keys locked in a second, from the first to the last so far; `undefined` before there are two. */
  rate: number | undefined;
  now: Instant;
};

/** How a lockout stands now. */
export async function lockoutNow({ store, clock }: Context, id: LockoutId): Promise<LockoutNow | undefined> {
  const lockout = (await store.lockout(id))?.value;
  if (lockout === undefined) return undefined;
  const now = clock();
  const { firstLockedAt: from, lastLockedAt: to = now } = lockout.clock;
  const { locked, verified, loose } = lockout.counts;
  const done = locked + verified + loose;
  const rate = from === undefined || to <= from || done < 2 ? undefined : (done / (to - from)) * 1000;
  return { lockout, reasons: await store.itemReasons(id), rate, now };
}

/** A responder's note for the timeline; `form`: in which it was written, so that the same one sent twice is one. */
export async function noteOn(
  context: Context,
  { id, by, text, form }: { id: LockoutId; by: PersonId; text: string; form: string },
): Promise<{ noted: Instant } | { refusal: Refusal }> {
  const no = async (refusal: Refusal) => refused(context, by, `lockout:${id}`, refusal);
  const responder = await asResponder(context, by, DAY);
  const wrong = "refusal" in responder ? responder.refusal : checkReasonText(text, 1);
  if (wrong !== undefined) return no(wrong);
  const act = actOf(form, { text }, context.seal);
  const settled = await changeKnown<Instant>(context, async () => {
    const before = await context.store.lockout(id);
    if (before === undefined) return { refusal: { reason: "not-found", what: "lockout" } };
    if (wasDone(before.value, act)) return { refusal: { reason: "done-before" } };
    const at = context.clock();
    const event = lockoutEvent(before.value, by, at, "lockout.noted", { because: text.trim() });
    const next = withAct(before.value, act);
    return { commit: one({ row: "lockout", before, next }, event), result: at };
  });
  if ("refusal" in settled) return no(settled.refusal);
  context.nudge();
  return { noted: settled.result };
}

/** Events of one timeline, read at once. */
const TIMELINE = 1000;

/** What happened in a lockout, in order: the last thousand events, or all of them. */
export async function timelineOf(
  { store }: Context,
  id: LockoutId,
  { whole = false } = {},
): Promise<AuditRow[]> {
  const rows: AuditRow[] = [];
  for (;;) {
    const before = rows.at(-1)?.seq;
    const page = await store.auditOf([`lockout:${id}`], {
      limit: TIMELINE,
      ...(before === undefined ? {} : { before }),
    });
    rows.push(...page);
    if (!whole || page.length < TIMELINE) return rows.toReversed();
  }
}

/** All of a lockout, for responders and auditors; taking it away stands in the trail. */
export async function reportOf(
  context: Context,
  { id, by, most }: { id: LockoutId; by: PersonId; most: number },
): Promise<
  | { lockout: Lockout; items: LockoutItem[]; timeline: AuditRow[]; at: Instant }
  | { refusal: Refusal }
  | undefined
> {
  const { store, clock, policy } = context;
  const no = async (refusal: Refusal) => refused(context, by, `lockout:${id}`, refusal);
  const member = await asMember(context, by, DECIDING);
  if ("refusal" in member) return no(member.refusal);
  const { responders, auditors } = policy().policy;
  if (!(await isIn(context, [...responders, ...auditors], by, DECIDING)))
    return no({ reason: "not-a-responder" });
  const lockout = (await store.lockout(id))?.value;
  if (lockout === undefined) return undefined;
  const at = clock();
  await store.commit({ changes: [], events: [lockoutEvent(lockout, by, at, "lockout.reported", {})] });
  const items = await store.lockoutItems(id, { after: 0, limit: most });
  return { lockout, items, timeline: await timelineOf(context, id, { whole: true }), at };
}
