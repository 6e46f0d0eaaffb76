import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RawManager, rawManager } from "./raw-http.ts";

let manager: RawManager;
beforeAll(async () => {
  manager = await rawManager();
});
afterAll(() => manager.close());

const modify = async (id: number, change: object) => manager.call("POST", `/apikeys/${id}`, change);

describe("making a key (contract 3.3)", () => {
  it("fills in what was left out", async () => {
    expect(await manager.make({ keyName: "defaults" })).toMatchObject({
      description: "",
      locale: "en-US",
      timeZone: "Etc/UTC",
      active: true,
      created: manager.time,
      unsuccessfulSignInAttempts: 0,
      serviceAccount: false,
    });
  });

  it("gives it the time zone of the key that makes it", async () => {
    const creator = await manager.make({ keyName: "in Tokyo", timeZone: "Asia/Tokyo" });
    const made = await manager.as(creator.secretKey)("POST", "/apikeys", { keyName: "also", roleID: 2 });
    expect(made.json.timeZone).toBe("Asia/Tokyo");
  });

  it("takes all members that can be set, inactive included", async () => {
    const wanted = {
      keyName: "all",
      description: "line one\nline two",
      locale: "ja-JP",
      roleID: 2,
      timeZone: "US/Eastern",
      active: false,
      unlockTime: manager.time + 1000,
      expiryDate: manager.time + 2000,
    };
    expect(await manager.make(wanted)).toMatchObject(wanted);
  });

  it("ignores what only the manager knows, and never refuses it", async () => {
    const sent = { created: 1, lastSignIn: 2, ID: 99, secretKey: "mine", serviceAccount: true };
    const key = await manager.make({ keyName: "eleven members", ...sent });
    expect(key).toMatchObject({ created: manager.time, serviceAccount: false });
    expect(key).not.toHaveProperty("lastSignIn");
    expect(key.ID).not.toBe(99);
    expect(key.secretKey).not.toBe("mine");
  });

  it.each([
    [{ roleID: 1 }, "The member keyName is required."],
    [{ keyName: "x" }, "The member roleID is required."],
    [{ keyName: "x", roleID: 77 }, "The role does not exist."],
    [{ keyName: "x", roleID: 2 ** 31 }, "The value of roleID is not valid."],
    [{ keyName: "x", roleID: 1.5 }, "The value of roleID is not valid."],
    [{ keyName: "", roleID: 1 }, "The value of keyName is not valid."],
    [{ keyName: "a\nb", roleID: 1 }, "The value of keyName is not valid."],
    [{ keyName: 7, roleID: 1 }, "The value of keyName is not valid."],
    [{ keyName: "x".repeat(255), roleID: 1 }, "The value of keyName is not valid."],
    [{ keyName: "x", roleID: 1, description: "x".repeat(4001) }, "The value of description is not valid."],
    [{ keyName: "x", roleID: 1, locale: "de-DE" }, "The value of locale is not valid."],
    [{ keyName: "x", roleID: 1, timeZone: "Mars/Olympus" }, "The value of timeZone is not valid."],
    [{ keyName: "x", roleID: 1, timeZone: "+01:00" }, "The value of timeZone is not valid."],
    [{ keyName: "x", roleID: 1, active: "yes" }, "The value of active is not valid."],
    [{ keyName: "x", roleID: 1, expiryDate: -1 }, "The value of expiryDate is not valid."],
    [{ keyName: "x", roleID: 1, expiryDate: 1 }, "The expiry date lies in the past."],
  ])("refuses %o with 400, and makes nothing", async (body, text) => {
    const answer = await manager.call("POST", "/apikeys", body);
    expect([answer.status, answer.json]).toEqual([400, { message: text }]);
    expect(await manager.search({ fieldName: "keyName", stringValue: "x" })).toEqual([]);
  });

  it.each(["Asia/Calcutta", "Europe/Kiev", "Etc/UTC", "UTC", "Asia/Kolkata", "SystemV/AST4ADT", "US/Samoa"])(
    "takes the time zone %s as it is spelt",
    async (timeZone) => {
      expect((await manager.make({ keyName: `in ${timeZone}`, timeZone })).timeZone).toBe(timeZone);
    },
  );

  it("takes a name of 254 characters", async () => {
    const keyName = "n".repeat(254);
    expect((await manager.make({ keyName })).keyName).toBe(keyName);
  });
});

