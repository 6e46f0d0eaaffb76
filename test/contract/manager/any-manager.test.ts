import { readFileSync } from "node:fs";
import { type Agent, request } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Secret } from "../../../src/domain/secret.ts";
import type { Trust } from "../../../src/domain/trust.ts";
import { REFUSALS } from "../../../src/embedded-manager/decisions.ts";
import { managerClient } from "../../../src/manager/client.ts";
import { connectionsTo } from "../../../src/manager/trust.ts";
import { type ApiKey, apiKeyCurrent, apiKeys, failure, roles } from "../../../src/manager/wire.ts";
import { startTestManager } from "../../support/embedded-manager.ts";

/*
 * What any manager must answer, so that the embedded one and a real one do not drift apart: always
 * against the embedded one; against a real one too where its credentials are in the environment:
 *
 *   CONTRACT_MANAGER_URL=https://HOST:4119/api CONTRACT_MANAGER_SECRET=… [CONTRACT_MANAGER_CA_FILE=…]
 *
 * A real one is only read, unless CONTRACT_MANAGER_WRITE=1 says that keys may be made there; each is
 * deleted again.
 */

type Target = { name: string; writes: boolean; open: () => Promise<Opened> };
type Opened = { url: string; secret: string; trust: Trust; close: () => Promise<void> };

const embedded: Target = {
  name: "the embedded manager",
  writes: true,
  async open() {
    const { url, botSecret: secret, close } = await startTestManager();
    return { url, secret, trust: { kind: "system" }, close };
  },
};

function real(): Target[] {
  const { CONTRACT_MANAGER_URL: url, CONTRACT_MANAGER_SECRET: secret, ...rest } = process.env;
  if (!url || !secret) return [];
  const file = rest["CONTRACT_MANAGER_CA_FILE"];
  const trust: Trust = file ? { kind: "authorities", pem: readFileSync(file, "utf8") } : { kind: "system" };
  const opened = { url: url.replace(/\/+$/, ""), secret, trust, close: async () => {} };
  const writes = rest["CONTRACT_MANAGER_WRITE"] === "1";
  return [{ name: "a real manager", writes, open: async () => opened }];
}

