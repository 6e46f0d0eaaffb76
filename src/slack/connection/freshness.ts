import type { AllMiddlewareArgs, AnyMiddlewareArgs, BufferedIncomingMessage, Middleware } from "@slack/bolt";
import { type Instant, MINUTE, SECOND } from "../../domain/values.ts";
import type { Context } from "../../usecases/ports.ts";

/** Bolt refuses requests older than five minutes itself (R10), and one may be stamped a minute ahead. */
const REMEMBERED = 7 * MINUTE;
/**
 * As Slack writes them (R10). Bolt looks at no more than what stands between the first two "=" of a
 * signature, and at the number that a moment comes to: each could be written in many ways.
 */
const SIGNATURE = /^v0=[0-9a-f]{64}$/;
const MOMENT = /^[1-9]\d*$/;

/** When it was made, in milliseconds, and by which signature. */
type Stamp = { at: number; signature: string };

/** What an HTTP request says of its making, for the middleware below; no stamp where it is not as Slack writes it. */
export function stampOf({ headers }: BufferedIncomingMessage): { stamp: Stamp | undefined } {
  const one = (name: string, form: RegExp): string => {
    const value = headers[name];
    return typeof value === "string" && form.test(value) ? value : "";
  };
  const moment = one("x-slack-request-timestamp", MOMENT);
  const signature = one("x-slack-signature", SIGNATURE);
  return { stamp: moment && signature ? { at: Number(moment) * SECOND, signature } : undefined };
}

/** When Slack sent it: over HTTP by its stamp, in whole seconds; a socket bears none, so there it is now. */
export function sentAt(context: AllMiddlewareArgs["context"], { clock }: Pick<Context, "clock">): Instant {
  return stampIn(context)?.at ?? clock();
}

const stampIn = (context: AllMiddlewareArgs["context"]): Stamp | undefined => context["stamp"];

/**
 * Bolt accepts a signed request stamped in the future, and the same one again within five minutes
 * (slack-rules.md 1.3); a request caught on its way must not work twice. A retry of Slack's own is
 * signed anew.
 */
export function refuseReplays({ clock, log }: Pick<Context, "clock" | "log">): Middleware<AnyMiddlewareArgs> {
  const seen = new Map<string, number>();
  return async (args) => {
    const now = clock();
    const stamp = stampIn(args.context);
    const ahead = stamp !== undefined && stamp.at - now > MINUTE;
    const again = stamp !== undefined && seen.has(stamp.signature);
    for (const [old, at] of seen) {
      if (now - at < REMEMBERED) break;
      seen.delete(old);
    }
    if (stamp !== undefined && !ahead && !again) {
      seen.set(stamp.signature, now);
      return args.next();
    }
    log.warn(
      { unlike: stamp === undefined, ahead, again },
      "a signed request was refused: replayed, stamped in the future, or not signed in Slack's way",
    );
    if ("ack" in args && args.ack !== undefined) await args.ack();
  };
}
