import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RawManager, rawManager, send } from "./raw-http.ts";

/** What real clients send, byte for byte where it matters (contract 11). */
let manager: RawManager;
beforeAll(async () => {
  manager = await rawManager();
});
afterAll(() => manager.close());

const PYTHON = { "user-agent": "Swagger-Codegen/1.0.0/python", accept: "application/json" };
const ANSIBLE = { "user-agent": "ansible-httpget", accept: "*/*" };
const NODE = { "user-agent": "node-superagent/3.5.2", accept: "application/json" };

describe("the vendor's SDKs", () => {
  it("send roleID as a text and get a number back (11.1)", async () => {
    const { status, json } = await send(manager.url, "POST", "/apikeys", {
      secret: manager.botSecret,
      headers: PYTHON,
      body: {
        keyName: "API Key",
        description: "Read-only access",
        locale: "en-US",
        roleID: "2",
        timeZone: "Asia/Tokyo",
        expiryDate: manager.time + 14 * 24 * 60 * 60 * 1000,
      },
    });
    expect([status, json.roleID]).toEqual([200, 2]);
  });

  it("send null for what they do not set (3.4)", async () => {
    const { status, json } = await send(manager.url, "POST", "/apikeys", {
      secret: manager.botSecret,
      headers: NODE,
      body: { keyName: "from JavaScript", description: null, roleID: "2", active: null, expiryDate: null },
    });
    expect([status, json.active, json.description]).toEqual([200, true, ""]);
  });

  it("send truths as texts (3.4)", async () => {
    const key = await manager.make({ keyName: "texts", active: "false" });
    expect(key.active).toBe(false);
  });

  it("ask for a new secret with Content-Length 0 and a JSON type (11.2)", async () => {
    const key = await manager.make({ keyName: "sdk rotation" });
    const { hostname, port } = new URL(manager.url);
    const socket = connect(Number(port), hostname);
    socket.end(
      [
        `POST /api/apikeys/${key.ID}/secretkey HTTP/1.1`,
        `Host: ${hostname}:${port}`,
        "Accept-Encoding: identity",
        "Content-Length: 0",
        "Accept: application/json",
        "Content-Type: application/json",
        "User-Agent: Swagger-Codegen/1.0.0/python",
        "api-version: v1",
        `api-secret-key: ${manager.botSecret}`,
        "Connection: close",
        "",
        "",
      ].join("\r\n"),
    );
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain(`"secretKey":"${key.ID}:`);
  });

  it.each(['{"current": true}', "{}", "null", "no JSON at all", '{"keyName":"changed","active":false}'])(
    "ask for a new secret with a body that nobody reads: %s (11.2)",
    async (body) => {
      const key = await manager.make({ keyName: `rotation ${body}` });
      const { status, json } = await manager.call("POST", `/apikeys/${key.ID}/secretkey`, body);
      expect([status, json.keyName, json.active]).toEqual([200, key.keyName, true]);
      const own = await manager.as(json.secretKey)("POST", "/apikeys/current/secretkey", body);
      expect([own.status, own.json.keyName]).toEqual([200, key.keyName]);
    },
  );

  it("find a role by its name", async () => {
    const body = { searchCriteria: [{ fieldName: "name", stringTest: "equal", stringValue: "Auditor" }] };
    const { json } = await send(manager.url, "POST", "/roles/search?overrides=false", {
      secret: manager.botSecret,
      headers: NODE,
      body,
    });
    expect(json.roles[0].ID).toBe(2);
  });
});

describe("automation modules", () => {
  it("send a JSON body with GET and DELETE (11.3)", async () => {
    const key = await manager.make({ keyName: "ansible" });
    const sent = { secret: manager.botSecret, headers: ANSIBLE, body: "{}" };
    const got = await send(manager.url, "GET", `/apikeys/${key.ID}`, sent);
    expect([got.status, got.json.keyName]).toEqual([200, "ansible"]);
    expect((await send(manager.url, "GET", "/apikeys", sent)).status).toBe(200);
    const gone = await send(manager.url, "DELETE", `/apikeys/${key.ID}`, sent);
    expect([gone.status, gone.text]).toEqual([200, ""]);
  });

  it("search with an empty body (11.4)", async () => {
    const { status, json } = await manager.call("POST", "/apikeys/search", "");
    expect(status).toBe(200);
    expect(json.apiKeys.length).toBeGreaterThan(0);
  });

  it("send members that nobody knows, and all eleven that everybody knows (11.5)", async () => {
    const key = await manager.make({ keyName: "module" });
    const body = {
      ...key,
      description: "changed",
      unlockTime: 0,
      lastSignIn: 0,
      expiryDate: 0,
      state: "present",
      ["__proto__"]: { polluted: true },
    };
    const { status, json } = await manager.call("POST", `/apikeys/${key.ID}`, body);
    expect([status, json.description, json.created]).toEqual([200, "changed", key.created]);
  });

  it("compare what create answered with a later look, and see no change (10.5)", async () => {
    const { secretKey: _, ...made } = await manager.make({ keyName: "idempotent" });
    expect((await manager.call("GET", `/apikeys/${made.ID}`)).json).toEqual(made);
  });

  it("find a name taken by the text of a 400 (12.9)", async () => {
    await manager.make({ keyName: "twice" });
    const { status, json } = await manager.call("POST", "/apikeys", { keyName: "twice", roleID: 1 });
    expect(status).toBe(400);
    expect(json.message).toContain("The requested username already exists.");
  });
});

describe("many calls on one connection (11.11)", () => {
  it("are answered in order", async () => {
    const { hostname, port } = new URL(manager.url);
    const ask = (path: string, last: boolean) =>
      [
        `GET /api${path} HTTP/1.1`,
        `Host: ${hostname}:${port}`,
        "api-version: v1",
        `api-secret-key: ${manager.botSecret}`,
        `Connection: ${last ? "close" : "keep-alive"}`,
        "",
        "",
      ].join("\r\n");
    const socket = connect(Number(port), hostname);
    socket.end(ask("/roles/2", false) + ask("/roles/99", false) + ask("/roles/1", true));
    const statuses = (await text(socket)).match(/HTTP\/1\.1 \d+/g);
    expect(statuses).toEqual(["HTTP/1.1 200", "HTTP/1.1 404", "HTTP/1.1 200"]);
  });
});
