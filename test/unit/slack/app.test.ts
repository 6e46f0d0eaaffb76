import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { Fault } from "../../../src/domain/fault.ts";
import { Secret } from "../../../src/domain/secret.ts";
import { type RunningSlack, startSlack } from "../../../src/slack/app.ts";
import { slackClients, type SlackClients, type SlackConfig } from "../../../src/slack/connection/clients.ts";
import { SlackStartError } from "../../../src/slack/connection/connect.ts";
import { saying } from "../../../src/slack/words/words.ts";
import type { Context } from "../../../src/usecases/ports.ts";
import { type Parts, personNamed, startParts, sweepAndDraw, testPolicy } from "../../support/context.ts";
import type { Client } from "../../support/local-slack.ts";

let ending: AsyncDisposableStack | undefined;
afterEach(async () => {
  await ending?.disposeAsync();
  ending = undefined;
});

type Running = { parts: Parts; bot: RunningSlack; ada: Client; clients: SlackClients };

/** The bot in Socket Mode on local Slack, with something around its context or its clients. */
async function start(
  around: { context?: (context: Context) => Context; clients?: (clients: SlackClients) => SlackClients } = {},
): Promise<Running> {
  const stack = (ending = new AsyncDisposableStack());
  const parts = stack.use(await startParts());
  const clients = slackClients(configOf(parts), parts.context.log);
  const bot = stack.adopt(
    await startSlack({
      config: configOf(parts),
      context: around.context?.(parts.context) ?? parts.context,
      clients: around.clients?.(clients) ?? clients,
    }),
    async (each) => each.stop(),
  );
  return { parts, bot, clients, ada: await parts.slack.as("ada") };
}

function configOf({ slack }: Parts, mode?: SlackConfig["mode"]): SlackConfig {
  return {
    botToken: new Secret(slack.app.botToken),
    apiUrl: slack.apiUrl,
    mode: mode ?? { kind: "socket", appToken: new Secret(slack.app.appToken) },
  };
}

