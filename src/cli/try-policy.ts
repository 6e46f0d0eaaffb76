import type { Policy } from "../domain/policy.ts";
import type { Kind } from "../domain/rule.ts";
import { DAY, type Life } from "../domain/values.ts";
import { judge, type Verdict } from "../domain/verdict.ts";
import { checkLife } from "../domain/typed.ts";

/** A request that nobody has made, to see what would come of it. `life` in milliseconds; absent: the default. */
export type Trial = {
  role: string;
  kind: Kind;
  life?: number | "none" | undefined;
  askerGroups: readonly string[];
  dangerous: boolean;
};

const LIFELESS: ReadonlySet<Kind> = new Set(["new-role", "role-edit", "role-delete"]);

/** What the limits and rules would make of it. */
export function tryPolicy(
  policy: Policy,
  trial: Trial,
): Verdict | { outcome: "too-long"; longestDays: number } {
  const { kind, role, dangerous, askerGroups } = trial;
  const life = lifeOf(policy, trial);
  const wrong = life && checkLife(life, policy.limits, 0);
  if (wrong?.reason === "life-too-long") return { outcome: "too-long", longestDays: wrong.longestDays };
  return judge(policy.rules, { kind, role, life, dangerous, askerGroups: new Set(askerGroups) }, 0);
}

/** Reckoned from the epoch; what changes roles has none. */
function lifeOf({ limits }: Policy, { kind, life = limits["default-life"] }: Trial): Life | undefined {
  if (LIFELESS.has(kind)) return undefined;
  if (life === "none") return { kind: "unlimited" };
  return life % DAY === 0 ? { kind: "days", days: life / DAY } : { kind: "until", at: life };
}
