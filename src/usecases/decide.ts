import { stricter, groupsOf } from "../domain/approval.ts";
import { newCard } from "../domain/card.ts";
import type { RuleNeeds } from "../domain/policy.ts";
import type { Refusal } from "../domain/refusal.ts";
import { approve, deny, type Request, type Step, withdraw } from "../domain/request.ts";
import { claimId, type Instant, type PersonId, type RequestId } from "../domain/values.ts";
import { openingOf } from "./ask.ts";
import { after, changeKnown, type Decision } from "./change.ts";
import { effectHash, verdictNow } from "./effect.ts";
import { asMember, lateClick, membershipsOf, recordRefusal } from "./people.ts";
import type { Change, Context, Versioned } from "./ports.ts";

/** Somebody presses a button on a request. */
type Press = { request: RequestId; by: PersonId; clickedAt: Instant };

/** What became of it; with a refusal, the request as it stands, so that its card can be brought up to date. */
export type Decided = { request: Versioned<Request> } | { refusal: Refusal; request?: Versioned<Request> };

/**
 * One approval. Counted only if the person may decide under the rules of the making and of now,
 * and if what would be done is still what was shown. Throws manager and Slack faults: nobody is
 * let through when memberships or the role cannot be read.
 */
export async function approveRequest(context: Context, press: Press): Promise<Decided> {
  return decide(context, press, async ({ value: request }) => {
    const demanded = demandsNow(context, request);
    if ("refusal" in demanded) return demanded;
    const { demands } = demanded;
    const at = context.clock();
    const people = [press.by, ...request.approvals.map((each) => each.by)];
    const members = await membershipsOf(context, groupsOf(demands), people);
    const facts = { by: press.by, at, demands, members, claim: claimId.parse(context.newId()) };
    // First as if nothing had changed, so that a refusal needs no manager.
    const dry = approve(request, { ...facts, effectHash: request.effectHash });
    if ("refusal" in dry) return dry;
    const role = await context.manager.role(request.wants.roleId);
    if (role === undefined) return { refusal: { reason: "role-gone" } };
    return approve(request, { ...facts, effectHash: effectHash(request.wants, request.asker, role) });
  });
}

/** One denial, which ends the request; the reason is told to the asker. */
export async function denyRequest(context: Context, press: Press & { because: string }): Promise<Decided> {
  return decide(context, press, async ({ value: request }) => {
    const { demands } = request;
    const members = await membershipsOf(context, groupsOf(demands), [press.by]);
    return deny(request, { ...press, at: context.clock(), demands, members });
  });
}

/** The asker takes the request back. */
export async function withdrawRequest(context: Context, press: Press): Promise<Decided> {
  return decide(context, press, async ({ value }) => withdraw(value, press.by, context.clock()));
}

async function decide(
  context: Context,
  { request: id, by, clickedAt }: Press,
  step: (before: Versioned<Request>) => Promise<Step<Request>>,
): Promise<Decided> {
  let seen: Versioned<Request> | undefined;
  const settled = await changeKnown<Versioned<Request>>(context, async () => {
    const late = lateClick(context, clickedAt);
    seen = await context.store.request(id);
    if (seen === undefined) return { refusal: { reason: "not-found", what: "request" } };
    if (late !== undefined) return { refusal: late };
    const member = await asMember(context, by, context.policy().policy.times["members-no-older-than"]);
    if ("refusal" in member) return member;
    const taken = await step(seen);
    return "refusal" in taken ? taken : committing(context, seen, taken);
  });
  if ("result" in settled) return { request: settled.result };
  await recordRefusal(context, by, `request:${id}`, settled.refusal);
  return { refusal: settled.refusal, ...(seen === undefined ? {} : { request: seen }) };
}

/** What the rules of the making and of now demand together; what the policy now refuses nobody can approve. */
function demandsNow(context: Context, request: Request): { demands: RuleNeeds[] } | { refusal: Refusal } {
  if (request.state !== "pending") return { demands: request.demands };
  const now = verdictNow(context, request);
  switch (now.outcome) {
    case "needs":
      return { demands: stricter(request.demands, now.demands) };
    case "automatic":
      return { demands: request.demands };
    case "refused":
      return { refusal: { reason: "policy-refuses", rule: now.rules[0] ?? "", because: now.because } };
    case "unmatched":
      return { refusal: { reason: "no-rule" } };
  }
}

/** The request's next state with what belongs to it: the claim that an approval opens, the word to the asker. */
function committing(
  context: Context,
  before: Versioned<Request>,
  { next, event }: Extract<Step<Request>, { next: Request }>,
): Decision<Versioned<Request>> {
  const changes: Change[] = [{ row: "request", before, next }];
  const events = [event];
  const to = { person: next.asker };
  if (next.state === "approved") {
    const opened = openingOf(next, event.at, context.policy().policy);
    changes.push({ row: "claim", next: opened.next });
    changes.push({ row: "card", next: newCard(next.id, "claim", to, event.at) });
    events.push(opened.event);
  }
  if (next.state === "denied") {
    changes.push({ row: "card", next: newCard(next.id, "outcome", to, event.at) });
  }
  return { commit: { changes, events }, result: after(before, next) };
}
