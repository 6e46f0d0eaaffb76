import { connect } from "node:net";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import { Pool } from "undici";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type RawManager, rawManager, send } from "./raw-http.ts";

const RUNS = 10_000;

let manager: RawManager;
let pool: Pool;
let secrets: string[];
/** The least ID of the callers' keys: what requests say of `#` is counted from here. */
let lowest: number;
let observer: { headers: Record<string, string> };

beforeAll(async () => {
  manager = await rawManager({ settings: { attemptsBeforeLockOut: 0, sessionsPerUser: 0 } });
  observer = await manager.signIn();
  pool = new Pool(new URL(manager.url).origin);
  await provision();
});
afterAll(async () => {
  await pool.close();
  await manager.close();
});

type Role = { ID: number; name: string };
const post = async (path: string, body: object) =>
  (await send(manager.url, "POST", path, { ...observer, body })).json;

/** Takes away all keys and roles, and makes the callers' anew, since they may have been changed. */
async function provision(): Promise<void> {
  const { apiKeys, roles } = await everything();
  for (const { ID } of apiKeys) await send(manager.url, "DELETE", `/apikeys/${ID}`, observer);
  for (const { ID } of roles) if (ID > 1) await send(manager.url, "DELETE", `/roles/${ID}`, observer);
  const apikeyRights = { canViewApiKeys: true, canCreateNewApiKeys: true, canEditApiKeyProperties: true };
  const limited: Role = await post("/roles", {
    name: "limited",
    canOnlyManipulateUsersWithEqualOrLesserRights: true,
    rights: { platformRights: { apikeyRights } },
  });
  const powerless: Role = await post("/roles", { name: "powerless" });
  const key = async (roleID: number, keyName: string, active = true) =>
    (await post("/apikeys", { keyName, roleID, active })).secretKey;
  secrets = [
    await key(1, "full"),
    await key(limited.ID, "limited"),
    await key(powerless.ID, "powerless"),
    await key(1, "locked", false),
  ];
  lowest = Number(secrets[0]?.split(":")[0]);
}

type Key = { ID: number; lastSignIn?: number; unsuccessfulSignInAttempts?: number };

async function everything(): Promise<{ apiKeys: Key[]; roles: Role[] }> {
  const headers = { "api-version": "v1", ...observer.headers };
  const read = async (path: string) => (await pool.request({ method: "GET", path, headers })).body.json();
  const [keys, roles] = await Promise.all([read("/api/apikeys"), read("/api/roles")]);
  return { ...(keys as { apiKeys: Key[] }), ...(roles as { roles: Role[] }) };
}

/**
 * All that is stored, secrets by whether they work; but for what a call leaves behind by being made:
 * when, and how often in vain.
 */
async function state(): Promise<string> {
  const { apiKeys, roles } = await everything();
  for (const key of apiKeys) {
    delete key.lastSignIn;
    delete key.unsuccessfulSignInAttempts;
  }
  const alive = await Promise.all(
    secrets.map(async (secret) => {
      const headers = { "api-version": "v1", "api-secret-key": secret };
      const answer = await pool.request({ method: "GET", path: "/api/apikeys/current", headers });
      await answer.body.dump();
      return answer.statusCode;
    }),
  );
  return JSON.stringify([alive, apiKeys, roles]);
}