describe("names (contract 3.3)", () => {
  it.each(["taken", "TAKEN", "MasterAdmin", "masteradmin"])("are unique: %s", async (keyName) => {
    await manager.call("POST", "/apikeys", { keyName: "taken", roleID: 2 });
    const answer = await manager.call("POST", "/apikeys", { keyName, roleID: 2 });
    expect([answer.status, answer.json.message]).toEqual([400, "The requested username already exists."]);
  });

  it("are unique in a modification too, but a key may change the case of its own", async () => {
    await manager.make({ keyName: "first" });
    const second = await manager.make({ keyName: "second" });
    expect((await modify(second.ID, { keyName: "FIRST" })).status).toBe(400);
    expect((await modify(second.ID, { keyName: "SECOND" })).json.keyName).toBe("SECOND");
  });

  it("are free again after a rename or a deletion", async () => {
    const key = await manager.make({ keyName: "old name" });
    await modify(key.ID, { keyName: "new name" });
    const next = await manager.make({ keyName: "old name" });
    await manager.call("DELETE", `/apikeys/${next.ID}`);
    expect((await manager.make({ keyName: "old name" })).ID).toBeGreaterThan(next.ID);
  });
});

describe("IDs (contract 6)", () => {
  it("are shared with users, so that the first key of a fresh manager is number 2", async () => {
    await using fresh = await rawManager();
    expect((await fresh.call("GET", "/apikeys")).json.apiKeys[0].ID).toBe(2);
  });

  it("are never used again", async () => {
    const key = await manager.make({ keyName: "last" });
    await manager.call("DELETE", `/apikeys/${key.ID}`);
    expect((await manager.make({ keyName: "after last" })).ID).toBe(key.ID + 1);
  });
});

describe("describe and list (contract 3.2)", () => {
  it("never show a secret (10.6)", async () => {
    const key = await manager.make({ keyName: "hidden" });
    for (const path of [`/apikeys/${key.ID}`, "/apikeys", "/apikeys/current"])
      expect((await manager.call("GET", path)).text).not.toContain("secretKey");
    expect((await modify(key.ID, { description: "x" })).text).not.toContain("secretKey");
  });

  it("list all keys by ID", async () => {
    const { json } = await manager.call("GET", "/apikeys");
    const ids = json.apiKeys.map((key: { ID: number }) => key.ID);
    expect(ids.length).toBeGreaterThan(1);
    expect(ids).toEqual(ids.toSorted((a: number, b: number) => a - b));
  });

  it.each(["GET", "POST", "DELETE"])("answer %s of an unknown ID with 404", async (method) => {
    for (const id of ["0", "1", "999999", "99999999999999999999"]) {
      const answer = await manager.call(method, `/apikeys/${id}`, method === "POST" ? {} : undefined);
      expect([answer.status, answer.json.message]).toEqual([404, "The API key does not exist."]);
    }
    expect((await manager.call("POST", "/apikeys/999999/secretkey")).status).toBe(404);
  });
});

describe("modify (contract 3.2, 3.4)", () => {
  it("changes what is sent and leaves the rest", async () => {
    const { secretKey: _, ...before } = await manager.make({ keyName: "partial", description: "kept" });
    const after = await modify(before.ID, { roleID: 2, locale: "ja-JP" });
    expect(after.json).toEqual({ ...before, roleID: 2, locale: "ja-JP" });
  });

  it("takes null for unset, hence unchanged", async () => {
    const expiryDate = manager.time + 5000;
    const key = await manager.make({ keyName: "nulls", description: "kept", expiryDate });
    const after = await modify(key.ID, { description: null, expiryDate: null, active: null, keyName: null });
    expect(after.json).toMatchObject({ keyName: "nulls", description: "kept", expiryDate, active: true });
  });

  it("takes 0 for no date and an empty text for no description", async () => {
    const key = await manager.make({ keyName: "zero", description: "x", expiryDate: manager.time + 5000 });
    const after = await modify(key.ID, { expiryDate: 0, description: "" });
    expect(after.json).not.toHaveProperty("expiryDate");
    expect(after.json.description).toBe("");
  });

  it("takes an expiry in the past, which ends the key at once", async () => {
    const key = await manager.make({ keyName: "ended" });
    expect((await modify(key.ID, { expiryDate: manager.time - 1 })).status).toBe(200);
    expect((await manager.as(key.secretKey)("GET", "/apikeys/current")).status).toBe(401);
  });

  it("changes nothing when any member is refused", async () => {
    const key = await manager.make({ keyName: "all or nothing" });
    expect((await modify(key.ID, { active: false, roleID: 77 })).status).toBe(400);
    expect((await manager.call("GET", `/apikeys/${key.ID}`)).json.active).toBe(true);
  });

  it("changes the role of a key at once", async () => {
    const key = await manager.make({ keyName: "demoted" });
    expect((await manager.as(key.secretKey)("GET", "/apikeys")).status).toBe(200);
    await modify(key.ID, { roleID: 2 });
    expect((await manager.as(key.secretKey)("GET", "/apikeys")).status).toBe(403);
  });
});

