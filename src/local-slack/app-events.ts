import type { Apps, InstalledApp } from "./apps.ts";
import type { Conversation, Message } from "./client-protocol.ts";
import type { Clock } from "./clock.ts";
import type { Delivery } from "./delivery.ts";
import type { Homes } from "./homes.ts";
import type { Ids } from "./ids.ts";
import type { Json } from "./json.ts";
import { groupJson, userJson } from "./listings.ts";
import { enterprise, type Payloads } from "./payload.ts";
import { type Change, isMember, type Workspace } from "./workspace.ts";

type Parts = {
  apps: Apps;
  clock: Clock;
  delivery: Delivery;
  homes: Homes;
  ids: Ids;
  payloads: Payloads;
  workspace: Workspace;
};

/** Tells apps of what they have subscribed to and may see (Events API). */
export class AppEvents {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  onChange(change: Change): void {
    switch (change.type) {
      case "message":
      case "message_changed":
      case "message_deleted":
        return this.#onMessage(change);
      case "person":
        return this.#emitAll("user_change", { user: userJson(change.person, this.#parts.workspace) });
      case "group":
        return this.#onGroup(change);
      case "archived":
      case "unarchived":
        return this.#emitIn(change.conversation, `channel_${change.type.slice(0, -1)}`, {
          channel: change.conversation.id,
          user: change.by,
        });
      case "joined":
      case "left":
        return this.#emitIn(change.conversation, `member_${change.type}_channel`, {
          user: change.user,
          channel: change.conversation.id,
          channel_type: typeOf(change.conversation),
          team: this.#parts.workspace.team.id,
        });
      case "conversation":
    }
  }

  /** At each opening; `view` only where one was published (R39). */
  homeOpened(app: InstalledApp, user: string, channel: string, tab: "home" | "messages"): void {
    const home = tab === "home" ? this.#parts.homes.get(app.appId, user) : undefined;
    this.#emit(app, "app_home_opened", {
      user,
      channel,
      tab,
      ...(home !== undefined && { view: this.#parts.payloads.view(home, app, home.values) }),
    });
  }

  #onMessage(change: Extract<Change, { message: Message }>): void {
    const { apps, payloads, workspace, ids } = this.#parts;
    const { message } = change;
    const conversation = workspace.conversations.get(message.channel);
    if (conversation === undefined) return;
    const asJson = (one: Message): Json => payloads.message(one, apps.byId(one.app ?? ""));
    const kind = typeOf(conversation);
    const about = { channel: conversation.id, channel_type: kind };
    const fields: Json =
      change.type === "message"
        ? asJson(message)
        : change.type === "message_changed"
          ? {
              subtype: change.type,
              hidden: true,
              message: asJson(message),
              previous_message: asJson(change.previous),
              ts: ids.ts(),
            }
          : {
              subtype: change.type,
              hidden: true,
              deleted_ts: message.ts,
              previous_message: asJson(message),
              ts: ids.ts(),
            };
    for (const app of apps.all()) {
      if (!isMember(app.botUserId, conversation)) continue;
      if (subscribes(app, `message.${kind === "channel" ? "channels" : kind === "group" ? "groups" : "im"}`))
        this.#send(app, { ...fields, ...about, type: "message", event_ts: String(fields["ts"]) });
      const mentioned = change.type === "message" && message.text.includes(`<@${app.botUserId}>`);
      if (mentioned && conversation.kind !== "im")
        this.#emit(app, "app_mention", { ...fields, channel: conversation.id });
    }
  }

  #onGroup({ group, added, removed }: Extract<Change, { type: "group" }>): void {
    const teamId = this.#parts.workspace.team.id;
    this.#emitAll("subteam_members_changed", {
      subteam_id: group.id,
      team_id: teamId,
      added_users: added,
      added_users_count: added.length,
      removed_users: removed,
      removed_users_count: removed.length,
      date_update: Math.floor(this.#parts.clock.now() / 1000),
    });
    this.#emitAll("subteam_updated", { subteam: groupJson(group, teamId) });
  }

  #emitIn(conversation: Conversation, type: string, fields: Json): void {
    for (const app of this.#parts.apps.all())
      if (isMember(app.botUserId, conversation) || fields["user"] === app.botUserId)
        this.#emit(app, type, fields);
  }

  #emitAll(type: string, fields: Json): void {
    for (const app of this.#parts.apps.all()) this.#emit(app, type, fields);
  }

  #emit(app: InstalledApp, type: string, fields: Json): void {
    if (subscribes(app, type)) this.#send(app, { ...fields, type, event_ts: this.#parts.ids.ts() });
  }

  #send(app: InstalledApp, event: Json): void {
    const { clock, ids, workspace, delivery } = this.#parts;
    const orgWide = app.manifest.settings.org_deploy_enabled;
    const enterpriseId = orgWide ? enterprise.id : null;
    const conversation = workspace.conversations.get(String(event["channel"]));
    delivery.event(app, {
      token: app.verificationToken,
      team_id: workspace.team.id,
      context_team_id: workspace.team.id,
      context_enterprise_id: enterpriseId,
      api_app_id: app.appId,
      event,
      type: "event_callback",
      event_id: ids.id("Ev"),
      event_time: Math.floor(clock.now() / 1000),
      authorizations: [
        {
          enterprise_id: enterpriseId,
          team_id: orgWide ? null : workspace.team.id,
          user_id: app.botUserId,
          is_bot: true,
          is_enterprise_install: orgWide,
        },
      ],
      is_ext_shared_channel: conversation !== undefined && workspace.isShared(conversation),
      event_context: ids.hex(16),
    });
  }
}

const subscribes = (app: InstalledApp, type: string): boolean =>
  app.manifest.settings.event_subscriptions.bot_events.includes(type);

function typeOf(conversation: Conversation): "im" | "group" | "channel" {
  if (conversation.kind === "im") return "im";
  return conversation.private ? "group" : "channel";
}
