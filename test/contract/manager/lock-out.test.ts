import { connect } from "node:net";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ManagerSettings } from "../../../src/embedded-manager/settings.ts";
import { ADMIN_PASSWORD } from "../../support/embedded-manager.ts";
import { type RawManager, rawManager, send } from "./raw-http.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let manager: RawManager;
let lines: Record<string, unknown>[];
async function start(settings: Partial<ManagerSettings> = {}) {
  lines = [];
  const log = {
    info: (details: object) => void lines.push(details as Record<string, unknown>),
    error: (details: object, text: string) => {
      throw new Error(text, { cause: details });
    },
  };
  manager = await rawManager({ settings, log });
}
beforeEach(async () => start());
afterEach(() => manager.close());

const wrong = (id: number) => `${id}:${"A".repeat(43)}=`;
const describeKey = async (id: number) => (await manager.call("GET", `/apikeys/${id}`)).json;
const current = async (secret: string) => (await manager.as(secret)("GET", "/apikeys/current")).status;

/** Tries secrets, and waits until each was noted, which happens after its answer. */
async function tryOn(secret: string, times = 1): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    const before = lines.length;
    expect(await current(secret)).toBe(401);
    await vi.waitFor(() => expect(lines.length).toBe(before + 1));
  }
}

describe("wrong secrets (contract 10.1)", () => {
  it("lock a key at the fifth in a row, until somebody unlocks it", async () => {
    const key = await manager.make({ keyName: "guessed" });
    await tryOn(wrong(key.ID), 4);
    expect(await describeKey(key.ID)).toMatchObject({ active: true, unsuccessfulSignInAttempts: 4 });
    await tryOn(wrong(key.ID));
    const locked = await describeKey(key.ID);
    expect(locked).toMatchObject({ active: false, unsuccessfulSignInAttempts: 5 });
    expect(locked).not.toHaveProperty("unlockTime");
    manager.pass(365 * DAY);
    expect(await current(key.secretKey)).toBe(401);
    await manager.call("POST", `/apikeys/${key.ID}`, { active: true });
    expect(await describeKey(key.ID)).toMatchObject({ active: true, unsuccessfulSignInAttempts: 0 });
    expect(await current(key.secretKey)).toBe(200);
  });

  it("say in the log which one locked the key", async () => {
    const key = await manager.make({ keyName: "logged" });
    await tryOn(wrong(key.ID), 6);
    expect(lines.map(({ cause }) => cause)).toEqual([
      ...Array.from({ length: 4 }, () => "wrong"),
      "wrong, and locked out now",
      "wrong",
    ]);
  });

  it("start again after a success", async () => {
    const key = await manager.make({ keyName: "forgetful" });
    await tryOn(wrong(key.ID), 4);
    expect(await current(key.secretKey)).toBe(200);
    await tryOn(wrong(key.ID), 4);
    expect(await current(key.secretKey)).toBe(200);
  });

  it("count as well when the caller hangs up before the answer", async () => {
    const key = await manager.make({ keyName: "hasty" });
    const { hostname, port } = new URL(manager.url);
    for (let n = 0; n < 5; n += 1) {
      const socket = connect(Number(port), hostname);
      await once(socket, "connect");
      const head = [
        "GET /api/apikeys HTTP/1.1",
        "Host: x",
        "api-version: v1",
        `api-secret-key: ${wrong(key.ID)}`,
      ];
      socket.write(`${head.join("\r\n")}\r\n\r\n`, () => socket.resetAndDestroy());
      await once(socket, "close");
    }
    await vi.waitFor(async () => expect(await describeKey(key.ID)).toMatchObject({ active: false }));
  });

  it("lock for the time that is set, and the next success unlocks", async () => {
    await manager.close();
    await start({ lockOutMinutes: 15, attemptsBeforeLockOut: 2 });
    const key = await manager.make({ keyName: "timed" });
    await tryOn(wrong(key.ID), 2);
    expect(await describeKey(key.ID)).toMatchObject({
      active: false,
      unlockTime: manager.time + 15 * MINUTE,
    });
    manager.pass(15 * MINUTE - 1);
    expect(await current(key.secretKey)).toBe(401);
    manager.pass(1);
    expect(await current(key.secretKey)).toBe(200);
    expect(await describeKey(key.ID)).toMatchObject({ active: true, unsuccessfulSignInAttempts: 0 });
  });

  it("never lock where the setting is 0", async () => {
    await manager.close();
    await start({ attemptsBeforeLockOut: 0 });
    const key = await manager.make({ keyName: "never" });
    await tryOn(wrong(key.ID), 12);
    expect(await describeKey(key.ID)).toMatchObject({ active: true, unsuccessfulSignInAttempts: 12 });
  });
});

describe("a replaced secret (contract 10.3)", () => {
  const rotate = async (id: number): Promise<string> =>
    (await manager.call("POST", `/apikeys/${id}/secretkey`)).json.secretKey;

  it("is refused, logged as such, and never counted: a forgotten client cannot lock the fresh key", async () => {
    const key = await manager.make({ keyName: "rotated" });
    const second = await rotate(key.ID);
    const third = await rotate(key.ID);
    await tryOn(key.secretKey, 7);
    await tryOn(second, 7);
    expect(new Set(lines.map(({ cause, keyID }) => `${String(cause)} ${String(keyID)}`))).toEqual(
      new Set([`old secret used ${key.ID}`]),
    );
    expect(await describeKey(key.ID)).toMatchObject({ active: true, unsuccessfulSignInAttempts: 0 });
    expect(await current(third)).toBe(200);
  });

  it("is forgotten after 30 days, and counts from then on", async () => {
    const key = await manager.make({ keyName: "long ago" });
    await rotate(key.ID);
    manager.pass(30 * DAY);
    await tryOn(key.secretKey);
    expect((await describeKey(key.ID)).unsuccessfulSignInAttempts).toBe(1);
  });

  it("does not outlive its key", async () => {
    const key = await manager.make({ keyName: "gone" });
    await rotate(key.ID);
    expect((await manager.call("DELETE", `/apikeys/${key.ID}`)).status).toBe(200);
    await tryOn(key.secretKey);
    expect(lines.map(({ cause }) => cause)).toEqual(["unknown"]);
  });
});

describe("wrong passwords (contract 5, 10.1)", () => {
  const signIn = async (password: string) =>
    send(manager.url, "POST", "/sessions", { body: { userName: "MasterAdmin", password } });

  it("lock the user at the fifth, with the same answer to the right password as to a wrong one", async () => {
    const answers = [];
    for (let n = 0; n < 5; n += 1) answers.push(await signIn("wrong"));
    await vi.waitFor(async () => answers.push(await expectRefused(await signIn(ADMIN_PASSWORD))));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  });

  it("start again after a success, and end after the time that is set", async () => {
    await manager.close();
    await start({ attemptsBeforeLockOut: 2, lockOutMinutes: 1 });
    await signIn("wrong");
    expect((await signIn(ADMIN_PASSWORD)).status).toBe(200);
    await signIn("wrong");
    await signIn("wrong");
    await vi.waitFor(async () => expectRefused(await signIn(ADMIN_PASSWORD)));
    manager.pass(MINUTE);
    expect((await signIn(ADMIN_PASSWORD)).status).toBe(200);
  });
});

async function expectRefused<T extends { status: number }>(answer: T): Promise<T> {
  expect(answer.status).toBe(401);
  return answer;
}
