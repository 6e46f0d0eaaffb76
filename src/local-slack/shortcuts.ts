import type { RunShortcut } from "./client-protocol.ts";
import type { Slack } from "./slack.ts";
import type { Session } from "./sessions.ts";

/** Runs a shortcut (R7, R40). Answers an error code, or undefined when the app took it. */
export async function runShortcut(
  slack: Slack,
  session: Session,
  given: RunShortcut,
): Promise<string | undefined> {
  const app = slack.apps.byId(given.app);
  const spec = app?.manifest.features.shortcuts.find(
    (one) => one.callback_id === given.callbackId && one.type === given.type,
  );
  if (app === undefined || spec === undefined) return "shortcut_not_found";
  const shared = {
    ...slack.payloads.base(app, session.user),
    callback_id: given.callbackId,
    trigger_id: slack.triggers.issue({ app: app.appId, user: session.user, session: session.id }),
    action_ts: slack.ids.ts(),
  };
  const about = given.type === "message" ? aboutMessage(slack, session, given) : { type: "shortcut" };
  if (about === undefined) return "message_not_found";
  const answer = await slack.delivery.interaction(app, { ...shared, ...about });
  if (answer.ok) return undefined;
  slack.sessions.notify(session, `${spec.name} did not work: ${app.name} did not answer in time.`);
  return answer.reason === "timeout" ? "operation_timeout" : answer.reason;
}

function aboutMessage(slack: Slack, session: Session, given: Extract<RunShortcut, { type: "message" }>) {
  const conversation = slack.workspace.conversations.get(given.channel);
  const message = slack.messages.find(given.channel, given.ts);
  if (conversation === undefined || message === undefined) return undefined;
  if (!slack.workspace.sees(session.user, conversation)) return undefined;
  return {
    type: "message_action",
    channel: slack.payloads.channel(conversation),
    message: slack.payloads.message(message, slack.apps.byId(message.app ?? "")),
    message_ts: message.ts,
    response_url: slack.responseUrls.issue({
      app: given.app,
      kind: "actions",
      user: session.user,
      // No source: the message is somebody else's, and no component of it was used (R5).
      channel: conversation.id,
    }),
  };
}
