import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DANGEROUS_RIGHTS } from "../../../src/domain/dangerous-rights.ts";
import { card, type Card } from "../../../src/domain/card.ts";
import { Fault } from "../../../src/domain/fault.ts";
import { Secret } from "../../../src/domain/secret.ts";
import { slackMessages } from "../../../src/slack/announce.ts";
import { slackClients } from "../../../src/slack/connection/clients.ts";
import type { Messages } from "../../../src/usecases/ports.ts";
import type { RequestCard } from "../../../src/usecases/card-content.ts";
import { ada, aClaimId, aKey, aRequestId, auditor, pendingRequest } from "../../support/domain.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let messages: Messages;
let answers: Record<string, Answer>;
let calls: { method: string; body: URLSearchParams }[];
let logged: string[];

const say =
  (body: object): Answer =>
  (_, response) =>
    void response.setHeader("content-type", "application/json").end(JSON.stringify(body));
const refuse = (error: string): Answer => say({ ok: false, error });

beforeEach(async () => {
  calls = [];
  logged = [];
  answers = {
    "conversations.open": say({ ok: true, channel: { id: "D1" } }),
    "chat.postMessage": say({ ok: true, channel: "D1", ts: "1.2" }),
    "chat.postEphemeral": say({ ok: true, message_ts: "1.2" }),
    "chat.update": say({ ok: true, channel: "C1", ts: "1.2" }),
  };
  server = createServer((request, response) => {
    const method = request.url?.slice(1) ?? "";
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      calls.push({ method, body: new URLSearchParams(body) });
      (answers[method] ?? refuse("unknown_method"))(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const line = (fields: object, message: string): void => void logged.push(JSON.stringify([fields, message]));
  const clients = slackClients(
    {
      botToken: new Secret("xoxb-1"),
      apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      mode: { kind: "socket", appToken: new Secret("xapp-1") },
    },
    { debug: line, info: line, warn: line, error: line },
  );
  messages = slackMessages(clients);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const VALUE = `7:${"A".repeat(43)}=`;
const showing = {
  to: ada,
  claim: aClaimId(),
  secret: new Secret(VALUE),
  keyName: "ci-deploy",
  key: aKey(),
  managerUrl: "https://dsm.example.com/api",
};
const faultOf = async (doing: Promise<unknown>): Promise<Fault> => {
  const error: unknown = await doing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Fault) return error;
  throw new Error(`no fault, but ${String(error)}`);
};
const sent = (method: string): URLSearchParams[] =>
  calls.filter((each) => each.method === method).map((each) => each.body);

describe("showing a secret", () => {
  it("goes to the person alone, in our own direct message with them", async () => {
    await messages.showSecret(showing);
    expect(calls.map((each) => each.method)).toEqual(["conversations.open", "chat.postEphemeral"]);
    const [post] = sent("chat.postEphemeral");
    expect(post?.get("channel")).toBe("D1");
    expect(post?.get("user")).toBe(ada);
    expect(post?.get("blocks")).toContain(VALUE);
    expect(post?.get("text")).not.toContain(VALUE);
  });

  it.each(["user_not_in_channel", "channel_not_found", "invalid_blocks", "messages_tab_disabled"])(
    "is certainly refused where Slack answers %s",
    async (error) => {
      answers["chat.postEphemeral"] = refuse(error);
      expect(await faultOf(messages.showSecret(showing))).toMatchObject({ code: "slack-refused" });
    },
  );

  it("is certainly refused where not even the direct message opened", async () => {
    answers["conversations.open"] = (request) => void request.socket.destroy();
    expect(await faultOf(messages.showSecret(showing))).toMatchObject({ code: "slack-refused" });
    expect(sent("chat.postEphemeral")).toEqual([]);
  });

  it.each<[string, Answer]>([
    ["ok, and nothing that only Slack knows", say({ ok: true })],
    ["internal_error", refuse("internal_error")],
    ["fatal_error", refuse("fatal_error")],
    ["a 500", (_, response) => void response.writeHead(500).end(VALUE)],
    ["a 429", (_, response) => void response.writeHead(429, { "retry-after": "1" }).end()],
    ["an answer that is cut", (request) => void request.socket.destroy()],
    ["an answer that is no JSON", (_, response) => void response.end("<html>")],
  ])("is uncertain after %s, and is never tried again", async (_, answer) => {
    answers["chat.postEphemeral"] = answer;
    const fault = await faultOf(messages.showSecret(showing));
    expect(fault.code).toBe("slack-uncertain");
    expect(sent("chat.postEphemeral")).toHaveLength(1);
  });

  it("leaves no secret in the log or the fault, whatever Slack echoes", async () => {
    answers["chat.postEphemeral"] = say({
      ok: false,
      error: "invalid_blocks",
      response_metadata: { messages: [`[ERROR] ${VALUE} [json-pointer:/blocks/1]`], warnings: [VALUE] },
    });
    const fault = await faultOf(messages.showSecret(showing));
    expect(fault.cause).toBeUndefined();
    expect(`${fault.message} ${fault.stack} ${logged.join()}`).not.toContain(VALUE);
  });
});

describe("drawing a card", () => {
  const content = (change: Partial<Card>): RequestCard => ({
    card: card.parse({
      id: "x",
      kind: "approval",
      subject: aRequestId(),
      to: { channel: "C1" },
      shows: 0,
      notBefore: 0,
      ...change,
    }),
    request: { version: 1, value: pendingRequest() },
    claim: undefined,
    roles: new Map([[2, auditor]]),
    groups: {},
    demands: [],
    dangers: [],
    dangerous: DANGEROUS_RIGHTS,
    missing: [],
  });
  const place = { channel: "C1", ts: "1.2" };

  it("posts it where it belongs, and answers where it stands", async () => {
    answers["chat.postMessage"] = say({ ok: true, channel: "C1", ts: "3.4" });
    expect(await messages.draw(content({}))).toEqual({ channel: "C1", ts: "3.4" });
    expect(sent("chat.postMessage")[0]?.get("channel")).toBe("C1");
  });

  it("opens the direct message first where it belongs to a person", async () => {
    expect(await messages.draw(content({ kind: "outcome", to: { person: ada } }))).toEqual({
      channel: "D1",
      ts: "1.2",
    });
    expect(sent("conversations.open")[0]?.get("users")).toBe(ada);
  });

  it("redraws it where it stands", async () => {
    expect(await messages.draw(content({ place }))).toEqual(place);
    expect(calls.map((each) => each.method)).toEqual(["chat.update"]);
    expect(sent("chat.update")[0]?.get("ts")).toBe("1.2");
  });

  it.each([
    ["chat.postMessage", "not_in_channel", {}, "slack-refused"],
    ["chat.postMessage", "is_archived", {}, "slack-refused"],
    ["chat.update", "message_not_found", { place }, "slack-message-gone"],
    ["chat.update", "channel_not_found", { place }, "slack-refused"],
    ["chat.postMessage", "internal_error", {}, "slack-unreachable"],
    ["chat.postMessage", "ratelimited", {}, "slack-unreachable"],
    ["chat.postMessage", "rate_limited", {}, "slack-unreachable"],
    ["chat.postMessage", "message_limit_exceeded", {}, "slack-unreachable"],
    ["chat.update", "team_added_to_org", { place }, "slack-unreachable"],
  ])("fails by name: %s answers %s", async (method, error, change, code) => {
    answers[method] = refuse(error);
    const fault = await faultOf(messages.draw(content(change)));
    expect(fault).toMatchObject({ code, message: `${method}: ${error}` });
  });

  it.each([
    ["conversations.open", "user_disabled", {}, "slack-nobody"],
    ["conversations.open", "user_not_found", {}, "slack-nobody"],
    ["conversations.open", "user_not_visible", {}, "slack-nobody"],
    ["conversations.open", "not_authed", {}, "slack-refused"],
    ["conversations.open", "internal_error", {}, "slack-unreachable"],
    ["chat.update", "channel_not_found", { place }, "slack-nobody"],
    ["chat.update", "message_not_found", { place }, "slack-message-gone"],
    ["chat.postMessage", "is_archived", {}, "slack-nobody"],
  ])("finds nobody there only where Slack says so: %s answers %s", async (method, error, change, code) => {
    answers[method] = refuse(error);
    const fault = await faultOf(messages.draw(content({ to: { person: ada }, ...change })));
    expect(fault).toMatchObject({ code, message: `${method}: ${error}` });
  });

  it("is not believed by an ok that says nothing of the message: Slack's always does", async () => {
    for (const method of ["chat.update", "chat.postMessage"]) answers[method] = say({ ok: true });
    for (const change of [{ place }, {}])
      expect(await faultOf(messages.draw(content(change)))).toMatchObject({ code: "slack-uncertain" });
  });

  it("does not repeat an answer that is no answer of Slack's", async () => {
    answers["chat.postMessage"] = (_, response) => void response.end("<html>a proxy's page</html>");
    expect(await faultOf(messages.draw(content({})))).toMatchObject({
      code: "slack-unreachable",
      message: "chat.postMessage",
    });
  });

  it("says how long Slack asks it to wait", async () => {
    answers["chat.update"] = (_, response) => void response.writeHead(429, { "retry-after": "7" }).end();
    const fault = await faultOf(messages.draw(content({ place })));
    expect(fault).toMatchObject({
      code: "slack-unreachable",
      message: "chat.update: rate limited, again in 7 s",
    });
  });

  it("is not posted twice when nobody knows whether it was posted", async () => {
    answers["chat.postMessage"] = (request) => void request.socket.destroy();
    expect(await faultOf(messages.draw(content({})))).toMatchObject({ code: "slack-unreachable" });
    expect(sent("chat.postMessage")).toHaveLength(1);
  });
});

it("tells one person that a secret is void", async () => {
  await messages.tell(ada, { kind: "secret-void", claim: aClaimId(), keyName: "ci-deploy" });
  expect(sent("chat.postMessage")[0]?.get("blocks")).toContain("ci-deploy");
});
