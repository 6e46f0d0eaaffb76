import type { AppListing, Person } from "./client-protocol.ts";
import type { Ids } from "./ids.ts";
import type { Manifest } from "./manifest.ts";
import type { Storage } from "./storage.ts";
import type { Workspace } from "./workspace.ts";

/** How payloads reach the app: over its own WebSockets, or signed to its URL(s). */
export type DeliveryMode = { mode: "socket" } | { mode: "http"; requestUrl?: string };

type Credentials = {
  appId: string;
  botUserId: string;
  botId: string;
  botToken: string;
  appToken: string;
  signingSecret: string;
  verificationToken: string;
};

export type InstalledApp = Credentials & {
  name: string;
  manifest: Manifest;
  scopes: string[];
  delivery: DeliveryMode;
};

/** The apps installed in the workspace. An app of the same name gets its credentials back after a restart. */
export class Apps {
  readonly #apps = new Map<string, InstalledApp>();
  readonly #ids: Ids;
  readonly #storage: Storage;
  readonly #workspace: Workspace;

  constructor(ids: Ids, storage: Storage, workspace: Workspace) {
    this.#ids = ids;
    this.#storage = storage;
    this.#workspace = workspace;
  }

  install(manifest: Manifest, delivery?: DeliveryMode): InstalledApp {
    const name = manifest.display_information.name;
    const known = this.#storage.all<Credentials & { name: string }>("app").find((app) => app.name === name);
    const credentials = known ?? this.#newCredentials();
    this.#storage.put("app", credentials.appId, { ...credentials, name });
    const app: InstalledApp = {
      ...credentials,
      name,
      manifest,
      scopes: manifest.oauth_config.scopes.bot,
      delivery: delivery ?? (manifest.settings.socket_mode_enabled ? { mode: "socket" } : { mode: "http" }),
    };
    this.#apps.set(app.appId, app);
    this.#workspace.addBot(botPerson(app, this.#workspace.team.id));
    for (const person of this.#workspace.people.values())
      if (person.kind === "member" || person.kind === "guest")
        this.#workspace.directMessage(person.id, app.botUserId);
    return app;
  }

  all(): InstalledApp[] {
    return [...this.#apps.values()];
  }

  byId(appId: string): InstalledApp | undefined {
    return this.#apps.get(appId);
  }

  byBotUser(user: string): InstalledApp | undefined {
    return this.all().find((app) => app.botUserId === user);
  }

  byToken(token: string): InstalledApp | undefined {
    return this.all().find((app) => app.botToken === token || app.appToken === token);
  }

  /** The newest install that has the command wins (R8). */
  byCommand(command: string): InstalledApp | undefined {
    return this.all().findLast((app) =>
      app.manifest.features.slash_commands.some((one) => one.command === command),
    );
  }

  #newCredentials(): Credentials {
    const digits = (count: number): string =>
      Array.from({ length: count }, () => this.#ids.pick(10)).join("");
    return {
      appId: this.#ids.id("A"),
      botUserId: this.#ids.id("U"),
      botId: this.#ids.id("B"),
      botToken: `xoxb-${digits(11)}-${digits(13)}-${this.#ids.hex(12)}`,
      appToken: `xapp-1-${this.#ids.id("A")}-${digits(13)}-${this.#ids.hex(32)}`,
      signingSecret: this.#ids.hex(16),
      verificationToken: this.#ids.hex(12),
    };
  }
}

function botPerson(app: InstalledApp, teamId: string): Person {
  const realName = app.manifest.features.bot_user?.display_name ?? app.name;
  return {
    id: app.botUserId,
    name: realName.toLowerCase().replaceAll(/[^a-z0-9_-]+/g, "_"),
    realName,
    title: app.manifest.display_information.description ?? "App",
    tz: "Etc/UTC",
    kind: "bot",
    teamId,
    color: "#4a154b",
  };
}

/** What people's clients are told of an app. */
export function listApp(app: InstalledApp, connected: boolean): AppListing {
  const { app_home: home, slash_commands: commands, shortcuts } = app.manifest.features;
  return {
    id: app.appId,
    name: app.name,
    botUser: app.botUserId,
    homeTab: home.home_tab_enabled,
    messagesTab: home.messages_tab_enabled,
    messagesReadOnly: home.messages_tab_read_only_enabled,
    commands: commands.map(({ command, description, usage_hint: usageHint }) => ({
      command,
      description,
      usageHint,
    })),
    shortcuts: shortcuts.map(({ name, type, description, callback_id: callbackId }) => ({
      name,
      type,
      callbackId,
      description,
    })),
    connected,
  };
}
