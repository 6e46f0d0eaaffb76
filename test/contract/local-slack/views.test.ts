import type { App, ViewSubmitAction } from "@slack/bolt";
import { describe, expect, it } from "vitest";
import { TestClock } from "../../support/local-slack.ts";
import { buttons, gate, manifestOf, modal, plain, runBolt, section, textInput } from "./bolt.ts";

const manifest = manifestOf({ commands: ["/open"], scopes: ["commands", "chat:write", "users:read"] });

const errorOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(() => "ok").catch((error: { data?: { error: string } }) => error.data?.error ?? "no answer");

/** An app that opens `view` at `/open`, and whatever else it registers. */
function opens(view: ReturnType<typeof modal>, more: (app: App) => void = () => {}) {
  return {
    manifest,
    register(app: App): void {
      app.command("/open", async ({ ack, body, client }) => {
        await ack();
        await client.views.open({ trigger_id: body.trigger_id, view });
      });
      more(app);
    },
  };
}

describe("a stack of modals (R22)", () => {
  it("grows by push to three and no further, and shrinks by one at each submission (R23)", async () => {
    const errors: string[] = [];
    const level = (number: number) =>
      modal(`Level ${number}`, [section(`level ${number}`), buttons("deeper")], { callback_id: "level" });
    const slack = await runBolt(
      opens(level(1), (app) => {
        app.action("deeper", async ({ ack, body, client }) => {
          await ack();
          const depth =
            "view" in body && body.view?.previous_view_id
              ? body.view.root_view_id === body.view.previous_view_id
                ? 3
                : 4
              : 2;
          if ("trigger_id" in body)
            errors.push(
              await errorOf(client.views.push({ trigger_id: body.trigger_id, view: level(depth) })),
            );
        });
        app.view("level", async ({ ack }) => ack());
      }),
    );
    const ada = await slack.as("ada");
    await ada.command("/open");
    for (const number of [1, 2, 3]) await ada.click(await ada.modal(`Level ${number}`), "deeper");
    await expect.poll(() => errors).toEqual(["ok", "ok", "push_limit_reached"]);
    const { modals } = await ada.snapshot();
    expect(modals).toHaveLength(3);
    await ada.submit();
    expect((await ada.modal()).view).toMatchObject({ title: { text: "Level 2" } });
    await ada.submit();
    await ada.submit();
    expect((await ada.snapshot()).modals).toEqual([]);
  });

  it("takes update, push and clear as answers to a submission (R23)", async () => {
    let step = 0;
    const slack = await runBolt(
      opens(modal("One", [section("one")], { callback_id: "step" }), (app) => {
        app.view("step", async ({ ack }) => {
          step += 1;
          const view = (title: string) => modal(title, [section(title)], { callback_id: "step" });
          if (step === 1) await ack({ response_action: "update", view: view("Updated") });
          else if (step === 2) await ack({ response_action: "push", view: view("Pushed") });
          else await ack({ response_action: "clear" });
        });
      }),
      { mode: "http" },
    );
    const ada = await slack.as("ada");
    await ada.command("/open");
    const first = await ada.modal("One");
    expect(await ada.submit()).toEqual({ ok: true });
    expect((await ada.modal("Updated")).id).toBe(first.id);
    await ada.submit();
    await ada.modal("Pushed");
    expect((await ada.snapshot()).modals).toHaveLength(2);
    await ada.submit();
    expect((await ada.snapshot()).modals).toEqual([]);
  });
});

