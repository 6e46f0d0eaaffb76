import type { ReceiverEvent } from "@slack/bolt";
import type { Log } from "../../usecases/ports.ts";

/** Where the context that Bolt hands to listeners has it. */
const DELIVERY = "delivery";

/** An event, as Slack has delivered it once: it does so again unless that is acknowledged (R12). */
export class Delivery {
  readonly #ack: ReceiverEvent["ack"];
  readonly #log: Pick<Log, "warn">;
  #acknowledged: Promise<void> | undefined;
  #failed = false;

  constructor({ ack }: Pick<ReceiverEvent, "ack">, log: Pick<Log, "warn">) {
    this.#ack = ack;
    this.#log = log;
  }

  /** For Bolt, to hand on to the listeners. */
  get property(): Record<string, unknown> {
    return { [DELIVERY]: this };
  }

  /**
   * Acknowledges it: what it says stands in rows, or need not. Never rejects: where the socket is gone
   * meanwhile, or Slack waits no more, it is delivered again, and what goes on about it goes on.
   */
  async kept(): Promise<void> {
    await (this.#acknowledged ??= this.#acknowledge());
  }

  /**
   * It could not be taken: Slack shall tell of it again, unless it has heard that it has arrived. Over HTTP
   * Bolt answers in our stead, three seconds after it came: what Slack sends again within the second in
   * which it sent it first bears the same signature, and would be refused as a replay.
   */
  failed(): void {
    this.#failed = true;
  }

  /** Nobody is about it any more. Never rejects. */
  async done(): Promise<void> {
    if (!this.#failed) await this.kept();
  }

  async #acknowledge(): Promise<void> {
    try {
      await this.#ack();
    } catch (error) {
      this.#log.warn({ err: error }, "Slack could not be told that an event has arrived");
    }
  }
}

/** Of the event that a listener was called for. Throws where it was not delivered through the guarded app. */
export function deliveryOf(context: Record<string, unknown>): Delivery {
  const delivery = context[DELIVERY];
  if (delivery instanceof Delivery) return delivery;
  throw new Error("an event has come without its delivery");
}
