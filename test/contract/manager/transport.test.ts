import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REFUSALS } from "../../../src/embedded-manager/decisions.ts";
import { apiKeyCurrent, apiKeys, roles } from "../../../src/manager/wire.ts";
import { type RawManager, rawManager, send } from "./raw-http.ts";

let manager: RawManager;
beforeAll(async () => {
  manager = await rawManager();
});
afterAll(() => manager.close());

describe("transport (contract 1)", () => {
  it("answers with the headers of a real manager, and JSON without a charset", async () => {
    const { headers } = await manager.call("GET", "/apikeys/current");
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "x-frame-options": "SAMEORIGIN",
      "x-xss-protection": "1;mode=block",
      "cache-control": "no-cache,no-store",
      pragma: "no-cache",
    });
    expect(headers["x-dsm-version"]).toMatch(/^Deep Security\/20\.0\.\d+$/);
  });

  it("leaves members without a value out, and keeps empty texts and zero counters", async () => {
    const { secretKey: _, ...key } = await manager.make({ keyName: "plain" });
    expect(Object.keys(key)).toEqual([
      "keyName",
      "description",
      "locale",
      "roleID",
      "timeZone",
      "active",
      "created",
      "unsuccessfulSignInAttempts",
      "serviceAccount",
      "ID",
    ]);
    expect(key).toMatchObject({ description: "", unsuccessfulSignInAttempts: 0 });
  });

  it("answers a deletion with 200 and nothing", async () => {
    const key = await manager.make({ keyName: "short-lived" });
    const answer = await manager.call("DELETE", `/apikeys/${key.ID}`);
    expect([answer.status, answer.text]).toEqual([200, ""]);
  });

  it("does not care about the letter case of header names", async () => {
    const answer = await fetch(`${manager.url}/apikeys/current`, {
      headers: { "API-Version": "v1", "Api-Secret-Key": manager.botSecret },
    });
    expect(answer.status).toBe(200);
  });
});

describe("the schemas that server and client share", () => {
  it("fit every answer, and drop nothing of it", async () => {
    const { json: list } = await manager.call("GET", "/apikeys");
    expect(apiKeys.parse(list)).toEqual(list);
    const { json: own } = await manager.call("GET", "/apikeys/current");
    expect(apiKeyCurrent.parse(own)).toEqual(own);
    const { json: all } = await manager.call("GET", "/roles");
    expect(roles.parse(all)).toEqual(all);
  });
});

describe("the order of checks (contract 2.3)", () => {
  it("says 404 of an unknown path before anything else", async () => {
    const answer = await send(manager.url, "GET", "/nothing", { headers: { "api-version": "v9" } });
    expect([answer.status, answer.json]).toEqual([
      404,
      { message: "The requested resource does not exist." },
    ]);
  });

  it("says 404 of an ID that is no number", async () => {
    expect((await send(manager.url, "GET", "/apikeys/1x")).status).toBe(404);
    expect((await send(manager.url, "GET", "/apikeys/-1")).status).toBe(404);
  });

  it("says 405 of a method that a path does not have, and which it has", async () => {
    const put = await send(manager.url, "PUT", "/apikeys/1");
    expect([put.status, put.headers["allow"]]).toEqual([405, "GET, POST, DELETE"]);
    const patch = await manager.call("PATCH", "/roles/2", { name: "x" });
    expect([patch.status, patch.headers["allow"]]).toEqual([405, "GET, POST, DELETE"]);
    expect((await manager.call("DELETE", "/roles")).headers["allow"]).toBe("GET, POST");
  });

  it("says 400 of a missing or unknown api-version before it looks at credentials", async () => {
    const missing = await fetch(`${manager.url}/apikeys`);
    expect([missing.status, await missing.json()]).toEqual([
      400,
      { message: "The api-version header is missing." },
    ]);
    const unknown = await send(manager.url, "GET", "/apikeys", { headers: { "api-version": "v2" } });
    expect([unknown.status, unknown.json.message]).toEqual([400, "The API version is not supported."]);
  });

  it("says 401 before it reads the body", async () => {
    const answer = await send(manager.url, "POST", "/apikeys", { body: "{nonsense" });
    expect(answer.status).toBe(401);
  });

  it("says 400 of a body that is no JSON before it looks at rights", async () => {
    const { secretKey } = await manager.make({ keyName: "auditor-order", roleID: 2 });
    const answer = await manager.as(secretKey)("POST", "/apikeys", "{nonsense");
    expect([answer.status, answer.json.message]).toEqual([400, "The request body is not valid JSON."]);
  });

  it("says 403 before 404, and 404 before 400", async () => {
    const { secretKey } = await manager.make({ keyName: "auditor-order-2", roleID: 2 });
    expect((await manager.as(secretKey)("POST", "/apikeys/9999", { locale: "xx" })).status).toBe(403);
    expect((await manager.call("POST", "/apikeys/9999", { locale: "xx" })).status).toBe(404);
  });
});

describe("errors (contract 8)", () => {
  it("have one member, and no text has a character that clients cut out", () => {
    for (const [name, { text }] of Object.entries(REFUSALS)) {
      expect(text, name).not.toMatch(/[:{}"\\]|message/);
      expect(text.length, name).toBeGreaterThan(10);
    }
  });

  it("carry application/json and the manager's headers too", async () => {
    for (const answer of [
      await manager.call("GET", "/apikeys/9999"),
      await manager.call("GET", "/%zz"),
      await manager.call("GET", "/nothing"),
    ]) {
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.headers["content-type"]).toBe("application/json");
      expect(answer.headers["x-dsm-version"]).toBeDefined();
      expect(Object.keys(answer.json)).toEqual(["message"]);
    }
  });

  it("name the member that is wrong, and never its value", async () => {
    const answer = await manager.call("POST", "/apikeys", { keyName: "x", roleID: "<script>" });
    expect([answer.status, answer.text]).toEqual([400, '{"message":"The value of roleID is not valid."}']);
  });

  it("answer a form with 415 and a huge body with 413", async () => {
    const form = await send(manager.url, "POST", "/apikeys", {
      secret: manager.botSecret,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "keyName=x",
    });
    expect([form.status, form.json.message]).toEqual([
      415,
      "The content type is not supported. Use application/json.",
    ]);
    const huge = await manager.call("POST", "/apikeys", { keyName: "x".repeat(2 ** 20 + 1) });
    expect([huge.status, huge.json.message]).toEqual([413, "The request body is too large."]);
  });

  it.each(["[]", "7", '"text"', "null", ""])("answer the body %s with 400", async (body) => {
    const answer = await manager.call("POST", "/apikeys", body);
    expect([answer.status, answer.json.message]).toEqual([
      400,
      "The request body is missing or not an object.",
    ]);
  });

  it("answer a body nested without end with 400", async () => {
    const answer = await manager.call("POST", "/apikeys", "[".repeat(500_000) + "]".repeat(500_000));
    expect(answer.status).toBe(400);
  });

  it("are a bare 500 where the server itself fails", async () => {
    const failures: object[] = [];
    const log = { info: () => {}, error: (details: object) => void failures.push(details) };
    let failing = false;
    const now = () => {
      if (failing) throw new Error("the clock is gone from /var/lib");
      return 0;
    };
    await using manager = await rawManager({ log, now });
    failing = true;
    const answer = await manager.call("GET", "/apikeys");
    expect([answer.status, answer.text]).toEqual([
      500,
      '{"message":"The manager could not complete the request."}',
    ]);
    expect(failures).toEqual([{ err: expect.any(Error), path: "GET /api/apikeys" }]);
  });
});
