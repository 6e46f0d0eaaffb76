import type { Kind, Rule, RuleNeeds, When } from "./rule.ts";
import type { Policy } from "./policy.ts";
import type { Refusal } from "./refusal.ts";
import { type Instant, lengthOf, type Life } from "./values.ts";

/** What is known of asker and role besides what was asked for; what rules may look at. */
export type Facts = {
  /** Of the groups that rules name under `askers`, those that whom it is for belongs to. */
  askerGroups: ReadonlySet<string>;
  /** Whether the role has a right that the policy calls dangerous. */
  dangerous: boolean;
};

/** What rules are matched on. */
export type Asked = Facts & { kind: Kind; role: string; life: Life | undefined };

/** What the matching rules say besides who decides; lengths in milliseconds. */
export type Terms = {
  /** So many denials end it. */
  denials: number;
  /** Banners for the card. */
  dangers: string[];
  /** Characters that the reason has at least; 0 where no rule says. */
  reasonAtLeast: number;
  /** What must occur in the reason. */
  tickets: { rule: string; pattern: string }[];
  /** Of those rules that say; the policy's own times hold besides, the shorter counting. */
  remindAfter?: number;
  lapseAfter?: number;
};

/** What the policy says of one request, and the rules that said it. */
export type Verdict =
  | { outcome: "needs"; rules: string[]; demands: RuleNeeds[]; terms: Terms }
  | { outcome: "automatic"; rules: string[]; terms: Terms }
  | { outcome: "refused"; rules: string[]; because: string }
  | { outcome: "unmatched" };

/** All matching rules must be satisfied; refuse beats all; nothing matching means refused. */
export function judge(rules: readonly Rule[], asked: Asked, now: Instant): Verdict {
  const matching = rules.filter((each) => applies(each, asked, now));
  if (matching.length === 0) return { outcome: "unmatched" };
  const refusing = matching.filter((each) => "refuse" in each);
  const first = refusing[0];
  if (first !== undefined) {
    return { outcome: "refused", rules: refusing.map((each) => each.name), because: first.refuse };
  }
  const rulesHeard = matching.map((each) => each.name);
  const demands = matching.flatMap((each) =>
    "needs" in each ? [{ rule: each.name, needs: each.needs }] : [],
  );
  const terms = termsOf(matching);
  return demands.length === 0
    ? { outcome: "automatic", rules: rulesHeard, terms }
    : { outcome: "needs", rules: rulesHeard, demands, terms };
}

/** The groups that must be read before a request can be judged: a rule looks whether the asker is in them. */
export function askerGroupsNamed(rules: readonly Rule[]): string[] {
  const whens = rules.flatMap(({ when, except = [] }) => [...(when === undefined ? [] : [when]), ...except]);
  return [...new Set(whens.flatMap(({ askers = [] }) => askers))];
}

/** Whether a reason has what the matching rules want in it. */
export function checkReason(reason: string, terms: Terms): Refusal | undefined {
  const { reasonAtLeast, tickets } = terms;
  if ([...reason.trim()].length < reasonAtLeast) {
    return { reason: "reason-too-short", atLeast: reasonAtLeast };
  }
  const missing = tickets.find(({ pattern }) => !new RegExp(pattern, "u").test(reason));
  return missing === undefined ? undefined : { reason: "ticket-missing", ...missing };
}

/** When approvers are reminded and when it is over: the rules that matched and the policy's times, the shorter counting. */
export function shortest(
  { remindAfter, lapseAfter }: Terms,
  times: Policy["times"],
): { remindAfter?: number; lapseAfter: number } {
  const reminds = [remindAfter, times["remind-after"]].filter((each) => each !== undefined);
  return {
    ...(reminds.length === 0 ? {} : { remindAfter: Math.min(...reminds) }),
    lapseAfter: Math.min(lapseAfter ?? Number.POSITIVE_INFINITY, times["requests-lapse-after"]),
  };
}

function termsOf(matching: readonly Rule[]): Terms {
  const shortest = (part: "remind-after" | "lapse-after"): number | undefined => {
    const said = matching.flatMap((each) => each[part] ?? []);
    return said.length === 0 ? undefined : Math.min(...said);
  };
  // A rule that asks for approvals and names no number of denials means one; the others say nothing of it.
  const denials = matching.flatMap((each) => each.denials ?? ("needs" in each ? 1 : []));
  const remindAfter = shortest("remind-after");
  const lapseAfter = shortest("lapse-after");
  return {
    denials: denials.length === 0 ? 1 : Math.min(...denials),
    dangers: matching.flatMap((each) => each.danger ?? []),
    reasonAtLeast: Math.max(0, ...matching.map((each) => each["reason-at-least"] ?? 0)),
    tickets: matching.flatMap(({ name, ticket }) =>
      ticket === undefined ? [] : [{ rule: name, pattern: ticket }],
    ),
    ...(remindAfter === undefined ? {} : { remindAfter }),
    ...(lapseAfter === undefined ? {} : { lapseAfter }),
  };
}

const CHANGES_OF_ROLES: ReadonlySet<Kind> = new Set(["new-role", "role-edit", "role-delete"]);

function applies(rule: Rule, asked: Asked, now: Instant): boolean {
  const { when = {}, except = [] } = rule;
  // "Automatic for Auditor" is said of keys: nobody means that anybody's change to that role needs no second person.
  if ("automatic" in rule && CHANGES_OF_ROLES.has(asked.kind) && when.kinds === undefined) return false;
  return matches(when, asked, now) && !except.some((each) => matches(each, asked, now));
}

function matches(when: When, asked: Asked, now: Instant): boolean {
  // What has no life is met by nothing that looks at one, in either direction.
  const length = asked.life === undefined ? Number.NaN : lengthOf(asked.life, now);
  const { roles, kinds, askers, dangerous, "life-over": over, "life-up-to": upTo } = when;
  return (
    (roles === undefined || roles.includes(asked.role)) &&
    (kinds === undefined || kinds.includes(asked.kind)) &&
    (askers === undefined || askers.some((each) => asked.askerGroups.has(each))) &&
    (dangerous === undefined || asked.dangerous) &&
    (over === undefined || length > over) &&
    (upTo === undefined || length <= upTo)
  );
}
