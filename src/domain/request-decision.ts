import { groupsOf, mayDecide, type Memberships, satisfied } from "./approval.ts";
import type { AuditEvent } from "./audit.ts";
import type { Refusal } from "./refusal.ts";
import {
  type Approved,
  isParty,
  kept,
  type Pending,
  type Request,
  requestEvent,
  type Step,
  stillOpen,
} from "./request.ts";
import type { RuleNeeds } from "./rule.ts";
import type { Actor, ClaimId, Instant, PersonId } from "./values.ts";

/** Who decides, and what is known freshly when they do. */
type Decision = {
  by: PersonId;
  at: Instant;
  /** What the policy of the moment and the policy of the making ask for together, as it is in force at this age. */
  demands: readonly RuleNeeds[];
  members: Memberships;
  /** So many denials end it under the policy of the moment; that of its making counts besides. */
  denialsToEnd: number;
};

export type Approval = Decision & {
  /** What rules looked at, read anew. */
  judged: Pending["judged"];
  /** SHA-256 of what carrying the request out would do now. */
  effectHash: string;
  /** The claim that opens if this approval is the last one needed, where there is a secret to show. */
  claim?: ClaimId;
};

/** One approval: the request stays pending, or is approved when nothing more is needed. */
export function approve(request: Request, approval: Approval): Step<Pending | Approved> {
  const { by, at, judged } = approval;
  const open = mayBeDecided(request, approval);
  if ("refusal" in open) return open;
  const earlier = open.approvals.find((each) => each.by === by);
  if (earlier !== undefined) return { refusal: { reason: "decided-already", at: earlier.at } };
  if (open.effectHash !== approval.effectHash) return { refusal: { reason: "effect-changed" } };
  const last = open.denials.at(-1);
  if (last !== undefined && open.denials.length >= denialsToEnd(open, approval)) {
    // Denied enough under the rules of now, though not under those that held when it was denied.
    return { refusal: { reason: "wrong-state", state: "denied", by: last.by, at: last.at } };
  }
  const approvals = [...open.approvals, { by, at }];
  const deciders = approvals.map((each) => each.by).filter((person) => !isParty(open, person));
  if (!satisfied(approval.demands, deciders, approval.members)) {
    const next: Pending = { ...open, approvals, judged };
    return { next, event: requestEvent(next, by, at, "request.seconded", { effect: open.effectHash }) };
  }
  return approvedBy(open, by, at, approval.claim, approvals);
}

/** A request that the policy grants at once, with nobody's decision. */
export function approveAutomatically(
  open: Pending,
  at: Instant,
  claim?: ClaimId,
): { next: Approved; event: AuditEvent } {
  return approvedBy(open, "portcullis", at, claim, []);
}

function approvedBy(
  open: Pending,
  by: Actor,
  at: Instant,
  claim: ClaimId | undefined,
  approvals: Pending["approvals"],
): { next: Approved; event: AuditEvent } {
  const opened = claim === undefined ? {} : { claim };
  const next: Approved = { ...kept(open), state: "approved", at, approvals, ...opened };
  return {
    next,
    event: requestEvent(next, by, at, "request.approved", { effect: open.effectHash, ...opened }),
  };
}

/**
 * One denial; who may approve may deny, and takes back an approval of their own by it. The request
 * ends when the rules' number of people have denied it.
 */
export function deny(request: Request, denial: Decision & { because: string }): Step<Request> {
  const { by, at, because } = denial;
  const open = mayBeDecided(request, denial);
  if ("refusal" in open) return open;
  const denials = [...open.denials, { by, at, because }];
  const approvals = open.approvals.filter((each) => each.by !== by);
  if (denials.length < denialsToEnd(open, denial)) {
    const next: Pending = { ...open, approvals, denials };
    return { next, event: requestEvent(next, by, at, "request.opposed", { because }) };
  }
  const next = { ...kept(open), approvals, denials, state: "denied" as const, at, by, because };
  return { next, event: requestEvent(next, by, at, "request.denied", { because }) };
}

/** The asker takes the request back; no one else can. */
export function withdraw(request: Request, by: PersonId, at: Instant): Step<Request> {
  if (request.asker !== by) return { refusal: { reason: "not-yours", what: "request" } };
  const open = stillOpen(request, at);
  if ("refusal" in open) return open;
  const next = { ...kept(open), state: "withdrawn" as const, at };
  return { next, event: requestEvent(next, by, at, "request.withdrawn", {}) };
}

/** An open request on which this person has a say that they have not used up by a denial. */
function mayBeDecided(
  request: Request,
  { by, at, demands, members }: Decision,
): Pending | { refusal: Refusal } {
  const open = stillOpen(request, at);
  if ("refusal" in open) return open;
  if (isParty(open, by)) return { refusal: { reason: "own-request" } };
  const denied = open.denials.find((each) => each.by === by);
  if (denied !== undefined) return { refusal: { reason: "denied-already", at: denied.at } };
  if (mayDecide(demands, by, members)) return open;
  return { refusal: { reason: "not-an-approver", groups: groupsOf(demands) } };
}

function denialsToEnd(open: Pending, now: Pick<Decision, "denialsToEnd">): number {
  return Math.min(open.denialsToEnd, now.denialsToEnd);
}
