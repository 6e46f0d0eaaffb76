import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { type Exchange, Traffic } from "../support/canary-traffic.ts";
import { manifestText, personNamed } from "../support/context.ts";
import { answerTo, approve, askFor, deny, requestNamed, showSecret, until } from "../support/conversation.ts";
import { type Program, startProgram } from "../support/program.ts";

/** What Slack takes when a manifest is pasted: these keys, and texts no longer than this (docs.slack.dev, app manifest reference). */
const url = z.url().optional();
const pasteable = z.strictObject({
  display_information: z.strictObject({
    name: z.string().min(1).max(35),
    description: z.string().max(140),
    background_color: z.string().regex(/^#[0-9a-f]{6}$/i),
  }),
  features: z.strictObject({
    app_home: z.strictObject({
      home_tab_enabled: z.boolean(),
      messages_tab_enabled: z.boolean(),
      messages_tab_read_only_enabled: z.boolean(),
    }),
    bot_user: z.strictObject({ display_name: z.string().min(1).max(80), always_online: z.boolean() }),
    shortcuts: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(24),
          type: z.enum(["global", "message"]),
          callback_id: z.string().min(1).max(255),
          description: z.string().min(1).max(150),
        }),
      )
      .max(10),
    slash_commands: z
      .array(
        z.strictObject({
          command: z
            .string()
            .max(32)
            .regex(/^\/[a-z0-9_-]+$/),
          description: z.string().min(1).max(2000),
          usage_hint: z.string().max(1000),
          should_escape: z.boolean(),
          url,
        }),
      )
      .max(50),
  }),
  oauth_config: z.strictObject({ scopes: z.strictObject({ bot: z.array(z.string()).max(255) }) }),
  settings: z.strictObject({
    event_subscriptions: z.strictObject({ bot_events: z.array(z.string()).max(100), request_url: url }),
    interactivity: z.strictObject({
      is_enabled: z.boolean(),
      request_url: url,
      message_menu_options_url: url,
    }),
    org_deploy_enabled: z.boolean(),
    socket_mode_enabled: z.boolean(),
    token_rotation_enabled: z.boolean(),
  }),
});

/** The scope without which Slack does not send an event (docs.slack.dev, events reference). */
const SCOPE_OF_EVENT: Record<string, string> = {
  subteam_updated: "usergroups:read",
  subteam_members_changed: "usergroups:read",
  user_change: "users:read",
};

const envelope = z.object({ payload: z.object({ event: z.object({ type: z.string() }) }) });

const manifest = pasteable.parse(parse(manifestText()));
const scopes = manifest.oauth_config.scopes.bot;
const sources = sourcesIn(fileURLToPath(new URL("../../src/slack", import.meta.url)));

