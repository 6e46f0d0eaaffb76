import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { act, askOptions } from "./block-actions.ts";
import type { SendMessage, Snapshot } from "./client-protocol.ts";
import * as bodies from "./client-bodies.ts";
import { runCommand } from "./commands.ts";
import { encodeText } from "./mentions.ts";
import { seesFile } from "./methods/files.ts";
import { showView } from "./modals.ts";
import type { Session } from "./sessions.ts";
import { runShortcut } from "./shortcuts.ts";
import type { Slack } from "./slack.ts";
import { closeView, submitView } from "./view-submissions.ts";
import { isMember } from "./workspace.ts";

type WithSession = { Params: { session: string } };
type WithFile = { Params: { session: string; file: string } };

/** A mistake of the caller: `{ ok: false, error }` with a 4xx status. */
export class ClientError extends Error {
  readonly status: number;

  constructor(error: string, status = 400) {
    super(error);
    this.status = status;
  }
}

/** What people's clients call, the page and scripts alike (client-protocol.ts). */
export function serveClientApi(server: FastifyInstance, slack: Slack): void {
  server.get("/client/workspace", () => slack.listing());
  server.post("/client/sessions", (request) => ({ ok: true, session: openSession(slack, request.body).id }));
  server.get("/client/faults", () => slack.faults.settings);
  server.put("/client/faults", (request) => {
    slack.faults.set(read(bodies.faults, request.body));
    return slack.faults.settings;
  });
  serveSession(server, slack);
  serveActs(server, slack);
}

function serveSession(server: FastifyInstance, slack: Slack): void {
  server.delete<WithSession>("/client/sessions/:session", (request) => {
    slack.sessions.close(sessionOf(slack, request).id);
    return { ok: true };
  });
  server.get<WithSession>("/client/sessions/:session", (request) =>
    snapshot(slack, sessionOf(slack, request)),
  );
  server.get<WithFile>("/client/sessions/:session/files/:file", (request, reply) => {
    const { user } = sessionOf(slack, request);
    const file = slack.files.find(request.params.file);
    if (file === undefined || !seesFile({ slack }, user, file.id))
      throw new ClientError("file_not_found", 404);
    const name = encodeURIComponent(file.name);
    return reply
      .header("content-type", "application/octet-stream")
      .header("content-disposition", `attachment; filename*=UTF-8''${name}`)
      .header("x-content-type-options", "nosniff")
      .send(Buffer.from(file.bytes, "base64"));
  });
  server.get<WithSession>("/client/sessions/:session/events", (request, reply) =>
    stream(slack, sessionOf(slack, request), reply),
  );
}

function serveActs(server: FastifyInstance, slack: Slack): void {
  const on = <T>(what: string, body: z.ZodType<T>, run: (session: Session, given: T) => unknown): void => {
    server.post<WithSession>(`/client/sessions/:session/${what}`, (request) =>
      run(sessionOf(slack, request), read(body, request.body)),
    );
  };
  on("messages", bodies.sendMessage, (session, given) => sendMessage(slack, session, given));
  on("actions", bodies.act, async (session, given) => outcome(await act(slack, session, given)));
  on("options", bodies.askOptions, (session, given) => askOptions(slack, session, given));
  on("shortcut", bodies.shortcut, async (session, given) =>
    outcome(await runShortcut(slack, session, given)),
  );
  on("submit", bodies.submitView, async (session, given) => {
    const result = await submitView(slack, session, given);
    if (result === undefined) throw new ClientError("view_not_found", 404);
    return result;
  });
  on("close", bodies.closeView, (session, given) => {
    if (!closeView(slack, session, given)) throw new ClientError("view_not_found", 404);
    return { ok: true };
  });
  on("open", bodies.openConversation, (session, { channel, tab = "messages" }) => {
    const conversation = conversationOf(slack, session, channel);
    const last = slack.messages.of(conversation.id).at(-1);
    session.viewing = conversation.id;
    if (last !== undefined) slack.readMarkers.mark(session.user, conversation.id, last.ts);
    const app = conversation.kind === "im" ? slack.apps.byBotUser(conversation.bot) : undefined;
    if (app !== undefined && tab !== "about")
      slack.events.homeOpened(app, session.user, conversation.id, tab);
    return { ok: true };
  });
}