const noise = fc.string({ unit: "binary", maxLength: 20 });
const member = fc.constantFrom(
  "keyName",
  "description",
  "locale",
  "roleID",
  "timeZone",
  "active",
  "unlockTime",
  "expiryDate",
  "unsuccessfulSignInAttempts",
  "name",
  "rights",
  "allComputers",
  "computerIDs",
  "policyIDs",
  "ID",
  "urn",
  "searchCriteria",
  "maxItems",
  "sortByObjectID",
  "fieldName",
  "idValue",
  "idTest",
  "stringValue",
  "numericValue",
  "firstDateValue",
  "nullTest",
  "userName",
  "password",
  "mfaCode",
  "tenantName",
  "__proto__",
  "constructor",
  "toString",
  "platformRights",
  "apikeyRights",
  "canViewApiKeys",
);
const scalar = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, "true", "false", "", "0", "2", "en-US", "Etc/UTC", "%", "a_b"),
  fc.constantFrom<unknown>(0, -1, 1, 2, 2.5, 2 ** 31, 2 ** 53, 1e300, "9".repeat(400), "MasterAdmin"),
  noise,
  fc.integer(),
);
const { json } = fc.letrec((tie) => ({
  json: fc.oneof({ depthSize: "small" }, scalar, tie("list"), tie("object")),
  list: fc.array(tie("json"), { maxLength: 4 }),
  object: fc.dictionary(fc.oneof(member, noise), tie("json"), { maxKeys: 6 }),
}));
const plausible = fc.record(
  {
    keyName: fc.oneof(fc.constantFrom("a", "b", "c"), scalar),
    name: fc.oneof(fc.constantFrom("a", "b", "c"), scalar),
    roleID: fc.oneof(fc.constantFrom(1, 2, "2"), scalar),
    description: scalar,
    active: scalar,
    expiryDate: scalar,
    rights: json,
    searchCriteria: json,
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  fc.constant(""),
  { weight: 4, arbitrary: plausible.map((value) => JSON.stringify(value)) },
  { weight: 3, arbitrary: json.map((value) => JSON.stringify(value)) },
  noise,
  fc
    .tuple(member, scalar, scalar)
    .map(([name, a, b]) => `{"${name}":${JSON.stringify(a)},"${name}":${JSON.stringify(b)}}`),
  fc.integer({ min: 1, max: 20_000 }).map((depth) => "[".repeat(depth)),
  fc.integer({ min: 1, max: 5000 }).map((depth) => `${'{"rights":'.repeat(depth)}1${"}".repeat(depth)}`),
);
const id = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.bigInt({ min: 0n, max: 10n ** 30n }));
const path = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      "/apikeys",
      "/apikeys/search",
      "/apikeys/current",
      "/apikeys/current/secretkey",
      "/roles",
      "/roles/search",
      "/apikeys",
      "/apikeys/search",
    ),
  },
  fc.constantFrom("/roles", "/roles/search", "/sessions", "/sessions/current", "/openapi.json", "/"),
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.constantFrom("/apikeys/#", "/apikeys/#/secretkey", "/roles/#"), id)
      .map(([at, n]) => at.replace("#", `#${n}#`)),
  },
  fc
    .array(
      fc.constantFrom(
        "..",
        ".",
        "apikeys",
        "roles",
        "%00",
        "%2e%2e",
        "%2f",
        "2",
        "%zz",
        "*",
        ":ID",
        "%F0%9F",
      ),
      {
        maxLength: 5,
      },
    )
    .map((parts) => `/${parts.join("/")}`),
  noise.map((anything) => `/${encodeURIComponent(anything.toWellFormed())}`),
);
const query = fc.oneof(
  { weight: 4, arbitrary: fc.constant("") },
  fc.constantFrom("?overrides=false", "?__proto__=1", "?a[b]=c&a=d", "?%00", "?%zz", "?ID=1"),
);
const headerValue = fc.string({
  unit: fc
    .integer({ min: 0x20, max: 0xff })
    .filter((code) => code !== 0x7f)
    .map((code) => String.fromCharCode(code)),
  maxLength: 30,
});
const request = fc.record({
  method: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom("GET", "POST", "POST", "POST", "DELETE") },
    fc.constantFrom("PUT", "PATCH", "HEAD", "OPTIONS", "TRACE", "PROPFIND"),
  ),
  path: fc.tuple(path, query).map(([at, more]) => at + more),
  caller: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(0, 0, 0, 1, 1, 2, 3) },
    fc.constant(undefined),
    headerValue,
  ),
  version: fc.oneof({ weight: 30, arbitrary: fc.constant("v1") }, fc.constant(undefined), headerValue),
  type: fc.oneof(
    { weight: 20, arbitrary: fc.constant("application/json") },
    fc.constant(undefined),
    headerValue,
  ),
  more: fc.array(
    fc.tuple(
      fc.constantFrom(
        "cookie",
        "rID",
        "accept-encoding",
        "content-encoding",
        "x",
        "accept",
        "origin",
        "range",
        "te",
      ),
      headerValue,
    ),
    { maxLength: 2 },
  ),
  body,
});
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

async function answerTo({ method, path, caller, version, type, more, body }: Request): Promise<string> {
  const bytes = Buffer.from(body);
  const secret = typeof caller === "number" ? secrets[caller] : caller;
  const headers = [
    ["api-version", version],
    ["api-secret-key", secret],
    ["content-type", type],
    ...more,
    ...(bytes.length > 0 ? [["content-length", String(bytes.length)]] : []),
  ];
  const lines = headers.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  const place = path.replace(/#(\d+)#/, (_, n) => (n.length > 1 ? n : String(lowest + Number(n))));
  const head = [`${method} /api${place} HTTP/1.1`, "Host: x", "Connection: close", ...lines, "", ""].join(
    "\r\n",
  );
  const { hostname, port } = new URL(manager.url);
  const socket = connect(Number(port), hostname);
  socket.write(Buffer.concat([Buffer.from(head, "latin1"), bytes]));
  return text(socket);
}

it(
  `answers ${RUNS} random requests without a fault, and what it refuses changes nothing`,
  async () => {
    let before = await state();
    const statuses = new Map<string, number>();
    const check = fc.asyncProperty(request, async (sent) => {
      const answer = await answerTo(sent);
      const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? "none";
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      expect(["200", "400", "401", "403", "404", "405", "413", "415", "429", "431"]).toContain(status);
      expect(answer).not.toMatch(/\n\s+at |node:|\.ts:\d|SQLITE|RangeError|TypeError/);
      const after = await state();
      if (status === "200") {
        // It may have locked, rotated or deleted one of the callers.
        if (after !== before) await provision();
        before = await state();
        return;
      }
      if (sent.method !== "HEAD") expect(answer).toMatch(/\{"message":"[^"]+"\}/);
      expect(after).toBe(before);
    });
    await fc.assert(check, { numRuns: RUNS });
    // Otherwise the requests were too wild to reach anything.
    for (const status of ["200", "400", "401", "403", "404", "405"])
      expect(statuses.get(status), status).toBeGreaterThan(50);
  },
  10 * 60_000,
);
