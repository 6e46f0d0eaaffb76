import type { AnyMiddlewareArgs, BufferedIncomingMessage, Middleware } from "@slack/bolt";
import { MINUTE, SECOND } from "../domain/values.ts";
import type { Context } from "../usecases/ports.ts";

/** Bolt refuses requests older than five minutes itself (R10); a signature is remembered a little longer. */
const REMEMBERED = 6 * MINUTE;

type Stamp = { requestTimestamp: string | undefined; requestSignature: string | undefined };

/** What an HTTP request says of its making, for the middleware below. */
export function stampOf({ headers }: BufferedIncomingMessage): Stamp {
  const one = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === "string" ? value : undefined;
  };
  return { requestTimestamp: one("x-slack-request-timestamp"), requestSignature: one("x-slack-signature") };
}

/**
 * Bolt accepts a signed request stamped in the future, and the same one again within five minutes
 * (slack-rules.md 1.3); a request caught on its way must not work twice. A retry of Slack's own is
 * signed anew.
 */
export function refuseReplays({ clock, log }: Pick<Context, "clock" | "log">): Middleware<AnyMiddlewareArgs> {
  const seen = new Map<string, number>();
  return async (args) => {
    const now = clock();
    const { requestTimestamp, requestSignature } = args.context;
    const ahead = Number(requestTimestamp) * SECOND - now > MINUTE;
    const signature = String(requestSignature);
    const again = seen.has(signature);
    for (const [old, at] of seen) {
      if (now - at < REMEMBERED) break;
      seen.delete(old);
    }
    if (!ahead && !again) {
      seen.set(signature, now);
      return args.next();
    }
    log.warn({ ahead, again }, "a signed request was refused: replayed, or stamped in the future");
    if ("ack" in args && args.ack !== undefined) await args.ack();
  };
}
