import type { App } from "@slack/bolt";
import { describe, expect, it } from "vitest";
import { TestClock } from "../../support/local-slack.ts";
import { buttons, gate, manifestOf, modal, runBolt, section } from "./bolt.ts";

const manifest = manifestOf({
  commands: ["/do", { command: "/escaped", description: "x", should_escape: true }],
});

const post = (url: string, body: object): Promise<Response> =>
  fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

/** An app whose one command hands its response URL to the test. */
function givesUrl(): { register: (app: App) => void; url: Promise<string> } {
  const { opened, open } = gate<string>();
  return {
    url: opened,
    register: (app) =>
      app.command("/do", async ({ ack, command }) => {
        await ack();
        open(command.response_url);
      }),
  };
}

describe("slash commands", () => {
  it("tells the person when no acknowledgement comes within three seconds (R1)", async () => {
    const clock = new TestClock();
    const heard = gate();
    const register = (app: App): void => app.command("/do", async () => heard.open());
    const slack = await runBolt({ manifest, register }, { clock });
    const ada = await slack.as("ada");
    const outcome = ada.command("/do");
    await heard.opened;
    clock.advance(2999);
    expect((await ada.snapshot()).notices).toEqual([]);
    clock.advance(1);
    expect(await outcome).toEqual({ ok: false, error: "operation_timeout" });
    const [notice] = (await ada.snapshot()).notices;
    expect(notice?.text).toBe('/do failed with the error "operation_timeout"');
  });

  it("says so when no app is connected, when the command is unknown, and in threads (R8)", async () => {
    const slack = await runBolt({ manifest, register: () => {} });
    const ada = await slack.as("ada");
    await slack.bolt.stop();
    await ada.waitFor(async () => true);
    await expect
      .poll(async () => (await fetch(`${slack.url}client/workspace`)).json())
      .toMatchObject({ apps: [{ connected: false }] });
    expect(await ada.command("/do")).toMatchObject({ error: "dispatch_failed" });
    expect(await ada.command("/nothing")).toMatchObject({ error: "unknown_command" });
    expect(await ada.say("#general", "/do", "1.1")).toMatchObject({ error: "not_in_threads" });
  });

  it.each(["socket", "http"] as const)("carry the documented fields over %s (R8)", async (mode) => {
    const { opened, open } = gate<Record<string, unknown>>();
    const register = (app: App): void =>
      app.command("/do", async ({ ack, body }) => {
        await ack();
        open({ ...body });
      });
    const slack = await runBolt({ manifest, register }, { mode });
    const ada = await slack.as("ada");
    await ada.command("/do it  now <b> @ben");
    expect(await opened).toMatchObject({
      team_id: "T0ACME00001",
      team_domain: "acme",
      channel_id: "C0GENERAL01",
      channel_name: "general",
      user_id: "U0ADA000001",
      user_name: "ada",
      command: "/do",
      text: "it  now <b> @ben",
      api_app_id: slack.app.appId,
      is_enterprise_install: "false",
      response_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/hooks\/commands\//),
      trigger_id: expect.stringMatching(/^\d+\.\d+\.[0-9a-f]+$/),
    });
  });

  it("escape and name people and channels where the manifest asks (R8)", async () => {
    const { opened, open } = gate<{ text: string; channel: string }>();
    const register = (app: App): void =>
      app.command("/escaped", async ({ ack, command }) => {
        await ack();
        open({ text: command.text, channel: command.channel_name });
      });
    const slack = await runBolt({ manifest, register });
    const ada = await slack.as("ada");
    await ada.say("app", "/escaped @ben in #general & <b> @nobody");
    expect(await opened).toEqual({
      text: "<@U0BEN000001> in <#C0GENERAL01|general> &amp; &lt;b&gt; @nobody",
      channel: "directmessage",
    });
  });

  it("show the command to the channel only when the answer is for the channel (R9)", async () => {
    const register = (app: App): void =>
      app.command("/do", async ({ ack, command }) =>
        ack(command.text === "loud" ? { response_type: "in_channel", text: "for all" } : "for you"),
      );
    const slack = await runBolt({ manifest, register }, { mode: "http" });
    const ada = await slack.as("ada");
    const ben = await slack.as("ben");
    await ada.command("/do quiet");
    expect((await ada.message("for you")).ephemeral).toBe(true);
    await ada.command("/do loud");
    await ben.message("for all");
    expect((await ben.messages("#general")).map(({ text }) => text)).toEqual(["/do loud", "for all"]);
    expect(await ben.ephemerals()).toEqual([]);
  });
});

