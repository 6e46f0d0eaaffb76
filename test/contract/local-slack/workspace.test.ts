import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { App } from "@slack/bolt";
import { describe, expect, it, onTestFinished } from "vitest";
import { startTestSlack, TestClock } from "../../support/local-slack.ts";
import { buttons, manifestOf, post, runBolt, section } from "./bolt.ts";

type Event = Record<string, unknown> & { type: string };

describe("events", () => {
  const subscribed = [
    "message.channels",
    "message.im",
    "app_mention",
    "app_home_opened",
    "member_joined_channel",
    "member_left_channel",
    "user_change",
    "subteam_updated",
    "subteam_members_changed",
    "channel_archive",
  ];

  async function run(events = subscribed) {
    const heard: Event[] = [];
    const bodies: Record<string, unknown>[] = [];
    const register = (app: App): void => {
      app.use(async ({ body, next }) => {
        if ("event" in body) {
          heard.push(body.event as Event);
          bodies.push({ ...body });
        }
        await next();
      });
    };
    const slack = await runBolt({
      manifest: manifestOf({ events, scopes: ["chat:write", "users:read"] }),
      register,
    });
    const wait = (type: string): Promise<Event> =>
      expect
        .poll(() => heard.find((event) => event.type === type))
        .toBeDefined()
        .then(() => heard.find((event) => event.type === type)!);
    return { slack, heard, bodies, wait };
  }

  it("tell an app of what it subscribed to in channels that it is in, and of nothing else", async () => {
    const { slack, heard, bodies, wait } = await run();
    const ada = await slack.as("ada");
    await ada.say("#general", "before");
    await ada.command("/invite @sample");
    expect(await wait("member_joined_channel")).toMatchObject({
      user: slack.app.botUserId,
      channel: "C0GENERAL01",
    });
    await ada.say("#general", "hi <@" + slack.app.botUserId + ">");
    expect(await wait("app_mention")).toMatchObject({ user: ada.user, channel: "C0GENERAL01" });
    expect(
      heard.filter(({ type }) => type === "message").map(({ text, channel_type }) => [text, channel_type]),
    ).toEqual([[`hi <@${slack.app.botUserId}>`, "channel"]]);
    expect(bodies[0]).toMatchObject({
      type: "event_callback",
      team_id: "T0ACME00001",
      api_app_id: slack.app.appId,
      event_id: expect.stringMatching(/^Ev/),
      authorizations: [{ team_id: "T0ACME00001", user_id: slack.app.botUserId, is_bot: true }],
      is_ext_shared_channel: false,
    });
  });

  it("tell nothing that was not subscribed to", async () => {
    const { slack, heard, wait } = await run(["app_home_opened"]);
    const ada = await slack.as("ada");
    await ada.say("app", "hello");
    await ada.open("app", "messages");
    expect(await wait("app_home_opened")).toMatchObject({ user: ada.user, tab: "messages" });
    expect(heard).toHaveLength(1);
  });

  it("tell of an opened Home, with its view once there is one (R39)", async () => {
    const { slack, heard, wait } = await run();
    const ada = await slack.as("ada");
    await ada.open("app", "home");
    expect(await wait("app_home_opened")).not.toHaveProperty("view");
    const { botToken: token } = slack.app;
    await slack.bolt.client.views.publish({
      token,
      user_id: ada.user,
      view: { type: "home", blocks: [section("x")] },
    });
    await ada.open("app", "home");
    await expect.poll(() => heard.length).toBe(2);
    expect(heard[1]).toMatchObject({ tab: "home", view: { type: "home", app_id: slack.app.appId } });
  });

  it("tell of people, groups and channels that the owner changes (R42)", async () => {
    const { slack, wait } = await run();
    await slack.admin("PATCH", "people/U0BEN000001", { kind: "deactivated" });
    expect(await wait("user_change")).toMatchObject({ user: { id: "U0BEN000001", deleted: true } });
    await slack.admin("PATCH", "groups/S0AUDITORS1", { users: ["U0EMI000001"] });
    expect(await wait("subteam_members_changed")).toMatchObject({
      subteam_id: "S0AUDITORS1",
      added_users: ["U0EMI000001"],
      removed_users: ["U0GRACE0001"],
    });
    expect(await wait("subteam_updated")).toMatchObject({ subteam: { users: ["U0EMI000001"] } });
    await slack.admin("PATCH", "channels/C0GENERAL01", { add: [slack.app.botUserId] });
    await slack.admin("PATCH", "channels/C0GENERAL01", { remove: ["U0ADA000001"], archived: true });
    expect(await wait("member_left_channel")).toMatchObject({ user: "U0ADA000001" });
    expect(await wait("channel_archive")).toMatchObject({ channel: "C0GENERAL01" });
  });

  it("of an org-wide install name no team but an enterprise (R44)", async () => {
    const bodies: Record<string, unknown>[] = [];
    const register = (app: App): void => {
      app.use(async ({ body, next }) => {
        bodies.push({ ...body });
        await next();
      });
      app.shortcut("short", async ({ ack }) => ack());
    };
    const manifest = manifestOf({
      shortcuts: [{ name: "Short", type: "global", callback_id: "short" }],
      scopes: ["usergroups:read"],
      extra: { org_deploy_enabled: true },
    });
    const slack = await runBolt({ manifest, register });
    await (await slack.as("ada")).shortcut("short");
    expect(bodies).toMatchObject([
      { team: null, enterprise: { id: "E0ACME00001" }, is_enterprise_install: true },
    ]);
    const list = (query: string) =>
      fetch(`${slack.apiUrl}usergroups.list?token=${slack.app.botToken}${query}`);
    expect(await (await list("")).json()).toMatchObject({ error: "missing_argument" });
    expect(await (await list("&team_id=T0ACME00001")).json()).toMatchObject({ ok: true });
    expect(await (await list("&team_id=T0OTHER")).json()).toMatchObject({ error: "team_not_found" });
  });
});