describe("manifest.yml can be pasted into Slack", () => {
  test("as it is, for Socket Mode", () => {
    expect(manifest.settings.socket_mode_enabled).toBe(true);
    expect(JSON.stringify(manifest)).not.toContain("_url");
  });

  test("with the lines for HTTP put in, as its first comment says", () => {
    const text = manifestText().replace(/# (\w*url: )/g, "$1");
    const { features, settings } = pasteable.parse(
      parse(text.replace("socket_mode_enabled: true", "socket_mode_enabled: false")),
    );
    const { event_subscriptions: events, interactivity } = settings;
    const urls = [
      ...features.slash_commands.map((each) => each.url),
      events.request_url,
      interactivity.request_url,
      interactivity.message_menu_options_url,
    ];
    expect(new Set(urls)).toEqual(new Set(["https://portcullis.example.com/slack/events"]));
  });
});

describe("manifest.yml asks for what is used, and for nothing else", () => {
  let program: Program;
  let exchanges: Exchange[];
  const traffic = new Traffic();
  beforeAll(async () => {
    program = await startProgram();
  });
  afterAll(async () => {
    traffic[Symbol.dispose]();
    await program?.[Symbol.asyncDispose]();
  });

  test("all that people can do was done once", async () => {
    await doEverything(program);
    exchanges = traffic.exchanges();
    expect(exchanges.length).toBeGreaterThan(0);
  });

  /** The methods that the program called with its bot token, each with the scopes that Slack accepts for it. */
  function methodsCalled(): Map<string, string[]> {
    const token = `Bearer ${program.slack.app.botToken}`;
    const calls = exchanges.filter(
      ({ path, request }) => path.startsWith("/api/") && request.headers.get("authorization") === token,
    );
    return new Map(
      calls.map(({ path, response }) => {
        const accepted = response.headers.get("x-accepted-oauth-scopes") ?? "";
        return [path.slice("/api/".length), accepted.split(",").filter((scope) => scope !== "")];
      }),
    );
  }

  const eventsHeard = sources.flatMap((text) => allMatches(text, /\.event\("(\w+)"/g));

  function eventsArrived(): string[] {
    const frames = traffic.exchanges().flatMap((each) => each.frames.map(({ text }) => text.toString()));
    const envelopes = frames
      .filter((text) => text.startsWith("{"))
      .map((text) => envelope.safeParse(JSON.parse(text)));
    return [...new Set(envelopes.flatMap(({ data }) => data?.payload.event.type ?? []))].toSorted();
  }

  test("every method that the source names was called, and no other", () => {
    const named = sources.flatMap((text) =>
      allMatches(text, /\.((?:auth|chat|conversations|files|usergroups|users|views)(?:\.[a-zA-Z0-9]+)+)\(/g),
    );
    const methods = named.flatMap((name) => STEPS[name] ?? [name]);
    expect([...methodsCalled().keys()].toSorted()).toEqual([...new Set(methods)].toSorted());
  });

  test("every method that was called has a scope that allows it", () => {
    for (const [method, accepted] of methodsCalled())
      if (accepted.length > 0)
        expect(
          accepted.some((scope) => scopes.includes(scope)),
          `${method} needs ${accepted.join(" or ")}`,
        ).toBe(true);
  });

  test("no scope is there that no method, command or event needs", () => {
    const needed = [
      ...[...methodsCalled().values()].flatMap((accepted) => accepted),
      ...(manifest.features.slash_commands.length > 0 ? ["commands"] : []),
      ...manifest.settings.event_subscriptions.bot_events.map((event) => SCOPE_OF_EVENT[event]),
    ];
    expect(scopes.filter((scope) => !needed.includes(scope))).toEqual([]);
    expect(new Set(scopes).size).toBe(scopes.length);
  });

  test("every event that the source listens to is subscribed and arrives, and no other is subscribed", async () => {
    const { bot_events: subscribed } = manifest.settings.event_subscriptions;
    // Messages of channels are heard only where the operator has asked Slack for them (leaks.watch-channels).
    expect(eventsHeard.filter((event) => event !== "message").toSorted()).toEqual(subscribed.toSorted());
    await expect.poll(eventsArrived).toEqual(subscribed.toSorted());
  });

  test("every command that people are told of is there, and no other", () => {
    const told = sources.flatMap((text) => allMatches(text, /["`\s](\/[a-z]+) [a-z]/g));
    const commands = manifest.features.slash_commands.map(({ command }) => command);
    expect(commands).toEqual([...new Set(told)]);
  });

  test("buttons work, and the tab in which secrets are shown is on", () => {
    expect(manifest.settings.interactivity.is_enabled).toBe(true);
    expect(manifest.features.app_home.messages_tab_enabled).toBe(true);
    const published = [...methodsCalled().keys()].includes("views.publish");
    expect(manifest.features.app_home.home_tab_enabled).toBe(published);
  });
});

/** What the library makes of a method of its own. */
const STEPS: Record<string, string[]> = {
  "files.uploadV2": ["files.getUploadURLExternal", "files.completeUploadExternal"],
};

/** The main job, a denial, a file, and people and groups that change. */
async function doEverything(program: Program): Promise<void> {
  const ada = await program.slack.as("ada");
  await askFor(program, ada, { name: "ci-deploy" });
  await approve(program, "chiara", "ci-deploy");
  await showSecret(program, ada, "ci-deploy");
  await askFor(program, ada, { name: "ci-test" });
  await deny(program, await program.slack.as("chiara"), "ci-test", "not needed");
  await until(async () => (await requestNamed(program, "ci-test")).value.state === "denied");
  await answerTo(ada, async () => ada.command("/apikey requests"));
  const grace = await program.slack.as("grace");
  await answerTo(grace, async () => grace.command("/apikey export"));
  const { groups } = (await (await fetch(`${program.slack.url}client/workspace`)).json()) as Groups;
  const [group] = groups;
  if (group === undefined) throw new Error("no group");
  await program.slack.admin("PATCH", `groups/${group.id}`, { users: [personNamed("chiara")] });
  await program.slack.admin("PATCH", `people/${personNamed("ben")}`, { kind: "guest" });
  await ada.open("app", "home");
  await ada.click(await ada.home(), "roles.list");
  await ada.click(await ada.modal("API keys"), "roles.show");
  await ada.waitFor(({ modals }) => modals.length === 2);
}

/** What the first group of a pattern caught, each time. */
function allMatches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].flatMap(([, caught]) => caught ?? []);
}

type Groups = { groups: { id: string }[] };

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(folder, name), "utf8"));
}
