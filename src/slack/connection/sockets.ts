import { setTimeout as wait } from "node:timers/promises";
import { type App, type Logger, type Receiver, SocketModeReceiver } from "@slack/bolt";
import type { WebClientOptions } from "@slack/web-api";
import type { Log } from "../../usecases/ports.ts";
import { bridge } from "./clients.ts";
import { askedToWait, isLasting, nameOf, slackError } from "./slack-error.ts";

/** Slack recycles each every few hours; the other one takes what comes meanwhile (slack-rules.md 3.1, 1). */
const AT_ONCE = 2;
/**
 * A socket that has not been greeted by then never will be; one whose pings are not answered for so long is
 * dead; and Slack waits no longer than that for our own answer (R1).
 */
const PATIENCE = { greeting: 15_000, pong: 5000, answer: 3000 };
/** One that ends sooner was no success: Slack takes no more of them, or Socket Mode is off (R19). */
const LIVED = 10_000;
/** Waits before the next attempt: milliseconds. */
const BACK_OFF = [0, 250, 500, 1000, 2000, 5000, 10_000] as const;
/** What a person must mend first. */
const REFUSED_BACK_OFF = 60_000;

type SocketsOptions = {
  appToken: string;
  /** Made anew for each socket: the client writes into it. */
  clientOptions: () => WebClientOptions;
  log: Log;
  /** A socket that was up has ended. */
  lost?: () => void;
  /** Milliseconds in which Slack must greet, and answer a ping, and we what has come in. */
  patience?: Partial<typeof PATIENCE>;
  /** Lets so many milliseconds pass, or fewer where it ends before; tests bring their own. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
};

/** What the client makes of an envelope (R17). */
type Envelope = {
  ack: (answer: object | string) => Promise<void>;
  body: Record<string, unknown>;
  retry_num?: number;
  retry_reason?: string;
};

/**
 * Socket Mode over two sockets, each replaced by a new one as soon as it ends. The library's own way
 * to reconnect waits five seconds first, never gives up a handshake that nobody answers, and rejects
 * where nobody can catch it (slack-rules.md 3.1, 1 to 4): so it is switched off.
 */
export class Sockets implements Receiver {
  readonly #options: SocketsOptions;
  readonly #patience: typeof PATIENCE;
  readonly #logger: Logger;
  readonly #ending = new AbortController();
  readonly #up = new Set<SocketModeReceiver>();
  readonly #unanswered = new Set<Envelope>();
  #allAnswered = (): void => {};
  #app: App | undefined;
  #kept: Promise<void>[] = [];

  constructor(options: SocketsOptions) {
    this.#options = options;
    this.#patience = { ...PATIENCE, ...options.patience };
    this.#logger = bridge(options.log);
  }

  /** How many sockets are up. */
  get connected(): number {
    return this.#up.size;
  }

  init(app: App): void {
    this.#app = app;
  }

  /** Resolves once one socket is up. Rejects where Slack does not accept the app token. */
  async start(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#kept = Array.from({ length: AT_ONCE }, async () => this.#keep({ up: resolve, refused: reject }));
    try {
      await promise;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Lets go of Slack, once what has come in is acknowledged: three seconds at most. Never rejects. */
  async stop(): Promise<void> {
    const { promise: answered, resolve } = Promise.withResolvers<void>();
    this.#allAnswered = resolve;
    if (this.#unanswered.size === 0) resolve();
    await Promise.race([answered, wait(this.#patience.answer, undefined, { ref: false })]);
    this.#ending.abort();
    await Promise.all(this.#kept);
  }

  /** Keeps one socket up until the end. Never rejects. */
  async #keep(first: { up: () => void; refused: (error: unknown) => void }): Promise<void> {
    const { signal } = this.#ending;
    const { pause = pauseFor, log } = this.#options;
    for (let failures = 0; !signal.aborted;) {
      const began = performance.now();
      let asked: number | undefined;
      try {
        await this.#once(first.up);
      } catch (error) {
        if (isRefusal(error)) first.refused(error);
        asked = pauseAfter(error);
        log.warn({ code: nameOf(error) }, "a socket to Slack could not be opened");
      }
      failures = performance.now() - began > LIVED && asked === undefined ? 0 : failures + 1;
      await pause(Math.max(asked ?? 0, BACK_OFF[Math.min(failures, BACK_OFF.length - 1)] ?? 0), signal);
    }
  }

  /** Hands on what Slack has sent. Never rejects. */
  async #take(envelope: Envelope): Promise<void> {
    const { ack, body, retry_num: retryNum, retry_reason: retryReason } = envelope;
    this.#unanswered.add(envelope);
    try {
      await this.#app?.processEvent({
        body,
        ack: async (answer) => {
          await ack(answer ?? {});
          this.#answered(envelope);
        },
        ...(retryNum !== undefined && { retryNum }),
        ...(retryReason !== undefined && { retryReason }),
      });
    } catch (error) {
      this.#options.log.error({ err: error }, "a payload could not be taken");
    } finally {
      this.#answered(envelope);
    }
  }

  #answered(envelope: Envelope): void {
    this.#unanswered.delete(envelope);
    if (this.#unanswered.size === 0) this.#allAnswered();
  }

  /** From the asking for one socket to its end. Throws where it never came up. */
  async #once(up: () => void): Promise<void> {
    const { appToken, clientOptions, lost = () => {} } = this.#options;
    const { signal } = this.#ending;
    const receiver = new SocketModeReceiver({
      appToken,
      logger: this.#logger,
      autoReconnectEnabled: false,
      clientPingTimeout: this.#patience.pong,
      serverPingTimeout: 30_000,
      installerOptions: { clientOptions: clientOptions() },
    });
    const { client } = receiver;
    // The library's listener writes each answer out twice more, for log lines that are dropped.
    client.removeAllListeners("slack_event");
    client.on("slack_event", (envelope: Envelope) => void this.#take(envelope));
    this.#survive(client);
    const ended = new Promise<void>((resolve) => void client.once("disconnected", () => resolve()));
    const { promise: stopped, resolve } = Promise.withResolvers<void>();
    const stop = (): void => resolve();
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
    try {
      // Whatever comes of it later, when nobody waits for it any more, is no failure of the program's.
      const greeted = client.start();
      greeted.catch(() => {});
      const late = wait(this.#patience.greeting, "late" as const, { ref: false });
      const outcome = await Promise.race([greeted, late, stopped]);
      if (outcome === "late") throw new Error("no greeting in time");
      if (signal.aborted) return;
      this.#up.add(receiver);
      up();
      await Promise.race([ended, stopped]);
      if (!signal.aborted) lost();
    } finally {
      // The signal lives as long as the program, and would keep each socket that ever was.
      signal.removeEventListener("abort", stop);
      this.#up.delete(receiver);
      // Nobody waits for the goodbye, which one that is dead never says. One that is only now about to
      // connect would be an orphan.
      client.on("connecting", () => setImmediate(() => void client.disconnect()));
      void client.disconnect();
    }
  }

  /** A frame that the library cannot read rejects where nobody could catch it, and would end the program. */
  #survive(client: SocketModeReceiver["client"]): void {
    const readers = client.listeners("ws_message");
    client.removeAllListeners("ws_message");
    const take = async (frame: unknown[]): Promise<void> => {
      try {
        await Promise.all(readers.map((read): unknown => Reflect.apply(read, client, frame)));
      } catch (error) {
        this.#options.log.warn({ err: error }, "a frame from Slack could not be read");
      }
    };
    client.on("ws_message", (...frame: unknown[]) => void take(frame));
  }
}

export async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => {});
}

function isRefusal(error: unknown): boolean {
  return isLasting(slackError(error));
}

function pauseAfter(error: unknown): number | undefined {
  return isRefusal(error) ? REFUSED_BACK_OFF : askedToWait(error);
}