describe("an acknowledgement of a command that is no message", () => {
  it("is told to the person, who sees none of it", async () => {
    const register = (app: App): void =>
      app.command("/do", async ({ ack }) => {
        await ack({ response_type: "in_channel", blocks: [{ type: "header" }] });
      });
    const slack = await runBolt({ manifest, register });
    const ada = await slack.as("ada");
    expect(await ada.command("/do")).toEqual({ ok: false, error: "invalid_command_response" });
    expect(await ada.messages("#general")).toEqual([]);
  });
});

describe("triggers (R2)", () => {
  it("last three seconds and serve once; a call that fails validation does not use them up", async () => {
    const clock = new TestClock();
    const { opened, open } = gate<string>();
    const register = (app: App): void =>
      app.command("/do", async ({ ack, command }) => {
        await ack();
        open(command.trigger_id);
      });
    const slack = await runBolt({ manifest, register }, { clock });
    const ada = await slack.as("ada");
    await ada.command("/do");
    const trigger = await opened;
    const openView = (blocks: object[], id = trigger) =>
      slack.bolt.client.views
        .open({ token: slack.app.botToken, trigger_id: id, view: modal("Hello", blocks) })
        .then(() => "ok")
        .catch((error: { data?: { error: string } }) => error.data?.error);
    clock.advance(3000);
    expect(await openView([{ type: "nonsense" }])).toBe("invalid_arguments");
    expect(await openView([section("hi")])).toBe("ok");
    expect(await openView([section("hi")])).toBe("exchanged_trigger_id");
    clock.advance(1);
    expect(await openView([section("hi")], "1.2.abc")).toBe("invalid_trigger_id");
  });

  it("are expired a millisecond later", async () => {
    const clock = new TestClock();
    const { opened, open } = gate<string>();
    const register = (app: App): void =>
      app.command("/do", async ({ ack, command, client }) => {
        await ack();
        clock.advance(3001);
        await client.views
          .open({ trigger_id: command.trigger_id, view: modal("Hello", [section("hi")]) })
          .catch((error: { data: { error: string } }) => open(error.data.error));
      });
    const slack = await runBolt({ manifest, register }, { clock });
    const ada = await slack.as("ada");
    await ada.command("/do");
    expect(await opened).toBe("expired_trigger_id");
  });
});