describe.each([embedded, ...real()])("$name", ({ writes, open }) => {
  let manager: Opened;
  let agent: Agent;
  const made = new Set<number>();

  const call = async (
    method: "GET" | "POST" | "DELETE",
    path: string,
    body?: unknown,
    change: object = {},
  ) => {
    const answer = await request(`${manager.url}${path}`, {
      dispatcher: agent,
      method,
      headers: {
        "api-version": "v1",
        "content-type": "application/json",
        "api-secret-key": manager.secret,
        ...change,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    const json: unknown = text === "" ? undefined : JSON.parse(text);
    return { status: answer.statusCode, headers: answer.headers, json };
  };
  const refused = (answer: { status: number; json: unknown }) => {
    expect(Object.keys(answer.json as object)).toEqual(["message"]);
    expect(failure.parse(answer.json).message).not.toMatch(/[:{}"\\]|message/);
    return answer.status;
  };

  beforeAll(async () => {
    manager = await open();
    agent = connectionsTo(manager.trust);
  });
  afterAll(async () => {
    for (const id of made) await call("DELETE", `/apikeys/${id}`);
    await agent?.close();
    await manager?.close();
  });

  describe("answers a reader", () => {
    it("with JSON and its version in a header (contract 1)", async () => {
      const { status, headers } = await call("GET", "/apikeys/current");
      expect(status).toBe(200);
      expect(headers["content-type"]).toMatch(/^application\/json/);
      expect(headers["x-dsm-version"]).toMatch(/^Deep Security\/\d+\.\d+\.\d+/);
    });

    it("describes the key that is used, without its secret (contract 3.1, 10.6)", async () => {
      const { json } = await call("GET", "/apikeys/current");
      expect(apiKeyCurrent.parse(json).ID).toBeGreaterThan(0);
      expect(json).not.toHaveProperty("secretKey");
      for (const value of Object.values(json as object)) expect(value).not.toBeNull();
    });

    it("lists keys in order of ID, none with its secret, all in a locale that clients can read", async () => {
      const { json } = await call("GET", "/apikeys");
      const ids = apiKeys.parse(json).apiKeys.map((key) => key.ID);
      expect(ids).toEqual(ids.toSorted((a, b) => a - b));
      expect(JSON.stringify(json)).not.toContain("secretKey");
      for (const { locale } of apiKeys.parse(json).apiKeys) expect(["en-US", "ja-JP"]).toContain(locale);
    });

    it("finds everything with an empty search, and pages by ID (contract 7)", async () => {
      const all = apiKeys.parse((await call("GET", "/apikeys")).json).apiKeys.map((key) => key.ID);
      const search = async (body: object) =>
        apiKeys.parse((await call("POST", "/apikeys/search", body)).json).apiKeys.map((key) => key.ID);
      expect((await search({})).toSorted((a, b) => a - b)).toEqual(all);
      const [first = 0] = all;
      const after = { idTest: "greater-than", idValue: first };
      expect(await search({ maxItems: 1, searchCriteria: [after], sortByObjectID: true })).toEqual(
        all.slice(1, 2),
      );
      expect(await search({ searchCriteria: [{ idValue: first }] })).toEqual([first]);
    });

    it("has Full Access as role 1, immutable, with every right (contract 4.4)", async () => {
      const found = roles.parse((await call("GET", "/roles")).json).roles.find((role) => role.ID === 1);
      expect(found).toMatchObject({
        name: "Full Access",
        immutable: true,
        allComputers: true,
        allPolicies: true,
      });
      expect(JSON.stringify(found?.rights)).not.toContain("false");
    });

    it("refuses as the table of decisions says, in one member that clients do not mangle (contract 8)", async () => {
      const wrong = { "api-secret-key": `${manager.secret.split(":")[0]}x:${"A".repeat(43)}=` };
      expect(refused(await call("GET", "/apikeys", undefined, wrong))).toBe(REFUSALS.notAuthenticated.status);
      expect(refused(await call("GET", "/apikeys/2147483647"))).toBe(404);
      const old = { "api-version": "v0" };
      expect(refused(await call("GET", "/apikeys", undefined, old))).toBe(REFUSALS.versionUnknown.status);
    });

    it("satisfies the client that this program uses", async () => {
      const client = managerClient({ ...manager, secret: new Secret(manager.secret), timeoutMs: 30_000 });
      const own = await client.describeCurrent();
      expect(await client.describeKey(own.id)).toMatchObject({ id: own.id, name: own.name });
      expect(await client.keyNamed(own.name)).toMatchObject({ id: own.id });
      expect((await client.roles()).map((role) => role.id)).toContain(own.role);
      await client.close();
    });
  });

  describe.runIf(writes)("answers a writer", () => {
    const make = async (members: object) => {
      const answer = await call("POST", "/apikeys", {
        keyName: `contract ${crypto.randomUUID()}`,
        ...members,
      });
      const key = answer.json as ApiKey & { secretKey: string };
      if (answer.status === 200) made.add(key.ID);
      return { ...answer, key };
    };
    const use = async (secret: string) =>
      (await call("GET", "/apikeys/current", undefined, { "api-secret-key": secret })).status;

    it("with a key and its secret, once; a role may come as text (contract 3.2, 11.1)", async () => {
      const { status, key } = await make({ roleID: "2", description: "made by the contract's suite" });
      expect(status).toBe(200);
      expect(key).toMatchObject({
        roleID: 2,
        active: true,
        unsuccessfulSignInAttempts: 0,
        serviceAccount: false,
      });
      expect(await use(key.secretKey)).toBe(200);
      const { json } = await call("GET", `/apikeys/${key.ID}`);
      expect(json).toMatchObject({ ID: key.ID, description: "made by the contract's suite" });
      expect(json).not.toHaveProperty("secretKey");
    });

    it("refuses a name that is taken with the words that scripts look for (contract 3.3)", async () => {
      const { key } = await make({ roleID: 2 });
      const again = await call("POST", "/apikeys", { keyName: key.keyName, roleID: 2 });
      expect(again.status).toBe(400);
      expect(failure.parse(again.json).message).toContain("The requested username already exists.");
    });

    it("changes what is sent and leaves the rest, and zero clears a date (contract 3.2, 3.4)", async () => {
      const expiryDate = Date.now() + 86_400_000;
      const { key } = await make({ roleID: 2, description: "kept", expiryDate });
      const named = await call("POST", `/apikeys/${key.ID}`, { timeZone: "Asia/Tokyo" });
      expect(named.json).toMatchObject({ timeZone: "Asia/Tokyo", description: "kept", expiryDate });
      const cleared = await call("POST", `/apikeys/${key.ID}`, { expiryDate: 0 });
      expect(cleared.json).not.toHaveProperty("expiryDate");
    });

    it("locks a key out and lets it in again (contract 10.1)", async () => {
      const { key } = await make({ roleID: 2 });
      expect((await call("POST", `/apikeys/${key.ID}`, { active: false })).json).toMatchObject({
        active: false,
      });
      expect(await use(key.secretKey)).toBe(REFUSALS.notAuthenticated.status);
      expect((await call("POST", `/apikeys/${key.ID}`, { active: true })).json).toMatchObject({
        active: true,
      });
      expect(await use(key.secretKey)).toBe(200);
    });

    it("makes a new secret, from which on the old one is dead, whatever the body (contract 10.3, 11.2)", async () => {
      const { key } = await make({ roleID: 2 });
      const { json } = await call("POST", `/apikeys/${key.ID}/secretkey`, { current: true });
      const { secretKey } = json as { secretKey: string };
      expect(secretKey).not.toBe(key.secretKey);
      expect(await use(secretKey)).toBe(200);
      expect(await use(key.secretKey)).toBe(REFUSALS.notAuthenticated.status);
    });

    it("deletes with 200, after which the key is gone (contract 11.6)", async () => {
      const { key } = await make({ roleID: 2 });
      expect((await call("DELETE", `/apikeys/${key.ID}`, {})).status).toBe(200);
      expect((await call("GET", `/apikeys/${key.ID}`)).status).toBe(404);
      made.delete(key.ID);
    });
  });
});
