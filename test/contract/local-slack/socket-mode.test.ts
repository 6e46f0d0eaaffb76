import { request } from "node:http";
import { connect as netConnect } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { startTestSlack, TestClock, type TestSlack } from "../../support/local-slack.ts";
import { manifestOf } from "./bolt.ts";

type Frame = Record<string, unknown> & { envelope_id?: string };

const manifest = manifestOf({
  commands: ["/do"],
  events: ["message.im"],
  scopes: ["commands", "chat:write", "im:history"],
});

async function start(clock = new TestClock()): Promise<TestSlack> {
  const slack = await startTestSlack({ manifest, clock });
  onTestFinished(() => slack.close());
  return slack;
}

async function ticket(slack: TestSlack): Promise<string> {
  const response = await fetch(`${slack.apiUrl}apps.connections.open`, {
    method: "POST",
    headers: { authorization: `Bearer ${slack.app.appToken}` },
  });
  return ((await response.json()) as { url: string }).url;
}

/** A plain WebSocket, so that each frame can be looked at. */
function connect(url: string) {
  const socket = new WebSocket(url);
  const frames: Frame[] = [];
  socket.on("message", (data: Buffer) => frames.push(JSON.parse(data.toString()) as Frame));
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => void socket.once("close", () => resolve()));
  const frame = (index: number): Promise<Frame> =>
    expect
      .poll(() => frames[index])
      .toBeDefined()
      .then(() => frames[index]!);
  return { socket, frames, closed, frame };
}

