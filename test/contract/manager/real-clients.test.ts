import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { get } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ownTls } from "../../../src/embedded-manager/own-authority.ts";
import { startEmbeddedManager } from "../../../src/embedded-manager/server.ts";
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

describe("what the SDKs make of answers", () => {
  /** What the vendor's JavaScript SDK shows of an error: the body less these (contract 8). */
  const shown = (body: string) => body.replaceAll(/message|[:{}"\\]/g, "");

  it("a deletion is 200 with nothing to read (11.6)", async () => {
    const key = await manager.make({ keyName: "deleted by an SDK" });
    const sent = { secret: manager.botSecret, headers: PYTHON };
    const answer = await send(manager.url, "DELETE", `/apikeys/${key.ID}`, sent);
    expect([answer.status, answer.text]).toEqual([200, ""]);
  });

  it("no key is ever in a language that the Python SDK cannot read (11.7)", async () => {
    for (const locale of ["de-DE", "EN-us", "", "ja"])
      expect(
        (await manager.call("POST", "/apikeys", { keyName: "language", roleID: 1, locale })).status,
      ).toBe(400);
    const { json } = await manager.call("GET", "/apikeys");
    for (const key of json.apiKeys) expect(["en-US", "ja-JP"]).toContain(key.locale);
  });

  it("an error's text comes through the JavaScript SDK whole (11.8)", async () => {
    const refused = await send(manager.url, "POST", "/apikeys", {
      secret: manager.botSecret,
      headers: NODE,
      body: { keyName: "x", roleID: "none" },
    });
    expect(shown(refused.text)).toBe("The value of roleID is not valid.");
    const missing = await send(manager.url, "GET", "/apikeys/9999", {
      secret: manager.botSecret,
      headers: NODE,
    });
    expect(shown(missing.text)).toBe("The API key does not exist.");
  });

  it("two keys used by turns on one connection stay two (11.9)", async () => {
    const other = await manager.make({ keyName: "second of a process", roleID: 2 });
    const { hostname, port } = new URL(manager.url);
    const ask = (secret: string, last: boolean) =>
      [
        "GET /api/apikeys/current HTTP/1.1",
        `Host: ${hostname}:${port}`,
        "api-version: v1",
        `api-secret-key: ${secret}`,
        `Connection: ${last ? "close" : "keep-alive"}`,
        "",
        "",
      ].join("\r\n");
    const socket = connect(Number(port), hostname);
    socket.end(ask(manager.botSecret, false) + ask(other.secretKey, false) + ask(manager.botSecret, true));
    const names = [...(await text(socket)).matchAll(/"keyName":"([^"]+)"/g)].map(([, name]) => name);
    expect(names).toEqual(["portcullis", "second of a process", "portcullis"]);
  });

  it("the order of members, spaces and a charset do not matter (11.13)", async () => {
    const answer = await send(manager.url, "POST", "/apikeys", {
      secret: manager.botSecret,
      headers: { "content-type": "Application/JSON; Charset=UTF-8" },
      body: ' \n{ "roleID" : 2 ,\t"keyName":"spaced \\u00e9" } ',
    });
    expect([answer.status, answer.json.keyName]).toEqual([200, "spaced é"]);
  });

  it("a look-up of a name that is not there finds nothing, and is no error (11.14)", async () => {
    const byName = { fieldName: "keyName", stringTest: "equal", stringValue: "not there" };
    const sent = { secret: manager.botSecret, headers: ANSIBLE, body: { searchCriteria: [byName] } };
    const { status, json } = await send(manager.url, "POST", "/apikeys/search", sent);
    expect([status, json]).toEqual([200, { apiKeys: [] }]);
  });
});

describe("clients of a manager with an authority of its own (11.8, 11.10)", () => {
  it("trust it by its file, are cut off without, and work where they check nothing", async () => {
    const folder = mkdtempSync(join(tmpdir(), "manager-tls-"));
    const own = await ownTls(folder, "127.0.0.1", Date.now());
    await using secure = await startEmbeddedManager({ data: ":memory:", tls: own.tls });
    const { port } = new URL(secure.url);
    const status = async (options: object) =>
      new Promise((resolve, reject) => {
        const path = "/api/apikeys";
        get({ host: "127.0.0.1", port, path, headers: { "api-version": "v1" }, agent: false, ...options })
          .on("response", (response) => resolve(response.resume().statusCode))
          .on("error", reject);
      });
    expect(await status({ ca: readFileSync(own.authorityFile) })).toBe(401);
    await expect(status({})).rejects.toThrow(/self-signed certificate|unable to/);
    expect(await status({ rejectUnauthorized: false })).toBe(401);
    rmSync(folder, { recursive: true });
  });
});

describe("a session's cookie (11.12)", () => {
  it("comes back with its attributes, and works", async () => {
    const { headers } = await manager.signIn();
    expect(headers.cookie).toContain("; Path=/; Secure; HttpOnly");
    expect((await send(manager.url, "GET", "/apikeys", { headers })).status).toBe(200);
  });
});