describe("the caller's own key (contract 2.4, 3.2)", () => {
  it("is described with role and tenant, before the ID", async () => {
    const key = await manager.make({ keyName: "who am I", roleID: 2 });
    const { json } = await manager.as(key.secretKey)("GET", "/apikeys/current");
    expect(json).toMatchObject({
      keyName: "who am I",
      roleURN: "urn:tmds:identity::0:role/Auditor",
      tenantID: 0,
      ID: key.ID,
    });
    expect(json.tenantGUID).toMatch(/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
    expect(Object.keys(json).slice(-4)).toEqual(["roleURN", "tenantID", "tenantGUID", "ID"]);
  });

  it("may change its own name, description, language and time zone, whatever its rights", async () => {
    const key = await manager.make({ keyName: "self", roleID: 2 });
    const change = { keyName: "myself", description: "d", locale: "ja-JP", timeZone: "Asia/Tokyo" };
    const answer = await manager.as(key.secretKey)("POST", "/apikeys/current", change);
    expect(answer.json).toMatchObject({ ...change, tenantID: 0 });
  });

  it.each([{ roleID: 1 }, { active: false }, { expiryDate: 4_102_444_800_000 }])(
    "is refused %o for itself with 403, and nothing else of it is done",
    async (change) => {
      const key = await manager.make({ keyName: `greedy ${JSON.stringify(change)}`, roleID: 2 });
      const as = manager.as(key.secretKey);
      const answer = await as("POST", "/apikeys/current", { description: "x", ...change });
      expect([answer.status, answer.json.message]).toEqual([
        403,
        "Not authorized to modify API keys or the requested modification is not permitted.",
      ]);
      expect((await as("GET", "/apikeys/current")).json.description).toBe("");
    },
  );

  it("may send back what it has read", async () => {
    const key = await manager.make({ keyName: "echo", expiryDate: manager.time + 1_000_000 });
    const as = manager.as(key.secretKey);
    const { json } = await as("GET", "/apikeys/current");
    expect((await as("POST", "/apikeys/current", { ...json, description: "x" })).status).toBe(200);
  });

  it("may get a new secret, answered as a plain key", async () => {
    const key = await manager.make({ keyName: "own rotation", roleID: 2 });
    const { json } = await manager.as(key.secretKey)("POST", "/apikeys/current/secretkey");
    expect(json).not.toHaveProperty("tenantID");
    expect((await manager.as(key.secretKey)("GET", "/apikeys/current")).status).toBe(401);
    expect((await manager.as(json.secretKey)("GET", "/apikeys/current")).status).toBe(200);
  });

  it("may lock or delete itself: that call is answered, the next is not (10.4)", async () => {
    const key = await manager.make({ keyName: "leaving" });
    const as = manager.as(key.secretKey);
    expect((await as("POST", `/apikeys/${key.ID}`, { active: false })).json.active).toBe(false);
    expect((await as("GET", "/apikeys/current")).status).toBe(401);
  });
});

describe("rights (contract 2.4)", () => {
  it.each([
    ["GET", "/apikeys", "Not authorized to view API keys."],
    ["POST", "/apikeys/search", "Not authorized to view API keys."],
    ["GET", "/apikeys/2", "Not authorized to view API keys."],
    ["POST", "/apikeys", "Not authorized to create API keys."],
    [
      "POST",
      "/apikeys/2",
      "Not authorized to modify API keys or the requested modification is not permitted.",
    ],
    ["POST", "/apikeys/2/secretkey", "Not authorized to generate API secret keys."],
    ["DELETE", "/apikeys/2", "Not authorized to delete API keys."],
    ["GET", "/roles", "Not authorized to view administrator roles."],
    ["POST", "/roles/search", "Not authorized to view administrator roles."],
    ["GET", "/roles/1", "Not authorized to view administrator roles."],
  ])("a key with the role Auditor is refused %s %s", async (method, path, text) => {
    const name = `auditor ${method} ${path}`;
    const { secretKey } = await manager.make({ keyName: name, roleID: 2 });
    const body = method === "POST" ? { keyName: "never", roleID: 2 } : undefined;
    const answer = await manager.as(secretKey)(method, path, body);
    expect([answer.status, answer.json]).toEqual([403, { message: text }]);
  });
});
