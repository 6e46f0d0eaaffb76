import { z } from "zod";
import { DANGEROUS_RIGHTS } from "./dangerous-rights.ts";
import { duration } from "./duration.ts";
import { nearestNames } from "./near-names.ts";
import { groupName, groupsNamed, isPattern, kind, need, type Rule, rule } from "./rule.ts";
import { DAY, personId } from "./values.ts";

/** People named by a Slack user group, which Slack keeps, or one by one, which this file keeps. */
const slackGroup = z.string().regex(/^S[A-Z0-9]+$/, "a Slack user group's id, S…");
const group = z.union([
  z.strictObject({ "slack-group": slackGroup }),
  z.strictObject({ people: z.array(personId) }),
]);
export type Group = z.infer<typeof group>;

const channel = z.string().regex(/^[CG][A-Z0-9]+$/, "a Slack channel's id, C…");
const team = z.string().regex(/^[CG][A-Z0-9]+$|^[a-z][a-z0-9-]*$/, "a Slack channel's id, C…, or a group");

/** How long before a key's end its owner is told, unless the policy says otherwise. */
const REMIND_BEFORE = [30, 14, 7, 1].map((days) => days * DAY);

/** What somebody asks, and what has to come of it: tried by `npm run policy -- test`. */
const example = z.strictObject({
  say: z.string().min(1),
  ask: z.strictObject({
    role: z.string().min(1),
    kind: kind.default("new-key"),
    /** Absent: the default life; `none`: without end. */
    life: z.union([duration, z.literal("none")]).optional(),
    "asker-in": z.array(groupName).default([]),
    dangerous: z.boolean().default(false),
  }),
  expect: z.strictObject({
    outcome: z.enum(["automatic", "needs", "refused", "unmatched"]),
    rules: z.array(z.string()).optional(),
    /** By group, the most seats that one of the rules has for it. */
    approvals: z.record(groupName, z.int().min(1)).optional(),
  }),
});
export type Example = z.infer<typeof example>;

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
      /** Then twice as long each time, and once a day at most; absent: nobody is reminded. */
      "remind-after": duration.optional(),
      "requests-lapse-after": duration,
      "claims-lapse-after": duration,
    }),
    /** Paths of rights, `*` standing for any run of characters. */
    "dangerous-rights": z
      .array(z.string().regex(/^[A-Za-z*][A-Za-z0-9.*]*$/, 'the path of a right, "*" for any characters'))
      .default([...DANGEROUS_RIGHTS]),
    /** A key that nears its end, or whose secret is old. */
    expiry: z
      .strictObject({
        "remind-before": z.array(duration).default(REMIND_BEFORE),
        /** Told after the owner: a channel, or a group of this file. */
        team: team.optional(),
        "rotate-every": duration.optional(),
      })
      .default({ "remind-before": REMIND_BEFORE }),
    /** Who lifts a lockout; absent: one responder other than who declared it. */
    restores: z.strictObject({ needs: z.array(need).min(1) }).optional(),
    /** Whether what is done in the manager without us is reported to the incidents channel. */
    outside: z.strictObject({ report: z.boolean() }).default({ report: true }),
    rules: z.array(rule),
    examples: z.array(example).default([]),
  })
  .superRefine((read, context) => {
    for (const { path, message } of contradictions(read)) {
      context.addIssue({ code: "custom", path, message });
    }
  });
export type Policy = z.infer<typeof policy>;

type Problem = { path: (string | number)[]; message: string };

/** What each part may say for itself but not beside the others. */
function contradictions(read: Policy): Problem[] {
  const unknown = (name: string, path: Problem["path"]): Problem[] => {
    const names = Object.keys(read.groups);
    return names.includes(name) ? [] : [{ path, message: noGroup(name, names) }];
  };
  const { team } = read.expiry;
  const restorers = groupsNamed(read.restores?.needs ?? []).map(({ group, path }) => ({
    group,
    path: ["restores", "needs", ...path],
  }));
  return [
    ...(["approvers", "responders", "auditors"] as const).flatMap((part) =>
      read[part].flatMap((name, i) => unknown(name, [part, i])),
    ),
    ...read.rules.flatMap((each, i) => wrongRule(read, each, i)),
    ...restorers.flatMap(({ group, path }) => unknown(group, path)),
    ...(team === undefined || /^[CG][A-Z0-9]+$/.test(team) ? [] : unknown(team, ["expiry", "team"])),
    ...read.examples.flatMap(({ ask }, i) =>
      ask["asker-in"].flatMap((name, j) => unknown(name, ["examples", i, "ask", "asker-in", j])),
    ),
    ...wrongLimits(read),
  ];

  function wrongRule({ rules, approvers }: Policy, each: Rule, i: number): Problem[] {
    const whens = [
      ...(each.when === undefined ? [] : [{ when: each.when, path: ["when"] }]),
      ...(each.except ?? []).map((when, j) => ({ when, path: ["except", j] })),
    ];
    const deciders = "needs" in each ? groupsNamed(each.needs) : [];
    return [
      ...(rules.findIndex(({ name }) => name === each.name) < i
        ? [{ path: ["rules", i, "name"], message: "two rules have this name" }]
        : []),
      ...whens.flatMap(({ when, path }) => [
        ...(when.askers ?? []).flatMap((name, j) => unknown(name, ["rules", i, ...path, "askers", j])),
        ...emptyLife(when, ["rules", i, ...path]),
      ]),
      ...deciders.flatMap(({ group, path: within }) => {
        const path = ["rules", i, "needs", ...within];
        const message = `"${group}" decides here, so it must stand under approvers`;
        const missing = unknown(group, path);
        return missing.length > 0 || approvers.includes(group) ? missing : [{ path, message }];
      }),
    ];
  }
}

function noGroup(name: string, names: readonly string[]): string {
  const [near] = nearestNames(name, names, 1);
  return `there is no group "${name}" under groups${near === undefined ? "" : `; did you mean "${near}"?`}`;
}

function emptyLife(when: NonNullable<Rule["when"]>, path: Problem["path"]): Problem[] {
  const { "life-over": over, "life-up-to": upTo } = when;
  if (over === undefined || upTo === undefined || over < upTo) return [];
  return [{ path: [...path, "life-up-to"], message: "no life is over life-over and yet up to this" }];
}

function wrongLimits({ limits }: Policy): Problem[] {
  const { "longest-life": longest, "default-life": usual, "key-names": names } = limits;
  const short = (["longest-life", "default-life"] as const).filter((part) => {
    const length = limits[part];
    return length !== "none" && length < DAY;
  });
  return [
    ...short.map((part) => ({ path: ["limits", part], message: "a key lives for a day at least" })),
    ...(longest !== "none" && usual > longest
      ? [{ path: ["limits", "default-life"], message: "the default life is longer than the longest life" }]
      : []),
    ...(names === undefined || isPattern(names)
      ? []
      : [{ path: ["limits", "key-names"], message: "this is not a regular expression" }]),
  ];
}