describe("the answer to a submission", () => {
  const view = modal("Form", [section("a note"), textInput("name")], { callback_id: "form" });

  it.each([
    ["errors on a block that is no input", { response_action: "errors", errors: { nowhere: "bad" } }],
    ["no errors at all", { response_action: "errors", errors: {} }],
    ["an invalid view", { response_action: "update", view: { type: "modal" } }],
    ["an unknown action", { response_action: "explode" }],
  ])("of %s is a failure that the person sees (R23)", async (_name, answer) => {
    const slack = await runBolt(
      opens(view, (app) => app.view("form", async ({ ack }) => ack(answer as never))),
    );
    const ada = await slack.as("ada");
    await ada.command("/open");
    await ada.modal();
    expect(await ada.submit({ name_input: "x" })).toEqual({
      ok: false,
      banner: "We had some trouble connecting. Try again?",
    });
    const shown = await ada.modal();
    expect(shown.banner).toBe("We had some trouble connecting. Try again?");
    expect(shown.values["name"]?.["name_input"]).toEqual({ type: "plain_text_input", value: "x" });
  });

  it("that comes too late leaves the modal with a banner (R1)", async () => {
    const clock = new TestClock();
    const heard = gate();
    const late = gate();
    const slack = await runBolt(
      opens(view, (app) =>
        app.view("form", async ({ ack }) => {
          heard.open();
          await late.opened;
          await ack();
        }),
      ),
      { clock },
    );
    const ada = await slack.as("ada");
    await ada.command("/open");
    await ada.modal();
    const result = ada.submit({ name_input: "x" });
    await heard.opened;
    clock.advance(3000);
    expect(await result).toMatchObject({ ok: false, banner: expect.stringContaining("trouble") });
    late.open();
    expect((await ada.snapshot()).modals).toHaveLength(1);
  });

  it("shows errors at their block until the view changes (R23)", async () => {
    const slack = await runBolt(
      opens(view, (app) =>
        app.view("form", async ({ ack }) => ack({ response_action: "errors", errors: { name: "taken" } })),
      ),
    );
    const ada = await slack.as("ada");
    await ada.command("/open");
    await ada.modal();
    expect(await ada.submit({ name_input: "x" })).toEqual({ ok: false, errors: { name: "taken" } });
    expect((await ada.modal()).errors).toEqual({ name: "taken" });
  });
});

describe("a submission", () => {
  it("carries the view with all values, untouched ones as null (R25, R26, R32)", async () => {
    const { opened, open } = gate<ViewSubmitAction>();
    const option = (value: string) => ({ text: plain(value.toUpperCase()), value });
    const input = (blockId: string, element: object) => ({
      type: "input",
      block_id: blockId,
      optional: true,
      label: plain(blockId),
      element: { action_id: "it", ...element },
    });
    const options = [option("a"), option("b")];
    const view = modal(
      "All",
      [
        input("text", { type: "plain_text_input" }),
        input("number", { type: "number_input", is_decimal_allowed: true }),
        input("email", { type: "email_text_input" }),
        input("url", { type: "url_text_input" }),
        input("select", { type: "static_select", options }),
        input("many", { type: "multi_static_select", options }),
        input("checks", { type: "checkboxes", options }),
        input("radio", { type: "radio_buttons", options, initial_option: option("b") }),
        input("date", { type: "datepicker" }),
        input("time", { type: "timepicker", timezone: "Europe/Berlin" }),
        input("moment", { type: "datetimepicker" }),
        input("user", { type: "users_select" }),
        input("users", { type: "multi_users_select" }),
        input("channel", { type: "channels_select", response_url_enabled: true }),
        {
          type: "section",
          block_id: "side",
          text: plain("pick"),
          accessory: { type: "static_select", action_id: "it", options },
        },
      ],
      { callback_id: "all", private_metadata: "id-1", external_id: "ext-1" },
    );
    const slack = await runBolt(
      opens(view, (app) =>
        app.view("all", async ({ ack, body }) => {
          await ack();
          if (body.type === "view_submission") open(body);
        }),
      ),
    );
    const ada = await slack.as("ada");
    await ada.command("/open");
    const shown = await ada.modal();
    const values = {
      many: { it: { type: "multi_static_select", selected_options: [{ value: "a" }] } },
      date: { it: { type: "datepicker", selected_date: "2030-01-31" } },
      channel: { it: { type: "channels_select", selected_channel: "C0GENERAL01" } },
      text: { it: { type: "plain_text_input", value: "" } },
    };
    const response = await fetch(`${slack.url}client/sessions/${(await ada.snapshot()).session}/submit`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ view: shown.id, values }),
    });
    expect(await response.json()).toEqual({ ok: true });
    const body = await opened;
    expect(body.view).toMatchObject({
      id: shown.id,
      private_metadata: "id-1",
      external_id: "ext-1",
      callback_id: "all",
      root_view_id: shown.id,
      previous_view_id: null,
      app_id: slack.app.appId,
      app_installed_team_id: "T0ACME00001",
      hash: expect.stringMatching(/^\d+\.[0-9a-f]{8}$/),
      team_id: "T0ACME00001",
    });
    expect(body.response_urls).toMatchObject([
      {
        block_id: "channel",
        action_id: "it",
        channel_id: "C0GENERAL01",
        response_url: expect.stringContaining("/hooks/app/"),
      },
    ]);
    const b = { text: { type: "plain_text", text: "B", emoji: true }, value: "b" };
    const a = { text: { type: "plain_text", text: "A", emoji: true }, value: "a" };
    expect(body.view.state.values).toEqual({
      text: { it: { type: "plain_text_input", value: null } },
      number: { it: { type: "number_input", value: null } },
      email: { it: { type: "email_text_input", value: null } },
      url: { it: { type: "url_text_input", value: null } },
      select: { it: { type: "static_select", selected_option: null } },
      many: { it: { type: "multi_static_select", selected_options: [a] } },
      checks: { it: { type: "checkboxes", selected_options: [] } },
      radio: { it: { type: "radio_buttons", selected_option: b } },
      date: { it: { type: "datepicker", selected_date: "2030-01-31" } },
      time: { it: { type: "timepicker", selected_time: null, timezone: "Europe/Berlin" } },
      moment: { it: { type: "datetimepicker", selected_date_time: null } },
      user: { it: { type: "users_select", selected_user: null } },
      users: { it: { type: "multi_users_select", selected_users: [] } },
      channel: { it: { type: "channels_select", selected_channel: "C0GENERAL01" } },
      side: { it: { type: "static_select", selected_option: null } },
    });
  });

  it("is delivered once while it is on its way", async () => {
    let count = 0;
    const go = gate();
    const slack = await runBolt(
      opens(modal("Form", [section("x")], { callback_id: "form" }), (app) =>
        app.view("form", async ({ ack }) => {
          count += 1;
          await go.opened;
          await ack();
        }),
      ),
    );
    const ada = await slack.as("ada");
    await ada.command("/open");
    await ada.modal();
    const first = ada.submit();
    await expect.poll(() => count).toBe(1);
    expect(await ada.submit()).toMatchObject({ ok: false });
    go.open();
    expect(await first).toEqual({ ok: true });
    expect(count).toBe(1);
  });
});

