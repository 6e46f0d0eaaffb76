import { stricter } from "../domain/approval.ts";
import { judge, type Policy, type RuleNeeds, type Verdict } from "../domain/policy.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { Failure, Request } from "../domain/request.ts";
import type { Instant } from "../domain/values.ts";
import { checkLife, lifeJudged, roleJudged, type Wants } from "../domain/wants.ts";
import type { Context } from "./ports.ts";

/**
 * What a request has to satisfy: the rules of its making and of now together, the stricter of the
 * two policies. `ended`: the policy in force would not have let it be asked for.
 */
export function demandsNow(
  context: Context,
  { wants, askedAt, demands }: Request,
): { demands: readonly RuleNeeds[] } | { ended: Failure; refusal: Refusal } {
  const { rules, limits } = context.policy().policy;
  // Reckoned from when it was asked for, so that waiting makes no life too long, or short enough.
  const life = lifeJudged(wants);
  const tooLong = life && checkLife(life, limits, askedAt);
  if (tooLong !== undefined) return { ended: "policy-refuses", refusal: tooLong };
  const verdict = verdictOn(rules, wants, askedAt);
  switch (verdict.outcome) {
    case "needs":
      return { demands: stricter(demands, verdict.demands) };
    case "automatic":
      return { demands };
    case "refused": {
      const refusal = {
        reason: "policy-refuses",
        rule: verdict.rules[0] ?? "",
        because: verdict.because,
      } as const;
      return { ended: "policy-refuses", refusal };
    }
    case "unmatched":
      return { ended: "policy-refuses", refusal: { reason: "no-rule" } };
  }
}

/** What rules say of a wish; a life is reckoned from `from`. A rotation asks nobody. */
export function verdictOn(rules: Policy["rules"], wants: Wants, from: Instant): Verdict {
  if (wants.kind === "rotation") return { outcome: "automatic", rules: [] };
  return judge(rules, { kind: wants.kind, role: roleJudged(wants), life: lifeJudged(wants) }, from);
}

/** What is demanded, for showing it and for a denial, which ends a request that the policy refuses too. */
export function demandsShown(context: Context, request: Request): readonly RuleNeeds[] {
  if (request.state !== "pending") return request.demands;
  const now = demandsNow(context, request);
  return "ended" in now ? request.demands : now.demands;
}
