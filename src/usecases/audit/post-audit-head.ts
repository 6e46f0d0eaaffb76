import { z } from "zod";
import { DAY, type Instant, MINUTE } from "../../domain/values.ts";
import type { Context } from "../ports.ts";

const SUBJECT = "audit";

/**
 * Once a day (UTC) the trail's head goes to the audit channel, where the database's owner cannot
 * change it. A day on which that failed, or nobody ran, is made up for by the next head: it stands
 * for all before it. A crash before the event is written posts another, as true as the first.
 */
export async function postAuditHead({ store, clock, messages, policy }: Context): Promise<void> {
  const now = clock();
  if (!(await store.takeTurn("head", now, now + MINUTE))) return;
  const [last] = await store.auditOf([SUBJECT], { limit: 1 });
  const begun = last?.at ?? (await store.auditAfter(0, 1))[0]?.at;
  if (begun === undefined || dayOf(begun) >= dayOf(now)) return;
  const head = await store.auditEnd();
  if (head === undefined) throw new Error("the end of the audit trail is gone");
  const before = last === undefined ? 0 : posted.parse(JSON.parse(last.evidence)).seq;
  const events = head.seq - before;
  const { audit } = policy().policy.channels;
  const { channel, ts } = await messages.postHead(audit, { head, events, since: last?.at });
  const evidence = { ...head, events, channel, ts };
  const event = { actor: "portcullis", subject: SUBJECT, event: "audit.head-posted", evidence } as const;
  await store.commit({ changes: [], events: [{ ...event, at: clock() }] });
}

const posted = z.object({ seq: z.int().nonnegative() });

function dayOf(at: Instant): number {
  return Math.floor(at / DAY);
}
