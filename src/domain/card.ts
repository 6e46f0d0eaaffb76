import { z } from "zod";
import { instant, type Instant, personId, requestId, type RequestId } from "./values.ts";

/**
 * Which message it is: `approval` in the approvers' channel; `claim` and `outcome` in the asker's
 * DM; in the incidents channel `second-claim`, when somebody asks again for a secret that was shown,
 * and `dead-secret`, when a rotation lapsed after the old secret had died.
 */
const kind = z.enum(["approval", "claim", "outcome", "second-claim", "dead-secret"]);

/** A message in Slack, by channel and timestamp. */
export const place = z.object({ channel: z.string(), ts: z.string() });
export type Place = z.infer<typeof place>;

/** `request id/kind`, or with `/ts` behind it for a second message found by a click on it. */
export const cardId = z.string().max(100).brand<"CardId">();
export type CardId = z.infer<typeof cardId>;

/**
 * A message that shows the present state of a request. It is stale while the version that it
 * shows is behind its subject's; whoever decided, and on whatever surface, it gets redrawn.
 */
export const card = z.object({
  id: cardId,
  kind,
  subject: requestId,
  /** The channel or person that it belongs to. */
  to: z.union([z.object({ channel: z.string() }), z.object({ person: personId })]),
  /** Where it stands; absent until it has been posted. */
  place: place.optional(),
  /** The sum of its request's and claim's versions that it shows; 0 before it is posted. */
  shows: z.int().nonnegative(),
  /** Not drawn before this moment: `chat.update` is a tier 3 method. */
  notBefore: instant,
});
export type Card = z.infer<typeof card>;

/** A message to be posted: nothing of it is shown yet. */
export function newCard(
  subject: RequestId,
  kind: Card["kind"],
  to: Card["to"],
  now: Instant,
  place?: Place,
): Card {
  const id = cardId.parse(place === undefined ? `${subject}/${kind}` : `${subject}/${kind}/${place.ts}`);
  return { id, kind, subject, to, shows: 0, notBefore: now, ...(place === undefined ? {} : { place }) };
}
