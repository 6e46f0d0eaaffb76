import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type RawManager, rawManager, send } from "./raw-http.ts";

const MINUTE = 60_000;

let manager: RawManager;
beforeEach(async () => {
  manager = await rawManager();
});
afterEach(() => manager.close());

const describeKey = async (id: number) => (await manager.call("GET", `/apikeys/${id}`)).json;
const current = async (secret: string) => manager.as(secret)("GET", "/apikeys/current");

const wrongFor = async (id: number) => manager.as(`${id}:${"A".repeat(43)}=`)("GET", "/apikeys");
const attempts = async (id: number) => (await describeKey(id)).unsuccessfulSignInAttempts;

describe("secrets (contract 2.2)", () => {
  it("have the vendor's form: the key's ID and 256 random bits", async () => {
    const key = await manager.make({ keyName: "formed" });
    expect(key.secretKey).toMatch(new RegExp(`^${key.ID}:[A-Za-z0-9+/]{43}=$`));
  });

  it("authenticate their own key alone", async () => {
    const one = await manager.make({ keyName: "one" });
    const other = await manager.make({ keyName: "other" });
    expect((await current(one.secretKey)).json.ID).toBe(one.ID);
    const crossed = `${other.ID}:${one.secretKey.split(":")[1]}`;
    expect((await current(crossed)).status).toBe(401);
  });
});

describe("credentials that are not accepted (contract 2.3, 8)", () => {
  it("get one status and text, whatever is wrong with them", async () => {
    const locked = await manager.make({ keyName: "locked", active: false });
    const expired = await manager.make({ keyName: "expired", expiryDate: manager.time + 1 });
    const deleted = await manager.make({ keyName: "deleted" });
    await manager.call("DELETE", `/apikeys/${deleted.ID}`);
    manager.pass(1);
    const answers = [
      await send(manager.url, "GET", "/apikeys"),
      await manager.as("")("GET", "/apikeys"),
      await manager.as("nonsense")("GET", "/apikeys"),
      await manager.as(`77:${"A".repeat(43)}=`)("GET", "/apikeys"),
      await manager.as(`${locked.ID}:${"A".repeat(43)}=`)("GET", "/apikeys"),
      await manager.as(locked.secretKey)("GET", "/apikeys"),
      await manager.as(expired.secretKey)("GET", "/apikeys"),
      await manager.as(deleted.secretKey)("GET", "/apikeys"),
      await send(manager.url, "GET", "/apikeys", { headers: { authorization: "ApiKey abc" } }),
    ];
    for (const { status, text } of answers)
      expect([status, text]).toEqual([401, '{"message":"The credentials are missing or not valid."}']);
  });

  it("are told apart in the log, without the secret", async () => {
    const lines: object[] = [];
    const log = { info: (details: object) => void lines.push(details), error: () => {} };
    await using logging = await rawManager({ log });
    const key = await logging.make({ keyName: "locked", active: false });
    await logging.as(key.secretKey)("GET", "/apikeys");
    await logging.as(`77:${"A".repeat(43)}=`)("GET", "/apikeys");
    await vi.waitFor(() =>
      expect(lines).toEqual([
        { cause: "locked", keyID: key.ID, path: "GET /api/apikeys", from: "127.0.0.1" },
        { cause: "unknown", keyID: undefined, path: "GET /api/apikeys", from: "127.0.0.1" },
      ]),
    );
  });
});

describe("counting wrong secrets (contract 10.1)", () => {
  it("counts them against the key they name, and a success sets the counter back", async () => {
    const key = await manager.make({ keyName: "guessed" });
    await wrongFor(key.ID);
    await wrongFor(key.ID);
    await vi.waitFor(async () => expect(await attempts(key.ID)).toBe(2));
    await current(key.secretKey);
    expect(await attempts(key.ID)).toBe(0);
  });

  it("does not count against a locked key", async () => {
    const [locked, open] = [
      await manager.make({ keyName: "locked", active: false }),
      await manager.make({ keyName: "open" }),
    ];
    await wrongFor(locked.ID);
    await wrongFor(open.ID);
    await vi.waitFor(async () => expect(await attempts(open.ID)).toBe(1));
    expect(await attempts(locked.ID)).toBe(0);
  });

  it("starts again when a key is unlocked", async () => {
    const key = await manager.make({ keyName: "x", active: false, unsuccessfulSignInAttempts: 4 });
    expect(key.unsuccessfulSignInAttempts).toBe(4);
    const unlocked = await manager.call("POST", `/apikeys/${key.ID}`, { active: true });
    expect(unlocked.json.unsuccessfulSignInAttempts).toBe(0);
  });

  it("can be set back by whoever may edit keys", async () => {
    const key = await manager.make({ keyName: "guessed" });
    await wrongFor(key.ID);
    await vi.waitFor(async () => expect(await attempts(key.ID)).toBe(1));
    await manager.call("POST", `/apikeys/${key.ID}`, { unsuccessfulSignInAttempts: 0 });
    expect(await attempts(key.ID)).toBe(0);
  });
});

