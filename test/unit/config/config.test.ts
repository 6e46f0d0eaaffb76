import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Config, ConfigError, readConfig } from "../../../src/config.ts";
import { ownTls } from "../../../src/embedded-manager/own-authority.ts";
import { readEnvironment } from "../../../src/settings.ts";
import { POLICY } from "./policy-text.ts";

const folder = mkdtempSync(join(tmpdir(), "portcullis-config-"));
const policyFile = join(folder, "policy.yml");
beforeAll(() => writeFileSync(policyFile, POLICY));
afterAll(() => rmSync(folder, { recursive: true }));

const KEY = Buffer.alloc(32, 7).toString("base64");
const whole = {
  SLACK_BOT_TOKEN: "xoxb-bot-token-value",
  SLACK_APP_TOKEN: "xapp-app-token-value",
  MANAGER_URL: "https://manager.example.com:4119/api/",
  MANAGER_SECRET: "manager-secret-value",
  MARKER_KEY: KEY,
  POLICY_FILE: policyFile,
};

type Changes = Record<string, string | undefined>;

function configOf(changes: Changes = {}): Config {
  return readConfig({ ...whole, ...changes });
}

function problemsOf(changes: Changes): readonly string[] {
  try {
    configOf(changes);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("the settings", () => {
  it("make a Config for Socket Mode, SQLite and a manager elsewhere", () => {
    const config = configOf();
    expect(config.slack.mode.kind).toBe("socket");
    expect(config.slack.botToken.reveal()).toBe("xoxb-bot-token-value");
    expect(config.store).toEqual({ kind: "sqlite", path: join("data", "portcullis.sqlite") });
    expect(config.manager).toMatchObject({ kind: "remote", url: "https://manager.example.com:4119/api" });
    expect(config.logLevel).toBe("info");
    expect(config.policy.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it("answer for health where that is wanted, on a port of its own", () => {
    expect(configOf()).not.toHaveProperty("health");
    expect(configOf({ HEALTH_PORT: "9464" }).health).toEqual({ port: 9464 });
    const http = { SLACK_APP_TOKEN: undefined, SLACK_SIGNING_SECRET: "0123456789abcdef0123456789abcdef" };
    expect(problemsOf({ ...http, PORT: "9464", HEALTH_PORT: "9464" }).join()).toContain("a port of its own");
    expect(problemsOf({ PORT: "9464", HEALTH_PORT: "9464" })).toEqual([]);
  });

  it("make a Config for HTTP, PostgreSQL and another Slack", () => {
    const config = configOf({
      SLACK_APP_TOKEN: undefined,
      SLACK_SIGNING_SECRET: "0123456789abcdef0123456789abcdef",
      PORT: "8080",
      DATABASE_URL: "postgres://portcullis:hunter22@localhost/portcullis",
      SLACK_API_URL: "http://127.0.0.1:4500/api",
    });
    expect(config.slack.mode).toMatchObject({ kind: "http", port: 8080 });
    expect(config.slack.apiUrl).toBe("http://127.0.0.1:4500/api/");
    expect(config.store.kind).toBe("postgres");
  });

  it.each([
    "http://127.evil.example/api",
    "http://127.0.0.1.evil.example/api",
    "http://localhost.evil.example/api",
  ])("let no secret travel in clear to %s, which only looks like this machine", (url) => {
    const problems = problemsOf({ SLACK_API_URL: url, MANAGER_URL: url });
    expect(problems.filter((each) => /^(SLACK_API_URL|MANAGER_URL)/.test(each))).toHaveLength(2);
  });

  it("make a Config with the embedded manager beside the data", () => {
    const config = configOf({
      MANAGER: "embedded",
      MANAGER_URL: undefined,
      MANAGER_SECRET: undefined,
      EMBEDDED_MANAGER_ADMIN_PASSWORD: "long enough",
      MANAGER_RATE_BUDGET: "60",
      DATA_DIR: "/srv/portcullis",
    });
    expect(config.store).toEqual({ kind: "sqlite", path: "/srv/portcullis/portcullis.sqlite" });
    expect(config.manager).toMatchObject({
      kind: "embedded",
      data: "/srv/portcullis/manager",
      port: 4119,
      callsPerMinute: 60,
    });
  });

  it("name everything that is missing, in one answer", () => {
    const problems = problemsOf({
      ...Object.fromEntries(Object.keys(whole).map((name) => [name, ""])),
      POLICY_FILE: "no-such-policy.yml",
    });
    const missing = [
      "SLACK_BOT_TOKEN",
      "SLACK_APP_TOKEN",
      "MANAGER_URL",
      "MANAGER_SECRET",
      "MARKER_KEY",
      "no-such-policy.yml",
    ];
    expect(problems.map((each) => each.split(" ")[0])).toEqual(missing);
  });

  it("name what is wrong in the environment and in the policy together", () => {
    const broken = join(folder, "broken.yml");
    writeFileSync(broken, POLICY.replace("approvals: C0APPROVALS", "approvals: general"));
    const problems = problemsOf({ MARKER_KEY: undefined, POLICY_FILE: broken });
    expect(problems).toHaveLength(2);
    expect(problems[0]).toContain("MARKER_KEY is missing");
    expect(problems[1]).toMatch(/broken\.yml, line \d+, column \d+: .*found "general"/);
  });

  it.each([
    ["Socket Mode and HTTP together", { SLACK_SIGNING_SECRET: "0".repeat(32) }, "exclude each other"],
    ["the embedded manager and another", { MANAGER: "embedded" }, "MANAGER_URL exclude each other"],
    [
      "the embedded manager and PostgreSQL",
      { MANAGER: "embedded", DATABASE_URL: "postgres://h/d" },
      "one machine only",
    ],
    ["the embedded manager without a password", { MANAGER: "embedded" }, "ADMIN_PASSWORD is missing"],
    ["an app-level token as the bot's", { SLACK_BOT_TOKEN: "xapp-1" }, "belongs into SLACK_APP_TOKEN"],
    ["a bot's token as app-level token", { SLACK_APP_TOKEN: "xoxb-1" }, "belongs into SLACK_BOT_TOKEN"],
    [
      "a token that is only its beginning",
      { SLACK_BOT_TOKEN: "xoxb-" },
      "must be a token that starts with xoxb-",
    ],
    ["a Slack token as the manager's secret", { MANAGER_SECRET: "xoxb-1-2" }, "not a Slack token"],
    [
      "a token as signing secret",
      { SLACK_APP_TOKEN: undefined, SLACK_SIGNING_SECRET: "xoxb-1" },
      "32 hexadecimal",
    ],
    ["a short marker key", { MARKER_KEY: Buffer.alloc(31).toString("base64") }, "at least 32 random bytes"],
    ["a marker key of other characters", { MARKER_KEY: "!".repeat(64) }, "openssl rand -base64 32"],
    ["a manager reached in clear", { MANAGER_URL: "http://manager.example.com/api" }, "https"],
    ["a manager's address without /api", { MANAGER_URL: "https://manager.example.com" }, "ends in /api"],
    ["another kind of manager", { MANAGER: "remote" }, "MANAGER must be embedded"],
    ["another database", { DATABASE_URL: "mysql://h/d" }, "postgres://"],
    ["a port that is none", { PORT: "70000" }, "1 to 65535"],
    ["a port for health that is none", { HEALTH_PORT: "0" }, "1 to 65535"],
    [
      "two ways to trust the manager",
      { MANAGER_CA_FILE: "ca.pem", MANAGER_FINGERPRINT: "0".repeat(64) },
      "MANAGER_CA_FILE and MANAGER_FINGERPRINT exclude each other",
    ],
    ["a fingerprint that is none", { MANAGER_FINGERPRINT: "ab:cd" }, "64 hexadecimal digits"],
    [
      "an authority's file that is not there",
      { MANAGER_CA_FILE: "none.pem" },
      "none.pem, which cannot be read",
    ],
    ["an authority's file that is none", { MANAGER_CA_FILE: policyFile }, "no authority's certificate"],
    ["a budget too small to share", { MANAGER_RATE_BUDGET: "9" }, "MANAGER_RATE_BUDGET must be"],
    [
      "the embedded manager and an authority's file",
      { MANAGER: "embedded", MANAGER_CA_FILE: "ca.pem" },
      "MANAGER_CA_FILE exclude each other",
    ],
    ["an unknown log level", { LOG_LEVEL: "loud" }, "LOG_LEVEL"],
    ["a policy file that is not there", { POLICY_FILE: join(folder, "none.yml") }, "cannot be read"],
  ])("are refused with %s", (_, changes, words) => {
    expect(problemsOf(changes).join("\n")).toContain(words);
  });

  it("say which certificate of the manager to trust, and how often to call it", async () => {
    const managerOf = (changes: Changes) => configOf(changes).manager;
    expect(managerOf({})).toMatchObject({ trust: { kind: "system" } });
    expect(managerOf({})).not.toHaveProperty("callsPerMinute");
    expect(
      managerOf({ MANAGER_FINGERPRINT: "AB:".repeat(31) + "AB", MANAGER_RATE_BUDGET: "60" }),
    ).toMatchObject({
      trust: { kind: "fingerprint", sha256: "ab".repeat(32) },
      callsPerMinute: 60,
    });
    const { authorityFile } = await ownTls(join(folder, "tls"), "127.0.0.1", Date.now());
    expect(managerOf({ MANAGER_CA_FILE: authorityFile })).toMatchObject({
      trust: { kind: "authorities", pem: readFileSync(authorityFile, "utf8") },
    });
  });

  it("take a marker key as hex or base64 alike", () => {
    const hex = configOf({ MARKER_KEY: Buffer.alloc(32, 7).toString("hex") });
    expect(hex.markerKey.reveal()).toBe(configOf().markerKey.reveal());
  });

  it("show nothing that authenticates when printed, whole or in an error", () => {
    const embedded = { MANAGER: "embedded", EMBEDDED_MANAGER_ADMIN_PASSWORD: "admin-password-value" };
    const configs = [
      configOf(),
      configOf({ ...embedded, MANAGER_URL: undefined, MANAGER_SECRET: undefined }),
      configOf({ DATABASE_URL: "postgres://u:database-value@localhost/d" }),
    ];
    const refused = {
      SLACK_BOT_TOKEN: "bot-token-value",
      MARKER_KEY: "marker-value",
      SLACK_SIGNING_SECRET: "app-token-value",
    };
    const printed = [
      ...configs.map((each) => inspect(each, { depth: 9 }) + JSON.stringify(each)),
      ...problemsOf({ ...refused, MANAGER_URL: "manager-secret-value" }),
    ].join("\n");
    expect(printed).toContain("[secret]");
    for (const value of [
      "token-value",
      "secret-value",
      "password-value",
      "database-value",
      "marker-value",
      KEY,
    ]) {
      expect(printed).not.toContain(value);
    }
  });
});

describe("a .env file", () => {
  it("as delivered names every setting there is, and no other", () => {
    const example = readFileSync(new URL("../../../.env.example", import.meta.url), "utf8");
    const named = [...example.matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name);
    const asked = new Set<string>();
    for (const changes of [{}, { MANAGER: "embedded" }]) {
      const environment = { ...whole, ...changes };
      const heard = new Proxy<Changes>(environment, {
        get: (target, name: string) => {
          asked.add(name);
          return target[name];
        },
      });
      try {
        readConfig(heard);
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
      }
    }
    expect(new Set(named)).toEqual(asked);
  });

  it("is read when there is one, and the environment comes first", () => {
    expect(readEnvironment(folder, { A: "set" })).toEqual({ A: "set" });
    writeFileSync(join(folder, ".env"), 'A=file\nB="from the file"\n');
    expect(readEnvironment(folder, { A: "set" })).toEqual({ A: "set", B: "from the file" });
  });
});
