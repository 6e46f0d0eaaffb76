import { inForce, stricter } from "../../domain/approval.ts";
import { rightsJudged } from "../../domain/dangerous-rights.ts";
import { dangerousAmong } from "../../domain/dangerous-rights.ts";
import { Fault } from "../../domain/fault.ts";
import type { Policy } from "../../domain/policy.ts";
import type { Refusal } from "../../domain/refusal.ts";
import type { Failure, Pending, Request } from "../../domain/request.ts";
import type { RuleNeeds } from "../../domain/rule.ts";
import type { Instant, PersonId } from "../../domain/values.ts";
import { askerGroupsNamed, checkReason, type Facts, judge, type Verdict } from "../../domain/verdict.ts";
import { beneficiary, type Effect, lifeJudged, roleJudged, type Wants } from "../../domain/wants.ts";
import { checkLife } from "../../domain/typed.ts";
import { DECIDING, everybodyIn } from "../people.ts";
import type { Context } from "../ports.ts";

/** What a request has to satisfy now, and how many denials end it. */
export type DemandsNow = { demands: readonly RuleNeeds[]; denialsToEnd: number; dangers: readonly string[] };

/**
 * What a request has to satisfy: the rules of its making and of now together, the stricter of the
 * two policies, with the escalations that are due. `ended`: the policy in force would not have let
 * it be asked for.
 */
export function demandsNow(
  context: Context,
  request: Request,
  facts: Facts,
): DemandsNow | { ended: Failure; refusal: Refusal } {
  const { policy } = context.policy();
  const { wants, askedAt, reason } = request;
  // Reckoned from when it was asked for, so that waiting makes no life too long, or short enough.
  const life = lifeJudged(wants);
  const verdict = verdictOn(policy, wants, facts, askedAt);
  const wrong =
    (life && checkLife(life, policy.limits, askedAt)) ?? refusalIn(verdict) ?? refusalOf(verdict, reason);
  if (wrong !== undefined) return { ended: "policy-refuses", refusal: wrong };
  const made = madeUnder(request);
  const demands = verdict.outcome === "needs" ? stricter(made.demands, verdict.demands) : made.demands;
  const terms = "terms" in verdict ? verdict.terms : { denials: made.denialsToEnd, dangers: [] };
  return {
    demands: inForce(demands, context.clock() - askedAt),
    denialsToEnd: Math.min(made.denialsToEnd, terms.denials),
    dangers: [...new Set([...made.dangers, ...terms.dangers])],
  };
}

/**
 * What is demanded, for showing it and for a denial, which ends a request that the policy refuses
 * too; judged on what was known of asker and role when it was judged last.
 */
export function demandsShown(context: Context, request: Request): readonly RuleNeeds[] {
  return termsShown(context, request).demands;
}

/** As `demandsShown`, with the rest that the rules say. */
export function termsShown(context: Context, request: Request): DemandsNow {
  const made = madeUnder(request);
  if (request.state !== "pending") return made;
  const { dangerous, askerGroups } = request.judged;
  const now = demandsNow(context, request, { dangerous, askerGroups: new Set(askerGroups) });
  if (!("ended" in now)) return now;
  return { ...made, demands: inForce(made.demands, context.clock() - request.askedAt) };
}

/** The rules of its making alone. */
function madeUnder(request: Request): DemandsNow {
  const { demands, dangers } = request;
  return { demands, dangers, denialsToEnd: request.state === "pending" ? request.denialsToEnd : 1 };
}

/**
 * What rules may look at besides the wish: who asks and how dangerous the role is, known at most a
 * minute. Throws `group-unreadable` and Slack faults: a group that cannot be read must neither let
 * anybody in nor take anybody out of a rule that refuses.
 */
export async function factsNow(
  context: Context,
  { asked, roles }: Pick<Effect, "asked" | "roles">,
  asker: PersonId,
): Promise<Facts> {
  const { policy } = context.policy();
  // A rotation asks nobody, and who lifts a lockout is not the rules' to say.
  if (asked.kind === "rotation" || asked.kind === "restore") {
    return { dangerous: false, askerGroups: new Set() };
  }
  const dangerous = dangerousAmong(rightsJudged(asked, roles), policy["dangerous-rights"]).length > 0;
  const askerGroups = new Set<string>();
  for (const name of askerGroupsNamed(policy.rules)) {
    const everybody = await everybodyIn(context, policy.groups[name], DECIDING);
    if (everybody === undefined) throw new Fault("group-unreadable", `the group ${name} of the policy`);
    if (everybody.includes(beneficiary(asked, asker))) askerGroups.add(name);
  }
  return { dangerous, askerGroups };
}

/** Facts as a request keeps them. */
export function asJudged({ dangerous, askerGroups }: Facts): Pending["judged"] {
  return { dangerous, askerGroups: [...askerGroups].toSorted() };
}

/** What the policy says of a wish now, with what it looked at. A rotation asks nobody. */
export async function judgeNow(
  context: Context,
  effect: Pick<Effect, "asked" | "roles">,
  asker: PersonId,
  from: Instant,
): Promise<{ verdict: Verdict; facts: Facts }> {
  const facts = await factsNow(context, effect, asker);
  return { verdict: verdictOn(context.policy().policy, effect.asked, facts, from), facts };
}

/** Why a verdict lets nobody ask. */
export function refusalIn(verdict: Verdict): Refusal | undefined {
  switch (verdict.outcome) {
    case "refused":
      return { reason: "policy-refuses", rule: verdict.rules[0] ?? "", because: verdict.because };
    case "unmatched":
      return { reason: "no-rule" };
    case "automatic":
    case "needs":
      return undefined;
  }
}

/** What the rules that let it be asked for miss in its reason. */
export function refusalOf(verdict: Verdict, reason: string): Refusal | undefined {
  return "terms" in verdict ? checkReason(reason, verdict.terms) : undefined;
}

/** Who lifts a lockout: whom the policy says, or one responder. `undefined`: nobody. */
function restoring({ restores, responders }: Policy): RuleNeeds | undefined {
  const rule = "Restoring";
  if (restores !== undefined) return { rule, needs: restores.needs };
  const [group, ...quiet] = responders;
  if (group === undefined) return undefined;
  return { rule, needs: [{ group, approvals: 1, ...(quiet.length === 0 ? {} : { quiet }) }] };
}

/** What rules say of a wish; a life is reckoned from `from`. */
function verdictOn(policy: Policy, wants: Wants, facts: Facts, from: Instant): Verdict {
  const terms = { denials: 1, dangers: [], reasonAtLeast: 0, tickets: [] };
  if (wants.kind === "rotation") return { outcome: "automatic", rules: [], terms };
  if (wants.kind === "restore") {
    const demand = restoring(policy);
    if (demand === undefined) return { outcome: "unmatched" };
    return { outcome: "needs", rules: [demand.rule], demands: [demand], terms };
  }
  const asked = { kind: wants.kind, role: roleJudged(wants), life: lifeJudged(wants), ...facts };
  return judge(policy.rules, asked, from);
}
