import type { AddressInfo } from "node:net";
import { App, type AppOptions, HTTPReceiver, LogLevel } from "@slack/bolt";
import { onTestFinished } from "vitest";
import type { Clock } from "../../../src/local-slack/clock.ts";
import { startTestSlack, type TestSlack } from "../../support/local-slack.ts";

export type BoltApp = { manifest: string; register: (app: App) => void };

/** Starts a workspace and a Bolt app in it, as its documentation says: tokens, secret, API URL. */
export async function runBolt(
  { manifest, register }: BoltApp,
  { mode = "socket", clock }: { mode?: "socket" | "http"; clock?: Clock } = {},
): Promise<TestSlack & { bolt: App }> {
  const slack = await startTestSlack({ manifest, ...(clock !== undefined && { clock }) });
  onTestFinished(() => slack.close());
  const { botToken, appToken, signingSecret, appId } = slack.app;
  const shared: AppOptions = {
    token: botToken,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } },
  };
  if (mode === "socket") {
    const bolt = new App({ ...shared, socketMode: true, appToken });
    register(bolt);
    await bolt.start();
    onTestFinished(async () => void (await bolt.stop()));
    return { ...slack, bolt };
  }
  const receiver = new HTTPReceiver({ signingSecret, logLevel: LogLevel.ERROR });
  const bolt = new App({ ...shared, receiver });
  register(bolt);
  const server = await receiver.start({ port: 0, host: "127.0.0.1" });
  onTestFinished(async () => void (await bolt.stop()));
  const { port } = server.address() as AddressInfo;
  const verified = await slack.deliverTo(appId, `http://127.0.0.1:${port}/slack/events`);
  if (!verified) throw new Error("the app did not echo the challenge");
  return { ...slack, bolt };
}

/** A manifest with these parts. */
export function manifestOf({
  commands = [],
  shortcuts = [],
  scopes = ["commands", "chat:write", "im:write"],
  events = [],
  home = true,
  socket = true,
  extra = {},
}: {
  commands?: (string | Record<string, unknown>)[];
  shortcuts?: Record<string, unknown>[];
  scopes?: string[];
  events?: string[];
  home?: boolean;
  socket?: boolean;
  extra?: Record<string, unknown>;
}): string {
  return JSON.stringify({
    display_information: { name: "Sample" },
    features: {
      bot_user: { display_name: "Sample" },
      app_home: { home_tab_enabled: home, messages_tab_enabled: true },
      slash_commands: commands.map((one) =>
        typeof one === "string" ? { command: one, description: one } : one,
      ),
      shortcuts,
    },
    oauth_config: { scopes: { bot: scopes } },
    settings: {
      event_subscriptions: { bot_events: events },
      interactivity: { is_enabled: true },
      socket_mode_enabled: socket,
      ...extra,
    },
  });
}

export const plain = (text: string) => ({ type: "plain_text" as const, text });

/** A modal of the given blocks. */
export const modal = (title: string, blocks: object[], more: object = {}) => ({
  type: "modal" as const,
  title: plain(title),
  submit: plain("Go"),
  blocks: blocks as never[],
  ...more,
});

export const textInput = (blockId: string, more: object = {}, block: object = {}) => ({
  type: "input" as const,
  block_id: blockId,
  label: plain(blockId),
  element: { type: "plain_text_input" as const, action_id: `${blockId}_input`, ...more },
  ...block,
});

export const section = (text: string) => ({ type: "section" as const, text: plain(text) });

export const buttons = (...ids: string[]) => ({
  type: "actions" as const,
  block_id: "buttons",
  elements: ids.map((id) => ({
    type: "button" as const,
    action_id: id,
    text: plain(id),
    value: `${id}-value`,
  })),
});

/** A promise and the function that settles it. */
export function gate<T = void>(): { opened: Promise<T>; open: (value: T) => void } {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { opened: promise, open: resolve };
}

/** Posts a message as the app. */
export async function post(
  { bolt, app }: { bolt: App; app: { botToken: string } },
  message: { channel: string; text: string; blocks?: object[] },
): Promise<string> {
  const { blocks = [], ...rest } = message;
  const args = { token: app.botToken, ...rest, blocks: blocks as never[] };
  const { ts } = await bolt.client.chat.postMessage(args);
  return ts ?? "";
}