describe("locks (contract 10.1)", () => {
  it("end what a key may do at once, and unlocking gives it back", async () => {
    const key = await manager.make({ keyName: "switch" });
    await manager.call("POST", `/apikeys/${key.ID}`, { active: false });
    expect((await current(key.secretKey)).status).toBe(401);
    await manager.call("POST", `/apikeys/${key.ID}`, { active: true });
    expect((await current(key.secretKey)).status).toBe(200);
  });

  it("with an unlockTime last until then; the next success makes the key active and drops the time", async () => {
    const key = await manager.make({ keyName: "timed" });
    const until = manager.time + MINUTE;
    await manager.call("POST", `/apikeys/${key.ID}`, { active: false, unlockTime: until });
    manager.pass(MINUTE - 1);
    expect((await current(key.secretKey)).status).toBe(401);
    expect(await describeKey(key.ID)).toMatchObject({ active: false, unlockTime: until });
    manager.pass(1);
    const { json } = await current(key.secretKey);
    expect(json).toMatchObject({ active: true, unsuccessfulSignInAttempts: 0 });
    expect(json).not.toHaveProperty("unlockTime");
  });

  it("with unlockTime 0 last until somebody lifts them", async () => {
    const key = await manager.make({ keyName: "held" });
    await manager.call("POST", `/apikeys/${key.ID}`, { active: false, unlockTime: manager.time + 1 });
    await manager.call("POST", `/apikeys/${key.ID}`, { active: false, unlockTime: 0 });
    manager.pass(MINUTE);
    expect((await current(key.secretKey)).status).toBe(401);
    expect(await describeKey(key.ID)).not.toHaveProperty("unlockTime");
  });

  it("never end by a time that was set before they began", async () => {
    const key = await manager.make({ keyName: "early" });
    await manager.call("POST", `/apikeys/${key.ID}`, { unlockTime: manager.time + 1 });
    await manager.call("POST", `/apikeys/${key.ID}`, { active: false });
    manager.pass(MINUTE);
    expect((await current(key.secretKey)).status).toBe(401);
  });

  it("stop a call whose body was still on its way", async () => {
    const key = await manager.make({ keyName: "slow" });
    const { promise: told, resolve: tell } = Promise.withResolvers<void>();
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode('{"keyName":"too-late",'));
        await told;
        controller.enqueue(new TextEncoder().encode('"roleID":1}'));
        controller.close();
      },
    });
    const headers = {
      "api-version": "v1",
      "content-type": "application/json",
      "api-secret-key": key.secretKey,
    };
    const init = { method: "POST", headers, body, duplex: "half" };
    const slow = fetch(`${manager.url}/apikeys`, init);
    // The first half has arrived once its authentication has been recorded.
    await vi.waitFor(async () => expect(await describeKey(key.ID)).toHaveProperty("lastSignIn"));
    await manager.call("POST", `/apikeys/${key.ID}`, { active: false });
    tell();
    expect((await slow).status).toBe(401);
    expect(await manager.search({ fieldName: "keyName", stringValue: "too-late" })).toEqual([]);
  });
});

describe("expiry (contract 10.2)", () => {
  it("ends a key at its very millisecond, and leaves it in lists, active", async () => {
    const key = await manager.make({ keyName: "two-weeks", expiryDate: manager.time + MINUTE });
    manager.pass(MINUTE - 1);
    expect((await current(key.secretKey)).status).toBe(200);
    manager.pass(1);
    expect((await current(key.secretKey)).status).toBe(401);
    expect(await describeKey(key.ID)).toMatchObject({ active: true, expiryDate: manager.time });
  });

  it("is undone by a later date, without a new secret", async () => {
    const key = await manager.make({ keyName: "extended", expiryDate: manager.time + 1 });
    manager.pass(1);
    await manager.call("POST", `/apikeys/${key.ID}`, { expiryDate: manager.time + 1 });
    expect((await current(key.secretKey)).status).toBe(200);
  });
});

describe("a new secret (contract 10.3)", () => {
  it("ends the old one at once; the key keeps everything else", async () => {
    const before = await manager.make({ keyName: "rotated", expiryDate: manager.time + MINUTE });
    const { json: after } = await manager.call("POST", `/apikeys/${before.ID}/secretkey`);
    expect(after).toEqual({ ...before, secretKey: expect.any(String) });
    expect(after.secretKey).not.toBe(before.secretKey);
    expect((await current(before.secretKey)).status).toBe(401);
    expect((await current(after.secretKey)).status).toBe(200);
  });

  it("lifts neither a lock nor an expiry", async () => {
    const locked = await manager.make({ keyName: "locked", active: false });
    const expired = await manager.make({ keyName: "expired", expiryDate: manager.time + 1 });
    manager.pass(1);
    for (const { ID } of [locked, expired]) {
      const { json } = await manager.call("POST", `/apikeys/${ID}/secretkey`);
      expect((await current(json.secretKey)).status).toBe(401);
    }
  });
});

describe("lastSignIn (contract 10.5)", () => {
  it("is absent from a key that was never used, and moves at most once a minute", async () => {
    const key = await manager.make({ keyName: "used" });
    expect(await describeKey(key.ID)).not.toHaveProperty("lastSignIn");
    const first = manager.time;
    await current(key.secretKey);
    manager.pass(MINUTE - 1);
    await current(key.secretKey);
    expect((await describeKey(key.ID)).lastSignIn).toBe(first);
    manager.pass(1);
    await current(key.secretKey);
    expect((await describeKey(key.ID)).lastSignIn).toBe(first + MINUTE);
  });
});
