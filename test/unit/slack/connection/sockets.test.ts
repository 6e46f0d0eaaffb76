import { getEventListeners, once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { App, ReceiverEvent } from "@slack/bolt";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { Sockets } from "../../../../src/slack/connection/sockets.ts";
import { type Parts, startParts } from "../../../support/context.ts";

let ending = new AsyncDisposableStack();
afterEach(async () => {
  await ending.disposeAsync();
  ending = new AsyncDisposableStack();
});

/** Waits for as long as a busy machine may need. */
const soon = <T>(look: () => T) => expect.poll(look, { timeout: 10_000, interval: 20 });

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function socketsTo(
  apiUrl: string,
  appToken = "xapp-1",
  more: Partial<ConstructorParameters<typeof Sockets>[0]> = {},
): Sockets {
  const sockets = new Sockets({
    appToken,
    log: quiet,
    clientOptions: () => ({
      slackApiUrl: apiUrl,
      retryConfig: { retries: 0 },
      timeout: 1500,
      rejectRateLimitedCalls: true,
    }),
    ...more,
  });
  ending.defer(async () => sockets.stop());
  return sockets;
}

type Manner =
  | "is another's page"
  | "is no answer"
  | "asks to wait for years"
  | "asks to wait for no time"
  | "greets"
  | "greets, then is dead"
  | "takes the call alone"
  | "is silent"
  | "hangs"
  | "refuses";

/** A Slack that opens sockets as it is told, one manner after the other; the last one stays. */
async function slackThat(...manners: Manner[]) {
  let asked = 0;
  const open = new Set<WebSocket>();
  const raw = new Set<Duplex>();
  const manner = (): Manner => manners[Math.min(asked - 1, manners.length - 1)]!;
  const server = createServer((_, response) => {
    asked += 1;
    if (manner() === "hangs") return;
    const { port } = server.address() as AddressInfo;
    if (manner() === "is another's page") return void response.end("<html>Back in a moment</html>");
    if (manner() === "asks to wait for years")
      return void response.writeHead(429, { "retry-after": "100000000" }).end();
    if (manner() === "asks to wait for no time")
      return void response.writeHead(429, { "retry-after": "0" }).end();
    response.setHeader("content-type", "application/json");
    if (manner() === "is no answer") return void response.end("{}");
    const url = `ws://127.0.0.1:${port}/link?at=${asked - 1}`;
    const answer = manner() === "refuses" ? { ok: false, error: "invalid_auth" } : { ok: true, url };
    response.end(JSON.stringify(answer));
  });
  const sockets = new WebSocketServer({ noServer: true, autoPong: true });
  server.on("upgrade", (request, socket, head) => {
    raw.add(socket);
    socket.on("error", () => socket.destroy());
    const at = Number(new URL(request.url ?? "", "http://x").searchParams.get("at"));
    const how = manners[Math.min(at, manners.length - 1)]!;
    if (how === "is silent") return;
    sockets.handleUpgrade(request, socket, head, (connection) => {
      open.add(connection);
      connection.on("close", () => open.delete(connection)).on("error", () => {});
      if (how !== "takes the call alone") connection.send(JSON.stringify({ type: "hello" }));
      if (how === "greets, then is dead") socket.pause();
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  ending.defer(() => {
    for (const each of raw) each.destroy();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/api/`, asked: () => asked, open };
}

describe("the sockets to Slack", () => {
  it("are two, each replaced when it ends", async () => {
    const slack = await slackThat("greets");
    let lost = 0;
    const sockets = socketsTo(slack.url, "xapp-1", { lost: () => (lost += 1) });
    await sockets.start();
    await soon(() => sockets.connected).toBe(2);
    const before = [...slack.open];
    before[0]!.terminate();
    await soon(() => lost).toBe(1);
    expect(sockets.connected).toBeGreaterThanOrEqual(1);
    await soon(() => sockets.connected).toBe(2);
    for (const each of slack.open)
      each.send(JSON.stringify({ type: "disconnect", reason: "refresh_requested" }));
    await soon(() => lost).toBe(3);
    await soon(() => sockets.connected).toBe(2);
    expect([...slack.open].filter((each) => before.includes(each))).toEqual([]);
  });

  it.each(["takes the call alone", "is silent", "hangs"] as const)(
    "are asked for anew where Slack %s",
    async (manner) => {
      const slack = await slackThat(manner, manner, "greets");
      const sockets = socketsTo(slack.url, "xapp-1", { patience: { greeting: 600 } });
      await sockets.start();
      await soon(() => sockets.connected).toBe(2);
      expect(slack.asked()).toBeGreaterThanOrEqual(4);
    },
  );

  it.each(["is another's page", "is no answer"] as const)(
    "are asked for anew at once where what answers %s, which is no word of Slack's",
    async (manner) => {
      const slack = await slackThat(manner, manner, "greets");
      const pauses: number[] = [];
      const sockets = socketsTo(slack.url, "xapp-1", { pause: async (ms) => void pauses.push(ms) });
      await sockets.start();
      await soon(() => sockets.connected).toBe(2);
      expect(Math.max(...pauses)).toBeLessThan(60_000);
    },
  );

  it("count as gone when nothing answers on them any more, and are replaced", async () => {
    const slack = await slackThat("greets, then is dead", "greets, then is dead", "greets");
    let lost = 0;
    const sockets = socketsTo(slack.url, "xapp-1", {
      lost: () => (lost += 1),
      patience: { greeting: 5000, pong: 300 },
    });
    await sockets.start();
    await soon(() => lost).toBeGreaterThanOrEqual(2);
    await soon(() => sockets.connected).toBe(2);
  });

  it("whose token is taken away are asked for once a minute, in case it is given back", async () => {
    const slack = await slackThat("greets", "greets", "refuses", "refuses", "greets");
    const pauses: number[] = [];
    const sockets = socketsTo(slack.url, "xapp-1", { pause: async (ms) => void pauses.push(ms) });
    await sockets.start();
    await soon(() => sockets.connected).toBe(2);
    for (const each of slack.open) each.terminate();
    await soon(() => slack.asked()).toBe(6);
    await soon(() => sockets.connected).toBe(2);
    expect(pauses.filter((ms) => ms === 60_000)).toHaveLength(2);
  });

  it("are asked for again as Slack says, yet neither at once nor after years", async () => {
    const [years, none] = ["asks to wait for years", "asks to wait for no time"] as const;
    const slack = await slackThat(years, years, none, none, none, none, "greets");
    const pauses: number[] = [];
    const sockets = socketsTo(slack.url, "xapp-1", { pause: async (ms) => void pauses.push(ms) });
    await sockets.start();
    await soon(() => sockets.connected).toBe(2);
    expect(Math.max(...pauses)).toBe(600_000);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(250);
  });

  it("are not remembered once they are gone", async () => {
    const slack = await slackThat("is no answer");
    const remembered: number[] = [];
    const sockets = socketsTo(slack.url, "xapp-1", {
      pause: async (_, signal) => {
        remembered.push(getEventListeners(signal, "abort").length);
        await new Promise((resolve) => void setImmediate(resolve));
      },
    });
    void sockets.start().catch(() => {});
    await soon(() => remembered.length).toBeGreaterThan(20);
    expect(Math.max(...remembered)).toBeLessThanOrEqual(2);
  });

  describe("over which clicks have come in that are not acknowledged yet", () => {
    async function clicked(patience: { answer: number }) {
      const slack = await slackThat("greets");
      const sockets = socketsTo(slack.url, "xapp-1", { patience });
      const taken: ReceiverEvent[] = [];
      const over = Promise.withResolvers<void>();
      const processEvent = async (event: ReceiverEvent): Promise<void> => {
        taken.push(event);
        await over.promise;
      };
      ending.defer(over.resolve);
      sockets.init({ processEvent } as App);
      await sockets.start();
      await soon(() => sockets.connected).toBe(2);
      const answers: unknown[] = [];
      for (const [at, socket] of [...slack.open].entries()) {
        socket.on("message", (data: Buffer) => void answers.push(JSON.parse(data.toString())));
        socket.send(JSON.stringify({ type: "interactive", envelope_id: `click ${at}`, payload: {} }));
      }
      await soon(() => taken.length).toBe(2);
      return { sockets, taken, answers };
    }

    it("are let go of when each is, and not before", async () => {
      // Longer than the test may take: nothing but the answers lets go of them here.
      const { sockets, taken, answers } = await clicked({ answer: 60_000 });
      const stopped = sockets.stop();
      await taken[0]!.ack();
      await soon(() => answers.length).toBe(1);
      expect(sockets.connected).toBe(2);
      await taken[1]!.ack();
      await stopped;
      expect(sockets.connected).toBe(0);
      await soon(() => answers.length).toBe(2);
    });

    it("are let go of when nobody waits for that any more", async () => {
      const { sockets, answers } = await clicked({ answer: 1000 });
      await sockets.stop();
      expect(sockets.connected).toBe(0);
      expect(answers).toEqual([]);
    });
  });

  it("leave nothing open when they are stopped, not even what was only about to be", async () => {
    const slack = await slackThat("greets", "is silent");
    const sockets = socketsTo(slack.url);
    await sockets.start();
    await soon(slack.asked).toBeGreaterThanOrEqual(2);
    await sockets.stop();
    expect(sockets.connected).toBe(0);
    await soon(() => slack.open.size).toBe(0);
    const asked = slack.asked();
    await sockets.stop();
    expect(slack.asked()).toBe(asked);
  });
});

describe("with local Slack", () => {
  async function started(): Promise<{ parts: Parts; sockets: Sockets }> {
    const parts = ending.use(await startParts());
    const sockets = socketsTo(parts.slack.apiUrl, parts.slack.app.appToken);
    await sockets.start();
    await soon(() => sockets.connected).toBe(2);
    return { parts, sockets };
  }

  it.each([
    { fault: "socket_close" as const },
    { fault: "socket_disconnect" as const, reason: "refresh_requested" as const },
    { fault: "socket_disconnect" as const, reason: "warning" as const },
    { fault: "socket_disconnect" as const, reason: "too_many_websockets" as const },
  ])("both come back after $fault $reason", async (rule) => {
    const { parts, sockets } = await started();
    parts.slack.setFaults({ rules: [{ ...rule, times: 1 }], away: [] });
    await soon(() => sockets.connected).toBeLessThan(2);
    await soon(() => sockets.connected).toBe(2);
  });

  it("an hour without Slack is survived, asked for again every ten seconds at most", async () => {
    const parts = ending.use(await startParts());
    const pauses: number[] = [];
    const hour = Promise.withResolvers<void>();
    const rules = [{ fault: "http_500" as const, method: "apps.connections.open" }];
    const sockets = socketsTo(parts.slack.apiUrl, parts.slack.app.appToken, {
      pause: async (ms) => {
        pauses.push(ms);
        // Two sockets, each with an hour of its own.
        if (pauses.reduce((sum, each) => sum + each, 0) < 2 * 3600 * 1000) return;
        hour.resolve();
        await new Promise((resolve) => void setTimeout(resolve, 20));
      },
    });
    await sockets.start();
    await soon(() => sockets.connected).toBe(2);
    parts.slack.setFaults({ rules: [...rules, { fault: "socket_close", times: 1 }], away: [] });
    await hour.promise;
    expect(sockets.connected).toBe(0);
    expect(Math.max(...pauses)).toBe(10_000);
    parts.slack.setFaults({ rules: [], away: [] });
    await soon(() => sockets.connected).toBe(2);
  });

  it("an outage, whatever it looks like, is survived, and the answer about it is true all the time", async () => {
    const { parts, sockets } = await started();
    for (const fault of ["http_500", "internal_error", "hang", "cut_before"] as const) {
      const rules = [{ fault, method: "apps.connections.open" }];
      parts.slack.setFaults({ rules: [...rules, { fault: "socket_close", times: 1 }], away: [] });
      await soon(() => sockets.connected).toBe(0);
      parts.slack.setFaults({ rules: [], away: [] });
      await soon(() => sockets.connected).toBe(2);
    }
  });
});