describe("what a client sends", () => {
  const start = async (blocks: object[]) => {
    const heard: unknown[] = [];
    const { opened: pressed, open: press } = gate();
    const { opened: held, open: release } = gate();
    const slack = await runBolt({
      manifest: manifestOf({ commands: ["/do"] }),
      register: (app) => {
        app.command("/do", async ({ ack, body, client }) => {
          await ack();
          await client.views.open({
            trigger_id: body.trigger_id,
            view: modal("M", blocks, { callback_id: "m" }),
          });
        });
        app.view("m", async ({ ack, view }) => {
          heard.push(view.state.values);
          press();
          await held;
          await ack({ response_action: "push", view: modal("Late", [section("late")]) });
        });
      },
    });
    const ada = await slack.as("ada");
    await ada.command("/do");
    await ada.modal("M");
    return { ada, heard, pressed, release };
  };
  const input = (blockId: string, element: object) => ({
    type: "input",
    block_id: blockId,
    optional: true,
    label: plain(blockId),
    element: { action_id: `${blockId}_input`, ...element },
  });
  const options = ["a", "b", "c"].map((value) => ({ text: plain(value), value }));

  it("reaches the app only in Slack's shapes (R26), and no more of it than may be chosen", async () => {
    const { ada, heard, release } = await start([
      input("day", { type: "datepicker" }),
      input("time", { type: "timepicker" }),
      input("who", { type: "multi_users_select" }),
      input("few", { type: "multi_static_select", options, max_selected_items: 2 }),
    ]);
    expect(await ada.submit({ few_input: ["a", "b", "c"] })).toEqual({
      ok: false,
      errors: { few: "Please choose at most 2." },
    });
    release();
    await ada.submit({
      day_input: "soon",
      time_input: "99:99",
      who_input: [{ value: "x" }],
      few_input: ["a"],
    });
    expect(heard).toMatchObject([
      {
        day: { day_input: { selected_date: null } },
        time: { time_input: { selected_time: null } },
        who: { who_input: { selected_users: [] } },
        few: { few_input: { selected_options: [{ value: "a" }] } },
      },
    ]);
  });

  it("starts with the conversation on the screen where the element asks for it", async () => {
    const asks = { default_to_current_conversation: true };
    const { ada } = await start([
      input("one", { type: "conversations_select", initial_conversation: "C0INCIDENTS", ...asks }),
      input("many", { type: "multi_conversations_select", ...asks }),
    ]);
    expect((await ada.modal("M")).values).toMatchObject({
      one: { one_input: { selected_conversation: "C0GENERAL01" } },
      many: { many_input: { selected_conversations: ["C0GENERAL01"] } },
    });
  });

  it("and is then closed gets no answer to what was sent", async () => {
    const { ada, pressed, release } = await start([input("day", { type: "datepicker" })]);
    const sent = ada.submit();
    await pressed;
    await ada.closeModal();
    release();
    expect(await sent).toEqual({ ok: true });
    expect((await ada.snapshot()).modals).toEqual([]);
  });
});

