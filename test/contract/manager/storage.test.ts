import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startEmbeddedManager } from "../../../src/embedded-manager/server.ts";
import { ADMIN_PASSWORD } from "../../support/embedded-manager.ts";
import { rawManager, send } from "./raw-http.ts";

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "manager-"));
});
afterEach(() => rmSync(data, { recursive: true }));

const bytesOfAllFiles = () =>
  Buffer.concat(readdirSync(data, { recursive: true }).map((file) => readFileSync(join(data, String(file)))));

describe("what is stored", () => {
  it("holds no secret and no password, in the database or beside it, while running and after", async () => {
    const manager = await rawManager({ data });
    const made = await manager.make({ keyName: "stored" });
    const { json: rotated } = await manager.call("POST", `/apikeys/${made.ID}/secretkey`);
    const session = await manager.signIn();
    const secrets = [manager.botSecret, made.secretKey, rotated.secretKey].flatMap((secret: string) => {
      const random = secret.slice(secret.indexOf(":") + 1);
      const raw = Buffer.from(random, "base64");
      return [random, raw, raw.toString("hex"), raw.toString("hex").toUpperCase()];
    });
    const sought = [...secrets, ADMIN_PASSWORD, session.answer.json.RID];
    const running = bytesOfAllFiles();
    expect(running.includes("stored")).toBe(true);
    for (const text of sought) expect(running.includes(text)).toBe(false);
    await manager.close();
    const stopped = bytesOfAllFiles();
    expect(stopped.includes("stored")).toBe(true);
    for (const text of sought) expect(stopped.includes(text)).toBe(false);
  });

  it("is for the owner's eyes alone", async () => {
    await using _manager = await rawManager({ data });
    expect(readdirSync(data)).toEqual(expect.arrayContaining(["manager.sqlite", "secret-hash.key"]));
    for (const file of readdirSync(data)) expect(statSync(join(data, file)).mode & 0o077, file).toBe(0);
  });
});

describe("a restart", () => {
  it("keeps keys, secrets, locks, IDs, the tenant and the password, and ends sessions", async () => {
    const before = await rawManager({ data });
    const key = await before.make({ keyName: "kept", expiryDate: before.time + 86_400_000 });
    const locked = await before.make({ keyName: "locked", active: false });
    const last = await before.make({ keyName: "deleted" });
    await before.call("DELETE", `/apikeys/${last.ID}`);
    const session = await before.signIn();
    const { json: own } = await before.as(key.secretKey)("GET", "/apikeys/current");
    const listed = (await before.call("GET", "/apikeys")).json;
    await before.close();

    const after = await startEmbeddedManager({ data, now: () => before.time, adminPassword: "another one" });
    await using _closing = after;
    const call = async (secret: string, method: string, path: string, body?: object) =>
      send(after.url, method, path, { secret, body });
    expect(after.adminPassword).toBeUndefined();
    expect((await call(key.secretKey, "GET", "/apikeys/current")).json).toEqual(own);
    expect((await call(before.botSecret, "GET", "/apikeys")).json).toEqual(listed);
    expect((await call(locked.secretKey, "GET", "/apikeys/current")).status).toBe(401);
    const next = await call(before.botSecret, "POST", "/apikeys", { keyName: "next", roleID: 2 });
    expect(next.json.ID).toBe(last.ID + 1);
    expect((await send(after.url, "GET", "/apikeys", session)).status).toBe(401);
    const signIn = async (password: string) =>
      send(after.url, "POST", "/sessions", { body: { userName: "MasterAdmin", password } });
    expect((await signIn(ADMIN_PASSWORD)).status).toBe(200);
    expect((await signIn("another one")).status).toBe(401);
  });
});

describe("starting", () => {
  it("hands out a generated password once, which signs in", async () => {
    const manager = await startEmbeddedManager({ data });
    const password = manager.adminPassword;
    expect(password).toMatch(/^[\w-]{24}$/);
    const body = { userName: "MasterAdmin", password };
    expect((await send(manager.url, "POST", "/sessions", { body })).status).toBe(200);
    await manager.close();
    await using again = await startEmbeddedManager({ data });
    expect(again.adminPassword).toBeUndefined();
  });

  it("refuses a password that is too short", async () => {
    await expect(startEmbeddedManager({ data, adminPassword: "short" })).rejects.toThrow(
      "The administrator's password needs 8 characters or more.",
    );
  });

  it("refuses a folder that another manager works on", async () => {
    await using _manager = await startEmbeddedManager({ data });
    await expect(startEmbeddedManager({ data })).rejects.toThrow("Is another manager running on it?");
  });

  it("refuses data of a newer version", async () => {
    await (await startEmbeddedManager({ data })).close();
    const file = new DatabaseSync(join(data, "manager.sqlite"));
    file.exec("PRAGMA user_version = 99");
    file.close();
    await expect(startEmbeddedManager({ data })).rejects.toThrow("newer version");
  });

  it("refuses data whose hash key is gone, rather than to shut out every key", async () => {
    await (await startEmbeddedManager({ data })).close();
    rmSync(join(data, "secret-hash.key"));
    await expect(startEmbeddedManager({ data })).rejects.toThrow("secret-hash.key is missing");
  });

  it("refuses a port that is taken, and lets go of the data", async () => {
    await using manager = await startEmbeddedManager({ data: ":memory:" });
    const port = Number(new URL(manager.url).port);
    await expect(startEmbeddedManager({ data, port })).rejects.toThrow("EADDRINUSE");
    await (await startEmbeddedManager({ data })).close();
  });
});
