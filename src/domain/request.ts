import { z } from "zod";
import { groupsOf, mayDecide, type Memberships, satisfied } from "./approval.ts";
import type { AuditEvent, EventName, Evidence } from "./audit.ts";
import { ruleNeeds, type RuleNeeds } from "./policy.ts";
import type { Refusal } from "./refusal.ts";
import { type Actor, claimId, type ClaimId, instant, type Instant, keyId } from "./values.ts";
import { personId, type PersonId, requestId } from "./values.ts";
import { beneficiary, roleJudged, titleOf, wants } from "./wants.ts";

const approval = z.object({ by: personId, at: instant });

/** Why an approved request could not be carried out. */
export const failure = z.enum([
  "role-gone",
  "name-taken",
  "effect-changed",
  "policy-refuses",
  "key-gone",
  "rejected",
  "role-in-use",
  "forbidden",
]);
export type Failure = z.infer<typeof failure>;

const base = {
  id: requestId,
  asker: personId,
  wants,
  reason: z.string(),
  askedAt: instant,
  /** The rules that decided when it was made, and what they demand. */
  rules: z.array(z.string()),
  demands: z.array(ruleNeeds),
  policyHash: z.string(),
  /** SHA-256 of `effectText`: what every approval is bound to. */
  effectHash: z.string(),
  approvals: z.array(approval),
};

const kernel = z.object(base);

const pending = z.object({
  ...base,
  state: z.literal("pending"),
  lapsesAt: instant,
  /** The manager did not say in time whether the name is free; the sweep asks again. */
  nameUnchecked: z.boolean(),
});
/** `claim` where a secret is to be shown; without one, the change is carried out by us. */
const approved = z.object({ ...base, state: z.literal("approved"), at: instant, claim: claimId.optional() });
const applied = z.object({ ...base, state: z.literal("applied"), at: instant });
const denied = z.object({
  ...base,
  state: z.literal("denied"),
  at: instant,
  by: personId,
  because: z.string(),
});
const withdrawn = z.object({ ...base, state: z.literal("withdrawn"), at: instant });
const lapsed = z.object({
  ...base,
  state: z.literal("lapsed"),
  at: instant,
  was: z.enum(["pending", "approved"]),
});
const fulfilled = z.object({ ...base, state: z.literal("fulfilled"), at: instant, key: keyId });
const failed = z.object({ ...base, state: z.literal("failed"), at: instant, because: failure });

/** Somebody asks for something that needs approval. */
export const request = z.discriminatedUnion("state", [
  pending,
  approved,
  denied,
  withdrawn,
  lapsed,
  fulfilled,
  applied,
  failed,
]);
export type Request = z.infer<typeof request>;
type Pending = z.infer<typeof pending>;
type Approved = z.infer<typeof approved>;

/** The outcome of a transition: the next state with its event, or a refusal. */
export type Step<Next> = { next: Next; event: AuditEvent } | { refusal: Refusal };

/** What a request is made of; the caller has checked texts, life and policy before. */
export type Making = Omit<Pending, "state" | "approvals">;

/** A request comes into being, waiting for decisions. */
export function makeRequest(making: Making): { next: Pending; event: AuditEvent } {
  const next: Pending = { ...making, state: "pending", approvals: [] };
  const { wants: asked, rules, policyHash, effectHash } = next;
  const about = { kind: asked.kind, title: titleOf(asked), role: roleJudged(asked) };
  const evidence = { ...about, rules, policy: policyHash, effect: effectHash };
  return { next, event: requestEvent(next, making.asker, making.askedAt, "request.made", evidence) };
}

/** What is known, freshly, when somebody approves. */
export type Approval = {
  by: PersonId;
  at: Instant;
  /** What the policy of the moment and the policy of the making ask for together. */
  demands: readonly RuleNeeds[];
  members: Memberships;
  /** SHA-256 of what carrying the request out would do now. */
  effectHash: string;
  /** The claim that opens if this approval is the last one needed, where there is a secret to show. */
  claim?: ClaimId;
};

/** One approval: the request stays pending, or is approved when nothing more is needed. */
export function approve(request: Request, approval: Approval): Step<Pending | Approved> {
  const { by, at } = approval;
  const open = stillOpen(request, at);
  if ("refusal" in open) return open;
  const earlier = open.approvals.find((each) => each.by === by);
  if (isParty(open, by)) return { refusal: { reason: "own-request" } };
  if (earlier !== undefined) return { refusal: { reason: "decided-already", at: earlier.at } };
  if (!mayDecide(approval.demands, by, approval.members)) return notAnApprover(approval.demands);
  if (open.effectHash !== approval.effectHash) return { refusal: { reason: "effect-changed" } };
  const approvals = [...open.approvals, { by, at }];
  const deciders = approvals.map((each) => each.by).filter((person) => !isParty(open, person));
  if (!satisfied(approval.demands, deciders, approval.members)) {
    const next: Pending = { ...open, approvals };
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

/** One denial ends a request; who may approve may deny. */
export function deny(
  request: Request,
  denial: Pick<Approval, "by" | "at" | "demands" | "members"> & { because: string },
): Step<Request> {
  const { by, at, because } = denial;
  const open = stillOpen(request, at);
  if ("refusal" in open) return open;
  if (isParty(open, by)) return { refusal: { reason: "own-request" } };
  if (!mayDecide(denial.demands, by, denial.members)) return notAnApprover(denial.demands);
  const next = { ...kept(open), state: "denied" as const, at, by, because };
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

/** Nobody decides on what they asked for, nor on what they would get. */
function isParty(request: Request, person: PersonId): boolean {
  return person === request.asker || person === beneficiary(request.wants, request.asker);
}

/** While a request lives it reserves its key's name. */
export function isLiving(request: Request): boolean {
  return request.state === "pending" || request.state === "approved";
}

function stillOpen(request: Request, at: Instant): Pending | { refusal: Refusal } {
  if (request.state !== "pending") return wrongState(request);
  return at < request.lapsesAt
    ? request
    : { refusal: { reason: "wrong-state", state: "lapsed", at: request.lapsesAt } };
}

/** The refusal that meets a decision on what is decided already. */
export function wrongState(request: Request): { refusal: Refusal } {
  const at = request.state === "pending" ? request.askedAt : request.at;
  const by = decidedBy(request);
  return {
    refusal: { reason: "wrong-state", state: request.state, at, ...(by === undefined ? {} : { by }) },
  };
}

/** Who brought a request where it stands: the last approver of an approved one; nobody where a rule or time did. */
function decidedBy(request: Request): PersonId | undefined {
  switch (request.state) {
    case "approved":
      return request.approvals.at(-1)?.by;
    case "denied":
      return request.by;
    case "withdrawn":
      return request.asker;
    case "pending":
    case "lapsed":
    case "fulfilled":
    case "applied":
    case "failed":
      return undefined;
  }
}

function notAnApprover(demands: readonly RuleNeeds[]): { refusal: Refusal } {
  return { refusal: { reason: "not-an-approver", groups: groupsOf(demands) } };
}

/** What every state keeps; what only the old state had is left behind. */
export function kept(request: Request): z.infer<typeof kernel> {
  return kernel.parse(request);
}

/** An event of a request. */
export function requestEvent(
  next: Request,
  by: Actor,
  at: Instant,
  name: EventName,
  evidence: Evidence,
): AuditEvent {
  return { at, actor: by, subject: `request:${next.id}`, event: name, evidence };
}