/** A server of somebody else's, on this machine. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ending?.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const textOf = (message: { blocks: unknown }): string => JSON.stringify(message.blocks);
const withStore = (context: Context, change: Partial<Context["store"]>): Context => ({
  ...context,
  store: Object.assign(Object.create(context.store) as Context["store"], change),
});
const refusals = async ({ store }: Parts): Promise<string[]> =>
  (await store.auditAfter(0, 100)).filter((row) => row.event === "refused").map((row) => row.evidence);

describe("every command and click gets an answer", () => {
  it("an unknown word: what can be done", async () => {
    const { ada } = await start();
    await ada.command("/apikey dance");
    expect(textOf(await ada.message("I do not know"))).toContain("dance");
  });

  it("a button of an older version: that it does nothing any more", async () => {
    const { ada, clients } = await start();
    const { channel } = await clients.notify.conversations.open({ users: ada.user });
    await clients.notify.apiCall("chat.postMessage", {
      channel: channel?.id,
      text: "old",
      blocks: [
        {
          type: "actions",
          elements: [{ type: "button", action_id: "old.thing", text: { type: "plain_text", text: "Old" } }],
        },
      ],
    });
    const old = await ada.message("old.thing");
    expect(await ada.click(old, "old.thing")).toEqual({ ok: true });
    await ada.message("older version");
  });

  it("a button whose value was tampered with: that there is no such thing", async () => {
    const { ada, clients } = await start();
    const { channel } = await clients.notify.conversations.open({ users: ada.user });
    const buttons = ["decide.approve", "decide.deny", "claim.show", "requests.withdraw"];
    await clients.notify.apiCall("chat.postMessage", {
      channel: channel?.id,
      text: "forged",
      blocks: buttons.map((id) => ({
        type: "actions",
        elements: [
          { type: "button", action_id: id, value: "' OR 1=1", text: { type: "plain_text", text: id } },
        ],
      })),
    });
    const forged = await ada.message("forged");
    for (const id of buttons) await ada.click(forged, id);
    const answers = await ada.waitFor(({ conversations }) => {
      const found = conversations
        .flatMap((each) => each.messages)
        .filter((each) => textOf(each).includes("I cannot find this"));
      return found.length === buttons.length ? found : undefined;
    });
    expect(answers.every((each) => each.ephemeral)).toBe(true);
  });
});

describe("what goes wrong", () => {
  it("of our own making is told with a reference that stands in the log", async () => {
    const { ada, parts } = await start({
      context: (context) => withStore(context, { requestsOf: async () => Promise.reject(new Error("bug")) }),
    });
    await ada.command("/apikey requests");
    const text = textOf(await ada.message("Something broke"));
    const line = parts.logged.find((each) => typeof each["reference"] === "string");
    expect(text).toContain(String(line?.["reference"]));
    expect(String(line?.["err"])).toBe("Error: bug");
  });

  it("outside is told with what to do, and a reference", async () => {
    const { ada, parts } = await start();
    parts.slack.setFaults({ rules: [{ fault: "http_500", method: "users.info" }], away: [] });
    await ada.command("/apikey requests");
    expect(textOf(await ada.message("Slack did not tell me"))).toMatch(/Reference [0-9A-Z]{4}/);
  });

  it("after a click was done is no answer to it", async () => {
    const { ada, clients, parts } = await start({
      context: (context) => withStore(context, { cardsOf: async () => Promise.reject(new Error("away")) }),
    });
    const { channel } = await clients.notify.conversations.open({ users: ada.user });
    const text = { type: "plain_text", text: "Old" };
    await clients.notify.apiCall("chat.postMessage", {
      channel: channel?.id,
      text: "a card",
      blocks: [
        { type: "section", block_id: "card REAK00000001/leak", text },
        { type: "actions", elements: [{ type: "button", action_id: "old.thing", text }] },
      ],
    });
    await ada.click(await ada.message("old.thing"), "old.thing");
    await ada.message("older version");
    const noted = () => parts.logged.map(({ message }) => message);
    await expect.poll(noted).toContain("a copy of a card could not be noted");
    expect(noted()).not.toContain("something that a person asked for failed");
  });

  it("in a form is said in the form, and nothing that was typed is lost", async () => {
    let down = true;
    const { ada } = await start({
      context: (context) => ({
        ...context,
        manager: Object.assign(Object.create(context.manager) as Context["manager"], {
          roles: async () => {
            if (down) throw new Fault("manager-unreachable", "GET /roles");
            return context.manager.roles();
          },
        }),
      }),
    });
    await ada.command("/apikey request ci-deploy as Auditor for 30 days because nightly report");
    expect(textOf((await filledIn(ada)).view)).toContain("I could not look the role up");
    const role = { text: { type: "plain_text", text: "Auditor" }, value: "2" };
    expect(await ada.submit({ "request.role": role })).toMatchObject({ ok: true });
    const again = textOf((await filledIn(ada)).view);
    expect(again).toContain("The manager cannot be reached");
    expect(again).toContain("nightly report");
    down = false;
    expect(await ada.submit({ "request.name": "1 bad name", "request.role": role })).toMatchObject({
      ok: false,
      errors: { "request.name": expect.stringContaining("starts with a letter") as string },
    });
    expect(await ada.submit({ "request.name": "good", "request.role": role })).toMatchObject({ ok: true });
    expect(textOf((await ada.modal()).view)).toContain("is made");
  });

  it("slowly is answered in time, and told when it is done", async () => {
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => (go = resolve));
    const { ada } = await start({
      context: (context) =>
        withStore(context, {
          nameReserved: async (name) => {
            await gate;
            return context.store.nameReserved(name);
          },
        }),
    });
    await ada.command("/apikey request slow as Auditor for 30 days because nightly report");
    await filledIn(ada);
    expect(await ada.submit()).toMatchObject({ ok: true });
    expect(textOf((await ada.modal()).view)).toContain("longer than usual");
    go();
    await ada.waitFor(({ modals }) => textOf(modals.at(-1)?.view ?? { blocks: [] }).includes("is made"));
  });
});

/** The form, once it is there with all its fields. */
async function filledIn(client: Client) {
  return client.waitFor(({ modals }) => {
    const top = modals.at(-1);
    return top !== undefined && textOf(top.view).includes("request.zone") ? top : undefined;
  });
}

