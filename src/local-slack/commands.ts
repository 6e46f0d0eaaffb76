import type { InstalledApp } from "./apps.ts";
import { builtInCommands } from "./built-in-commands.ts";
import type { Conversation } from "./client-protocol.ts";
import type { Answer } from "./delivery.ts";
import { isJson, type Json } from "./json.ts";
import { encodeText } from "./mentions.ts";
import { channelName, enterprise } from "./payload.ts";
import type { Slack } from "./slack.ts";
import { isMember } from "./workspace.ts";
import type { Reply } from "./response-urls.ts";
import type { Session } from "./sessions.ts";

/** Runs a slash command (R1, R8, R9). Answers an error code, or undefined when the app took it. */
export async function runCommand(
  slack: Slack,
  session: Session,
  { conversation, text, threadTs }: { conversation: Conversation; text: string; threadTs?: string },
): Promise<string | undefined> {
  const [command = ""] = text.trim().split(/\s+/);
  const words = text.trim().slice(command.length).trim();
  const refuse = (error: string, why: string): string => {
    slack.sessions.notify(session, why, conversation.id);
    return error;
  };
  const builtIn = Object.hasOwn(builtInCommands, command) ? builtInCommands[command] : undefined;
  if (builtIn !== undefined) {
    const error = builtIn(slack, session, conversation, words);
    return error === undefined ? undefined : refuse(error, `${command} failed with the error "${error}"`);
  }
  const app = slack.apps.byCommand(command);
  if (app === undefined) return refuse("unknown_command", `${command} is not a valid command.`);
  if (threadTs !== undefined)
    return refuse("not_in_threads", `${command} is not supported in threads. Sorry!`);
  if (slack.workspace.people.get(session.user)?.kind === "stranger")
    return refuse("not_allowed", `${command} belongs to another workspace.`);
  if (!isMember(session.user, conversation))
    return refuse("not_in_channel", `Join the channel with /join before you use ${command} in it.`);
  const reply: Reply = { app: app.appId, kind: "commands", user: session.user, channel: conversation.id };
  const payload = commandPayload(slack, app, { session, conversation, command, words, reply });
  const answer = await slack.delivery.command(app, payload);
  if (!answer.ok) {
    const error = errorOf(answer);
    return refuse(error, `${command} failed with the error "${error}"`);
  }
  if (answerCommand(slack, app, { reply, body: answer.body, typed: text.trim() })) return undefined;
  return refuse("invalid_command_response", `${command} failed with the error "invalid_command_response"`);
}

/**
 * An answer of `in_channel` shows the person's command to everybody too (R9).
 * False where the answer is no message that could be shown.
 */
function answerCommand(
  slack: Slack,
  app: InstalledApp,
  { reply, body, typed }: { reply: Reply; body: unknown; typed: string },
): boolean {
  if (!isJson(body) || (body["text"] === undefined && body["blocks"] === undefined)) return true;
  if ("error" in slack.posting.read(body)) return false;
  if (body["response_type"] === "in_channel")
    slack.messages.post({
      channel: reply.channel,
      user: reply.user,
      text: encodeText(typed, slack.workspace),
      blocks: [],
    });
  return slack.replies.say(app, reply, body).status === 200;
}

type Invocation = {
  session: Session;
  conversation: Conversation;
  command: string;
  words: string;
  reply: Reply;
};

function commandPayload(
  slack: Slack,
  app: InstalledApp,
  { session, conversation, command, words, reply }: Invocation,
): Json {
  const { id: teamId, domain } = slack.workspace.team;
  const spec = app.manifest.features.slash_commands.find((one) => one.command === command);
  const orgWide = app.manifest.settings.org_deploy_enabled;
  return {
    token: app.verificationToken,
    team_id: teamId,
    team_domain: domain,
    ...(orgWide && { enterprise_id: enterprise.id, enterprise_name: enterprise.name }),
    channel_id: conversation.id,
    channel_name: channelName(conversation),
    user_id: session.user,
    user_name: slack.workspace.people.get(session.user)?.name ?? "",
    command,
    text: spec?.should_escape === true ? encodeText(words, slack.workspace) : words,
    api_app_id: app.appId,
    is_enterprise_install: String(orgWide),
    response_url: slack.responseUrls.issue(reply),
    trigger_id: slack.triggers.issue({ app: app.appId, user: session.user, session: session.id }),
  };
}

function errorOf(answer: Extract<Answer, { ok: false }>): string {
  if (answer.reason === "timeout" || answer.reason === "http_timeout") return "operation_timeout";
  if (answer.status === undefined) return "dispatch_failed";
  return answer.status >= 500 ? "http_service_error" : "http_client_error";
}
