import { z } from "zod";

/**
 * The lines and forms that were last carried out on something, the newest first. Slack may deliver one
 * twice (R14, slack-rules.md 3.2): the second is known again, on whichever process it arrives.
 */
export const acts = z.array(z.string()).optional();
type Acted = { acts?: z.infer<typeof acts> };

/** How many are remembered. */
const REMEMBERED = 20;

/**
 * A form as it was sent: the same one with another text in it is another act, since whoever saw an
 * error may have thought again. Sealed, so that nobody can guess from it what was typed; `seal`: an
 * HMAC under a key of ours.
 */
export function actOf(
  form: string,
  typed: Readonly<Record<string, unknown>>,
  seal: (text: string) => string,
): string {
  return seal(`portcullis act 1 ${JSON.stringify([form, Object.entries(typed)])}`);
}

/** Whether this one was carried out before. */
export function wasDone({ acts: done = [] }: Acted, act: string): boolean {
  return done.includes(act);
}

/** The same, remembering this one. */
export function withAct<Row extends Acted>(row: Row, act: string): Row {
  return { ...row, acts: [act, ...(row.acts ?? [])].slice(0, REMEMBERED) };
}