describe("updating a view", () => {
  it("needs the newest hash where one is given, and keeps values by block and action id (R27)", async () => {
    const results: string[] = [];
    const done = gate();
    const slack = await runBolt(
      opens(
        modal("Form", [
          textInput("kept", {}, { dispatch_action: true }),
          textInput("reset"),
          buttons("change"),
        ]),
        (app) =>
          app.action("change", async ({ ack, body, client }) => {
            await ack();
            if (!("view" in body) || body.view === undefined) return;
            const { id: view_id, hash } = body.view;
            const view = modal("Form", [textInput("kept"), textInput("reset2"), buttons("change")]);
            results.push(await errorOf(client.views.update({ view_id, hash: "1.00000000", view })));
            results.push(await errorOf(client.views.update({ view_id, hash, view })));
            results.push(await errorOf(client.views.update({ view_id: "V0NOTHING01", view })));
            done.open();
          }),
      ),
    );
    const ada = await slack.as("ada");
    await ada.command("/open");
    const shown = await ada.modal();
    await ada.act({
      in: { view: shown.id },
      blockId: "buttons",
      actionId: "change",
      values: {
        kept: { kept_input: { type: "plain_text_input", value: "typed" } },
        reset: { reset_input: { type: "plain_text_input", value: "typed too" } },
      },
    });
    await done.opened;
    expect(results).toEqual(["hash_conflict", "ok", "not_found"]);
    expect((await ada.modal()).values).toEqual({
      kept: { kept_input: { type: "plain_text_input", value: "typed" } },
      reset2: { reset2_input: { type: "plain_text_input", value: null } },
    });
  });

  it("is told of a changed input only where the input dispatches (R28)", async () => {
    const heard: string[] = [];
    const slack = await runBolt(
      opens(modal("Form", [textInput("loud", {}, { dispatch_action: true }), textInput("quiet")]), (app) =>
        app.action(/_input$/, async ({ ack, action }) => {
          await ack();
          heard.push(action.type === "plain_text_input" ? `${action.action_id}=${action.value}` : "");
        }),
      ),
    );
    const ada = await slack.as("ada");
    await ada.command("/open");
    const shown = await ada.modal();
    await ada.click(shown, "quiet_input", "shh");
    await ada.click(shown, "loud_input", "hey");
    expect(heard).toEqual(["loud_input=hey"]);
    expect((await ada.modal()).values["quiet"]).toEqual({
      quiet_input: { type: "plain_text_input", value: "shh" },
    });
  });

  it("refuses an external id that another open view has (R22)", async () => {
    const { opened, open } = gate<string>();
    const view = modal("Form", [section("x"), buttons("again")], { external_id: "same" });
    const slack = await runBolt(
      opens(view, (app) =>
        app.action("again", async ({ ack, body, client }) => {
          await ack();
          if ("trigger_id" in body)
            open(await errorOf(client.views.push({ trigger_id: body.trigger_id, view })));
        }),
      ),
    );
    const ada = await slack.as("ada");
    await ada.command("/open");
    await ada.click(await ada.modal(), "again");
    expect(await opened).toBe("duplicate_external_id");
  });

  it("of more than 250 kB is refused (R22)", async () => {
    const { opened, open } = gate<string>();
    const blocks = Array.from({ length: 100 }, () => section("x".repeat(2600)));
    const slack = await runBolt({
      manifest,
      register: (app) =>
        app.command("/open", async ({ ack, body, client }) => {
          await ack();
          open(await errorOf(client.views.open({ trigger_id: body.trigger_id, view: modal("Big", blocks) })));
        }),
    });
    await (await slack.as("ada")).command("/open");
    expect(await opened).toBe("view_too_large");
  });
});

