import type { Apps, InstalledApp } from "./apps.ts";
import { isJson, type Json } from "./json.ts";
import type { Messages } from "./messages.ts";
import type { Posting } from "./posting.ts";
import type { Reply, ResponseUrls } from "./response-urls.ts";
import type { Sessions } from "./sessions.ts";

/** What a use of a response URL is answered with. */
export type ReplyResult = { status: number; body: string | Json };

const ok: ReplyResult = { status: 200, body: "ok" };

/** What apps say through response URLs and in the answers to commands (R4 to R6, R9). */
export class Replies {
  readonly #apps: Apps;
  readonly #messages: Messages;
  readonly #posting: Posting;
  readonly #sessions: Sessions;
  readonly #urls: ResponseUrls;

  constructor(parts: {
    apps: Apps;
    messages: Messages;
    posting: Posting;
    sessions: Sessions;
    responseUrls: ResponseUrls;
  }) {
    this.#apps = parts.apps;
    this.#messages = parts.messages;
    this.#posting = parts.posting;
    this.#sessions = parts.sessions;
    this.#urls = parts.responseUrls;
  }

  /** A POST to a response URL. */
  use(path: string, body: unknown): ReplyResult {
    const reply = this.#urls.look(path);
    const app = reply === undefined ? undefined : this.#apps.byId(reply.app);
    if (reply === undefined || app === undefined) return { status: 404, body: "used_url" };
    if (!isJson(body)) return { status: 400, body: "invalid_payload" };
    const result = this.say(app, reply, body);
    if (result.status === 200) this.#urls.count(path);
    return result;
  }

  /** Posts, replaces or deletes as the message asks; ephemeral unless it says `in_channel`. */
  say(app: InstalledApp, reply: Reply, message: Json): ReplyResult {
    const { source } = reply;
    const deletes = message["delete_original"] === true;
    const read = this.#posting.read(message);
    const bare = "error" in read && read.error === "no_text" && deletes;
    if ("error" in read && !bare) {
      const { error, messages } = read;
      return { status: 400, body: { ok: false, error, response_metadata: { messages } } };
    }
    if (deletes && source !== undefined) this.#delete(reply, source);
    if ("error" in read) return ok;
    if (message["replace_original"] === true && !deletes && source !== undefined)
      return this.#replace(reply, source, read.content);
    const threadTs = typeof message["thread_ts"] === "string" ? message["thread_ts"] : undefined;
    if (message["response_type"] === "in_channel") {
      this.#posting.post(app, reply.channel, read.content, threadTs);
      return ok;
    }
    const to = { channel: reply.channel, user: reply.user, ...(threadTs !== undefined && { threadTs }) };
    const ts = this.#posting.ephemeral(app, to, read.content);
    if (reply.kind === "commands") reply.source = { ts, ephemeral: true };
    return ok;
  }

  #delete(reply: Reply, source: { ts: string; ephemeral: boolean }): void {
    if (source.ephemeral) {
      this.#sessions.removeEphemeral(this.#sessions.of(reply.user), {
        channel: reply.channel,
        ts: source.ts,
      });
      return;
    }
    const message = this.#messages.find(reply.channel, source.ts);
    if (message !== undefined) this.#messages.remove(message);
  }

  /** A message keeps its visibility for life (R4). */
  #replace(
    reply: Reply,
    source: { ts: string; ephemeral: boolean },
    content: Parameters<Messages["change"]>[1],
  ): ReplyResult {
    if (source.ephemeral) {
      const sessions = this.#sessions.of(reply.user);
      const shown = sessions.flatMap(({ ephemerals }) => ephemerals).find(({ ts }) => ts === source.ts);
      if (shown !== undefined)
        this.#sessions.changeEphemeral(sessions, { ...shown, ...content, edited: true });
      return ok;
    }
    const message = this.#messages.find(reply.channel, source.ts);
    if (message === undefined) return { status: 404, body: { ok: false, error: "message_not_found" } };
    this.#messages.change(message, content);
    return ok;
  }
}
