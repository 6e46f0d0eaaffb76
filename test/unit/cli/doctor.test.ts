import { randomBytes } from "node:crypto";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { doctor } from "../../../src/cli/doctor.ts";
import { NEEDED } from "../../../src/domain/own-rights.ts";
import { Secret } from "../../../src/domain/secret.ts";
import { startEmbeddedManager } from "../../../src/embedded-manager/server.ts";
import { type ManagerSession, openSession } from "../../../src/manager/session.ts";
import { openStore } from "../../../src/store/store.ts";
import { manifestText } from "../../support/context.ts";
import { ADMIN_PASSWORD, startTestManager } from "../../support/embedded-manager.ts";
import { startTestSlack, type TestSlack } from "../../support/local-slack.ts";
import { postgresMissing, startPostgres } from "../../support/postgres.ts";
import { scriptedTerminal } from "../../support/terminal.ts";

const POLICY = readFileSync(
  fileURLToPath(new URL("../../../src/sandbox/policy.yml", import.meta.url)),
  "utf8",
);
const CHANNELS = ["C0APPROVALS", "C0INCIDENTS", "C0AUDIT0001"];
const closing = new AsyncDisposableStack();
let folder: string;
let slack: TestSlack;
let manager: Awaited<ReturnType<typeof startTestManager>>;
let admin: ManagerSession;
let settings: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "portcullis-doctor-"));
  closing.defer(async () => rm(folder, { recursive: true }));
  slack = closing.use(await startTestSlack({ manifest: manifestText(), rateLimits: false }));
  for (const id of CHANNELS) await slack.admin("PATCH", `channels/${id}`, { add: [slack.app.botUserId] });
  manager = closing.use(await startTestManager());
  admin = await openSession({
    url: manager.url,
    trust: { kind: "system" },
    userName: "MasterAdmin",
    password: new Secret(ADMIN_PASSWORD),
    timeoutMs: 5000,
  });
  closing.defer(async () => admin.close());
  settings = {
    SLACK_BOT_TOKEN: slack.app.botToken,
    SLACK_APP_TOKEN: slack.app.appToken,
    SLACK_API_URL: slack.apiUrl,
    MANAGER_URL: manager.url,
    MANAGER_SECRET: manager.botSecret,
    MARKER_KEY: randomBytes(32).toString("hex"),
    DATA_DIR: join(folder, "none"),
    POLICY_FILE: await policyFile("whole", POLICY),
  };
});
afterAll(async () => closing.disposeAsync());

async function policyFile(name: string, text: string): Promise<string> {
  const file = join(folder, `${name}.yml`);
  await writeFile(file, text);
  return file;
}

/** What the doctor says, with these settings changed; undefined takes one away. */
async function see(changes: Record<string, string | undefined> = {}) {
  const { terminal, printed, said } = scriptedTerminal();
  const environment = { ...settings, ...changes };
  const code = await doctor(terminal, environment);
  const text = printed() + said();
  for (const name of ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "MANAGER_SECRET", "MARKER_KEY"] as const)
    if (environment[name] !== undefined) expect(text).not.toContain(environment[name]);
  return { code, text };
}

/** Each thing that is wrong, and how to mend it. */
function wrongIn({ text }: { text: string }): string[] {
  return [...text.matchAll(/WRONG +(.+)\n +→ (.+)\n/g)].map(([, words, mend]) => `${words} ${mend}`);
}

describe("the doctor, where all is well,", () => {
  test("says what it looked at, and leaves no message behind", async () => {
    const chiara = await slack.as("chiara");
    const before = await chiara.snapshot();
    const { code, text } = await see();
    expect([code, text.match(/WRONG/g)]).toEqual([0, null]);
    for (const words of [
      "The bot token belongs to",
      "It has the scopes that it needs: commands, chat:write",
      "Socket Mode can be connected to.",
      "The channel for approvals, C0APPROVALS, can be posted to.",
      "S0INCIDENT1) has 1 in it.",
      `${manager.url} is a manager.`,
      "works with the key portcullis (ID 2)",
      "The key does not expire.",
      "lacks none",
      "Changes to roles can be carried out",
      "at most 500 times a minute: 350 for everything, 100 more for locking alone, 50 more for unlocking alone",
      "portcullis.sqlite is not there yet",
      "The policy is valid",
      "All is well.",
    ])
      expect(text).toContain(words);
    const after = await chiara.snapshot();
    expect(after.conversations).toEqual(before.conversations);
  });

  test("ends with exit code 0 as a program, and with 1 where a setting is missing", async () => {
    const run = async (env: Record<string, string>) => {
      const cli = fileURLToPath(new URL("../../../src/cli.ts", import.meta.url));
      const child = spawn(process.execPath, [cli, "doctor"], { cwd: folder, env, stdio: "ignore" });
      return ((await once(child, "close")) as [number])[0];
    };
    expect(await run(settings)).toBe(0);
    expect(await run({ ...settings, MARKER_KEY: "" })).toBe(1);
  });

  test("takes HTTP as it is, since only Slack can try it", async () => {
    const http = { SLACK_APP_TOKEN: undefined, SLACK_SIGNING_SECRET: "0".repeat(32), PORT: "3999" };
    const { code, text } = await see(http);
    expect([code, text.includes("Slack delivers to port 3999")]).toEqual([0, true]);
  });
});

