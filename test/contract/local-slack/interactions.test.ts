import type { App } from "@slack/bolt";
import { describe, expect, it } from "vitest";
import { TestClock } from "../../support/local-slack.ts";
import { gate, manifestOf, modal, plain, runBolt, section } from "./bolt.ts";

const option = (value: string) => ({ text: plain(value), value });

describe("an external select (R40)", () => {
  const external = {
    type: "input",
    block_id: "role",
    label: plain("Role"),
    element: { type: "external_select", action_id: "role_select", min_query_length: 2 },
  };

  const open = async (register: (app: App) => void, clock?: TestClock) => {
    const slack = await runBolt(
      {
        manifest: manifestOf({ commands: ["/open"] }),
        register(app) {
          app.command("/open", async ({ ack, body, client }) => {
            await ack();
            await client.views.open({ trigger_id: body.trigger_id, view: modal("Form", [external]) });
          });
          register(app);
        },
      },
      clock === undefined ? {} : { clock },
    );
    const ada = await slack.as("ada");
    await ada.command("/open");
    return { ada, view: await ada.modal() };
  };

  it("asks the app with what was typed, where, and the view; once enough was typed", async () => {
    const asked: Record<string, unknown>[] = [];
    const { ada, view } = await open((app) =>
      app.options("role_select", async ({ ack, body }) => {
        asked.push({ ...body });
        await ack({ options: [option("auditor")] });
      }),
    );
    expect(await ada.options(view, "role_select", "a")).toEqual({ ok: true, options: [] });
    expect(await ada.options(view, "role_select", "au")).toEqual({ ok: true, options: [option("auditor")] });
    expect(asked).toMatchObject([
      {
        type: "block_suggestion",
        value: "au",
        action_id: "role_select",
        block_id: "role",
        container: { type: "view", view_id: view.id },
        view: { id: view.id },
      },
    ]);
  });

  it("may be answered in groups", async () => {
    const groups = [{ label: plain("Built in"), options: [option("auditor")] }];
    const { ada, view } = await open((app) =>
      app.options("role_select", async ({ ack }) => ack({ option_groups: groups })),
    );
    expect(await ada.options(view, "role_select", "au")).toEqual({ ok: true, option_groups: groups });
  });

  it("refuses an answer of more than a hundred options (2.5)", async () => {
    const { ada, view } = await open((app) =>
      app.options("role_select", async ({ ack }) =>
        ack({ options: Array.from({ length: 101 }, (_, index) => option(String(index))) }),
      ),
    );
    expect(await ada.options(view, "role_select", "au")).toEqual({ ok: false, error: "invalid_options" });
  });

  it("gives up after three seconds (R1)", async () => {
    const clock = new TestClock();
    const heard = gate();
    const { ada, view } = await open((app) => app.options("role_select", async () => heard.open()), clock);
    const answer = ada.options(view, "role_select", "au");
    await heard.opened;
    clock.advance(3000);
    expect(await answer).toEqual({ ok: false, error: "operation_timeout" });
  });
});

