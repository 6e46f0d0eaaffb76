import { z } from "zod";
import { duration } from "./duration.ts";

export const groupName = z.string().regex(/^[a-z][a-z0-9-]*$/, "a group's name is lower case, with hyphens");

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
export const kind = z.enum(KINDS);
export type Kind = z.infer<typeof kind>;

/** Whether a text is a regular expression, as the policy's patterns are read. */
export function isPattern(text: string): boolean {
  try {
    return new RegExp(`(?:${text})`, "u") instanceof RegExp;
  } catch {
    return false;
  }
}
const pattern = z
  .string()
  .min(1)
  .refine(isPattern, { error: ({ input }) => `"${String(input)}" is not a regular expression` });

/**
 * What of a request a rule looks at; what is not named matches everything, but an automatic rule
 * grants changes to roles only where it names them. `askers`: who asks belongs to one of these
 * groups; of a new owner, who is to get the key. `dangerous`: the role has a right that the policy
 * calls dangerous.
 */
const when = z.strictObject({
  roles: z.array(z.string().min(1)).min(1).optional(),
  kinds: z.array(kind).min(1).optional(),
  "life-over": duration.optional(),
  "life-up-to": duration.optional(),
  askers: z.array(groupName).min(1).optional(),
  dangerous: z.literal(true).optional(),
});
export type When = z.infer<typeof when>;

/**
 * Seats for a group's people. People of `quiet` groups may fill them too, and are not pinged;
 * those of the group that it escalates to from then on, and are pinged then.
 */
export const need = z.strictObject({
  group: groupName,
  approvals: z.int().min(1),
  quiet: z.array(groupName).min(1).optional(),
  escalate: z.strictObject({ after: duration, to: groupName }).optional(),
});

const common = {
  name: z.string().min(1).max(75),
  when: when.optional(),
  /** Any that matches takes the rule out. */
  except: z.array(when).min(1).optional(),
  /** So many denials end the request; of several rules the smallest number counts. */
  denials: z.int().min(1).optional(),
  "reason-at-least": z.int().min(1).max(500).optional(),
  /** Must occur in the reason. */
  ticket: pattern.optional(),
  /** A banner on the card. */
  danger: z.string().min(1).max(300).optional(),
  "remind-after": duration.optional(),
  "lapse-after": duration.optional(),
};
export const rule = z.union([
  z.strictObject({ ...common, needs: z.array(need).min(1) }),
  z.strictObject({ ...common, refuse: z.string().min(1).max(300) }),
  z.strictObject({ ...common, automatic: z.literal(true) }),
]);
export type Rule = z.infer<typeof rule>;

/** One rule's demand, kept with the request that it was made for; `after` in milliseconds. */
export const ruleNeeds = z.object({
  rule: z.string(),
  needs: z.array(
    z.object({
      group: groupName,
      approvals: z.int().min(1),
      quiet: z.array(groupName).optional(),
      escalate: z.object({ after: z.int(), to: groupName }).optional(),
      /** Groups to which it has been escalated: set by `inForce`, never stored. */
      joined: z.array(groupName).optional(),
    }),
  ),
});
export type RuleNeeds = z.infer<typeof ruleNeeds>;
export type Need = RuleNeeds["needs"][number];

/** The groups that a rule's needs name, each once, with where each stands in them. */
export function groupsNamed(
  needs: readonly z.infer<typeof need>[],
): { group: string; path: (string | number)[] }[] {
  return needs.flatMap(({ group, quiet = [], escalate }, i) => [
    { group, path: [i, "group"] },
    ...quiet.map((each, j) => ({ group: each, path: [i, "quiet", j] })),
    ...(escalate === undefined ? [] : [{ group: escalate.to, path: [i, "escalate", "to"] }]),
  ]);
}
