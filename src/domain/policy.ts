import { z } from "zod";
import { contradictions } from "./contradictions.ts";
import { DANGEROUS_RIGHTS } from "./dangerous-rights.ts";
import { duration } from "./duration.ts";
import { groupName, kind, need, rule } from "./rule.ts";
import { DAY, personId } from "./values.ts";

/** People named by a Slack user group, which Slack keeps, or one by one, which this file keeps. */
const slackGroup = z.string().regex(/^S[A-Z0-9]+$/, "expected a Slack user group's id, S…");
const group = z.union([
  z.strictObject({ "slack-group": slackGroup }),
  z.strictObject({ people: z.array(personId) }),
]);
export type Group = z.infer<typeof group>;

const channel = z.string().regex(/^[CG][A-Z0-9]+$/, "expected a Slack channel's id, C…");
const team = z
  .string()
  .regex(/^[CG][A-Z0-9]+$|^[a-z][a-z0-9-]*$/, "expected a Slack channel's id, C…, or a group");

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
    /** Absent: one that has all that the rules want in it. */
    reason: z.string().optional(),
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
    lockouts: z
      .strictObject({
        /** A key that is unlocked in the manager while a lockout holds it is locked again at once. */
        relock: z.boolean().default(true),
        /** A lockout with a time restores itself at that time; else it asks. */
        "end-by-themselves": z.boolean().default(false),
        /** A lockout of more keys than this needs a typed confirmation. */
        "confirm-over": z.int().min(0).default(25),
      })
      .default({ relock: true, "end-by-themselves": false, "confirm-over": 25 }),
    /** Paths of rights, `*` standing for any run of characters. */
    "dangerous-rights": z
      .array(
        z.string().regex(/^[A-Za-z*][A-Za-z0-9.*]*$/, 'expected the path of a right, "*" for any characters'),
      )
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
    /** Secrets that stand in messages. */
    leaks: z
      .strictObject({
        /** One call with a found secret says whether it still works, and whose it is. */
        "try-secret": z.boolean().default(false),
        /** The key of a secret that was tried and works goes down at once. */
        "lock-proved": z.boolean().default(false),
        /** Whether channels that we are in are watched, which takes further scopes of Slack's. */
        "watch-channels": z.boolean().default(false),
      })
      .default({ "try-secret": false, "lock-proved": false, "watch-channels": false }),
    /** Ed25519 keys of people who confirm a restore by a signature while Slack is down: public, as SPKI in base64. */
    signers: z
      .record(
        personId,
        z.string().regex(/^MCowBQYDK2VwAyEA[A-Za-z0-9+/]{43}=$/, "a public ed25519 key, MCow…"),
      )
      .default({}),
    /** Who lifts a lockout; absent: one responder. Who declared it, or asks that it be lifted, never counts. */
    restores: z.strictObject({ needs: z.array(need).min(1) }).optional(),
    /** Whether what is done in the manager without us is reported to the incidents channel. */
    outside: z.strictObject({ report: z.boolean() }).default({ report: true }),
    rules: z.array(rule),
    examples: z.array(example).default([]),
  })
  .superRefine(
    (read, context) => {
      const wrong = context.issues.filter((each) => each.continue !== true).map(({ path = [] }) => path);
      const told = new Set(context.issues.map(({ path = [] }) => path.join("/")));
      for (const { path, message } of contradictions(read, wrong)) {
        if (!told.has(path.join("/"))) context.addIssue({ code: "custom", path, message });
      }
    },
    { when: () => true },
  );
export type Policy = z.infer<typeof policy>;