describe("an element of a message", () => {
  const blocks = [
    {
      type: "actions",
      block_id: "row",
      elements: [
        { type: "overflow", action_id: "more", options: [option("edit"), option("delete")] },
        { type: "checkboxes", action_id: "checks", options: [option("a"), option("b")] },
        { type: "datepicker", action_id: "date", initial_date: "2030-01-01" },
      ],
    },
  ];

  it("carries its own choice, and the state of all of them (R26)", async () => {
    const heard: Record<string, unknown>[] = [];
    const slack = await runBolt({
      manifest: manifestOf({}),
      register: (app) =>
        app.action(/./, async ({ ack, body }) => {
          await ack();
          heard.push({ ...body });
        }),
    });
    const ada = await slack.as("ada");
    const channel = await ada.channel("app");
    await fetch(`${slack.apiUrl}chat.postMessage`, {
      method: "POST",
      body: new URLSearchParams({
        token: slack.app.botToken,
        channel,
        text: "pick",
        blocks: JSON.stringify(blocks),
      }),
    });
    const message = await ada.message("pick");
    await ada.click(message, "more", "delete");
    await ada.click(message, "checks", ["b"]);
    const b = { text: { ...plain("b"), emoji: true }, value: "b" };
    expect(heard[0]).toMatchObject({
      actions: [{ type: "overflow", selected_option: { value: "delete" } }],
      state: { values: { row: { checks: { selected_options: [] }, date: { selected_date: "2030-01-01" } } } },
    });
    expect(heard[1]).toMatchObject({
      actions: [{ type: "checkboxes", selected_options: [b] }],
      state: { values: { row: { checks: { selected_options: [b] } } } },
    });
  });

  it("that the app does not acknowledge gives the person a notice (R1)", async () => {
    const clock = new TestClock();
    const heard = gate();
    const register = (app: App): void => {
      app.action("checks", async () => heard.open());
    };
    const slack = await runBolt({ manifest: manifestOf({}), register }, { clock });
    const ada = await slack.as("ada");
    const channel = await ada.channel("app");
    await fetch(`${slack.apiUrl}chat.postMessage`, {
      method: "POST",
      body: new URLSearchParams({
        token: slack.app.botToken,
        channel,
        text: "pick",
        blocks: JSON.stringify(blocks),
      }),
    });
    const outcome = ada.click(await ada.message("pick"), "checks", ["a"]);
    await heard.opened;
    clock.advance(3000);
    expect(await outcome).toEqual({ ok: false, error: "operation_timeout" });
    expect((await ada.snapshot()).notices).toMatchObject([{ text: "Sample did not answer. Try again?" }]);
  });
});

const shortcuts = [
  { name: "Everywhere", type: "global", callback_id: "everywhere" },
  { name: "This one", type: "message", callback_id: "this_one" },
];

describe("a shortcut (R7, R40)", () => {
  it("has no channel and no response URL, or those of its message", async () => {
    const heard: Record<string, unknown>[] = [];
    const slack = await runBolt({
      manifest: manifestOf({ shortcuts }),
      register: (app) =>
        app.shortcut(/./, async ({ ack, body }) => {
          await ack();
          heard.push({ ...body });
        }),
    });
    const ada = await slack.as("ada");
    await ada.say("#general", "look");
    const message = await ada.message("look");
    await ada.shortcut("everywhere");
    await ada.shortcut("this_one", message);
    expect(heard[0]).toMatchObject({ type: "shortcut", trigger_id: expect.any(String) });
    expect(heard[0]).not.toHaveProperty("response_url");
    expect(heard[0]).not.toHaveProperty("channel");
    expect(heard[1]).toMatchObject({
      type: "message_action",
      channel: { id: "C0GENERAL01" },
      message: { ts: message.ts, text: "look" },
      response_url: expect.stringContaining("/hooks/actions/"),
    });
  });

  it("cannot replace or delete the message, which is not the app's (R5)", async () => {
    const slack = await runBolt({
      manifest: manifestOf({ shortcuts }),
      register: (app) =>
        app.shortcut({ type: "message_action", callback_id: "this_one" }, async ({ ack, respond }) => {
          await ack();
          await respond({ delete_original: true });
          await respond({ replace_original: true, text: "four letters" });
        }),
    });
    const ada = await slack.as("ada");
    await ada.say("#general", "look");
    await ada.shortcut("this_one", await ada.message("look"));
    expect(await ada.message("four letters")).toMatchObject({ ephemeral: true });
    expect(await ada.messages("#general")).toMatchObject([{ text: "look", edited: false }]);
  });

  it("that does not exist, or whose message is gone, is refused", async () => {
    const slack = await runBolt({ manifest: manifestOf({ shortcuts }), register: () => {} });
    const ada = await slack.as("ada");
    await ada.say("#general", "look");
    const message = await ada.message("look");
    expect(await ada.shortcut("nothing")).toMatchObject({ error: "shortcut_not_found" });
    expect(await ada.shortcut("this_one", { ...message, ts: "1.1" })).toMatchObject({
      error: "message_not_found",
    });
  });
});

