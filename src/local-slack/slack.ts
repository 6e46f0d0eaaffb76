import { AppEvents } from "./app-events.ts";
import { Apps, listApp } from "./apps.ts";
import type { Workspace as WorkspaceListing } from "./client-protocol.ts";
import { type Clock, systemClock } from "./clock.ts";
import { defaultWorkspace, type WorkspaceSeed } from "./default-workspace.ts";
import { Delivery, type ObserveDelivery } from "./delivery.ts";
import { Files } from "./files.ts";
import { Faults } from "./faults.ts";
import { Homes } from "./homes.ts";
import { HttpDelivery } from "./http-delivery.ts";
import { Ids, type RandomBytes } from "./ids.ts";
import { Messages } from "./messages.ts";
import { Modals } from "./modals.ts";
import { Payloads } from "./payload.ts";
import { Posting } from "./posting.ts";
import { RateLimits } from "./rate-limits.ts";
import { ReadMarkers } from "./read-markers.ts";
import { Replies } from "./replies.ts";
import { ResponseUrls } from "./response-urls.ts";
import { Sessions, tell } from "./sessions.ts";
import { SocketMode } from "./socket-mode.ts";
import { Storage } from "./storage.ts";
import { Triggers } from "./triggers.ts";
import { type Change, isMember, Workspace } from "./workspace.ts";

export type SlackOptions = {
  workspace?: WorkspaceSeed;
  /** A folder for what survives a restart; without it nothing does. */
  data?: string;
  clock?: Clock;
  random?: RandomBytes;
  /** Slack's limits of calls a minute (2.8); on unless said otherwise. */
  rateLimits?: boolean;
  log?: (line: string) => void;
  /** Hears of each delivery to an app. */
  observe?: ObserveDelivery;
};

/** The parts of a running local Slack, put together. */
export class Slack {
  readonly clock: Clock;
  readonly log: (line: string) => void;
  readonly ids: Ids;
  readonly storage: Storage;
  readonly faults = new Faults();
  readonly workspace: Workspace;
  readonly messages: Messages;
  readonly apps: Apps;
  readonly sessions: Sessions;
  readonly modals: Modals;
  readonly readMarkers: ReadMarkers;
  readonly files: Files;
  readonly homes: Homes;
  readonly triggers: Triggers;
  readonly responseUrls: ResponseUrls;
  readonly rateLimits: RateLimits;
  readonly payloads: Payloads;
  readonly posting: Posting;
  readonly replies: Replies;
  readonly sockets: SocketMode;
  readonly http: HttpDelivery;
  readonly delivery: Delivery;
  readonly events: AppEvents;

  constructor(options: SlackOptions) {
    const clock = options.clock ?? systemClock;
    this.clock = clock;
    this.log = options.log ?? (() => {});
    this.ids = new Ids(clock, options.random);
    this.storage = new Storage(options.data);
    this.workspace = new Workspace(options.workspace ?? defaultWorkspace, this.ids, this.storage);
    this.messages = new Messages(this.ids, this.storage, this.workspace);
    this.apps = new Apps(this.ids, this.storage, this.workspace);
    this.sessions = new Sessions(clock, this.ids);
    this.readMarkers = new ReadMarkers(this.storage);
    this.modals = new Modals(this.ids, this.sessions);
    this.files = new Files(this.ids, this.storage);
    this.homes = new Homes(this.ids, this.sessions, this.storage);
    this.triggers = new Triggers(clock, this.ids);
    this.responseUrls = new ResponseUrls(clock, this.ids);
    this.rateLimits = new RateLimits(clock, options.rateLimits ?? true);
    this.payloads = new Payloads(this.workspace);
    this.posting = new Posting(this);
    this.replies = new Replies(this);
    this.sockets = new SocketMode(clock, this.ids, () => this.tellWorkspace());
    this.http = new HttpDelivery(clock);
    this.delivery = new Delivery({
      ...this.#delivering(),
      log: this.log,
      observe: options.observe ?? (() => {}),
    });
    this.events = new AppEvents(this);
    this.workspace.onChange((change) => this.#tellPeople(change));
    this.workspace.onChange((change) => this.events.onChange(change));
    this.faults.onSet(() => this.#breakSockets());
  }

  /** The workspace as its people see it. */
  listing(): WorkspaceListing {
    const { team, people, groups, conversations } = this.workspace;
    return {
      team,
      people: [...people.values()],
      groups: [...groups.values()],
      conversations: [...conversations.values()],
      apps: this.apps
        .all()
        .map((app) => listApp(app, app.delivery.mode === "http" || this.sockets.isConnected(app.appId))),
    };
  }

  tellWorkspace(): void {
    const workspace = this.listing();
    for (const session of this.sessions.all()) tell(session, { type: "workspace", workspace });
  }

  #delivering() {
    return { clock: this.clock, ids: this.ids, faults: this.faults, sockets: this.sockets, http: this.http };
  }

  #tellPeople(change: Change): void {
    switch (change.type) {
      case "message":
      case "message_changed":
      case "message_deleted":
        return this.#tellMessage(change);
      case "person":
        if (change.person.kind === "deactivated")
          for (const session of this.sessions.of(change.person.id)) this.sessions.close(session.id);
        return this.tellWorkspace();
      case "group":
        return this.tellWorkspace();
      case "conversation":
      case "archived":
      case "unarchived":
        for (const session of this.sessions.all())
          tell(session, { type: "conversations", conversations: this.conversationsOf(session.user) });
        return this.tellWorkspace();
      case "joined":
      case "left":
    }
  }

  #tellMessage(change: Extract<Change, { message: unknown }>): void {
    const { message } = change;
    const conversation = this.workspace.conversations.get(message.channel);
    if (conversation === undefined) return;
    for (const session of this.sessions.all()) {
      if (!this.workspace.sees(session.user, conversation)) continue;
      if (session.viewing === message.channel && change.type === "message")
        this.readMarkers.mark(session.user, message.channel, message.ts);
      if (change.type === "message_deleted")
        tell(session, { type: change.type, channel: message.channel, ts: message.ts });
      else tell(session, { type: change.type, message });
    }
  }

  /** The conversations in a person's sidebar: those that they may see, and their direct messages. */
  conversationsOf(user: string) {
    return [...this.workspace.conversations.values()].filter((conversation) =>
      conversation.kind === "im" ? isMember(user, conversation) : this.workspace.sees(user, conversation),
    );
  }

  /** These two happen at once rather than at the next delivery. */
  #breakSockets(): void {
    if (this.faults.take(["socket_close"]) !== undefined) this.sockets.cut();
    const rule = this.faults.take(["socket_disconnect"]);
    if (rule !== undefined) this.sockets.disconnect(rule.reason ?? "refresh_requested");
  }
}
