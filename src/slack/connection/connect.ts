import type { App } from "@slack/bolt";
import type { Log } from "../../usecases/ports.ts";
import type { SlackClients, SlackConfig } from "./clients.ts";
import type { Port } from "../port.ts";
import { askedToWait, isLasting, nameOf, slackError } from "./slack-error.ts";
import { pauseFor, type Sockets } from "./sockets.ts";

/** Waits before Slack is asked again: milliseconds. */
const BACK_OFF = [500, 1000, 2000, 5000, 10_000, 30_000] as const;

/** Slack would not have us: the message says what to mend. */
export class SlackStartError extends Error {
  override readonly name = "SlackStartError";
}

export type Connecting = {
  app: App;
  receiver: Sockets | Port;
  clients: SlackClients;
  mode: SlackConfig["mode"];
  log: Log;
  /** Gives it up: connecting then rejects with the signal's reason. */
  signal: AbortSignal;
  /** Lets so many milliseconds pass, or fewer where it ends before; tests bring their own. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
};

/** Connects, however long Slack cannot be reached. Throws `SlackStartError` where Slack says that it will not have us. */
export async function connect(connecting: Connecting): Promise<void> {
  const { receiver, signal } = connecting;
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => reject(signal.reason);
  if (signal.aborted) giveUp();
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    // A call that is under way may take seconds more, for which whoever gives up does not wait.
    await Promise.race([givenUp, connectInTime(connecting)]);
  } catch (error) {
    await receiver.stop();
    throw error;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

async function connectInTime({ receiver, mode, signal, ...connecting }: Connecting): Promise<void> {
  await makeKnown({ ...connecting, signal });
  signal.throwIfAborted();
  try {
    await receiver.start();
  } catch (cause) {
    const what =
      mode.kind === "http"
        ? `Port ${mode.port} cannot be listened on`
        : "Slack does not accept the app token, or Socket Mode is off";
    throw refused(what, cause);
  }
  if (signal.aborted) await receiver.stop();
}

/** Until Slack has said who we are. */
async function makeKnown({
  app,
  clients,
  log,
  signal,
  pause = pauseFor,
}: Omit<Connecting, "receiver" | "mode">): Promise<void> {
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      const { orgWide } = await clients.tenant();
      if (orgWide)
        throw new SlackStartError(
          "The app is installed for a whole organisation; install it in one workspace instead.",
        );
      return await app.init();
    } catch (error) {
      if (error instanceof SlackStartError) throw error;
      if (isLasting(slackError(error))) throw refused("Slack does not accept the bot token", error);
      const ms = pauseAfter(error, failures);
      log.warn(
        { code: nameOf(error), againInSeconds: ms / 1000 },
        "Slack cannot be reached yet: what needs no Slack goes on meanwhile, and Slack is asked again",
      );
      await pause(ms, signal);
    }
  }
}

function pauseAfter(error: unknown, failures: number): number {
  return Math.max(askedToWait(error) ?? 0, BACK_OFF[Math.min(failures, BACK_OFF.length - 1)] ?? 0);
}

function refused(what: string, cause: unknown): SlackStartError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new SlackStartError(`${what} (${why}).`, { cause });
}
