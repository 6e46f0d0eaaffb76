import type { InstalledApp } from "../apps.ts";
import type { Conversation } from "../client-protocol.ts";
import { asText, type Json } from "../json.ts";
import type { Tier } from "../rate-limits.ts";
import type { Slack } from "../slack.ts";
import { isMember } from "../workspace.ts";

export type Call = { slack: Slack; app: InstalledApp; args: Args };

/** One Web API method: who may call it, how often, and what it does. */
export type Method = {
  /** Any one of these is enough; none are needed where it is empty. */
  scopes: string[];
  tier: Tier;
  token?: "bot" | "app";
  run(call: Call): Json | Promise<Json>;
};

/** Answered as `{ ok: false, error, … }`. */
export class ApiError extends Error {
  readonly code: string;
  readonly extra: Json;

  constructor(code: string, extra: Json = {}) {
    super(code);
    this.code = code;
    this.extra = extra;
  }
}

/** The arguments of a call: strings where a form sent them, JSON where JSON did. */
export class Args {
  readonly #values: Json;

  constructor(values: Json) {
    this.#values = values;
  }

  string(name: string): string | undefined {
    return asText(this.#values[name]) || undefined;
  }

  /** Answers `error` where it is missing. */
  required(name: string, error = "invalid_arguments"): string {
    const value = this.string(name);
    if (value !== undefined) return value;
    const messages = [`[ERROR] missing required field: ${name}`];
    throw new ApiError(error, error === "invalid_arguments" ? { response_metadata: { messages } } : {});
  }

  flag(name: string): boolean {
    return ["true", "1"].includes(asText(this.#values[name]));
  }

  number(name: string, otherwise: number): number {
    const value = Number(this.string(name) ?? otherwise);
    if (!Number.isFinite(value)) throw new ApiError("invalid_arguments");
    return value;
  }

  /** A nested value; forms send it as JSON text (1.4). */
  json(name: string, error: string): unknown {
    const value = this.#values[name];
    if (typeof value !== "string" || value === "") return value === "" ? undefined : value;
    try {
      return JSON.parse(value);
    } catch {
      throw new ApiError(error, { response_metadata: { messages: [`[ERROR] ${name} is not valid JSON`] } });
    }
  }
}

/** The conversation named by `channel`, if the app can see it: others' direct messages are "not found" (R35). */
export function conversationOf({ slack, app, args }: Call): Conversation {
  const conversation = slack.workspace.conversations.get(args.required("channel", "channel_not_found"));
  if (conversation === undefined || !slack.workspace.sees(app.botUserId, conversation))
    throw new ApiError("channel_not_found");
  return conversation;
}

/**
 * `chat.postMessage` alone also takes a person's id, for the direct message with them, and a channel's name
 * (python-slack-sdk#528 and #696).
 */
export function destinationOf(call: Call): Conversation {
  const { people, conversations } = call.slack.workspace;
  const given = call.args.required("channel", "channel_not_found");
  const person = people.get(given);
  if (person !== undefined && person.kind !== "bot")
    return call.slack.workspace.directMessage(given, call.app.botUserId);
  const named = [...conversations.values()].find(
    (one) => one.kind === "channel" && one.name === given.replace(/^#/, ""),
  );
  return conversationOf({ ...call, args: new Args({ channel: named?.id ?? given }) });
}

/** Answers the items from `cursor` on, and the cursor of what is left. */
export function page<T>(
  items: readonly T[],
  args: Args,
): { items: T[]; next: { response_metadata: { next_cursor: string } } } {
  const limit = Math.max(1, Math.min(args.number("limit", 100), 1000));
  const start = Number(Buffer.from(args.string("cursor") ?? "", "base64").toString() || "0");
  if (!Number.isInteger(start) || start < 0) throw new ApiError("invalid_cursor");
  const end = start + limit;
  const cursor = end < items.length ? Buffer.from(String(end)).toString("base64") : "";
  return { items: items.slice(start, end), next: { response_metadata: { next_cursor: cursor } } };
}

/** Writing needs membership, `chat:write.public` in public channels aside. */
export function assertCanPost({ app }: Call, conversation: Conversation): void {
  if (conversation.kind === "im") {
    if (!app.manifest.features.app_home.messages_tab_enabled) throw new ApiError("messages_tab_disabled");
    return;
  }
  if (conversation.archived) throw new ApiError("is_archived");
  const open = !conversation.private && app.scopes.includes("chat:write.public");
  if (!isMember(app.botUserId, conversation) && !open) throw new ApiError("not_in_channel");
}
