import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { MockAgent } from "undici";
import { describe, expect, it } from "vitest";
import { Fault } from "../../../src/domain/fault.ts";
import { Secret } from "../../../src/domain/secret.ts";
import { keyId, NO_ROLE } from "../../../src/domain/values.ts";
import { managerClient } from "../../../src/manager/client.ts";

const SECRET = "7:c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlYw=";
const making = {
  name: "new",
  description: "",
  role: 2,
  locale: "en-US",
  timeZone: "Etc/UTC",
  active: false,
} as const;
const id = keyId.parse(7);
const KEY = { keyName: "k", locale: "en-US", roleID: 2, timeZone: "Etc/UTC", active: true, ID: 7 };

type Answering = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that is no manager, or a broken one, the calls that reached it, and a client to it. */
async function brokenManager(answering: Answering, timeoutMs = 5000) {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    calls.push(`${request.method} ${request.url}`);
    request.resume().once("end", () => answering(request, response));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/api`;
  const client = managerClient({ url, secret: new Secret(SECRET), timeoutMs });
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await client.close();
  };
  return { client, calls, url, close, [Symbol.asyncDispose]: close };
}

const answer =
  (status: number, body: string): Answering =>
  (_request, response) =>
    void response.writeHead(status, { "content-type": "application/json" }).end(body);

async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(Fault);
  return thrown as Fault;
}

describe("faults of the manager's client", () => {
  it.each([
    [400, "manager-rejected"],
    [413, "manager-rejected"],
    [401, "manager-refused-credentials"],
    [403, "manager-forbidden"],
    [404, "manager-not-found"],
    [429, "manager-rate-limited"],
    [500, "manager-failed"],
    [503, "manager-failed"],
    [204, "manager-bad-answer"],
    [302, "manager-bad-answer"],
  ])("an answer of %i is %s", async (status, code) => {
    await using manager = await brokenManager(answer(status, status === 204 ? "" : '{"message":"No."}'));
    const fault = await faultOf(manager.client.setActive(id, false));
    expect([fault.code, fault.message]).toEqual([code, `POST /apikeys/7 (${status})`]);
  });

  it.each(["<html>404 page not found</html>", "default backend - 404", "", "{}"])(
    "a 404 that no manager says, %s, does not pass for a key that is gone",
    async (page) => {
      await using manager = await brokenManager(answer(404, page));
      for (const asking of [
        manager.client.tellActive(id, false),
        manager.client.deleteKey(id),
        manager.client.describeKey(id),
      ])
        expect((await faultOf(asking)).code).toBe("manager-bad-answer");
    },
  );

  it.each([
    ["no JSON", "the whole answer"],
    ["[]", "the whole answer"],
    ["", "the whole answer"],
    [JSON.stringify({ ...KEY, active: "yes" }), "active"],
    [JSON.stringify({ ...KEY, ID: 0 }), "ID"],
  ])("an answer that is no key, %s, is a bad answer that names what was strange", async (body, strange) => {
    await using manager = await brokenManager(answer(200, body));
    const fault = await faultOf(manager.client.describeKey(id));
    expect([fault.code, fault.message]).toEqual(["manager-bad-answer", `GET /apikeys/7 (${strange})`]);
  });

  const pageOf = (ids: readonly number[]): string =>
    JSON.stringify({ apiKeys: ids.map((each) => ({ ...KEY, ID: each })) });
  const whole = Array.from({ length: 1000 }, (_, i) => i + 1);

  it.each([
    ["that is the same however far we are", whole, 2],
    ["that is not in the order of IDs, behind which keys would be missed", whole.with(0, 2000), 1],
  ])("a full page %s is a bad answer, and not asked for for ever", async (_, ids, calls) => {
    await using manager = await brokenManager(answer(200, pageOf(ids)));
    const fault = await faultOf(manager.client.keyNamed("none"));
    expect([fault.code, fault.message]).toEqual(["manager-bad-answer", "POST /apikeys/search (apiKeys)"]);
    expect(manager.calls).toHaveLength(calls);
    expect((await faultOf(manager.client.keysAfter(1000, 1000))).code).toBe("manager-bad-answer");
    expect((await faultOf(manager.client.keysDescribedWith("none"))).code).toBe("manager-bad-answer");
  });

  it("the last page is what it is, in whatever order", async () => {
    await using manager = await brokenManager(answer(200, pageOf([3, 2])));
    expect(await manager.client.keysAfter(0, 1000)).toHaveLength(2);
  });

  it.each(["<html>Back in a moment</html>", "{}", "null", '{"ok":true}'])(
    "a deletion is believed by the empty answer of a manager alone, not by %s",
    async (body) => {
      let said = body;
      await using manager = await brokenManager((...given) => answer(200, said)(...given));
      for (const deleting of [manager.client.deleteKey(id), manager.client.deleteRole(7)])
        expect((await faultOf(deleting)).code).toBe("manager-bad-answer");
      said = "";
      await manager.client.deleteKey(id);
    },
  );

  it("members that nobody knows are no fault, and 0 is no expiry", async () => {
    await using manager = await brokenManager(answer(200, JSON.stringify({ ...KEY, expiryDate: 0, new: 1 })));
    expect(await manager.client.describeKey(id)).toMatchObject({ id: 7, expiresAt: undefined });
  });

  it.each([
    ['"expiryDate": -1', { expiresAt: undefined }],
    ['"expiryDate": 9000000000000000', { expiresAt: undefined }],
    ['"expiryDate": 9223372036854775807', { expiresAt: undefined }],
    ['"expiryDate": 8640000000000000', { expiresAt: 8_640_000_000_000_000 }],
    ['"expiryDate": 1', { expiresAt: 1 }],
    ['"expiryDate": null', { expiresAt: undefined }],
    ['"created": -1', { createdAt: 0 }],
    ['"lastSignIn": -1, "unlockTime": -1', { lastUsedAt: undefined }],
    ['"roleID": 0', { role: 0 }],
    ['"roleID": -1', { role: 0 }],
    ['"roleID": null', { role: 0 }],
    ['"unsuccessfulSignInAttempts": null', { failures: 0 }],
  ])("a number that says nothing, %s, is no value, and hides no other key", async (odd, read) => {
    const [first, second] = [KEY, { ...KEY, ID: 8 }].map((key) => JSON.stringify(key));
    // Of two members with one name the last counts.
    const page = `{"apiKeys": [${first?.replace(/}$/, `, ${odd}}`)}, ${second}]}`;
    await using manager = await brokenManager(answer(200, page));
    expect(await manager.client.keysAfter(0, 10)).toMatchObject([{ id: 7, ...read }, { id: 8 }]);
  });

  it("the role of a key that has none is not asked for", async () => {
    await using manager = await brokenManager(answer(500, "{}"));
    expect(await manager.client.role(NO_ROLE)).toBeUndefined();
    expect(manager.calls).toEqual([]);
  });

  it("a manager that hangs is a timeout, after the time that the call has", async () => {
    await using manager = await brokenManager(() => {}, 60_000);
    const fault = await faultOf(manager.client.roles({ timeout: 20 }));
    expect([fault.code, fault.message.startsWith("GET /roles")]).toEqual(["manager-timeout", true]);
  });

  it("a manager that hangs in the middle of its answer is a timeout too", async () => {
    await using manager = await brokenManager((_request, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
      response.write('{"roles":');
    }, 50);
    expect((await faultOf(manager.client.roles())).code).toBe("manager-timeout");
  });

  it("a manager that is not there is unreachable", async () => {
    const gone = await brokenManager(() => {});
    await gone.close();
    const client = managerClient({ url: gone.url, secret: new Secret(SECRET), timeoutMs: 5000 });
    const fault = await faultOf(client.createKey(making));
    expect([fault.code, fault.message]).toEqual(["manager-unreachable", "POST /apikeys (ECONNREFUSED)"]);
    await client.close();
  });

  it("a certificate that is not trusted is a fault of its own", async () => {
    const agent = new MockAgent();
    agent.disableNetConnect();
    const error = Object.assign(new Error("self-signed"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
    agent.get("https://manager.example").intercept({ path: "/api/roles/1" }).replyWithError(error);
    const url = "https://manager.example/api";
    const client = managerClient({ url, secret: new Secret(SECRET), timeoutMs: 5000, dispatcher: agent });
    expect((await faultOf(client.role(1))).code).toBe("manager-untrusted");
    await agent.close();
  });
});

describe("retries of the manager's client", () => {
  it("are two for what only reads, and an answer of the last one counts", async () => {
    let failures = 2;
    await using manager = await brokenManager((request, response) => {
      if (failures-- > 0) request.socket.destroy();
      else answer(200, '{"apiKeys":[]}')(request, response);
    });
    expect(await manager.client.keyNamed("x")).toBeUndefined();
    expect(manager.calls).toEqual(Array.from({ length: 3 }, () => "POST /api/apikeys/search"));
  });

  it("end after the second", async () => {
    await using manager = await brokenManager(answer(500, "{}"));
    await faultOf(manager.client.describeKey(id));
    expect(manager.calls).toHaveLength(3);
  });

  it("are one for a change that sets a value", async () => {
    await using manager = await brokenManager((request) => request.socket.destroy());
    expect((await faultOf(manager.client.setActive(id, false))).code).toBe("manager-unreachable");
    expect(manager.calls).toHaveLength(2);
  });

  it("are none for what makes or deletes", async () => {
    await using manager = await brokenManager((request) => request.socket.destroy());
    expect((await faultOf(manager.client.createKey(making))).code).toBe("manager-unreachable");
    expect((await faultOf(manager.client.deleteKey(id))).code).toBe("manager-unreachable");
    expect(manager.calls).toEqual(["POST /api/apikeys", "DELETE /api/apikeys/7"]);
  });

  it("are none for a refusal", async () => {
    await using manager = await brokenManager(answer(401, "{}"));
    await faultOf(manager.client.roles());
    expect(manager.calls).toHaveLength(1);
  });

  it("stop when the time of the call is over", async () => {
    await using manager = await brokenManager(answer(500, "{}"), 60_000);
    const fault = await faultOf(manager.client.roles({ timeout: 50 }));
    expect(fault.code).toBe("manager-timeout");
    expect(manager.calls.length).toBeLessThan(3);
  });
});

describe("a fault around making a key", () => {
  const made = JSON.stringify({ ...KEY, secretKey: SECRET });
  it.each<[string, Answering]>([
    [
      "an answer cut in the middle",
      (_request, response) => {
        response.writeHead(200, { "content-length": String(made.length + 10) });
        response.write(made, () => response.destroy());
      },
    ],
    [
      "an answer that is no HTTP",
      (request) => {
        request.socket.end(`HTTP/1.1 200 OK\r\nContent-Length: x\r\n${made}\r\n\r\n`);
      },
    ],
    ["an answer that is no JSON", answer(200, `${made}}`)],
    ["an answer with a strange member", answer(200, made.replace('"roleID":2', '"roleID":"two"'))],
    ["a refusal that quotes the secret", answer(400, JSON.stringify({ message: SECRET }))],
  ])("never holds the answer: %s", async (_case, answering) => {
    await using manager = await brokenManager(answering);
    const fault = await faultOf(manager.client.createKey(making));
    expect(fault.message).toMatch(/^POST \/apikeys/);
    const random = SECRET.slice(2, 20);
    expect(inspect(fault, { depth: 10, showHidden: true })).not.toContain(random);
    expect(fault.cause).toBeUndefined();
  });
});

describe("a manager that has no time", () => {
  /** Refuses so many calls with 429, and these headers, and takes the next. */
  const busy = async (refusals: number, headers: Record<string, string>, body: object = { roles: [] }) =>
    brokenManager((_request, response) => {
      if (refusals-- > 0) response.writeHead(429, headers).end("{}");
      else response.writeHead(200).end(JSON.stringify(body));
    });

  it.each([
    ["seconds", () => "1"],
    ["a date", () => new Date(Date.now() + 1500).toUTCString()],
  ])("is given the time that it asks for, in %s", async (_, retryAfter) => {
    await using manager = await busy(1, { "retry-after": retryAfter() });
    const asked = performance.now();
    expect(await manager.client.roles()).toEqual([]);
    expect(manager.calls).toHaveLength(2);
    expect(performance.now() - asked).toBeGreaterThan(400);
  });

  it("holds up the other calls too, locking aside", async () => {
    await using manager = await busy(1, { "retry-after": "1" }, { ...KEY, roles: [], apiKeys: [] });
    const order: string[] = [];
    const note = (what: string) => (): void => void order.push(what);
    const reading = manager.client.roles().then(note("roles"));
    await expect.poll(() => manager.calls.length).toBe(1);
    const naming = manager.client.keyNamed("x").then(note("name"));
    await manager.client.setActive(id, false).then(note("lock"));
    expect(manager.calls).toEqual(["GET /api/roles", "POST /api/apikeys/7"]);
    await Promise.all([reading, naming]);
    expect(order[0]).toBe("lock");
  });

  it("is not waited for beyond the time of the call", async () => {
    await using manager = await busy(9, { "retry-after": "30" });
    const asked = performance.now();
    const fault = await faultOf(manager.client.roles({ timeout: 3000 }));
    expect(fault.code).toBe("manager-rate-limited");
    expect(performance.now() - asked).toBeLessThan(2000);
    expect(manager.calls).toHaveLength(1);
  });

  it("is not asked twice to make a key", async () => {
    await using manager = await busy(1, { "retry-after": "0" });
    expect((await faultOf(manager.client.createKey(making))).code).toBe("manager-rate-limited");
    expect(manager.calls).toHaveLength(1);
  });

  it("is spared calls beyond the budget: they fail without being sent, and locking goes on", async () => {
    await using manager = await brokenManager(answer(200, JSON.stringify({ ...KEY, roles: [] })));
    const { url } = manager;
    const client = managerClient({ url, secret: new Secret(SECRET), timeoutMs: 5000, callsPerMinute: 10 });
    for (let i = 0; i < 7; i += 1) await client.roles();
    const fault = await faultOf(client.createKey({ ...making, name: "x" }).finally(() => {}));
    expect(fault.message).toBe("POST /apikeys (no turn in time)");
    expect(manager.calls).toHaveLength(7);
    expect(await client.setActive(id, false)).toMatchObject({ id: 7 });
    expect(await client.setActive(id, true)).toMatchObject({ id: 7 });
    await client.close();
  });
});

describe("a missing right", () => {
  it.each<[string, (client: ReturnType<typeof managerClient>) => Promise<unknown>]>([
    ["canViewApiKeys", (client) => client.describeKey(id)],
    ["canCreateNewApiKeys", (client) => client.createKey(making)],
    ["canEditApiKeyProperties", (client) => client.setActive(id, true)],
    ["canDeleteApiKeys", (client) => client.deleteKey(id)],
    ["canViewAdministratorRoles", (client) => client.role(1)],
  ])("is named: %s", async (right, doing) => {
    await using manager = await brokenManager(answer(403, "{}"));
    const fault = await faultOf(doing(manager.client));
    expect([fault.code, fault.right?.split(".").at(-1)]).toEqual(["manager-forbidden", right]);
  });
});