describe("a form whose trigger Slack no longer takes", () => {
  it.each([
    { ok: false, error: "expired_trigger_id" },
    { ok: false, error: "exchanged_trigger_id" },
    { ok: false, error: "trigger_expired" },
    { ok: false, error: "trigger_exchanged" },
    {
      ok: false,
      error: "invalid_arguments",
      response_metadata: { messages: ["[ERROR] `trigger_id` expired [json-pointer:/trigger_id]"] },
    },
  ])("is offered again by a button that has kept the line: $error", async (answer) => {
    let slow = "";
    const { ada } = await start({
      clients: (clients) => ({
        ...clients,
        get ui() {
          return slow === "" ? clients.ui : slackClients({ ...anywhere, apiUrl: slow }, quiet).ui;
        },
      }),
    });
    slow = await serve((_, response) => void response.end(JSON.stringify(answer)));
    const line = "ci-deploy as Auditor for 30 days because nightly report";
    await ada.command(`/apikey request ${line}`);
    const offer = await ada.message("Slack was too slow");
    expect(textOf(offer)).toContain(`"value":"${line}"`);
    slow = "";
    await ada.click(offer, "request.open");
    expect(textOf((await filledIn(ada)).view)).toContain("nightly report");
  });
});

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const anywhere: SlackConfig = {
  botToken: new Secret("xoxb-1"),
  mode: { kind: "socket", appToken: new Secret("xapp-1") },
};

describe("a secret in a line", () => {
  it("is refused without being repeated, and recorded", async () => {
    const { ada, parts } = await start();
    const secret = `8:${"A".repeat(43)}=`;
    await ada.command(`/apikey request ci because ${secret}`);
    expect(textOf(await ada.message("has a secret in it"))).not.toContain(secret);
    await expect.poll(async () => (await refusals(parts)).join()).toContain("contains-secret");
    expect((await refusals(parts)).join()).not.toContain(secret);
  });
});

describe("people of other workspaces", () => {
  it("are answered in words, and recorded, and nothing is done", async () => {
    const { parts, clients } = await start();
    const channel = "C0APPROVALS";
    await parts.slack.admin("PATCH", `channels/${channel}`, { add: [personNamed("sam")] });
    const sam = await parts.slack.as("sam");
    const words = saying(["for everybody"]);
    await clients.notify.apiCall("chat.postMessage", {
      channel,
      ...words,
      blocks: [
        {
          type: "actions",
          elements: [
            { type: "button", action_id: "request.open", text: { type: "plain_text", text: "Ask" } },
          ],
        },
      ],
    });
    await sam.click(await sam.message("request.open"), "request.open");
    await sam.message("your account belongs to another");
    expect((await refusals(parts)).join()).toContain("stranger");
    expect((await sam.snapshot()).modals).toEqual([]);
  });
});

it("installed for a whole organisation is not served by a line either, however that is written", async () => {
  const { parts, ada } = await start();
  const { sockets } = parts.slack.parts;
  const send = sockets.send.bind(sockets);
  for (const said of [true, "true"]) {
    sockets.send = async (app, parcel, signal) =>
      send(app, { ...parcel, payload: { ...parcel.payload, is_enterprise_install: said } }, signal);
    const before = (await ada.ephemerals()).length;
    await ada.command("/apikey requests");
    const told = await ada.waitFor(({ conversations }) => {
      const seen = conversations.flatMap(({ messages }) => messages).filter(({ ephemeral }) => ephemeral);
      return seen.length > before && seen.at(-1);
    });
    expect(told.text).toContain("organisation");
  }
});

