import type { Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type App, HTTPReceiver, type Receiver } from "@slack/bolt";
import type { Log } from "../usecases/ports.ts";
import { bridge } from "./connection/clients.ts";
import { stampOf } from "./connection/freshness.ts";

/** After that Slack waits for no answer any more (R1); milliseconds. */
const LAST_ANSWERS = 3000;

type PortOptions = { signingSecret: string; port: number; host?: string; log: Log };

/** Where Slack's requests come in over HTTP. Bolt's own stop waits for as long as anybody holds a connection. */
export class Port implements Receiver {
  readonly #receiver: HTTPReceiver;
  readonly #where: { port: number; host?: string };
  #server: Server | undefined;

  constructor({ signingSecret, log, ...where }: PortOptions) {
    this.#receiver = new HTTPReceiver({
      signingSecret,
      logger: bridge(log),
      customPropertiesExtractor: stampOf,
    });
    this.#where = where;
  }

  /** The port that is listened on; port 0 asks for any. */
  get number(): number | undefined {
    const address = this.#server?.address();
    return typeof address === "object" ? address?.port : undefined;
  }

  init(app: App): void {
    this.#receiver.init(app);
  }

  /** Rejects where the port cannot be listened on. */
  async start(): Promise<void> {
    this.#server = await this.#receiver.start(this.#where);
  }

  /** Lets nobody in any more, and lets what has come in be answered: three seconds at most. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = this.#receiver.stop();
    await Promise.race([closed, sleep(LAST_ANSWERS, undefined, { ref: false })]);
    server.closeAllConnections();
    await closed;
  }
}