describe("response URLs", () => {
  it("serve five times (R4)", async () => {
    const { register, url } = givesUrl();
    const slack = await runBolt({ manifest, register });
    const ada = await slack.as("ada");
    await ada.command("/do");
    for (let use = 1; use <= 5; use += 1)
      expect((await post(await url, { text: `answer ${use}` })).status).toBe(200);
    expect((await post(await url, { text: "answer 6" })).status).toBe(404);
    expect((await ada.ephemerals()).map(({ text }) => text)).toEqual(
      [1, 2, 3, 4, 5].map((use) => `answer ${use}`),
    );
  });

  it("serve for thirty minutes (R4)", async () => {
    const clock = new TestClock();
    const { register, url } = givesUrl();
    const slack = await runBolt({ manifest, register }, { clock });
    const ada = await slack.as("ada");
    await ada.command("/do");
    clock.advance(30 * 60_000);
    expect((await post(await url, { text: "just in time" })).status).toBe(200);
    clock.advance(1);
    expect((await post(await url, { text: "too late" })).status).toBe(404);
  });

  it("refuse what Block Kit does not allow, and do not count it", async () => {
    const { register, url } = givesUrl();
    const slack = await runBolt({ manifest, register });
    const ada = await slack.as("ada");
    await ada.command("/do");
    const refused = await post(await url, { blocks: [{ type: "header" }] });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: "invalid_blocks" });
    for (let use = 1; use <= 5; use += 1) expect((await post(await url, { text: "x" })).status).toBe(200);
  });

  it("delete nothing where what shall come instead is refused (R5)", async () => {
    const { register, url } = givesUrl();
    const slack = await runBolt({ manifest, register });
    const ada = await slack.as("ada");
    await ada.command("/do");
    await post(await url, { text: "stays" });
    const wrong = { delete_original: true, blocks: [{ type: "header" }] };
    expect((await post(await url, wrong)).status).toBe(400);
    expect((await ada.ephemerals()).map(({ text }) => text)).toEqual(["stays"]);
  });

  it("let a command replace and delete its own private answer (R34)", async () => {
    const { register, url } = givesUrl();
    const slack = await runBolt({ manifest, register });
    const ada = await slack.as("ada");
    await ada.command("/do");
    await post(await url, { text: "first" });
    await post(await url, { text: "second", replace_original: true });
    expect((await ada.ephemerals()).map(({ text }) => text)).toEqual(["second"]);
    await post(await url, { delete_original: true });
    expect(await ada.ephemerals()).toEqual([]);
  });

  it("replace and delete a message, ephemeral or not, which keeps its visibility (R5)", async () => {
    const { opened, open } = gate<string>();
    const register = (app: App): void => {
      app.command("/do", async ({ ack, respond }) => {
        await ack();
        await respond({
          response_type: "in_channel",
          text: "lasting",
          blocks: [section("lasting"), buttons("press")],
        });
      });
      app.action("press", async ({ ack, body }) => {
        await ack();
        open("response_url" in body ? body.response_url : "");
      });
    };
    const slack = await runBolt({ manifest, register });
    const ada = await slack.as("ada");
    await ada.command("/do");
    await ada.click(await ada.message("lasting"), "press");
    await post(await opened, { replace_original: true, text: "changed", response_type: "ephemeral" });
    expect(await ada.messages("#general")).toMatchObject([
      { text: "changed", blocks: [], edited: true, ephemeral: false },
    ]);
    await post(await opened, { delete_original: true, text: "anew", response_type: "in_channel" });
    expect((await ada.messages("#general")).map(({ text }) => text)).toEqual(["anew"]);
    expect((await post(await opened, { replace_original: true, text: "gone" })).status).toBe(404);
  });
});

describe("clicks", () => {
  it("carry the message as it is now, and fail on one that is gone", async () => {
    const { opened, open } = gate<Record<string, unknown>>();
    const register = (app: App): void => {
      app.command("/do", async ({ ack, respond }) => {
        await ack();
        await respond({
          response_type: "in_channel",
          text: "one",
          blocks: [section("one"), buttons("press")],
        });
      });
      app.action("press", async ({ ack, body }) => {
        await ack();
        open({ ...body });
      });
    };
    const slack = await runBolt({ manifest, register });
    const ada = await slack.as("ada");
    await ada.command("/do");
    const stale = await ada.message("one");
    const { botToken: token } = slack.app;
    const blocks = [section("two"), buttons("press")];
    await slack.bolt.client.chat.update({ token, channel: stale.channel, ts: stale.ts, text: "two", blocks });
    expect(await ada.click(stale, "press")).toEqual({ ok: true });
    expect(await opened).toMatchObject({
      type: "block_actions",
      user: { id: ada.user, username: "ada", team_id: "T0ACME00001" },
      team: { id: "T0ACME00001", domain: "acme" },
      container: { type: "message", message_ts: stale.ts, channel_id: "C0GENERAL01", is_ephemeral: false },
      channel: { id: "C0GENERAL01", name: "general" },
      message: { ts: stale.ts, text: "two", app_id: slack.app.appId },
      actions: [{ type: "button", action_id: "press", block_id: "buttons", value: "press-value" }],
    });
    await slack.bolt.client.chat.delete({ token, channel: stale.channel, ts: stale.ts });
    expect(await ada.click(stale, "press")).toEqual({ ok: false, error: "message_not_found" });
  });

  it("on an ephemeral do not carry its content, and say that it is one", async () => {
    const { opened, open } = gate<Record<string, unknown>>();
    const register = (app: App): void => {
      app.command("/do", async ({ ack }) =>
        ack({ text: "private", blocks: [section("private"), buttons("press")] }),
      );
      app.action("press", async ({ ack, body }) => {
        await ack();
        open({ ...body });
      });
    };
    const slack = await runBolt({ manifest, register });
    const ada = await slack.as("ada");
    await ada.command("/do");
    await ada.click(await ada.message("private"), "press");
    const body = await opened;
    expect(body["container"]).toMatchObject({ is_ephemeral: true });
    expect(body).not.toHaveProperty("message");
  });
});