async function sendMessage(slack: Slack, session: Session, { channel, text, threadTs }: SendMessage) {
  const conversation = conversationOf(slack, session, channel);
  const thread = threadTs === undefined ? {} : { threadTs };
  session.viewing = conversation.id; // whoever types in it looks at it
  if (text.startsWith("/"))
    return outcome(await runCommand(slack, session, { conversation, text, ...thread }));
  if (!isMember(session.user, conversation)) throw new ClientError("not_in_channel");
  if (conversation.kind === "channel" && conversation.archived) throw new ClientError("is_archived");
  const app = conversation.kind === "im" ? slack.apps.byBotUser(conversation.bot) : undefined;
  const home = app?.manifest.features.app_home;
  if (home !== undefined && (!home.messages_tab_enabled || home.messages_tab_read_only_enabled))
    throw new ClientError("messages_tab_disabled");
  slack.messages.post({
    channel: conversation.id,
    user: session.user,
    text: encodeText(text, slack.workspace),
    blocks: [],
    ...thread,
  });
  return { ok: true };
}

/** The app's failures come back with 200: the call itself was in order. */
const outcome = (error: string | undefined) => (error === undefined ? { ok: true } : { ok: false, error });

export function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (!result.success) throw new ClientError(z.prettifyError(result.error));
  return result.data;
}

function openSession(slack: Slack, body: unknown): Session {
  const { user } = read(bodies.openSession, body);
  const person = slack.workspace.people.get(user);
  if (person === undefined || person.kind === "bot") throw new ClientError("user_not_found", 404);
  if (person.kind === "deactivated") throw new ClientError("user_disabled", 403);
  // A person who has come since the apps were installed can write to them as well.
  if (person.kind !== "stranger")
    for (const app of slack.apps.all()) slack.workspace.directMessage(user, app.botUserId);
  return slack.sessions.open(user);
}

function sessionOf(slack: Slack, request: FastifyRequest<WithSession>): Session {
  const session = slack.sessions.find(request.params.session);
  if (session === undefined) throw new ClientError("session_not_found", 404);
  return session;
}

function conversationOf(slack: Slack, session: Session, id: string) {
  const conversation = slack.workspace.conversations.get(id);
  if (conversation === undefined || !slack.workspace.sees(session.user, conversation))
    throw new ClientError("channel_not_found", 404);
  return conversation;
}

function snapshot(slack: Slack, session: Session): Snapshot {
  const conversations = slack.conversationsOf(session.user).map((conversation) => {
    const lasting = slack.messages.of(conversation.id);
    const seen = slack.readMarkers.until(session.user, conversation.id);
    const shown = session.ephemerals.filter(({ channel }) => channel === conversation.id);
    return {
      ...conversation,
      unread: lasting.filter(({ ts, user }) => Number(ts) > Number(seen) && user !== session.user).length,
      messages: [...lasting, ...shown].sort((a, b) => Number(a.ts) - Number(b.ts)),
    };
  });
  return {
    session: session.id,
    user: session.user,
    conversations,
    modals: session.modals.map(showView),
    homes: Object.fromEntries(slack.homes.of(session.user).map((home) => [home.app, showView(home)])),
    notices: session.notices,
    now: slack.clock.now(),
  };
}

function stream(slack: Slack, session: Session, reply: FastifyReply): void {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    connection: "keep-alive",
  });
  raw.write("retry: 1000\n: hello\n\n");
  const stop = slack.sessions.listen(session, {
    tell: (event) => void raw.write(`data: ${JSON.stringify(event)}\n\n`),
    end: () => void raw.end(),
  });
  raw.on("close", stop);
}
