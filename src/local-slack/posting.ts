import type { KnownBlock } from "@slack/types";
import type { InstalledApp } from "./apps.ts";
import { normaliseBlocks } from "./block-kit/normalise.ts";
import { limits } from "./block-kit/limits.ts";
import { messageProblems } from "./block-kit/validate.ts";
import type { Message } from "./client-protocol.ts";
import type { Faults } from "./faults.ts";
import type { Ids } from "./ids.ts";
import type { Json } from "./json.ts";
import type { Messages } from "./messages.ts";
import type { Sessions } from "./sessions.ts";

/** Message text is cut here (2.5). */
const textLimit = 40_000;

export type Content = { text: string; blocks: KnownBlock[] };

/** Either what a message consists of, or why it cannot be sent. */
export type Read = { content: Content } | { error: string; messages: string[] };

/** How apps' messages come into conversations, whether by method, command answer or response URL. */
export class Posting {
  readonly #ids: Ids;
  readonly #faults: Faults;
  readonly #messages: Messages;
  readonly #sessions: Sessions;

  constructor(parts: { ids: Ids; faults: Faults; messages: Messages; sessions: Sessions }) {
    this.#ids = parts.ids;
    this.#faults = parts.faults;
    this.#messages = parts.messages;
    this.#sessions = parts.sessions;
  }

  /** Reads `text` and `blocks`, refusing what Block Kit does not allow. */
  read({ text, blocks, attachments }: Json): Read {
    if (blocks !== undefined && blocks !== null) {
      const problems = messageProblems(blocks);
      if (problems.length > 0)
        return { error: "invalid_blocks", messages: problems.map((problem) => problem.line) };
    }
    const given = typeof text === "string" ? text : "";
    const drawn = Array.isArray(blocks) ? blocks : [];
    const attached = Array.isArray(attachments) ? attachments.length : 0;
    if (attached > limits.attachments.max) return { error: "too_many_attachments", messages: [] };
    if (given === "" && drawn.length === 0 && attached === 0) return { error: "no_text", messages: [] };
    const whole: unknown = normaliseBlocks(drawn, () => this.#ids.hex(3));
    return {
      content: {
        text: [...given].length > textLimit ? [...given].slice(0, textLimit).join("") : given,
        blocks: whole as KnownBlock[],
      },
    };
  }

  post(app: InstalledApp, channel: string, content: Content, threadTs?: string): Message {
    return this.#messages.post({
      channel,
      user: app.botUserId,
      app: app.appId,
      ...content,
      ...(threadTs !== undefined && { threadTs }),
    });
  }

  /** Shows it to the sessions that the person has open now, kept nowhere else (R33). Answers its `message_ts`. */
  ephemeral(
    app: InstalledApp,
    to: { channel: string; user: string; threadTs?: string },
    content: Content,
  ): string {
    const message: Message = {
      channel: to.channel,
      user: app.botUserId,
      app: app.appId,
      ts: this.#ids.ts(),
      ...content,
      ...(to.threadTs !== undefined && { threadTs: to.threadTs }),
      edited: false,
      ephemeral: true,
    };
    if (!this.#faults.isAway(to.user)) this.#sessions.showEphemeral(this.#sessions.of(to.user), message);
    return message.ts;
  }
}