describe("interactivity", () => {
  it("that the manifest leaves off delivers nothing", async () => {
    let heard = 0;
    const slack = await runBolt({
      manifest: manifestOf({ shortcuts, extra: { interactivity: { is_enabled: false } } }),
      register: (app) =>
        app.shortcut(/./, async ({ ack }) => {
          heard += 1;
          await ack();
        }),
    });
    expect(await (await slack.as("ada")).shortcut("everywhere")).toMatchObject({
      error: "interactivity_disabled",
    });
    expect(heard).toBe(0);
  });
});

describe("Slack's own commands", () => {
  it("invite, join and leave", async () => {
    const slack = await runBolt({ manifest: manifestOf({ commands: ["/do"] }), register: () => {} });
    const ada = await slack.as("ada");
    const members = async (): Promise<string[]> => {
      const { conversations } = await ada.snapshot();
      return conversations.flatMap((one) =>
        one.kind === "channel" && one.name === "incidents" ? one.members : [],
      );
    };
    expect(await ada.command("/do", "#incidents")).toMatchObject({ error: "not_in_channel" });
    expect(await ada.command("/invite @sample", "#incidents")).toMatchObject({ error: "not_in_channel" });
    await ada.command("/join", "#incidents");
    await ada.command("/invite @sample @ben", "#incidents");
    expect(await members()).toEqual(expect.arrayContaining([ada.user, slack.app.botUserId, "U0BEN000001"]));
    expect(await ada.command("/invite nobody", "#incidents")).toMatchObject({ error: "user_not_found" });
    await ada.command("/leave", "#incidents");
    expect(await members()).not.toContain(ada.user);
    expect(await ada.command("/join", "app")).toMatchObject({ error: "channel_not_found" });
    expect((await ada.snapshot()).notices.at(-1)?.text).toBe(
      '/join failed with the error "channel_not_found"',
    );
  });
});

describe("a person's message", () => {
  it("is refused in an archived channel, and where the app's messages are switched off", async () => {
    const manifest = JSON.parse(manifestOf({})) as { features: { app_home: Record<string, boolean> } };
    manifest.features.app_home["messages_tab_enabled"] = false;
    const slack = await runBolt({ manifest: JSON.stringify(manifest), register: () => {} });
    const ada = await slack.as("ada");
    await slack.admin("PATCH", "channels/C0GENERAL01", { archived: true });
    expect(await ada.say("#general", "hello?")).toEqual({ ok: false, error: "is_archived" });
    expect(await ada.say("app", "hello?")).toEqual({ ok: false, error: "messages_tab_disabled" });
    const { botToken: token } = slack.app;
    const body = new URLSearchParams({ token, channel: await ada.channel("app"), text: "x" });
    const answer = await fetch(`${slack.apiUrl}chat.postMessage`, { method: "POST", body });
    expect(await answer.json()).toMatchObject({ error: "messages_tab_disabled" });
    await slack.admin("PATCH", "channels/C0GENERAL01", { archived: false });
    expect(await ada.say("#general", "again")).toEqual({ ok: true });
  });
});

describe("a Home's button", () => {
  it("carries the view, and opens a modal", async () => {
    const { opened, open } = gate<Record<string, unknown>>();
    const slack = await runBolt({
      manifest: manifestOf({}),
      register: (app) =>
        app.action("new", async ({ ack, body, client }) => {
          await ack();
          open({ ...body });
          if ("trigger_id" in body)
            await client.views.open({ trigger_id: body.trigger_id, view: modal("New", [section("x")]) });
        }),
    });
    const ada = await slack.as("ada");
    const button = { type: "button" as const, action_id: "new", text: plain("New") };
    await slack.bolt.client.views.publish({
      token: slack.app.botToken,
      user_id: ada.user,
      view: { type: "home", blocks: [{ type: "actions", elements: [button] }] },
    });
    const home = await ada.home();
    await ada.click(home, "new");
    const body = await opened;
    expect(body).toMatchObject({
      container: { type: "view", view_id: home.id },
      view: { type: "home", id: home.id },
    });
    expect(body).not.toHaveProperty("response_url");
    await ada.modal("New");
  });
});
