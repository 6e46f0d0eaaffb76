import { App, type AppOptions, type ReceiverEvent } from "@slack/bolt";
import { sayDirectly } from "../announce.ts";
import type { Arrival, Boundary } from "../boundary.ts";
import { Delivery } from "./delivery.ts";
import type { Bot } from "../interaction.ts";
import { isInForm, senderOf } from "../input/payload-form.ts";
import { sayingModal } from "../views/saying-modal.ts";
import { saying, type Words } from "../words/words.ts";

const UNREADABLE: Words = [
  "Slack has sent me this in a form that I cannot read, so nothing was done. Please try again.",
];

/**
 * Bolt, for payloads that are what they say they are. Others would throw somewhere in Bolt or in a
 * listener, or be left without an answer until Slack gives up: they are acknowledged here, and
 * whoever sent them is told.
 */
export class GuardedApp extends App {
  readonly #bot: Bot;
  readonly #boundary: Boundary;

  constructor(bot: Bot, boundary: Boundary, options: AppOptions) {
    super(options);
    this.#bot = bot;
    this.#boundary = boundary;
  }

  /**
   * Bolt acknowledges an event before anybody has heard of it, and Slack sends it no more: it would be
   * lost with a process that is killed just then. So it is acknowledged when its listener is done, or says
   * that what it has to do stands in a row, and not where its listener failed before (R12).
   */
  async #taken(event: ReceiverEvent): Promise<void> {
    if (event.body["type"] !== "event_callback") return super.processEvent(event);
    const delivery = new Delivery(event, this.#bot.context.log);
    const customProperties = { ...event.customProperties, ...delivery.property };
    await super.processEvent({ ...event, ack: async () => {}, customProperties });
    await delivery.done();
  }

  override async processEvent(event: ReceiverEvent): Promise<void> {
    if (isInForm(event.body)) return this.#taken(event);
    const { clients, context } = this.#bot;
    const { body, ack } = event;
    const sender = senderOf(body);
    context.log.warn({ by: sender?.by }, "a payload was left aside, since it is not as Slack sends them");
    if (sender === undefined) return ack();
    const { by, team } = sender;
    const from = { team, enterprise: undefined, orgWide: false };
    const answer = answering(body["type"], ack, async (message) => sayDirectly(clients, by, message));
    await this.#boundary.run({ by, kind: "unreadable", what: "unknown", from, ...answer }, async () =>
      answer.tell(saying(UNREADABLE)),
    );
  }
}

/** How somebody is answered who has sent something of this type (R1). */
function answering(
  type: unknown,
  ack: ReceiverEvent["ack"],
  directly: Arrival["tell"],
): Pick<Arrival, "ack" | "tell"> {
  switch (type) {
    case "view_submission":
      return {
        tell: async ({ blocks }) =>
          ack({ response_action: "update", view: { ...sayingModal("This did not work"), blocks } }),
      };
    case "block_suggestion":
      return { tell: async () => ack({ options: [] }) };
    case undefined:
      return { tell: async (message) => ack(message) };
    default:
      return { ack: async () => ack(), tell: directly };
  }
}
