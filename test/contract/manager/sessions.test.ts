import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ADMIN_PASSWORD } from "../../support/embedded-manager.ts";
import { type RawManager, rawManager, send } from "./raw-http.ts";

let manager: RawManager;
beforeEach(async () => {
  manager = await rawManager();
});
afterEach(() => manager.close());

const HALF_AN_HOUR = 30 * 60_000;
const signInAs = async (body: unknown, headers = {}) =>
  send(manager.url, "POST", "/sessions", { body, headers });
const listWith = async (headers: Record<string, string>) => send(manager.url, "GET", "/apikeys", { headers });

describe("signing in (contract 5)", () => {
  it("answers with a cookie and a request ID in the vendor's form", async () => {
    const { answer } = await manager.signIn();
    expect(answer.status).toBe(200);
    expect(answer.headers["set-cookie"]).toMatch(/^sID=[0-9A-F]{32}; Path=\/; Secure; HttpOnly$/);
    expect(answer.json).toEqual({
      administratorID: 1,
      created: manager.time,
      lastActivity: manager.time,
      accessType: "webService",
      RID: expect.stringMatching(/^[0-9A-F]{32}$/),
    });
  });

  it("takes tenant and MFA code beside, a user name in any case, and a stray cookie", async () => {
    const body = { userName: "masterADMIN", password: ADMIN_PASSWORD, tenantName: "t", mfaCode: "123456" };
    expect((await signInAs(body, { cookie: "sID=0123456789ABCDEF" })).status).toBe(200);
  });

  it("answers an unknown user and a wrong password alike", async () => {
    const wrong = await signInAs({ userName: "MasterAdmin", password: "wrong" });
    const unknown = await signInAs({ userName: "nobody", password: ADMIN_PASSWORD });
    expect([wrong.status, wrong.text]).toEqual([401, unknown.text]);
    expect(unknown.status).toBe(401);
    expect(wrong.text).toBe('{"message":"The user name or password is not valid."}');
  });

  it("does not take a key's name and secret for a user's", async () => {
    const answer = await signInAs({ userName: "portcullis", password: manager.botSecret });
    expect(answer.status).toBe(401);
  });

  it.each([[{ userName: "MasterAdmin" }], [{ userName: 1, password: 2 }], ["{"], [undefined]])(
    "answers %o with 400",
    async (body) => {
      expect((await signInAs(body)).status).toBe(400);
    },
  );

  it("needs the api-version like any call", async () => {
    const answer = await signInAs({ userName: "x", password: "y" }, { "api-version": "v0" });
    expect(answer.status).toBe(400);
  });
});

describe("calling with a session (contract 5)", () => {
  it("works with the whole Set-Cookie text sent back, and with the cookie among others", async () => {
    const { headers } = await manager.signIn();
    expect(headers.cookie).toContain("; Path=/; Secure; HttpOnly");
    expect((await listWith(headers)).status).toBe(200);
    const [pair = ""] = headers.cookie.split(";");
    expect((await listWith({ ...headers, cookie: `a=b; ${pair}; c=d` })).status).toBe(200);
  });

  it("makes the first key, with the user's time zone", async () => {
    const { headers } = await manager.signIn();
    const made = await send(manager.url, "POST", "/apikeys", {
      headers,
      body: { keyName: "First Key", description: "Created using a request ID", roleID: 1 },
    });
    expect(made.json).toMatchObject({ keyName: "First Key", timeZone: "Etc/UTC" });
    expect((await manager.as(made.json.secretKey)("GET", "/apikeys")).status).toBe(200);
  });

  it("is refused without the request ID, with another one, and with an unknown cookie", async () => {
    const [one, other] = [(await manager.signIn()).headers, (await manager.signIn()).headers];
    expect((await listWith({ cookie: one.cookie })).status).toBe(401);
    expect((await listWith({ cookie: one.cookie, rID: other.rID })).status).toBe(401);
    expect((await listWith({ cookie: `sID=${"A".repeat(32)}`, rID: one.rID })).status).toBe(401);
  });

  it.each([
    ["GET", "/apikeys/current"],
    ["POST", "/apikeys/current"],
    ["POST", "/apikeys/current/secretkey"],
  ])("is refused %s %s, which is for keys", async (method, path) => {
    const { headers } = await manager.signIn();
    const answer = await send(manager.url, method, path, { headers, ...(method === "POST" && { body: {} }) });
    expect([answer.status, answer.json.message]).toEqual([
      403,
      "Authentication must be done via an API secret key.",
    ]);
  });
});

