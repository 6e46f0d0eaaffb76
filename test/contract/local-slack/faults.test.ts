import type { App } from "@slack/bolt";
import { describe, expect, it } from "vitest";
import type { Faults } from "../../../src/local-slack/client-protocol.ts";
import { TestClock } from "../../support/local-slack.ts";
import { gate, manifestOf, runBolt } from "./bolt.ts";

const manifest = manifestOf({ commands: ["/do"], scopes: ["commands", "chat:write", "channels:join"] });
type Rule = Faults["rules"][number];

async function run(
  register: (app: App) => void = () => {},
  options: { clock?: TestClock; mode?: "http" } = {},
) {
  const slack = await runBolt({ manifest, register }, options);
  const { botToken: token } = slack.app;
  await slack.bolt.client.conversations.join({ token, channel: "C0GENERAL01" });
  const fail = (...rules: Rule[]): void => slack.setFaults({ rules, away: [] });
  const post = () =>
    fetch(`${slack.apiUrl}chat.postMessage`, {
      method: "POST",
      body: new URLSearchParams({ token, channel: "C0GENERAL01", text: "posted" }),
    });
  return { slack, fail, post, ada: await slack.as("ada") };
}

describe("faults of the Web API", () => {
  it("answer 429, 500 and internal_error as often as told, for the method told", async () => {
    const { fail, post, slack } = await run();
    fail(
      { fault: "http_429", method: "chat.postMessage", times: 1, seconds: 7 },
      { fault: "http_500", method: "chat.postMessage", times: 1 },
      { fault: "internal_error", times: 1, method: "chat.postMessage" },
    );
    expect((await fetch(`${slack.apiUrl}api.test`)).status).toBe(200);
    const limited = await post();
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "7"]);
    expect((await post()).status).toBe(500);
    expect(await (await post()).json()).toEqual({ ok: false, error: "internal_error" });
    expect(await (await post()).json()).toMatchObject({ ok: true });
  });

  it("cut the connection before anything is done, or after all is done (R33)", async () => {
    const { fail, post, ada } = await run();
    fail({ fault: "cut_before", times: 1 });
    await expect(post()).rejects.toThrow();
    expect(await ada.messages("#general")).toEqual([]);
    fail({ fault: "cut_after", times: 1 });
    await expect(post()).rejects.toThrow();
    expect(await ada.messages("#general")).toHaveLength(1);
  });

  it("hang for as long as told", async () => {
    const clock = new TestClock();
    const { fail, post, ada } = await run(() => {}, { clock });
    fail({ fault: "hang", times: 1, seconds: 60 });
    const answer = post();
    await expect.poll(() => clock.waiting).toBe(1);
    clock.advance(59_999);
    expect(await ada.messages("#general")).toEqual([]);
    clock.advance(1);
    expect((await answer).status).toBe(200);
  });

  it("do nothing for a caller that has hung up meanwhile", async () => {
    const clock = new TestClock();
    const { fail, slack, ada } = await run(() => {}, { clock });
    fail({ fault: "hang", times: 1 });
    const abort = new AbortController();
    const { botToken: token } = slack.app;
    const body = new URLSearchParams({ token, channel: "C0GENERAL01", text: "never" });
    const call = fetch(`${slack.apiUrl}chat.postMessage`, { method: "POST", body, signal: abort.signal });
    await expect.poll(() => clock.waiting).toBe(1);
    abort.abort();
    await expect(call).rejects.toThrow();
    await expect.poll(() => clock.waiting).toBe(0);
    expect(await ada.messages("#general")).toEqual([]);
  });
});

describe("faults of delivery", () => {
  it("lose an acknowledgement: the app acted, the person sees an error (R14)", async () => {
    const clock = new TestClock();
    const acted = gate();
    const { fail, ada } = await run(
      (app) =>
        app.command("/do", async ({ ack }) => {
          await ack();
          acted.open();
        }),
      { clock },
    );
    fail({ fault: "drop_ack", method: "slash_commands", times: 1 });
    const outcome = ada.command("/do");
    await acted.opened;
    clock.advance(3000);
    expect(await outcome).toMatchObject({ error: "operation_timeout" });
  });

  it.each([undefined, "http"] as const)("deliver twice, the same payload (%s)", async (mode) => {
    const triggers: string[] = [];
    const { fail, ada } = await run(
      (app) =>
        app.command("/do", async ({ ack, command }) => {
          triggers.push(command.trigger_id);
          await ack();
        }),
      mode === undefined ? {} : { mode },
    );
    fail({ fault: "deliver_twice", times: 1 });
    expect(await ada.command("/do")).toEqual({ ok: true });
    await expect.poll(() => triggers.length).toBe(2);
    expect(new Set(triggers).size).toBe(1);
  });

  it.each([undefined, "http"] as const)(
    "deliver late, after the person was told of an error (%s; R14)",
    async (mode) => {
      const clock = new TestClock();
      const acted = gate();
      const { fail, ada } = await run(
        (app) =>
          app.command("/do", async ({ ack }) => {
            await ack();
            acted.open();
          }),
        { clock, ...(mode !== undefined && { mode }) },
      );
      fail({ fault: "delay_delivery", times: 1, seconds: 4 });
      const outcome = ada.command("/do");
      await expect.poll(() => clock.waiting).toBe(2);
      clock.advance(3000);
      expect(await outcome).toMatchObject({ error: "operation_timeout" });
      clock.advance(1000);
      await acted.opened;
    },
  );

  it("are read and set over HTTP too, and refused where they make no sense", async () => {
    const { ada, slack } = await run();
    const rules: Rule[] = [{ fault: "http_500", times: 2 }];
    expect(await ada.setFaults({ rules })).toEqual({ rules, away: [] });
    expect(await (await fetch(`${slack.url}client/faults`)).json()).toEqual({ rules, away: [] });
    const refused = await fetch(`${slack.url}client/faults`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ rules: [{ fault: "melt" }], away: [] }),
    });
    expect(refused.status).toBe(400);
  });
});
