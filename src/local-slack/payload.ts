import type { InstalledApp } from "./apps.ts";
import type { Conversation, Message, ViewValues } from "./client-protocol.ts";
import type { Json } from "./json.ts";
import type { KeptView, Modal } from "./modals.ts";
import type { Workspace } from "./workspace.ts";

export const enterprise = { id: "E0ACME00001", name: "Acme Org" };

/** The pieces that interaction payloads share. An org-wide install has a null team and its enterprise (R44). */
export class Payloads {
  readonly #workspace: Workspace;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  base(app: InstalledApp, userId: string): Json {
    const orgWide = app.manifest.settings.org_deploy_enabled;
    const person = this.#workspace.people.get(userId);
    const { id, domain } = this.#workspace.team;
    return {
      team: orgWide ? null : { id, domain },
      user: { id: userId, username: person?.name, name: person?.name, team_id: person?.teamId },
      api_app_id: app.appId,
      token: app.verificationToken,
      is_enterprise_install: orgWide,
      enterprise: orgWide ? enterprise : null,
    };
  }

  channel(conversation: Conversation): { id: string; name: string } {
    return { id: conversation.id, name: channelName(conversation) };
  }

  message(message: Message, app: InstalledApp | undefined): Json {
    return {
      type: "message",
      user: message.user,
      ts: message.ts,
      text: message.text,
      blocks: message.blocks,
      team: this.#workspace.team.id,
      ...(app !== undefined && { bot_id: app.botId, app_id: app.appId }),
      ...(message.threadTs !== undefined && { thread_ts: message.threadTs }),
      ...(message.edited && { edited: { user: message.user, ts: message.ts } }),
    };
  }

  /** R25. `values` are left out of `view_closed` (R24). */
  view(kept: KeptView | Modal, app: InstalledApp, values: ViewValues = {}): Json {
    const { view } = kept;
    const modal = "rootId" in kept;
    return {
      id: kept.id,
      team_id: this.#workspace.team.id,
      type: view["type"],
      blocks: view.blocks,
      private_metadata: view["private_metadata"] ?? "",
      callback_id: view["callback_id"] ?? "",
      external_id: view["external_id"] ?? "",
      title: view["title"] ?? { type: "plain_text", text: "View Title", emoji: true },
      submit: view["submit"] ?? null,
      close: view["close"] ?? null,
      state: { values },
      hash: kept.hash,
      clear_on_close: view["clear_on_close"] ?? false,
      notify_on_close: view["notify_on_close"] ?? false,
      root_view_id: modal ? kept.rootId : kept.id,
      previous_view_id: modal ? kept.previousId : null,
      app_id: app.appId,
      app_installed_team_id: this.#workspace.team.id,
      bot_id: app.botId,
    };
  }
}

export function channelName(conversation: Conversation): string {
  if (conversation.kind === "im") return "directmessage";
  return conversation.private ? "privategroup" : conversation.name;
}
