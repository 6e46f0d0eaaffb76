import type { KnownBlock, View } from "@slack/types";

/**
 * What a person's client (the page, or a script) and local Slack say to each other.
 *
 * A *session* is one open client of one person: a browser tab, or a script. Ephemeral messages
 * live in the sessions that were open when they arrived and nowhere else (R33); a modal belongs
 * to the session that caused it. All paths stand under `/client`; bodies and answers are JSON;
 * a failure is `{ ok: false, error: string }` with a 4xx status.
 *
 * | call                                    | body              | answer                          |
 * | --------------------------------------- | ----------------- | ------------------------------- |
 * | GET    /client/workspace                | -                 | Workspace                       |
 * | POST   /client/sessions                 | { user }          | { ok, session }                 |
 * | DELETE /client/sessions/:session        | -                 | { ok }                          |
 * | GET    /client/sessions/:session        | -                 | Snapshot                        |
 * | GET    /client/sessions/:session/events | -                 | text/event-stream of ClientEvent|
 * | GET    /client/sessions/:session/files/:id | -               | the bytes of a file             |
 * | POST   /client/sessions/:session/messages | SendMessage     | { ok, error? } (a leading `/` runs a command) |
 * | POST   /client/sessions/:session/actions  | Act             | { ok, error? }                  |
 * | POST   /client/sessions/:session/options  | AskOptions      | { ok, options?, option_groups? }|
 * | POST   /client/sessions/:session/submit   | SubmitView      | SubmitResult                    |
 * | POST   /client/sessions/:session/close    | CloseView       | { ok }                          |
 * | POST   /client/sessions/:session/open     | OpenConversation| { ok }  (also fires app_home_opened) |
 * | POST   /client/sessions/:session/shortcut | RunShortcut     | { ok, error? }                  |
 * | GET    /client/faults, PUT /client/faults | Faults          | Faults                          |
 *
 * Where an app fails to answer a command, click or shortcut, the answer is 200 with `ok: false` and
 * `error: "operation_timeout"` or the like, and the session gets a notice. A session ends ten seconds
 * after its last event stream has closed; one that never opened a stream lasts until it is deleted.
 *
 * What a workspace's owner may change while it runs; apps that have subscribed hear of it:
 *
 * | call                            | body          | answer          | events                         |
 * | ------------------------------- | ------------- | --------------- | ------------------------------ |
 * | PATCH /client/admin/people/:id  | ChangePerson  | { ok, person }  | user_change                    |
 * | PATCH /client/admin/groups/:id  | { users }     | { ok, group }   | subteam_members_changed, subteam_updated |
 * | POST  /client/admin/channels    | NewChannel    | { ok, channel } | -                              |
 * | PATCH /client/admin/channels/:id| ChangeChannel | { ok, channel } | member_joined_channel, member_left_channel, channel_archive, channel_unarchive |
 */
export type Workspace = {
  team: { id: string; name: string; domain: string };
  people: Person[];
  groups: Group[];
  conversations: Conversation[];
  apps: AppListing[];
};

export type Person = {
  id: string;
  name: string;
  realName: string;
  title: string;
  tz: string;
  /** What sort of account: a guest and a stranger see only the channels that they are in. */
  kind: "member" | "guest" | "deactivated" | "stranger" | "bot";
  teamId: string;
  color: string;
};

export type Group = { id: string; handle: string; name: string; users: string[] };

export type Conversation =
  | {
      id: string;
      kind: "channel";
      name: string;
      private: boolean;
      archived: boolean;
      topic: string;
      members: string[];
    }
  /** A direct message between one person and one app's bot (`D…`). */
  | { id: string; kind: "im"; user: string; bot: string };

export type AppListing = {
  id: string;
  name: string;
  botUser: string;
  homeTab: boolean;
  messagesTab: boolean;
  /** People cannot write in the messages tab; only the app does. */
  messagesReadOnly: boolean;
  commands: { command: string; description: string; usageHint: string }[];
  shortcuts: { name: string; type: "global" | "message"; callbackId: string; description: string }[];
  connected: boolean;
};

export type Snapshot = {
  session: string;
  user: string;
  /** The conversations that this person sees; DMs included. */
  conversations: (Conversation & { unread: number; messages: Message[] })[];
  /** This session's stack of modals, root first; empty when none is open. */
  modals: OpenView[];
  /** Published App Home views of this person, by app id. */
  homes: Record<string, OpenView>;
  /** What the client shows for a while: "/apikey failed with the error operation_timeout". */
  notices: Notice[];
  /** Milliseconds since the epoch, local Slack's clock. */
  now: number;
};