describe("a stop", () => {
  /** A bot whose store waits with lists and with commits until it is told to go on. */
  async function startGated() {
    const begun = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const held = async (): Promise<void> => {
      begun.resolve();
      await gate.promise;
    };
    const running = await start({
      context: (context) =>
        withStore(context, {
          requestsOf: async (...given) => held().then(() => context.store.requestsOf(...given)),
          commit: async (...given) => held().then(() => context.store.commit(...given)),
        }),
    });
    return { ...running, begun: begun.promise, goOn: gate.resolve };
  }

  it.each([0, 9])(
    "lets go of Slack and waits for what is under way for %d seconds more, whose answer still goes out",
    async (seconds) => {
      const { ada, bot, begun, goOn } = await startGated();
      await ada.command("/apikey requests");
      await begun;
      let stopped = false;
      const stopping = bot.stop().then(() => (stopped = true));
      await expect.poll(() => bot.connected()).toBe(0);
      await new Promise((resolve) => void setTimeout(resolve, seconds * 1000));
      expect(stopped).toBe(false);
      goOn();
      await stopping;
      await ada.message("You have made no requests");
    },
  );

  it("lets go of Slack only when a form is answered, which happens on the socket", async () => {
    const { ada, bot, begun, goOn } = await startGated();
    await ada.command("/apikey request ci-last as Auditor for 30 days because nightly report");
    await filledIn(ada);
    const submitting = ada.submit();
    await begun;
    const stopping = bot.stop();
    goOn();
    expect(await submitting).toEqual({ ok: true });
    await stopping;
    expect(bot.connected()).toBe(0);
    await ada.waitFor(({ modals }) => modals.some(({ view }) => textOf(view).includes("is made")));
  });

  it("waits for the noting of who has left", async () => {
    const noting = Promise.withResolvers<void>();
    const going = Promise.withResolvers<void>();
    const noted: string[] = [];
    const { ada, bot, parts } = await start({
      context: (context) =>
        withStore(context, {
          personChanged: async (id) => {
            noting.resolve();
            await going.promise;
            noted.push(id);
          },
        }),
    });
    await parts.slack.admin("PATCH", `people/${personNamed("ben")}`, { kind: "deactivated" });
    await noting.promise;
    const stopping = bot.stop();
    await ada.command("/apikey dance");
    await ada.message("I do not know");
    going.resolve();
    await stopping;
    expect(noted).toEqual([personNamed("ben")]);
  });
});

describe("a start", () => {
  it("says in words that the bot token is not accepted", async () => {
    const stack = (ending = new AsyncDisposableStack());
    const parts = stack.use(await startParts());
    const config = { ...configOf(parts), botToken: new Secret("xoxb-wrong") };
    const starting = startSlack({ config, context: parts.context, clients: slackClients(config, quiet) });
    await expect(starting).rejects.toThrow(SlackStartError);
    await expect(starting).rejects.toThrow(/bot token.*invalid_auth/);
  });

  it("says in words that the app token is not accepted", async () => {
    const stack = (ending = new AsyncDisposableStack());
    const parts = stack.use(await startParts());
    const config = configOf(parts, { kind: "socket", appToken: new Secret("xapp-wrong") });
    const starting = startSlack({ config, context: parts.context, clients: slackClients(config, quiet) });
    await expect(starting).rejects.toThrow(/app token.*invalid_auth/);
  });

  /** Starts on a Slack that answers as it is told, one answer after the other; the last one stays. */
  async function startOn(answers: readonly (RequestListener | object)[], signal?: AbortSignal) {
    ending = new AsyncDisposableStack();
    const parts = ending.use(await startParts());
    let asked = 0;
    const apiUrl = await serve((request, response) => {
      const answer = answers[Math.min(asked++, answers.length - 1)];
      if (typeof answer === "function") return (answer as RequestListener)(request, response);
      response.end(JSON.stringify(answer));
    });
    const pauses: number[] = [];
    const config = { ...configOf(parts), apiUrl };
    const starting = startSlack({
      config,
      context: parts.context,
      clients: slackClients(config, quiet),
      pause: async (ms) => void pauses.push(ms),
      ...(signal && { signal }),
    });
    starting.catch(() => {});
    return { starting, pauses, asked: () => asked, logged: parts.logged };
  }
  const failing: RequestListener = (_, response) => void response.writeHead(503).end();
  const cut: RequestListener = (_, response) => void response.destroy();
  const page: RequestListener = (_, response) => void response.end("<html>Back in a moment</html>");

  it("waits for a Slack that cannot be reached, longer each time but never long, and says so", async () => {
    const passing = [page, {}, { ok: true }, { ok: false, error: "internal_error" }];
    const away = Array.from({ length: 8 }, () => [failing, cut]).flat();
    const { starting, pauses, logged } = await startOn([
      ...passing,
      ...away,
      { ok: false, error: "account_inactive" },
    ]);
    await expect(starting).rejects.toThrow(/bot token.*account_inactive/);
    expect(pauses.slice(0, 7)).toEqual([500, 1000, 2000, 5000, 10_000, 30_000, 30_000]);
    expect(Math.max(...pauses)).toBe(30_000);
    const lines = logged.filter(({ message }) => String(message).includes("cannot be reached yet"));
    expect(lines).toHaveLength(pauses.length);
  });

  const askedToWait =
    (seconds: string): RequestListener =>
    (_, response) =>
      void response.writeHead(429, { "retry-after": seconds }).end();

  // Beyond 24.8 days a timer ends at once, and what stands between may say anything.
  it.each([
    ["7", 7000],
    ["0", 500],
    ["-7", 500],
    ["3000000", 600_000],
  ])(
    "waits for as long as Slack says, where it says so: %s s, yet neither not at all nor for ever",
    async (seconds, ms) => {
      const { starting, pauses } = await startOn([
        askedToWait(seconds),
        { ok: false, error: "invalid_auth" },
      ]);
      await expect(starting).rejects.toThrow(SlackStartError);
      expect(pauses).toEqual([ms]);
    },
  );

  it("waits for as long as Slack says also where the library asks", async () => {
    const { starting, pauses } = await startOn([
      { ok: true, team_id: "T1" },
      askedToWait("7"),
      { ok: false, error: "invalid_auth" },
    ]);
    await expect(starting).rejects.toThrow(SlackStartError);
    expect(pauses).toEqual([7000]);
  });

  it("is given up at once when the program ends, though Slack has not answered yet", async () => {
    const ends = new AbortController();
    const { starting, asked } = await startOn([() => {}], ends.signal);
    await expect.poll(asked).toBe(1);
    ends.abort(new Error("it ends"));
    await expect(starting).rejects.toThrow("it ends");
  });
});

