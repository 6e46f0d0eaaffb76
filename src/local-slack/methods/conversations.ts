import type { Conversation } from "../client-protocol.ts";
import type { Channel } from "../default-workspace.ts";
import { conversationJson } from "../listings.ts";
import { isMember } from "../workspace.ts";
import { ApiError, type Call, conversationOf, type Method, page } from "./method.ts";

const kinds = { public_channel: "channels", private_channel: "groups", im: "im" } as const;

const kindOf = (conversation: Conversation): keyof typeof kinds =>
  conversation.kind === "im" ? "im" : conversation.private ? "private_channel" : "public_channel";

const anyScope = (what: string): string[] => Object.values(kinds).map((kind) => `${kind}:${what}`);

/** The scope depends on the kind of conversation. */
function assertScope({ app }: Call, conversation: Conversation, what: "read" | "history"): void {
  const needed = `${kinds[kindOf(conversation)]}:${what}`;
  if (!app.scopes.includes(needed))
    throw new ApiError("missing_scope", { needed, provided: app.scopes.join(",") });
}

function channelOf(call: Call): Channel {
  const conversation = conversationOf(call);
  if (conversation.kind === "im") throw new ApiError("method_not_supported_for_channel_type");
  if (conversation.archived) throw new ApiError("is_archived");
  return conversation;
}

function namedUsers(call: Call, error: string): string[] {
  const users = (call.args.string("users") ?? "").split(",").map((user) => user.trim());
  const named = users.filter((user) => user !== "");
  if (named.length === 0) throw new ApiError(error);
  for (const user of named) {
    const person = call.slack.workspace.people.get(user);
    if (person === undefined) throw new ApiError("user_not_found");
    if (person.kind === "deactivated") throw new ApiError("user_disabled");
  }
  return named;
}

export const conversationMethods: Record<string, Method> = {
  // R37.
  "conversations.open": {
    scopes: ["im:write"],
    tier: 3,
    run(call) {
      const { slack, app, args } = call;
      const given = args.string("channel");
      const users = given === undefined ? namedUsers(call, "users_list_not_supplied") : [];
      if (users.length > 1)
        throw new ApiError("missing_scope", { needed: "mpim:write", provided: app.scopes.join(",") });
      const [user = ""] = users;
      const kind = slack.workspace.people.get(user)?.kind;
      if (given === undefined && kind === "bot") throw new ApiError("cannot_dm_bot");
      if (given === undefined && kind === "stranger") throw new ApiError("user_not_visible");
      const known = slack.workspace.conversations.size;
      const im =
        given === undefined ? slack.workspace.directMessage(user, app.botUserId) : conversationOf(call);
      const existed = slack.workspace.conversations.size === known;
      const full = args.flag("return_im")
        ? conversationJson(im, slack.workspace, app.botUserId)
        : { id: im.id };
      return { ...(existed && { no_op: true, already_open: true }), channel: full };
    },
  },

  "conversations.info": {
    scopes: anyScope("read"),
    tier: 3,
    run(call) {
      const conversation = conversationOf(call);
      assertScope(call, conversation, "read");
      return { channel: conversationJson(conversation, call.slack.workspace, call.app.botUserId) };
    },
  },

  "conversations.list": {
    scopes: anyScope("read"),
    tier: 2,
    run(call) {
      const { slack, app, args } = call;
      const types = (args.string("types") ?? "public_channel").split(",").map((one) => one.trim());
      const seen = [...slack.workspace.conversations.values()].filter(
        (one) =>
          types.includes(kindOf(one)) &&
          slack.workspace.sees(app.botUserId, one) &&
          !(args.flag("exclude_archived") && one.kind === "channel" && one.archived),
      );
      for (const one of seen) assertScope(call, one, "read");
      const { items, next } = page(seen, args);
      return { channels: items.map((one) => conversationJson(one, slack.workspace, app.botUserId)), ...next };
    },
  },

  "conversations.members": {
    scopes: anyScope("read"),
    tier: 4,
    run(call) {
      const conversation = conversationOf(call);
      assertScope(call, conversation, "read");
      const members =
        conversation.kind === "im" ? [conversation.user, conversation.bot] : conversation.members;
      const { items, next } = page(members, call.args);
      return { members: items, ...next };
    },
  },

  "conversations.history": {
    scopes: anyScope("history"),
    tier: 3,
    run(call) {
      const { slack, app, args } = call;
      const conversation = conversationOf(call);
      assertScope(call, conversation, "history");
      if (!isMember(app.botUserId, conversation)) throw new ApiError("not_in_channel");
      const oldest = args.number("oldest", 0);
      const latest = args.number("latest", Number.MAX_SAFE_INTEGER);
      const inclusive = args.flag("inclusive");
      const found = slack.messages
        .of(conversation.id)
        .filter(({ ts, threadTs }) => {
          const at = Number(ts);
          const within = inclusive ? at >= oldest && at <= latest : at > oldest && at < latest;
          return within && (threadTs === undefined || threadTs === ts);
        })
        .toReversed();
      const { items, next } = page(found, args);
      return {
        messages: items.map((message) => slack.payloads.message(message, slack.apps.byId(message.app ?? ""))),
        has_more: next.response_metadata.next_cursor !== "",
        ...next,
      };
    },
  },

  // The parent first, then its replies.
  "conversations.replies": {
    scopes: anyScope("history"),
    tier: 3,
    run(call) {
      const { slack, app, args } = call;
      const conversation = conversationOf(call);
      assertScope(call, conversation, "history");
      if (!isMember(app.botUserId, conversation)) throw new ApiError("not_in_channel");
      const ts = args.required("ts");
      const found = slack.messages.of(conversation.id).filter((one) => one.ts === ts || one.threadTs === ts);
      if (found[0]?.ts !== ts) throw new ApiError("thread_not_found");
      const { items, next } = page(found, args);
      return {
        messages: items.map((message) => slack.payloads.message(message, slack.apps.byId(message.app ?? ""))),
        has_more: next.response_metadata.next_cursor !== "",
        ...next,
      };
    },
  },

  "conversations.join": {
    scopes: ["channels:join"],
    tier: 3,
    run(call) {
      const channel = channelOf(call);
      if (channel.private) throw new ApiError("channel_not_found");
      call.slack.workspace.setMembers(channel, [...channel.members, call.app.botUserId]);
      const joined = conversationOf(call);
      return { channel: conversationJson(joined, call.slack.workspace, call.app.botUserId) };
    },
  },

  "conversations.invite": {
    scopes: ["channels:manage", "channels:write.invites", "groups:write", "groups:write.invites"],
    tier: 3,
    run(call) {
      const channel = channelOf(call);
      const users = namedUsers(call, "no_user");
      if (!isMember(call.app.botUserId, channel)) throw new ApiError("not_in_channel");
      if (users.every((user) => isMember(user, channel))) throw new ApiError("already_in_channel");
      call.slack.workspace.setMembers(channel, [...channel.members, ...users]);
      return { channel: conversationJson(conversationOf(call), call.slack.workspace, call.app.botUserId) };
    },
  },
};
