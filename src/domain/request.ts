import { z } from "zod";
import type { AuditEvent, EventName, Evidence } from "./audit.ts";
import { ruleNeeds } from "./rule.ts";
import type { Refusal } from "./refusal.ts";
import { type Actor, claimId, instant, type Instant, keyId } from "./values.ts";
import { personId, type PersonId, requestId } from "./values.ts";
import { beneficiary, roleJudged, titleOf, wants } from "./wants.ts";

const approval = z.object({ by: personId, at: instant });
/** One that did not end the request, or the last of those that did. */
const denial = z.object({ by: personId, at: instant, because: z.string() });

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
  /** The line that made it, or the form as it was sent (`actOf`). */
  act: z.string().optional(),
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
  denials: z.array(denial).default([]),
  /** Banners that the rules want on its card. */
  dangers: z.array(z.string()).default([]),
};

const kernel = z.object(base);

const pending = z.object({
  ...base,
  state: z.literal("pending"),
  lapsesAt: instant,
  /** The manager did not say in time whether the name is free; the sweep asks again. */
  nameUnchecked: z.boolean(),
  /** What rules looked at when it was judged last; decisions read it anew. */
  judged: z
    .object({ dangerous: z.boolean(), askerGroups: z.array(z.string()) })
    .default({ dangerous: false, askerGroups: [] }),
  /** So many denials end it. */
  denialsToEnd: z.int().min(1).default(1),
  /** `first`: milliseconds from its making to the first. */
  reminders: z.object({ first: z.int().positive(), sent: z.int(), next: instant }).optional(),
  /** The groups that were called because nobody had decided for so long. */
  escalated: z.array(z.string()).default([]),
  /** Nobody is left who could fill a seat of this rule. */
  stuck: z.object({ since: instant, rule: z.string(), group: z.string() }).optional(),
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
export type Pending = z.infer<typeof pending>;
export type Approved = z.infer<typeof approved>;

/** The outcome of a transition: the next state with its event, or a refusal. */
export type Step<Next> = { next: Next; event: AuditEvent } | { refusal: Refusal };

/** What a request is made of; the caller has checked texts, life and policy before. `remindAfter`: milliseconds. */
export type Making = Omit<
  Pending,
  "state" | "approvals" | "denials" | "reminders" | "escalated" | "stuck"
> & {
  remindAfter?: number;
};

/** A request comes into being, waiting for decisions. */
export function makeRequest({ remindAfter, ...making }: Making): { next: Pending; event: AuditEvent } {
  const waiting = { approvals: [], denials: [], escalated: [] };
  const first = remindAfter;
  const reminders =
    first === undefined ? {} : { reminders: { first, sent: 0, next: making.askedAt + first } };
  const next: Pending = { ...making, state: "pending", ...waiting, ...reminders };
  const { wants: asked, rules, policyHash, effectHash } = next;
  const about = { kind: asked.kind, title: titleOf(asked), role: roleJudged(asked) };
  const evidence = { ...about, rules, policy: policyHash, effect: effectHash };
  return { next, event: requestEvent(next, making.asker, making.askedAt, "request.made", evidence) };
}

/** Nobody decides on what they asked for, nor on what they would get. */
export function isParty(request: Request, person: PersonId): boolean {
  return person === request.asker || person === beneficiary(request.wants, request.asker);
}

/** While a request lives it reserves its key's name. */
export function isLiving(request: Request): boolean {
  return request.state === "pending" || request.state === "approved";
}

/** A request that can still be decided. */
export function stillOpen(request: Request, at: Instant): Pending | { refusal: Refusal } {
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
