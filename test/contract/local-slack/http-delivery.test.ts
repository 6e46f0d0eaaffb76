import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { startTestSlack, TestClock, type TestSlack } from "../../support/local-slack.ts";
import { manifestOf } from "./bolt.ts";

type Seen = { headers: IncomingHttpHeaders; body: string; path: string };

const manifest = manifestOf({
  commands: ["/do"],
  shortcuts: [{ name: "Short", type: "global", callback_id: "short" }],
  events: ["message.im"],
  scopes: ["commands", "chat:write", "im:history"],
  socket: false,
});

/** A bare HTTP server for the app's side, so that each request can be looked at. */
async function start(answer: (seen: Seen, response: ServerResponse, count: number) => void) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const one = { headers: request.headers, body, path: request.url ?? "" };
      if (body.includes("url_verification")) {
        const { challenge } = JSON.parse(body) as { challenge: string };
        response.end(challenge);
        return;
      }
      seen.push(one);
      answer(one, response, seen.length);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const clock = new TestClock();
  const slack: TestSlack = await startTestSlack({ manifest, clock });
  onTestFinished(() => slack.close());
  const { port } = server.address() as AddressInfo;
  expect(await slack.deliverTo(slack.app.appId, `http://127.0.0.1:${port}/slack/events`)).toBe(true);
  return { slack, seen, clock };
}

const ok = (_seen: Seen, response: ServerResponse): void => void response.end();

describe("signed HTTP delivery", () => {
  it("signs the raw body, in bare content types (R10, R11)", async () => {
    const { slack, seen, clock } = await start(ok);
    const ada = await slack.as("ada");
    await ada.command("/do it & more");
    await ada.shortcut("short");
    await ada.say("app", "hello");
    await expect.poll(() => seen.length).toBe(3);
    for (const { headers, body } of seen) {
      const timestamp = headers["x-slack-request-timestamp"];
      expect(timestamp).toBe(String(Math.floor(clock.now() / 1000)));
      const mac = createHmac("sha256", slack.app.signingSecret)
        .update(`v0:${String(timestamp)}:${body}`)
        .digest("hex");
      expect(headers["x-slack-signature"]).toBe(`v0=${mac}`);
    }
    const [command, shortcut, event] = seen;
    const form = "application/x-www-form-urlencoded";
    expect(command?.headers["content-type"]).toBe(form);
    expect(new URLSearchParams(command?.body).get("text")).toBe("it & more");
    expect(shortcut?.headers["content-type"]).toBe(form);
    const fields = new URLSearchParams(shortcut?.body);
    expect([...fields.keys()]).toEqual(["payload"]);
    expect(JSON.parse(fields.get("payload") ?? "")).toMatchObject({ type: "shortcut", callback_id: "short" });
    expect(event?.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(event?.body ?? "")).toMatchObject({ type: "event_callback", event: { text: "hello" } });
  });

  it("tells when the events URL does not echo the challenge (R11)", async () => {
    const { slack } = await start(ok);
    expect(await slack.deliverTo(slack.app.appId, "http://127.0.0.1:9/none")).toBe(false);
  });

  it("tries an event again three times, the same body, with its number and reason (R12)", async () => {
    const { slack, seen, clock } = await start((_seen, response) => response.writeHead(500).end());
    await (await slack.as("ada")).say("app", "hello");
    for (const [index, pause] of [100, 60_000, 300_000].entries()) {
      await expect.poll(() => seen.length).toBe(index + 1);
      await expect.poll(() => clock.next).toBe(pause);
      clock.advance(pause);
    }
    await expect.poll(() => seen.length).toBe(4);
    expect(new Set(seen.map(({ body }) => body)).size).toBe(1);
    expect(
      seen.map(({ headers }) => [headers["x-slack-retry-num"], headers["x-slack-retry-reason"]]),
    ).toEqual([
      [undefined, undefined],
      ["1", "http_error"],
      ["2", "http_error"],
      ["3", "http_error"],
    ]);
    await expect.poll(() => clock.waiting).toBe(0);
  });

  it("gives up at once on x-slack-no-retry (R12)", async () => {
    const { slack, seen, clock } = await start((_seen, response) =>
      response.writeHead(500, { "x-slack-no-retry": "1" }).end(),
    );
    await (await slack.as("ada")).say("app", "hello");
    await expect.poll(() => seen.length).toBe(1);
    await expect.poll(() => clock.waiting).toBe(0);
  });

  it("calls an answer that does not come a timeout (R12)", async () => {
    const { slack, seen, clock } = await start((_seen, response, count) => {
      if (count > 1) response.end();
    });
    await (await slack.as("ada")).say("app", "hello");
    await expect.poll(() => seen.length).toBe(1);
    clock.advance(3000);
    await expect.poll(() => clock.next).toBe(100);
    clock.advance(100);
    await expect.poll(() => seen.length).toBe(2);
    expect(seen[1]?.headers["x-slack-retry-reason"]).toBe("http_timeout");
  });

  it("follows two redirects and no third (R12)", async () => {
    const { slack, seen, clock } = await start((one, response) => {
      const step = Number(one.path.split("step=")[1] ?? "0") + 1;
      response.writeHead(307, { location: `/slack/events?step=${step}` }).end();
    });
    await (await slack.as("ada")).say("app", "hello");
    await expect.poll(() => clock.next).toBe(100);
    expect(seen.map(({ path }) => path)).toEqual([
      "/slack/events",
      "/slack/events?step=1",
      "/slack/events?step=2",
    ]);
    clock.advance(100);
    await expect.poll(() => seen.length).toBe(6);
    expect(seen.at(-1)?.headers["x-slack-retry-reason"]).toBe("too_many_redirects");
  });

  it("does not try commands again, and tells the person the kind of failure (R14)", async () => {
    const { slack, seen, clock } = await start((_seen, response, count) =>
      response.writeHead(count === 1 ? 500 : 404).end(),
    );
    const ada = await slack.as("ada");
    expect(await ada.command("/do")).toMatchObject({ error: "http_service_error" });
    expect(await ada.command("/do")).toMatchObject({ error: "http_client_error" });
    clock.advance(400_000);
    expect(seen).toHaveLength(2);
  });
});
