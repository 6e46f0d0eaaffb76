import type { Conversation } from "./client-protocol.ts";
import { encodeText } from "./mentions.ts";
import type { Session } from "./sessions.ts";
import type { Slack } from "./slack.ts";
import { isMember } from "./workspace.ts";

type Command = (
  slack: Slack,
  session: Session,
  conversation: Conversation,
  words: string,
) => string | undefined;

/** Slack's own commands that apps cannot do without: somebody has to invite them. Each answers an error or nothing. */
export const builtInCommands: Record<string, Command> = {
  "/invite": (slack, session, conversation, words) => {
    const invited = [...encodeText(words, slack.workspace).matchAll(/<@([A-Z0-9]+)>/g)].map(
      (match) => match[1] ?? "",
    );
    if (conversation.kind !== "channel" || !isMember(session.user, conversation)) return "not_in_channel";
    if (invited.length === 0 || invited.some((user) => !slack.workspace.people.has(user)))
      return "user_not_found";
    slack.workspace.setMembers(conversation, [...conversation.members, ...invited]);
    return undefined;
  },

  "/join": (slack, session, conversation) => {
    if (conversation.kind !== "channel" || conversation.archived) return "channel_not_found";
    slack.workspace.setMembers(conversation, [...conversation.members, session.user]);
    return undefined;
  },

  "/leave": (slack, session, conversation) => {
    if (conversation.kind !== "channel") return "channel_not_found";
    slack.workspace.setMembers(
      conversation,
      conversation.members.filter((user) => user !== session.user),
    );
    return undefined;
  },
};