export type Message = {
  channel: string;
  ts: string;
  threadTs?: string;
  user: string;
  /** The app that wrote it, where one did. */
  app?: string;
  text: string;
  blocks: KnownBlock[];
  /** What was shared with it; its bytes are at `files/:id` of a session. */
  files?: { id: string; name: string; title: string; size: number }[];
  edited: boolean;
  /** Only this session sees it; it goes with the session. */
  ephemeral: boolean;
};

export type OpenView = {
  id: string;
  app: string;
  view: View;
  /** Values as the server knows them after an update, by block id and action id (R26's shapes). */
  values: ViewValues;
  /** Errors of the last submission by block id (R23). */
  errors: Record<string, string>;
  /** "We had some trouble connecting. Try again?" and the like (R1). */
  banner?: string;
};

/** `values[block_id][action_id]` = one of R26's objects, as `view.state.values` carries them. */
export type ViewValues = Record<string, Record<string, ElementValue>>;
export type ElementValue = { type: string } & Record<string, unknown>;

export type Notice = { id: string; text: string; channel?: string; at: number };

export type SendMessage = { channel: string; text: string; threadTs?: string };

/** A click or a changed element, in a message, a modal or the Home. */
export type Act = {
  in: { channel: string; ts: string } | { view: string };
  blockId: string;
  actionId: string;
  /** What was chosen: `{ selected_option }`, `{ selected_date }`, `{ value }`…; empty for a plain button. */
  chosen?: Record<string, unknown>;
  /** All values of the view or message at this moment. */
  values?: ViewValues;
};

export type AskOptions = {
  in: { channel: string; ts: string } | { view: string };
  blockId: string;
  actionId: string;
  query: string;
  values?: ViewValues;
};

export type SubmitView = { view: string; values: ViewValues };
/** `errors` by block id when the app, or the client-side checks of R29, refused; `banner` when no good answer came. */
export type SubmitResult = { ok: boolean; errors?: Record<string, string>; banner?: string };
/** `all`: the X in the corner rather than the Close button (R24). */
export type CloseView = { view: string; all?: boolean };
export type OpenConversation = { channel: string; tab?: "home" | "messages" | "about" };
export type RunShortcut =
  | { type: "global"; app: string; callbackId: string }
  | { type: "message"; app: string; callbackId: string; channel: string; ts: string };

/** `kind: "deactivated"` signs the person out everywhere. */
export type ChangePerson = {
  kind?: "member" | "guest" | "deactivated" | "stranger";
  realName?: string;
  title?: string;
  tz?: string;
};
export type NewChannel = { name: string; private?: boolean; members?: string[] };
/** Ids of people to add and to remove. */
export type ChangeChannel = { archived?: boolean; add?: string[]; remove?: string[] };

/** Each event tells what to redraw; the client may as well fetch the Snapshot anew. */
export type ClientEvent =
  | { type: "message"; message: Message }
  | { type: "message_changed"; message: Message }
  | { type: "message_deleted"; channel: string; ts: string }
  | { type: "modals"; modals: OpenView[] }
  | { type: "home"; app: string; home: OpenView }
  | { type: "notice"; notice: Notice }
  | { type: "workspace"; workspace: Workspace }
  | { type: "conversations"; conversations: Conversation[] };

/**
 * Switches that make local Slack fail the way Slack does. Empty means healthy. Each counts down
 * where it has `times`, and matches every Web API method where `method` is absent. For the faults of
 * delivery (`drop_ack`, `delay_delivery`, `deliver_twice`) `method` names what is delivered:
 * `slash_commands`, `events_api`, `block_actions`, `view_submission`, `block_suggestion`…
 * The two socket faults happen at once, to every connection.
 */
export type Faults = {
  rules: {
    fault:
      | "http_429"
      | "http_500"
      | "hang"
      | "cut_before" /* connection cut, nothing done */
      | "cut_after" /* done, then the connection is cut (R33: may have been shown) */
      | "internal_error"
      | "drop_ack" /* the app's ack is ignored */
      | "delay_delivery"
      | "deliver_twice"
      | "socket_close"
      | "socket_disconnect";
    method?: string;
    times?: number;
    /** Seconds: `Retry-After`, or how long to delay or hang. */
    seconds?: number;
    /** The reason in a `disconnect` frame (R19). */
    reason?: "warning" | "refresh_requested" | "link_disabled" | "too_many_websockets";
  }[];
  /** People whose client is not active: ephemerals to them vanish (R33). */
  away: string[];
};
