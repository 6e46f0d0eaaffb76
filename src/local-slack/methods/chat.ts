import type { Message } from "../client-protocol.ts";
import type { Content } from "../posting.ts";
import { isMember } from "../workspace.ts";
import { ApiError, assertCanPost, type Call, conversationOf, destinationOf, type Method } from "./method.ts";

const scopes = ["chat:write"];

/** Text and blocks as the call gives them. */
function contentOf({ slack, args }: Call): Content {
  const read = slack.posting.read({
    text: args.string("text"),
    blocks: args.json("blocks", "invalid_blocks_format"),
    attachments: args.json("attachments", "invalid_attachments"),
  });
  if ("content" in read) return read.content;
  throw new ApiError(
    read.error,
    read.messages.length > 0 ? { response_metadata: { messages: read.messages } } : {},
  );
}

/** The app's own message, which alone it may change (R38). */
function ownMessage(call: Call, error: string): Message {
  const { slack, app, args } = call;
  const conversation = conversationOf(call);
  const message = slack.messages.find(conversation.id, args.required("ts"));
  if (message === undefined) throw new ApiError("message_not_found");
  if (message.app !== app.appId) throw new ApiError(error);
  return message;
}

export const chatMethods: Record<string, Method> = {
  "chat.postMessage": {
    scopes,
    tier: "special",
    run(call) {
      const { slack, app, args } = call;
      const conversation = destinationOf(call);
      assertCanPost(call, conversation);
      const content = contentOf(call);
      const threadTs = args.string("thread_ts");
      if (threadTs !== undefined && slack.messages.find(conversation.id, threadTs) === undefined)
        throw new ApiError("thread_not_found");
      const message = slack.posting.post(app, conversation.id, content, threadTs);
      return { channel: conversation.id, ts: message.ts, message: slack.payloads.message(message, app) };
    },
  },

  // R33, R35.
  "chat.postEphemeral": {
    scopes,
    tier: 4,
    run(call) {
      const { slack, app, args } = call;
      const conversation = conversationOf(call);
      const user = args.required("user", "user_not_in_channel");
      assertCanPost(call, conversation);
      if (!isMember(user, conversation)) throw new ApiError("user_not_in_channel");
      const content = contentOf(call);
      const threadTs = args.string("thread_ts");
      const to = { channel: conversation.id, user, ...(threadTs !== undefined && { threadTs }) };
      return { message_ts: slack.posting.ephemeral(app, to, content) };
    },
  },

  // Text without blocks takes the blocks away (R38).
  "chat.update": {
    scopes,
    tier: 3,
    run(call) {
      const message = ownMessage(call, "cant_update_message");
      const changed = call.slack.messages.change(message, contentOf(call));
      return {
        channel: message.channel,
        ts: message.ts,
        text: changed.text,
        message: call.slack.payloads.message(changed, call.app),
      };
    },
  },

  "chat.delete": {
    scopes,
    tier: 3,
    run(call) {
      const message = ownMessage(call, "cant_delete_message");
      call.slack.messages.remove(message);
      return { channel: message.channel, ts: message.ts };
    },
  },

  "chat.getPermalink": {
    scopes: [],
    tier: "special",
    run(call) {
      const conversation = conversationOf(call);
      const ts = call.args.required("message_ts");
      if (call.slack.messages.find(conversation.id, ts) === undefined)
        throw new ApiError("message_not_found");
      const path = `/archives/${conversation.id}/p${ts.replace(".", "")}`;
      return {
        channel: conversation.id,
        permalink: `https://${call.slack.workspace.team.domain}.slack.com${path}`,
      };
    },
  },
};
