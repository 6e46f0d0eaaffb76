import { z } from "zod";
import type { Context } from "./ports.ts";

const SUBJECT = "policy";
const known = z.object({ to: z.string() });

/**
 * Another policy is in force than the trail knows of: it is recorded, and the cards of undecided
 * requests are drawn anew, since other people may have to decide now; keys are looked at for other reminders. Answers whether it was so.
 */
export async function notePolicy(context: Context): Promise<boolean> {
  const { store, clock } = context;
  const { hash } = context.policy();
  const [last] = await store.auditOf([SUBJECT], { limit: 1 });
  const before = last && known.parse(JSON.parse(last.evidence)).to;
  if (before === hash) return false;
  const evidence = { to: hash, ...(before === undefined ? {} : { from: before }) };
  const event = {
    at: clock(),
    actor: "portcullis",
    subject: SUBJECT,
    event: "policy.changed",
    evidence,
  } as const;
  await store.commit({ changes: [], events: [event] });
  await store.wantCardsRedrawn("pending");
  await store.watchAnew();
  await store.callTurn("reach");
  context.nudge();
  return true;
}