describe("the end of a session (contract 5)", () => {
  it("comes with signing out", async () => {
    const { headers } = await manager.signIn();
    const out = await send(manager.url, "DELETE", "/sessions/current", { headers });
    expect([out.status, out.text]).toEqual([200, ""]);
    expect((await listWith(headers)).status).toBe(401);
  });

  it("is not claimed to a key, which has none", async () => {
    expect((await manager.call("DELETE", "/sessions/current")).status).toBe(404);
  });

  it("comes after thirty minutes without a call", async () => {
    const { headers } = await manager.signIn();
    manager.pass(HALF_AN_HOUR - 1);
    expect((await listWith(headers)).status).toBe(200);
    manager.pass(HALF_AN_HOUR - 1);
    expect((await listWith(headers)).status).toBe(200);
    manager.pass(HALF_AN_HOUR);
    expect((await listWith(headers)).status).toBe(401);
  });
});

describe("more sessions than one may have (contract 5)", () => {
  it("are refused with the words that scripts look for, until one ends", async () => {
    const sessions = [];
    for (let n = 0; n < 10; n += 1) sessions.push(await manager.signIn());
    const { answer: eleventh } = await manager.signIn();
    expect([eleventh.status, eleventh.json.message]).toEqual([
      401,
      "MaxSessionsException occurred when authenticating user [MasterAdmin]",
    ]);
    expect(eleventh.headers).not.toHaveProperty("set-cookie");
    await send(manager.url, "DELETE", "/sessions/current", sessions[0]);
    expect((await manager.signIn()).answer.status).toBe(200);
  });

  it("are possible again once old ones have idled away", async () => {
    for (let n = 0; n < 10; n += 1) await manager.signIn();
    manager.pass(HALF_AN_HOUR);
    expect((await manager.signIn()).answer.status).toBe(200);
  });
});

describe("the settings of sessions (contract 5)", () => {
  it("may end the oldest instead of refusing the newest", async () => {
    await using own = await rawManager({ settings: { sessionsPerUser: 2, sessionsExceeded: "end-oldest" } });
    const sessions = [await own.signIn(), await own.signIn(), await own.signIn()];
    const statuses = [];
    for (const { headers } of sessions)
      statuses.push((await send(own.url, "GET", "/apikeys", { headers })).status);
    expect(statuses).toEqual([401, 200, 200]);
  });

  it("may let a user have any number of sessions", async () => {
    await using own = await rawManager({ settings: { sessionsPerUser: 0 } });
    for (let n = 0; n < 12; n += 1) expect((await own.signIn()).answer.status).toBe(200);
  });

  it("may end a session at a time, used or not, and leave it open however idle", async () => {
    await using own = await rawManager({ settings: { sessionMinutes: 60, sessionIdleMinutes: 0 } });
    const { headers } = await own.signIn();
    const status = async () => (await send(own.url, "GET", "/apikeys", { headers })).status;
    own.pass(2 * HALF_AN_HOUR - 1);
    expect(await status()).toBe(200);
    own.pass(1);
    expect(await status()).toBe(401);
  });
});

describe("many sign-ins at once", () => {
  it("are turned away rather than piled up, since each costs a slow hash", async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, async () => signInAs({ userName: "nobody", password: "guess" })),
    );
    const statuses = new Set(answers.map(({ status }) => status));
    expect(statuses).toEqual(new Set([401, 429]));
    expect(answers.filter(({ status }) => status === 401).length).toBeGreaterThanOrEqual(20);
  });
});
