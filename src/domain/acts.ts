import { z } from "zod";

/**
 * The lines and forms that were last carried out on something, the newest first. Slack may deliver one
 * twice (R14, slack-rules.md 3.2): by its nonce the second is known, on whichever process it arrives.
 */
export const acts = z.array(z.string()).optional();
type Acted = { acts?: z.infer<typeof acts> };

/** How many are remembered. */
const REMEMBERED = 20;

/** Whether this one was carried out before. */
export function wasDone({ acts: done = [] }: Acted, act: string): boolean {
  return done.includes(act);
}

/** The same, remembering this one. */
export function withAct<Row extends Acted>(row: Row, act: string): Row {
  return { ...row, acts: [act, ...(row.acts ?? [])].slice(0, REMEMBERED) };
}