describe("people", () => {
  it("who are deactivated cannot come in, and are signed out (R41)", async () => {
    const slack = await runBolt({ manifest: manifestOf({}), register: () => {} });
    await expect(slack.as("dora")).rejects.toThrow("user_disabled");
    const ben = await slack.as("ben");
    const { session } = await ben.snapshot();
    const stream = await fetch(`${slack.url}client/sessions/${session}/events`);
    await slack.admin("PATCH", "people/U0BEN000001", { kind: "deactivated" });
    expect(await ben.snapshot()).toMatchObject({ ok: false, error: "session_not_found" });
    expect(await stream.text()).toContain(": hello"); // and it ends, so that his client notices
  });

  it("live in a time zone that there is", async () => {
    const slack = await runBolt({ manifest: manifestOf({}), register: () => {} });
    expect(await slack.admin("PATCH", "people/U0BEN000001", { tz: "Mars/Olympus" })).toMatchObject({
      error: expect.stringContaining("tz"),
    });
    expect(await slack.admin("PATCH", "people/U0BEN000001", { tz: "Asia/Tokyo" })).toMatchObject({
      person: { tz: "Asia/Tokyo" },
    });
  });

  it("of another workspace and guests see only the channels that they are in", async () => {
    const slack = await runBolt({ manifest: manifestOf({ commands: ["/do"] }), register: () => {} });
    const names = async (person: string): Promise<string[]> =>
      (await (await slack.as(person)).snapshot()).conversations.flatMap((one) =>
        one.kind === "channel" ? [one.name] : [],
      );
    expect(await names("sam")).toEqual([]);
    expect(await names("gus")).toEqual(["general"]);
    expect(await names("ada")).toEqual(["general", "key-approvals", "incidents", "audit"]);
  });

  it("of another workspace can press a button that they see, but not use a command (R43)", async () => {
    const users: unknown[] = [];
    const register = (app: App): void =>
      app.action("press", async ({ ack, body }) => {
        await ack();
        users.push(body.user);
      });
    const slack = await runBolt({ manifest: manifestOf({ commands: ["/do"] }), register });
    await slack.admin("PATCH", "channels/C0INCIDENTS", { add: ["U0SAM000001", slack.app.botUserId] });
    await post(slack, { channel: "C0INCIDENTS", text: "card", blocks: [buttons("press")] });
    const sam = await slack.as("sam");
    expect(await sam.command("/do", "#incidents")).toMatchObject({ error: "not_allowed" });
    await sam.click(await sam.message("card"), "press");
    expect(users).toMatchObject([{ id: sam.user, team_id: "T0GLOBEX001" }]);
  });

  it("cannot see or use what lies in a conversation of others", async () => {
    const slack = await runBolt({ manifest: manifestOf({}), register: () => {} });
    const [ada, ben] = [await slack.as("ada"), await slack.as("ben")];
    const channel = await ada.channel("app");
    const ts = await post(slack, { channel, text: "yours", blocks: [buttons("press")] });
    expect(JSON.stringify(await ben.snapshot())).not.toContain("yours");
    expect(await ben.act({ in: { channel, ts }, blockId: "buttons", actionId: "press" })).toMatchObject({
      error: "channel_not_found",
    });
    expect(await ben.say(channel, "hello")).toMatchObject({ ok: false });
  });

  it("cannot choose what an element does not offer, nor press what is not there", async () => {
    const slack = await runBolt({ manifest: manifestOf({}), register: () => {} });
    const ada = await slack.as("ada");
    const channel = await ada.channel("app");
    const element = {
      type: "static_select" as const,
      action_id: "pick",
      options: [{ text: { type: "plain_text" as const, text: "A" }, value: "a" }],
    };
    await post(slack, {
      channel,
      text: "pick",
      blocks: [{ type: "actions", block_id: "picks", elements: [element] }],
    });
    const message = await ada.message("pick");
    expect(await ada.click(message, "pick", "b")).toMatchObject({ error: "option_not_found" });
    const where = { in: { channel, ts: message.ts }, blockId: "picks" };
    expect(await ada.act({ ...where, actionId: "other" })).toMatchObject({ error: "element_not_found" });
  });
});

