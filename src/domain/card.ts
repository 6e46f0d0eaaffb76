import { z } from "zod";
import { instant, type Instant, personId } from "./values.ts";

/**
 * Which message it is: `approval` in the approvers' channel, and in its thread `reminder`,
 * `escalation` and `stuck`, when nobody is left who could decide; `claim`, `outcome` and `stuck` in
 * the asker's DM; in the incidents channel `second-claim`, when somebody asks again for a secret
 * that was shown, `dead-secret`, when a rotation lapsed after the old secret had died, `outside`,
 * when keys were changed in the manager without us, `departed`, when an owner was deactivated, and
 * `adoption`, when a lost database is rebuilt; `key-reminder` in an owner's DM, and `team-reminder`
 * where the owner's team is told; `leak`, when a secret stood in a message, to the responders, and
 * `owner-leak` to the key's owner; `lockout` to the responders,
 * `lockout-timeline` in its thread, and `lockout-owner` to each owner of keys that it holds.
 */
const kind = z.enum([
  "approval",
  "reminder",
  "escalation",
  "stuck",
  "claim",
  "outcome",
  "second-claim",
  "dead-secret",
  "outside",
  "departed",
  "lockout",
  "lockout-timeline",
  "lockout-owner",
  "adoption",
  "leak",
  "owner-leak",
  "key-reminder",
  "team-reminder",
]);

/** A message in Slack, by channel and timestamp. */
export const place = z.object({ channel: z.string(), ts: z.string() });
export type Place = z.infer<typeof place>;

/** `subject/kind`, with `/which` behind it where there are several of the kind. */
export const cardId = z.string().max(100).brand<"CardId">();
export type CardId = z.infer<typeof cardId>;

/**
 * A message that shows the present state of its subject. It is stale while the version that it
 * shows is behind its subject's; whoever decided, and on whatever surface, it gets redrawn.
 */
export const card = z.object({
  id: cardId,
  kind,
  /** The id of what it shows: a request, lockout, leak, report, departure, reminder or adoption. */
  subject: z.string().max(50),
  /** The channel or person that it belongs to. */
  to: z.union([z.object({ channel: z.string() }), z.object({ person: personId })]),
  /** Where it stands; absent until it has been posted. */
  place: place.optional(),
  /** How far along its subject was when it was drawn (`leaseCards`); 0 before it is posted. */
  shows: z.int().nonnegative(),
  /** Not drawn before this moment: `chat.update` is a tier 3 method. */
  notBefore: instant,
});
export type Card = z.infer<typeof card>;

/** A message to be posted: nothing of it is shown yet. `which`: tells it from others of its kind. */
export function newCard(
  subject: string,
  kind: Card["kind"],
  to: Card["to"],
  now: Instant,
  { which, place }: { which?: string; place?: Place } = {},
): Card {
  const id = cardId.parse([subject, kind, which ?? place?.ts].filter((each) => each !== undefined).join("/"));
  return { id, kind, subject, to, shows: 0, notBefore: now, ...(place === undefined ? {} : { place }) };
}

/** What the trail calls that which a card shows. */
export function shownIn({ kind: of, subject }: Pick<Card, "kind" | "subject">): string {
  return `${SHOWN[of]}:${subject}`;
}

const SHOWN: Record<Card["kind"], string> = {
  approval: "request",
  reminder: "request",
  escalation: "request",
  stuck: "request",
  claim: "request",
  outcome: "request",
  "second-claim": "request",
  "dead-secret": "request",
  outside: "report",
  departed: "departure",
  lockout: "lockout",
  "lockout-timeline": "lockout",
  "lockout-owner": "lockout",
  adoption: "adoption",
  leak: "leak",
  "owner-leak": "leak",
  "key-reminder": "reminder",
  "team-reminder": "reminder",
};
