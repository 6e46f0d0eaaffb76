import { App, LogLevel } from "@slack/bolt";
import type { KnownBlock } from "@slack/types";
import type { Browser, Page } from "playwright-core";
import { parseManifest } from "../../../src/local-slack/manifest.ts";
import { startLocalSlack } from "../../../src/local-slack/server.ts";
import { launchBrowser } from "../../support/browser.ts";

export const ada = "U0ADA000001";
export const emi = "U0EMI000001";
export const general = "C0GENERAL01";

const manifest = parseManifest(`
display_information: { name: Probe }
features:
  bot_user: { display_name: probe }
  app_home: { home_tab_enabled: true, messages_tab_enabled: true }
  slash_commands:
    - { command: /probe, description: Tries things out, usage_hint: "[what]" }
    - { command: /silent, description: Never answers }
  shortcuts:
    - { name: Look around, type: global, callback_id: look, description: Opens a modal }
    - { name: Weigh this, type: message, callback_id: weigh, description: Tells its length }
oauth_config:
  scopes: { bot: [commands, "chat:write", "im:write", "channels:join"] }
settings:
  interactivity: { is_enabled: true }
  event_subscriptions: { bot_events: [app_home_opened] }
  socket_mode_enabled: true
`);

/** A workspace with one Bolt app, and a browser to look at it. The test says what the app does. */
export async function openStage() {
  const slack = await startLocalSlack({ apps: [{ manifest }], rateLimits: false });
  const [credentials] = slack.apps;
  if (credentials === undefined) throw new Error("the app was not installed");
  const app = new App({
    token: credentials.botToken,
    appToken: credentials.appToken,
    socketMode: true,
    convoStore: false,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: slack.apiUrl },
  });
  await app.start();
  await app.client.conversations.join({ channel: general });
  const { postMessage: post } = app.client.chat;
  const browser = await launchBrowser();
  const troubles: string[] = [];
  return {
    slack,
    app,
    browser,
    /** What the browser complained about: scripts that failed, things the policy refused. */
    troubles,
    post: (blocks: KnownBlock[], text = "a message") => post({ channel: general, text, blocks }),
    whisper: (user: string, text: string) => app.client.chat.postEphemeral({ channel: general, user, text }),
    visit: (place: string) => visit(browser, `${slack.url}#/${place}`, troubles),
    /** Closes all pages, as nobody looks at them any more. */
    leave: async () => {
      await Promise.all(browser.contexts().map((context) => context.close()));
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await app.stop();
      await slack.close();
    },
  };
}

export type Stage = Awaited<ReturnType<typeof openStage>>;

async function visit(browser: Browser, url: string, troubles: string[]): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(8000);
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("status of 4")) troubles.push(message.text());
  });
  await page.goto(url);
  return page;
}

/** The message that contains a text. */
export const messageWith = (page: Page, text: string) =>
  page.getByRole("article").filter({ hasText: text }).last();

/** The field that one writes messages in. */
export const composer = (page: Page) => page.getByRole("combobox", { name: /^Message / });