describe("unread messages", () => {
  it("are counted until the conversation is opened, and not while it is on the screen", async () => {
    const slack = await runBolt({ manifest: manifestOf({}), register: () => {} });
    const [ada, ben] = [await slack.as("ada"), await slack.as("ben")];
    const unread = async (client: typeof ada): Promise<number | undefined> =>
      (await client.snapshot()).conversations.find(({ id }) => id === "C0GENERAL01")?.unread;
    await ben.say("#general", "one");
    await ben.say("#general", "two");
    expect(await unread(ada)).toBe(2);
    expect(await unread(ben)).toBe(0);
    await ada.open("#general");
    await ben.say("#general", "three");
    expect(await unread(ada)).toBe(0);
    const again = await ada.reload();
    await ben.say("#general", "four");
    expect(await unread(again)).toBe(1);
  });
});

describe("a session", () => {
  it("ends ten seconds after its last stream has closed, and not while one is open (R33)", async () => {
    const clock = new TestClock();
    const slack = await runBolt({ manifest: manifestOf({}), register: () => {} }, { clock });
    const ada = await slack.as("ada");
    clock.advance(60_000);
    expect(await ada.snapshot()).toMatchObject({ user: ada.user });
    ada.leave();
    await expect.poll(() => clock.waiting).toBe(1);
    clock.advance(9_999);
    expect(await ada.snapshot()).toMatchObject({ user: ada.user });
    clock.advance(1);
    expect(await ada.snapshot()).toMatchObject({ error: "session_not_found" });
  });
});

describe("a restart", () => {
  it("keeps tokens, people, messages and Homes; not ephemerals, which reach no file (R33)", async () => {
    const data = mkdtempSync(join(tmpdir(), "local-slack-"));
    onTestFinished(() => rmSync(data, { recursive: true }));
    const manifest = manifestOf({ scopes: ["chat:write"] });
    const call = (
      slack: { apiUrl: string; app: { botToken: string } },
      method: string,
      args: Record<string, string>,
    ) =>
      fetch(slack.apiUrl + method, {
        method: "POST",
        headers: { authorization: `Bearer ${slack.app.botToken}` },
        body: new URLSearchParams(args),
      });
    const first = await startTestSlack({ manifest, data });
    const ada = await first.as("ada");
    const dm = await ada.channel("app");
    await call(first, "chat.postMessage", { channel: dm, text: "lasting words" });
    await call(first, "chat.postEphemeral", { channel: dm, user: ada.user, text: "fleeting words" });
    expect((await ada.message("fleeting")).ephemeral).toBe(true);
    await call(first, "views.publish", {
      user_id: ada.user,
      view: JSON.stringify({ type: "home", blocks: [section("home sweet home")] }),
    });
    await first.admin("PATCH", "groups/S0AUDITORS1", { users: [ada.user] });
    const [before] = await ada.messages("app");
    await first.close();

    const second = await startTestSlack({ manifest, data });
    onTestFinished(() => second.close());
    expect(second.app).toEqual(first.app);
    const again = await second.as("ada");
    expect(await again.channel("app")).toBe(dm);
    expect(await again.messages("app")).toEqual([before]);
    expect(await again.ephemerals()).toEqual([]);
    expect(JSON.stringify((await again.home()).view)).toContain("home sweet home");
    const { groups } = (await (await fetch(`${second.url}client/workspace`)).json()) as {
      groups: { id: string; users: string[] }[];
    };
    expect(groups.find(({ id }) => id === "S0AUDITORS1")?.users).toEqual([ada.user]);
    const bytes = readdirSync(data).map((name) => readFileSync(join(data, name)).toString("latin1"));
    expect(bytes.join("")).toContain("lasting words");
    expect(bytes.join("")).not.toContain("fleeting words");
  });
});