describe("Socket Mode", () => {
  it("greets first, and lets a ticket in once (R15, R16)", async () => {
    const slack = await start();
    const url = await ticket(slack);
    const first = connect(url);
    expect(await first.frame(0)).toMatchObject({
      type: "hello",
      num_connections: 1,
      connection_info: { app_id: slack.app.appId },
      debug_info: { approximate_connection_time: 3600 },
    });
    const second = connect(url);
    await second.closed;
    expect(second.frames).toEqual([]);
  });

  it("delivers each payload to one connection, in an envelope (R17, R20)", async () => {
    const slack = await start();
    const sockets = [connect(await ticket(slack)), connect(await ticket(slack))];
    for (const one of sockets) await one.frame(0);
    const ada = await slack.as("ada");
    const outcome = ada.command("/do it");
    await expect.poll(() => sockets.flatMap(({ frames }) => frames).length).toBe(3);
    const taker = sockets.find(({ frames }) => frames.length === 2)!;
    const envelope = taker.frames[1]!;
    expect(envelope).toMatchObject({
      type: "slash_commands",
      accepts_response_payload: true,
      envelope_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      payload: { command: "/do", text: "it" },
    });
    expect(envelope).not.toHaveProperty("retry_attempt");
    taker.socket.send(JSON.stringify({ envelope_id: envelope.envelope_id, payload: { text: "done" } }));
    expect(await outcome).toEqual({ ok: true });
    await ada.message("done");
  });

  it("tries an event again at once, after a minute and after five, the same each time (R12, R17)", async () => {
    const clock = new TestClock();
    const slack = await start(clock);
    const one = connect(await ticket(slack));
    await one.frame(0);
    const ada = await slack.as("ada");
    await ada.say("app", "hello");
    const first = await one.frame(1);
    expect(first).toMatchObject({
      type: "events_api",
      accepts_response_payload: false,
      retry_attempt: 0,
      retry_reason: "",
    });
    for (const [attempt, pause] of [100, 60_000, 300_000].entries()) {
      clock.advance(3000);
      await expect.poll(() => clock.next).toBe(pause);
      clock.advance(pause);
      const again = await one.frame(attempt + 2);
      expect(again).toMatchObject({
        retry_attempt: attempt + 1,
        retry_reason: "timeout",
        payload: first["payload"],
      });
    }
    clock.advance(3000);
    expect(clock.waiting).toBe(0);
  });

  it("stops trying when an event is acknowledged", async () => {
    const clock = new TestClock();
    const slack = await start(clock);
    const one = connect(await ticket(slack));
    await one.frame(0);
    await (await slack.as("ada")).say("app", "hello");
    const { envelope_id } = await one.frame(1);
    one.socket.send(JSON.stringify({ envelope_id, payload: {} }));
    await expect.poll(() => clock.waiting).toBe(0);
  });

  it("lets ten connections in and sends the eleventh away (R20)", async () => {
    const slack = await start();
    for (let count = 1; count <= 10; count += 1)
      expect(await connect(await ticket(slack)).frame(0)).toMatchObject({
        type: "hello",
        num_connections: count,
      });
    const eleventh = connect(await ticket(slack));
    expect(await eleventh.frame(0)).toMatchObject({ type: "disconnect", reason: "too_many_websockets" });
    await eleventh.closed;
  });

  it("warns ten seconds before the end of a short-lived connection (R15, R19)", async () => {
    const clock = new TestClock();
    const slack = await start(clock);
    const one = connect(`${await ticket(slack)}&debug_reconnects=true`);
    expect(await one.frame(0)).toMatchObject({ debug_info: { approximate_connection_time: 360 } });
    clock.advance(350_000);
    expect(await one.frame(1)).toMatchObject({ type: "disconnect", reason: "warning" });
    clock.advance(10_000);
    expect(await one.frame(2)).toMatchObject({ type: "disconnect", reason: "refresh_requested" });
    await one.closed;
  });

  it.each(["refresh_requested", "link_disabled"] as const)(
    "can be told to disconnect: %s (R19)",
    async (reason) => {
      const slack = await start();
      const one = connect(await ticket(slack));
      await one.frame(0);
      slack.setFaults({ rules: [{ fault: "socket_disconnect", reason, times: 1 }], away: [] });
      expect(await one.frame(1)).toMatchObject({ type: "disconnect", reason });
      await one.closed;
    },
  );

  it("can cut connections without a word", async () => {
    const slack = await start();
    const one = connect(await ticket(slack));
    await one.frame(0);
    slack.setFaults({ rules: [{ fault: "socket_close", times: 1 }], away: [] });
    await one.closed;
    expect(one.frames).toHaveLength(1);
  });

  it.each(["//", "/link/?ticket=none", "/nowhere"])("turns away whoever asks for %s", async (path) => {
    const slack = await start();
    const headers = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    };
    const { hostname: host, port } = new URL(slack.url);
    const status = await new Promise((resolve, reject) => {
      const call = request({ host, port, path, headers }, ({ statusCode }) => resolve(statusCode));
      call.on("error", reject).end();
    });
    expect(status).toBe(403);
    expect(await connect(await ticket(slack)).frame(0)).toMatchObject({ type: "hello" });
  });

  it("survives a broken frame, even from a connection that it sends away", async () => {
    const slack = await start();
    for (let count = 1; count <= 11; count += 1) {
      const url = new URL(await ticket(slack));
      const raw = netConnect(Number(url.port), url.hostname);
      raw.on("error", () => {});
      const closed = new Promise((resolve) => raw.once("close", resolve));
      raw.write(
        `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: Upgrade\r\n` +
          "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
      );
      if (count <= 10) await new Promise((resolve) => raw.once("data", resolve));
      else {
        raw.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
        raw.resume();
        await closed;
      }
    }
    slack.setFaults({ rules: [{ fault: "socket_close", times: 1 }], away: [] });
    expect(await connect(await ticket(slack)).frame(0)).toMatchObject({ type: "hello" });
  });

  it("survives nonsense on the wire", async () => {
    const slack = await start();
    const one = connect(await ticket(slack));
    await one.frame(0);
    for (const text of ["", "{", "[]", '{"envelope_id":7}', '{"envelope_id":"unknown"}'])
      one.socket.send(text);
    const outcome = (await slack.as("ada")).command("/do");
    const { envelope_id } = await one.frame(1);
    one.socket.send(JSON.stringify({ envelope_id }));
    expect(await outcome).toEqual({ ok: true });
  });
});