describe("the doctor finds what is wrong with Slack:", () => {
  test.each([
    ["a bot token", { SLACK_BOT_TOKEN: "xoxb-wrong" }, "The bot token does not work (invalid_auth)"],
    ["an app token", { SLACK_APP_TOKEN: "xapp-wrong" }, "Socket Mode cannot be connected to (invalid_auth)"],
    ["Slack away", { SLACK_API_URL: "http://127.0.0.1:1/api/" }, "The bot token does not work ("],
  ])("%s", async (_, changes, words) => {
    const seen = await see(changes);
    expect([seen.code, wrongIn(seen)]).toEqual([1, [expect.stringContaining(words)]]);
  });

  test("a channel that it was not invited to, and ids that nothing has", async () => {
    const text = POLICY.replace("C0AUDIT0001", "C0GENERAL01").replace("S0INCIDENT1", "S0NOTHING01");
    await slack.admin("PATCH", "channels/C0GENERAL01", { remove: [slack.app.botUserId] });
    const seen = await see({ POLICY_FILE: await policyFile("elsewhere", text) });
    expect(wrongIn(seen)).toEqual([
      expect.stringMatching(/audit, C0GENERAL01, cannot be posted to \(not_in_channel\)\..*\/invite/),
      expect.stringContaining("Slack has no user group S0NOTHING01"),
    ]);
  });

  test("a scope that the app was installed without", async () => {
    const manifest = manifestText().replace(/^ +- usergroups:read.*\n/m, "");
    await using other = await startTestSlack({ manifest, rateLimits: false });
    for (const id of CHANNELS) await other.admin("PATCH", `channels/${id}`, { add: [other.app.botUserId] });
    const { botToken, appToken } = other.app;
    const changes = { SLACK_BOT_TOKEN: botToken, SLACK_APP_TOKEN: appToken, SLACK_API_URL: other.apiUrl };
    const found = wrongIn(await see(changes));
    expect(found[0]).toContain("It lacks the scope usergroups:read.");
    expect(found[1]).toContain("cannot be read (missing_scope)");
  });

  test("scopes for watching channels, where the policy says so and the app was not given them", async () => {
    const POLICY_FILE = await policyFile(
      "watching",
      POLICY.replace("watch-channels: false", "watch-channels: true"),
    );
    expect(wrongIn(await see({ POLICY_FILE }))).toEqual([
      expect.stringMatching(/lacks the scope channels:history, groups:history\..*leaks\.watch-channels/),
    ]);
    const manifest = manifestText().replace(/# (- (?:channels|groups):history)/g, "$1");
    await using other = await startTestSlack({ manifest, rateLimits: false });
    for (const id of CHANNELS) await other.admin("PATCH", `channels/${id}`, { add: [other.app.botUserId] });
    const { botToken, appToken } = other.app;
    const watching = { SLACK_BOT_TOKEN: botToken, SLACK_APP_TOKEN: appToken, SLACK_API_URL: other.apiUrl };
    expect(wrongIn(await see({ POLICY_FILE, ...watching }))).toEqual([]);
  });

  test("a team's channel that it was not invited to", async () => {
    await slack.admin("PATCH", "channels/C0GENERAL01", { remove: [slack.app.botUserId] });
    const text = POLICY.replace("team: security", "team: C0GENERAL01");
    const seen = await see({ POLICY_FILE: await policyFile("team", text) });
    expect(wrongIn(seen)).toEqual([
      expect.stringMatching(/expiry's team, C0GENERAL01, cannot be posted to \(not_in_channel\)\..*\/invite/),
    ]);
  });

  test("people who never count, and a group of nobody", async () => {
    const text = POLICY.replace(/(responders: )\{ slack-group: \S+ \}/, "$1{ people: [U0NOBODY001] }");
    await slack.admin("PATCH", "groups/S0AUDITORS1", { users: [] });
    const found = wrongIn(await see({ POLICY_FILE: await policyFile("nobody", text) }));
    await slack.admin("PATCH", "groups/S0AUDITORS1", { users: ["U0GRACE0001"] });
    expect(found).toEqual([
      expect.stringContaining("U0NOBODY001 never count"),
      expect.stringContaining("has no members"),
    ]);
  });
});

describe("the doctor finds what is wrong with the manager:", () => {
  test.each([
    ["a secret", { MANAGER_SECRET: "2:wrong" }, "does not accept these credentials"],
    [
      "an address",
      { MANAGER_URL: "http://127.0.0.1:1/api" },
      "does not answer (GET /apikeys/current (ECONNREFUSED))",
    ],
  ])("%s", async (_, changes, words) => {
    const seen = await see(changes);
    expect([seen.code, wrongIn(seen)]).toEqual([1, [expect.stringContaining(words)]]);
  });

  test("rights that the key lacks, by name, and an expiry that is near", async () => {
    const role = await admin.createRoleForKeys({ name: "poor", description: "", rights: NEEDED.slice(1) });
    const { secret } = await admin.createKey({
      name: "poor",
      description: "",
      role: role.id,
      locale: "en-US",
      timeZone: "Etc/UTC",
      active: true,
      expiresAt: Date.now() + 86_400_000,
    });
    const seen = await see({ MANAGER_SECRET: secret.reveal() });
    expect(wrongIn(seen)).toEqual([
      expect.stringMatching(
        /The key expires on \S+, which is soon\. npm run portcullis -- first-key --replace/,
      ),
      expect.stringContaining("needs platformRights.apikeyRights.canViewApiKeys."),
    ]);
    expect(seen.text).toContain("Changes to roles are refused: the key would need full access");
  });

  test("rules about roles that do not exist", async () => {
    const text = POLICY.replace("roles: [Auditor", "roles: [Auditors");
    expect(wrongIn(await see({ POLICY_FILE: await policyFile("roles", text) }))[0]).toContain(
      "is about a role Auditors, which the manager does not have.",
    );
  });

  test("exceptions for roles that do not exist", async () => {
    const text = POLICY.replace("- { roles: [Full Access] }", "- { roles: [Auditor, Full Acess] }");
    expect(wrongIn(await see({ POLICY_FILE: await policyFile("exceptions", text) }))).toEqual([
      expect.stringContaining(
        'The rule "Other dangerous roles" makes an exception for a role Full Acess, which the manager does not have.',
      ),
    ]);
  });

  test("the embedded one: whether it runs, and what its key may do", async () => {
    await using embedded = await startEmbeddedManager({ data: ":memory:", adminPassword: ADMIN_PASSWORD });
    const own = {
      MANAGER: "embedded",
      MANAGER_URL: undefined,
      MANAGER_SECRET: undefined,
      EMBEDDED_MANAGER_ADMIN_PASSWORD: ADMIN_PASSWORD,
      MANAGER_RATE_BUDGET: "60",
    };
    const there = await see({ ...own, EMBEDDED_MANAGER_PORT: new URL(embedded.url).port });
    expect([there.code, there.text.includes("It has no key portcullis yet.")]).toEqual([0, true]);
    expect(there.text).toContain("It is called at most 60 times a minute");
    const away = await see({ ...own, EMBEDDED_MANAGER_PORT: "1" });
    expect([away.code, away.text.includes("does not run now")]).toEqual([0, true]);
    expect(away.text).not.toContain(ADMIN_PASSWORD);
  });
});

describe("the doctor looks at the database without changing it:", () => {
  test("one that is whole, and one that is none", async () => {
    const store = await openStore({ sqlite: join(folder, "portcullis.sqlite") });
    expect((await see({ DATA_DIR: folder })).text).toMatch(/portcullis\.sqlite is whole, at version \d+\./);
    await store.close();
    await writeFile(join(folder, "portcullis.sqlite"), "this is no database, but a text of some length");
    const found = wrongIn(await see({ DATA_DIR: folder }));
    expect(found).toEqual([expect.stringContaining("portcullis.sqlite cannot be read")]);
  });

  test.skipIf(postgresMissing() !== undefined)("a PostgreSQL, empty or with its tables", async () => {
    const server = await startPostgres();
    try {
      const url = await server.newDatabase();
      expect((await see({ DATABASE_URL: url })).text).toContain(
        "PostgreSQL answers; npm start makes the tables.",
      );
      const store = await openStore({ postgres: url });
      await store.close();
      expect((await see({ DATABASE_URL: url })).text).toMatch(/its tables are at version \d+\./);
    } finally {
      await server.stop();
    }
  });

  test("a PostgreSQL that does not answer, without its password", async () => {
    const port = await unusedPort();
    const seen = await see({ DATABASE_URL: `postgres://u:hunter22@127.0.0.1:${port}/d` });
    expect(wrongIn(seen)).toEqual([
      expect.stringContaining("does not let us in (ECONNREFUSED). Check DATABASE_URL."),
    ]);
    expect(seen.text).not.toContain("hunter22");
  });
});

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
