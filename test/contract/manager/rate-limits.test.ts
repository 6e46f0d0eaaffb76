import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bootstrapKey } from "../../../src/embedded-manager/bootstrap.ts";
import { startEmbeddedManager } from "../../../src/embedded-manager/server.ts";
import { ADMIN_PASSWORD } from "../../support/embedded-manager.ts";
import { rawManager, send } from "./raw-http.ts";

const MINUTE = 60_000;

describe("rate limits (contract 9)", () => {
  it("answer the call that is too many with 429, and say when to try again", async () => {
    await using manager = await rawManager({ settings: { callsPerKey: 4 } });
    const { secretKey } = await manager.make({ keyName: "eager" });
    const call = manager.as(secretKey);
    manager.pass(MINUTE);
    await call("GET", "/apikeys/current");
    manager.pass(20_000);
    for (const path of ["/apikeys", "/apikeys/9999", "/roles"]) await call("GET", path);
    const refused = await call("GET", "/apikeys/current");
    expect([refused.status, refused.text]).toEqual([429, '{"message":"Too many API requests"}']);
    expect(refused.headers["retry-after"]).toBe("40");
  });

  it("slide: each call makes room 60 seconds after it, to the millisecond", async () => {
    await using manager = await rawManager({ settings: { callsPerKey: 4 } });
    const { secretKey } = await manager.make({ keyName: "sliding" });
    const status = async () => (await manager.as(secretKey)("GET", "/apikeys/current")).status;
    await status();
    await status();
    manager.pass(1000);
    expect(await status()).toBe(200);
    manager.pass(30_000);
    expect(await status()).toBe(200);
    manager.pass(28_999);
    expect(await status()).toBe(429);
    manager.pass(1);
    expect([await status(), await status(), await status()]).toEqual([200, 200, 429]);
    manager.pass(1000);
    expect([await status(), await status()]).toEqual([200, 429]);
  });

  it("do not count the calls that they refuse", async () => {
    await using manager = await rawManager({ settings: { callsPerKey: 4 } });
    const { secretKey } = await manager.make({ keyName: "patient" });
    const status = async () => (await manager.as(secretKey)("GET", "/apikeys/current")).status;
    for (let n = 0; n < 4; n += 1) await status();
    for (let n = 0; n < 6; n += 1) {
      manager.pass(9000);
      expect(await status()).toBe(429);
    }
    manager.pass(6000);
    expect([await status(), await status()]).toEqual([200, 200]);
  });

  it("do not count calls without credentials, so that nobody can shut the others out", async () => {
    await using manager = await rawManager({ settings: { callsPerNode: 5 } });
    manager.pass(MINUTE);
    for (let n = 0; n < 20; n += 1) expect((await manager.as("9:x")("GET", "/apikeys")).status).toBe(401);
    expect((await manager.call("GET", "/apikeys")).status).toBe(200);
  });

  it("are each key's own, so that one does not use up another's", async () => {
    await using manager = await rawManager({ settings: { callsPerKey: 4 } });
    const key = await manager.make({ keyName: "one" });
    manager.pass(MINUTE);
    for (let n = 0; n < 4; n += 1) expect((await manager.call("GET", "/apikeys")).status).toBe(200);
    expect((await manager.call("GET", "/apikeys")).status).toBe(429);
    expect((await manager.as(key.secretKey)("GET", "/apikeys")).status).toBe(200);
  });

  it.each(["callsPerTenant", "callsPerNode"])("hold for all callers together: %s", async (setting) => {
    await using manager = await rawManager({ settings: { [setting]: 5 } });
    const key = await manager.make({ keyName: "other" });
    manager.pass(MINUTE);
    const { headers } = await manager.signIn();
    await send(manager.url, "GET", "/apikeys", { headers });
    await manager.call("GET", "/apikeys");
    await manager.call("GET", "/apikeys");
    expect((await manager.as(key.secretKey)("GET", "/apikeys")).status).toBe(200);
    for (const refused of [
      await manager.call("GET", "/apikeys"),
      await manager.as(key.secretKey)("GET", "/apikeys"),
      await send(manager.url, "GET", "/apikeys", { headers }),
      (await manager.signIn()).answer,
    ])
      expect(refused.status).toBe(429);
  });

  it("come after credentials and before the body, and change nothing", async () => {
    await using manager = await rawManager({ settings: { callsPerKey: 4 } });
    const { secretKey } = await manager.make({ keyName: "spent" });
    for (let n = 0; n < 4; n += 1) await manager.as(secretKey)("GET", "/apikeys");
    expect((await manager.as(`${secretKey}x`)("GET", "/apikeys")).status).toBe(401);
    expect((await manager.as(secretKey)("POST", "/apikeys", "{nonsense")).status).toBe(429);
    const rotated = await manager.as(secretKey)("POST", "/apikeys/current/secretkey");
    expect([rotated.status, rotated.text]).toEqual([429, '{"message":"Too many API requests"}']);
    manager.pass(MINUTE);
    expect((await manager.as(secretKey)("GET", "/apikeys")).status).toBe(200);
  });

  it("are 500 for a key, as in the product, unless they were set; what was set is kept", async () => {
    const data = mkdtempSync(join(tmpdir(), "manager-"));
    const accepted = async (settings?: { callsPerKey: number }) => {
      const given = settings ? { settings } : {};
      await using manager = await startEmbeddedManager({
        data,
        adminPassword: ADMIN_PASSWORD,
        now: () => 0,
        ...given,
      });
      const secret = await bootstrapKey({
        url: manager.url,
        adminPassword: ADMIN_PASSWORD,
        keyName: "counted",
      });
      for (let calls = 0; ; calls += 1)
        if ((await send(manager.url, "GET", "/roles/2", { secret })).status === 429) return calls;
    };
    expect(await accepted()).toBe(500);
    expect(await accepted({ callsPerKey: 7 })).toBe(7);
    expect(await accepted()).toBe(7);
    rmSync(data, { recursive: true });
  });
});
