import { groupsOf } from "../../domain/approval.ts";
import { newCard } from "../../domain/card.ts";
import type { Refusal } from "../../domain/refusal.ts";
import type { Failure, Pending, Request, Step } from "../../domain/request.ts";
import { approve, deny, withdraw } from "../../domain/request-decision.ts";
import { fail } from "../../domain/request-end.ts";
import { type Instant, type PersonId, type RequestId } from "../../domain/values.ts";
import { applyApproved } from "./apply.ts";
import { after, changeKnown } from "../change.ts";
import { asRefusal, heldWish } from "../claims/claim-state.ts";
import { asJudged, type DemandsNow, demandsNow, factsNow, termsShown } from "./demands.ts";
import { effectHash, effectNow } from "./effect.ts";
import { asMember, DECIDING, lateClick, membershipsOf, recordRefusal } from "../people.ts";
import { claimFor, openingOf } from "./place-request.ts";
import type { Context } from "../ports.ts";
import type { Change, Commit, Versioned } from "../store-port.ts";

/** Somebody presses a button on a request. */
type Press = { request: RequestId; by: PersonId; clickedAt: Instant };

/** What became of it; with a refusal, the request as it stands, so that its card can be brought up to date. */
export type Decided = { request: Versioned<Request> } | { refusal: Refusal; request?: Versioned<Request> };

/** Of a request that is decided already; no transition keeps it. */
const NOT_JUDGED: Pending["judged"] = { dangerous: false, askerGroups: [] };

/**
 * One approval. Counted only if the person may decide under the rules of the making and of now,
 * and if what would be done is still what was shown. Throws manager and Slack faults: nobody is
 * let through when memberships or the role cannot be read.
 */
export async function approveRequest(context: Context, press: Press): Promise<Decided> {
  const decided = await decide(context, press, async ({ value: request }) => {
    const { by } = press;
    const at = context.clock();
    const people = [by, ...request.approvals.map((each) => each.by)];
    const claim = claimFor(context, request.wants);
    const approving = async (demanded: DemandsNow, judged: Pending["judged"], effect: string) => {
      const members = await membershipsOf(context, groupsOf(demanded.demands), people);
      const opens = claim === undefined ? {} : { claim };
      return approve(request, { by, at, ...demanded, members, judged, effectHash: effect, ...opens });
    };
    // First as if nothing had changed: whoever may not decide learns no more than that.
    const before = request.state === "pending" ? request.judged : NOT_JUDGED;
    const dry = await approving(termsShown(context, request), before, request.effectHash);
    if ("refusal" in dry) return dry;
    const { gate, heldBy } = await heldWish(context, request.wants, request.asker);
    if (heldBy !== undefined) return { refusal: { reason: "locked-out", incident: heldBy.incident } };
    const effect = await effectNow(context, request.wants, request.asker);
    if ("gone" in effect) return { ended: effect.gone, refusal: asRefusal(effect.gone) };
    const facts = await factsNow(context, effect, request.asker);
    const now = demandsNow(context, request, facts);
    if ("ended" in now) return now;
    const taken = await approving(now, asJudged(facts), effectHash(effect));
    const edited = "refusal" in taken && taken.refusal.reason === "effect-changed";
    return edited ? { ended: "effect-changed", refusal: taken.refusal } : { ...taken, gate };
  });
  if (!("refusal" in decided)) await applyApproved(context, press.request);
  return decided;
}

/** One denial; the one that ends the request is told to the asker with its reason. */
export async function denyRequest(context: Context, press: Press & { because: string }): Promise<Decided> {
  return decide(context, press, async ({ value: request }) => {
    const shown = termsShown(context, request);
    const members = await membershipsOf(context, groupsOf(shown.demands), [press.by]);
    return deny(request, { ...press, at: context.clock(), ...shown, members });
  });
}

/** The asker takes the request back. */
export async function withdrawRequest(context: Context, press: Press): Promise<Decided> {
  return decide(context, press, async ({ value }) => withdraw(value, press.by, context.clock()));
}

/** What a press leads to; `gate`: it counts only while no other lockout is declared; `ended`: it can never be carried out any more, so the request fails instead. */
type Taken = (Step<Request> & { gate?: number }) | { ended: Failure; refusal: Refusal };

async function decide(
  context: Context,
  { request: id, by, clickedAt }: Press,
  step: (before: Versioned<Request>) => Promise<Taken>,
): Promise<Decided> {
  let seen: Versioned<Request> | undefined;
  const settled = await changeKnown<Decided>(context, async () => {
    const late = lateClick(context, clickedAt);
    seen = await context.store.request(id);
    if (seen === undefined) return { refusal: { reason: "not-found", what: "request" } };
    if (late !== undefined) return { refusal: late };
    const member = await asMember(context, by, DECIDING);
    if ("refusal" in member) return member;
    const taken = await step(seen);
    if (!("ended" in taken)) return "refusal" in taken ? taken : committing(context, seen, taken);
    const failed = fail(seen.value, taken.ended, context.clock());
    if ("refusal" in failed) return failed;
    const { commit, result } = committing(context, seen, failed);
    return { commit, result: { ...result, refusal: taken.refusal } };
  });
  const decided: Decided =
    "result" in settled
      ? settled.result
      : { refusal: settled.refusal, ...(seen === undefined ? {} : { request: seen }) };
  if ("refusal" in decided) await recordRefusal(context, by, `request:${id}`, decided.refusal);
  return decided;
}

/** The request's next state with what belongs to it: the claim that an approval opens, the word to the asker. */
function committing(
  context: Context,
  before: Versioned<Request>,
  { next, event, gate }: Extract<Step<Request>, { next: Request }> & { gate?: number },
): { commit: Commit; result: { request: Versioned<Request> } } {
  const changes: Change[] = [{ row: "request", before, next }];
  const events = [event];
  const to = { person: next.asker };
  const opened = openingOf(context, next, event.at);
  changes.push(...opened.changes);
  events.push(...opened.events);
  if (next.state === "denied" || next.state === "failed") {
    changes.push({ row: "card", next: newCard(next.id, "outcome", to, event.at) });
  }
  const guarded = gate === undefined ? {} : { gate: { read: gate } };
  return { commit: { changes, events, ...guarded }, result: { request: after(before, next) } };
}