describe("closing (R24)", () => {
  const run = async (more: object = {}) => {
    const heard: { root: boolean; cleared: boolean; values: object }[] = [];
    const view = (title: string) =>
      modal(title, [textInput("name"), buttons("deeper")], {
        callback_id: title,
        notify_on_close: true,
        ...more,
      });
    const slack = await runBolt(
      opens(view("Root"), (app) => {
        app.action("deeper", async ({ ack, body, client }) => {
          await ack();
          if ("trigger_id" in body)
            await client.views.push({ trigger_id: body.trigger_id, view: view("Top") });
        });
        app.view({ type: "view_closed", callback_id: /.*/ }, async ({ ack, view: closed, body }) => {
          await ack();
          if (body.type === "view_closed")
            heard.push({
              root: closed.callback_id === "Root",
              cleared: body.is_cleared,
              values: closed.state.values,
            });
        });
      }),
    );
    const ada = await slack.as("ada");
    await ada.command("/open");
    await ada.click(await ada.modal("Root"), "deeper");
    await ada.modal("Top");
    return { ada, heard };
  };

  it("with Close tells of that view, without what was typed", async () => {
    const { ada, heard } = await run();
    await ada.closeModal();
    await expect.poll(() => heard).toEqual([{ root: false, cleared: false, values: {} }]);
    expect((await ada.snapshot()).modals).toHaveLength(1);
  });

  it("with the X tells of the root view, cleared", async () => {
    const { ada, heard } = await run();
    await ada.closeModal({ all: true });
    await expect.poll(() => heard).toEqual([{ root: true, cleared: true, values: {} }]);
    expect((await ada.snapshot()).modals).toEqual([]);
  });

  it("clears all where clear_on_close says so", async () => {
    const { ada, heard } = await run({ clear_on_close: true });
    await ada.closeModal();
    expect((await ada.snapshot()).modals).toEqual([]);
    await expect.poll(() => heard).toMatchObject([{ cleared: true }]);
  });
});

describe("the Home", () => {
  it("is published a person at a time, with a hash, and stays (R22, R39)", async () => {
    const slack = await runBolt({ manifest, register: () => {} });
    const { botToken: token } = slack.app;
    const { views } = slack.bolt.client;
    const view = (text: string) => ({ type: "home" as const, blocks: [section(text)] });
    const first = await views.publish({ token, user_id: "U0ADA000001", view: view("one") });
    expect(
      await errorOf(views.publish({ token, user_id: "U0ADA000001", hash: "1.x", view: view("no") })),
    ).toBe("hash_conflict");
    await views.publish({ token, user_id: "U0ADA000001", hash: first.view?.hash ?? "", view: view("two") });
    const ada = await slack.as("ada");
    expect(JSON.stringify((await ada.home()).view)).toContain("two");
    expect((await (await slack.as("ben")).snapshot()).homes).toEqual({});
  });

  it("is refused where the manifest has switched it off (R22)", async () => {
    const slack = await runBolt({ manifest: manifestOf({ home: false }), register: () => {} });
    const publish = slack.bolt.client.views.publish({
      token: slack.app.botToken,
      user_id: "U0ADA000001",
      view: { type: "home", blocks: [section("x")] },
    });
    expect(await errorOf(publish)).toBe("not_enabled");
  });
});