describe("over HTTP", () => {
  type OverHttp = { parts: Parts; bot: RunningSlack; url: string; secret: string };
  async function startHttp(
    policy = testPolicy(),
    around: (context: Context) => Context = (context) => context,
  ): Promise<OverHttp> {
    const stack = (ending = new AsyncDisposableStack());
    const parts = stack.use(await startParts({ policy }));
    const secret = parts.slack.app.signingSecret;
    const mode = { kind: "http" as const, signingSecret: new Secret(secret), port: 0, host: "127.0.0.1" };
    const config = configOf(parts, mode);
    const clients = slackClients(config, quiet);
    const bot = stack.adopt(
      await startSlack({ config, context: around(parts.context), clients }),
      async (each) => each.stop(),
    );
    return { parts, bot, url: `http://127.0.0.1:${bot.port}/slack/events`, secret };
  }

  /** A connection as somebody opens it who may say something on it later, or never. */
  async function held(url: string, said: string): Promise<{ socket: Socket; heard: Promise<string> }> {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    ending?.defer(async () => void socket.destroy());
    await once(socket, "connect");
    socket.write(said);
    // One that is cut has said what it said before.
    const parts: string[] = [];
    socket.setEncoding("utf8").on("data", (part: string) => void parts.push(part));
    const heard = new Promise<string>((resolve) => {
      socket.on("error", () => {}).once("close", () => resolve(parts.join("")));
    });
    return { socket, heard };
  }

  it("is stopped though somebody holds connections to it, and answers what has come in", async () => {
    const { bot, url } = await startHttp();
    const head = "POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n";
    const silent = await held(url, "");
    const slow = await held(url, head);
    const late = await held(url, head);
    // Until what they have said has been read, for which there is no sign.
    expect((await fetch(url, { method: "POST", body: "{}" })).status).toBe(401);
    const stopping = bot.stop();
    await expect(fetch(url, { method: "POST" })).rejects.toThrow();
    slow.socket.write("{}");
    // Nobody has signed it.
    expect(await slow.heard).toContain("HTTP/1.1 401");
    await stopping;
    expect(await silent.heard).toBe("");
    expect(await late.heard).toBe("");
  });

  it("works like in Socket Mode", async () => {
    const { parts, url } = await startHttp();
    expect(await parts.slack.deliverTo(parts.slack.app.appId, url)).toBe(true);
    const ada = await parts.slack.as("ada");
    await ada.command("/apikey request web as Auditor for 30 days because nightly report");
    await filledIn(ada);
    expect(await ada.submit()).toMatchObject({ ok: true });
    await sweepAndDraw(parts.context);
    const chiara = await parts.slack.as("chiara");
    const card = await chiara.message("API key: web");
    await chiara.click(card, "decide.approve");
    const state = async () => (await parts.store.requestsOf(personNamed("ada"), 1))[0]?.value.state;
    await expect.poll(state).toBe("approved");
  });

  it("takes a signed request once, and none from the future", async () => {
    const { parts, url, secret } = await startHttp();
    const answers: string[] = [];
    const hook = await serve((request, response) => {
      answers.push(request.url ?? "");
      response.end("ok");
    });
    const send = async (path: string, timestamp: number, times = 1): Promise<void> => {
      const body = new URLSearchParams({
        command: "/apikey",
        text: "requests",
        user_id: personNamed("ada"),
        team_id: "T0ACME00001",
        channel_id: "C0GENERAL01",
        trigger_id: "1.2.3",
        response_url: `${hook}${path}`,
      }).toString();
      const signature = `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
      for (let i = 0; i < times; i++) {
        const answer = await fetch(url, {
          method: "POST",
          body,
          headers: {
            "content-type": "application/x-www-form-urlencoded",
            "x-slack-request-timestamp": String(timestamp),
            "x-slack-signature": signature,
          },
        });
        expect(answer.status).toBe(200);
      }
    };
    const now = Math.floor(parts.context.clock() / 1000);
    await send("replayed", now, 3);
    await send("future", now + 120);
    await send("last", now);
    await expect.poll(() => answers.includes("/last")).toBe(true);
    expect(answers.toSorted()).toEqual(["/last", "/replayed"]);
  });

  /** Slack tells that somebody of another workspace has posted a secret; answers what it is answered. */
  async function postSecret(parts: Parts, url: string, secret: string): Promise<Response> {
    const now = Math.floor(parts.context.clock() / 1000);
    const body = JSON.stringify({
      type: "event_callback",
      team_id: "T0OTHERS001",
      context_team_id: "T0ACME00001",
      is_ext_shared_channel: true,
      event_id: "Ev1",
      event_time: now,
      authorizations: [{ enterprise_id: null, team_id: "T0ACME00001", user_id: "U0BOT", is_bot: true }],
      event: {
        type: "message",
        user: "U0OTHER0001",
        team: "T0OTHERS001",
        channel: "C0GENERAL01",
        ts: `${now}.000100`,
        text: `try 999999:${randomBytes(32).toString("base64")}`,
      },
    });
    const signature = `v0=${createHmac("sha256", secret).update(`v0:${now}:${body}`).digest("hex")}`;
    return fetch(url, {
      method: "POST",
      body,
      headers: {
        "content-type": "application/json",
        "x-slack-request-timestamp": String(now),
        "x-slack-signature": signature,
      },
    });
  }

  it("acknowledges a secret in a message once it is on record, and before it is tried", async () => {
    const leaks = { "try-secret": true, "lock-proved": false, "watch-channels": true };
    const stored = Promise.withResolvers<void>();
    const tried = Promise.withResolvers<void>();
    const { parts, url, secret } = await startHttp({ ...testPolicy(), leaks }, (context) => ({
      ...withStore(context, {
        commit: async (given) => {
          await stored.promise;
          return context.store.commit(given);
        },
      }),
      manager: {
        ...context.manager,
        describeKey: async (id) => {
          await tried.promise;
          return context.manager.describeKey(id);
        },
      },
    }));
    let answered = false;
    const answer = postSecret(parts, url, secret).finally(() => (answered = true));
    await new Promise((resolve) => setTimeout(resolve, 200));
    // A process that is killed now has acknowledged nothing, and Slack sends it again.
    expect(answered).toBe(false);
    stored.resolve();
    expect((await answer).status).toBe(200);
    const events = async () => (await parts.store.auditAfter(0, 100)).map(({ event }) => event);
    expect(await events()).toEqual(["leak.found"]);
    tried.resolve();
    await expect.poll(events).toEqual(["leak.found", "leak.reported"]);
  });

  it("sees a secret in a channel shared with another workspace, by whose name Slack calls the event", async () => {
    const leaks = { "try-secret": false, "lock-proved": false, "watch-channels": true };
    const { parts, url, secret } = await startHttp({ ...testPolicy(), leaks });
    await postSecret(parts, url, secret);
    const events = async () => (await parts.store.auditAfter(0, 100)).map(({ event }) => event);
    await expect.poll(events).toContain("leak.found");
  });
});
