import { z } from "zod";
import { DAY, type Instant, lengthOf, type Life, personId } from "./values.ts";
import { duration } from "./duration.ts";

const groupName = z.string().regex(/^[a-z][a-z0-9-]*$/, "a group's name is lower case, with hyphens");

/** People named by a Slack user group, which Slack keeps, or one by one, which this file keeps. */
const group = z.union([
  z.strictObject({ "slack-group": z.string().regex(/^S[A-Z0-9]+$/, "a Slack user group's id, S…") }),
  z.strictObject({ people: z.array(personId) }),
]);
export type Group = z.infer<typeof group>;

/** Kinds of request that rules can tell apart; a rotation asks nobody. */
const KINDS = [
  "new-key",
  "role-change",
  "longer-life",
  "new-owner",
  "new-role",
  "role-edit",
  "role-delete",
] as const;

const CHANGES_OF_ROLES: ReadonlySet<(typeof KINDS)[number]> = new Set([
  "new-role",
  "role-edit",
  "role-delete",
]);

/**
 * What of a request a rule looks at; what is not named matches everything, but an automatic rule
 * grants changes to roles only where it names them.
 */
const when = z.strictObject({
  roles: z.array(z.string().min(1)).min(1).optional(),
  kinds: z.array(z.enum(KINDS)).min(1).optional(),
  "life-over": duration.optional(),
  "life-up-to": duration.optional(),
});

const need = z.strictObject({ group: groupName, approvals: z.int().min(1) });

const named = { name: z.string().min(1).max(75), when: when.optional() };
const rule = z.union([
  z.strictObject({ ...named, needs: z.array(need).min(1) }),
  z.strictObject({ ...named, refuse: z.string().min(1).max(300) }),
  z.strictObject({ ...named, automatic: z.literal(true) }),
]);
export type Rule = z.infer<typeof rule>;

const channel = z.string().regex(/^[CG][A-Z0-9]+$/, "a Slack channel's id, C…");

export const policy = z
  .strictObject({
    groups: z.record(groupName, group),
    approvers: z.array(groupName),
    responders: z.array(groupName),
    auditors: z.array(groupName),
    channels: z.strictObject({ approvals: channel, incidents: channel, audit: channel }),
    limits: z.strictObject({
      "longest-life": z.union([duration, z.literal("none")]),
      "default-life": duration,
      "keys-per-person": z.int().min(1),
      "reason-at-least": z.int().min(0).max(500).default(1),
      "key-names": z.string().optional(),
    }),
    times: z.strictObject({
      "requests-lapse-after": duration,
      "claims-lapse-after": duration,
    }),
    rules: z.array(rule),
  })
  .superRefine((read, context) => {
    const known = new Set(Object.keys(read.groups));
    const check = (name: string, path: (string | number)[]): void => {
      if (!known.has(name)) {
        context.addIssue({ code: "custom", path, message: `there is no group "${name}" under groups` });
      }
    };
    for (const part of ["approvers", "responders", "auditors"] as const) {
      read[part].forEach((name, i) => check(name, [part, i]));
    }
    const names = new Set<string>();
    read.rules.forEach((each, i) => {
      if (names.has(each.name)) {
        context.addIssue({ code: "custom", path: ["rules", i, "name"], message: "two rules have this name" });
      }
      names.add(each.name);
      if ("needs" in each) {
        each.needs.forEach((one, j) => {
          check(one.group, ["rules", i, "needs", j, "group"]);
          if (!read.approvers.includes(one.group)) {
            const message = `"${one.group}" decides here, so it must stand under approvers`;
            context.addIssue({ code: "custom", path: ["rules", i, "needs", j, "group"], message });
          }
        });
      }
    });
    const longest = read.limits["longest-life"];
    for (const part of ["longest-life", "default-life"] as const) {
      const length = read.limits[part];
      if (length !== "none" && length < DAY) {
        const message = "a key lives for a day at least";
        context.addIssue({ code: "custom", path: ["limits", part], message });
      }
    }
    if (longest !== "none" && read.limits["default-life"] > longest) {
      const message = "the default life is longer than the longest life";
      context.addIssue({ code: "custom", path: ["limits", "default-life"], message });
    }
    const pattern = read.limits["key-names"];
    if (pattern !== undefined && !isPattern(pattern)) {
      const message = "this is not a regular expression";
      context.addIssue({ code: "custom", path: ["limits", "key-names"], message });
    }
  });
export type Policy = z.infer<typeof policy>;

function isPattern(text: string): boolean {
  try {
    return new RegExp(`^(?:${text})$`, "u") instanceof RegExp;
  } catch {
    return false;
  }
}

/** One rule's demand, kept with the request that it was made for. */
export const ruleNeeds = z.object({ rule: z.string(), needs: z.array(need) });
export type RuleNeeds = z.infer<typeof ruleNeeds>;

/** What the policy says of one request, and the rules that said it. */
export type Verdict =
  | { outcome: "needs"; rules: string[]; demands: RuleNeeds[] }
  | { outcome: "automatic"; rules: string[] }
  | { outcome: "refused"; rules: string[]; because: string }
  | { outcome: "unmatched" };

/** What rules are matched on. */
export type Asked = { kind: (typeof KINDS)[number]; role: string; life: Life | undefined };

/** All matching rules must be satisfied; refuse beats all; nothing matching means refused. */
export function judge(rules: readonly Rule[], asked: Asked, now: Instant): Verdict {
  const matching = rules.filter((each) => matches(each, asked, now));
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
  return demands.length === 0
    ? { outcome: "automatic", rules: rulesHeard }
    : { outcome: "needs", rules: rulesHeard, demands };
}

function matches(rule: Rule, asked: Asked, now: Instant): boolean {
  const { when } = rule;
  // "Automatic for Auditor" is said of keys: nobody means that anybody's change to that role needs no second person.
  if ("automatic" in rule && CHANGES_OF_ROLES.has(asked.kind) && when?.kinds === undefined) return false;
  if (when === undefined) return true;
  // What has no life is met by no rule that looks at one, in either direction.
  const length = asked.life === undefined ? Number.NaN : lengthOf(asked.life, now);
  const over = when["life-over"];
  const upTo = when["life-up-to"];
  return (
    (when.roles === undefined || when.roles.includes(asked.role)) &&
    (when.kinds === undefined || when.kinds.includes(asked.kind)) &&
    (over === undefined || length > over) &&
    (upTo === undefined || length <= upTo)
  );
}
