import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Secret } from "./domain/secret.ts";
import type { Trust } from "./domain/trust.ts";
import { readManagerUrl, readRateBudget, readTrust, secureUrl } from "./manager-settings.ts";
import { type ReadPolicy, readPolicy } from "./policy-file.ts";
import { type Environment, Settings } from "./settings.ts";

/** How the program is set up. Whatever authenticates is a `Secret`, so that printing a Config shows none. */
export type Config = {
  slack: {
    botToken: Secret;
    /** Another Slack than slack.com; ends in "/". */
    apiUrl?: string;
    mode: { kind: "socket"; appToken: Secret } | { kind: "http"; signingSecret: Secret; port: number };
  };
  /** `path` of the SQLite file, or the URL of a PostgreSQL database. */
  store: { kind: "sqlite"; path: string } | { kind: "postgres"; url: Secret };
  manager: (
    | { kind: "remote"; url: string; secret: Secret; trust: Trust }
    | { kind: "embedded"; data: string; port: number; adminPassword: Secret }
  ) & {
    /** Calls in any 60 s; absent: the manager's own default. */
    callsPerMinute?: number;
  };
  /** At least 32 bytes, base64. */
  markerKey: Secret;
  policy: ReadPolicy;
  /** Where health and figures are answered; without a host, on every interface. */
  health?: { port: number; host?: string };
  logLevel: z.infer<typeof logLevel>;
};

/** The program cannot start as it is set up; each problem is a sentence for whoever runs it. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const many = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(
      `Portcullis cannot start: ${many} in its settings.\n${problems.map((one) => `  - ${one}`).join("\n")}`,
    );
    this.problems = problems;
  }
}

const port = z.coerce.number().int().min(1).max(65_535);
const logLevel = z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]);

/** The Config that these settings and their policy file make. Throws one `ConfigError` with every problem. */
export function readConfig(environment: Environment): Config {
  const problems: string[] = [];
  const settings = new Settings(environment, problems);
  const slack = readSlack(settings);
  const store = readStore(settings);
  const manager = readManager(settings);
  const markerKey = readMarkerKey(settings);
  const level = settings.read("LOG_LEVEL", logLevel, `one of ${logLevel.options.join(", ")}`) ?? "info";
  const policy = readPolicyFile(settings);
  const health = readHealth(settings, slack);
  if (problems.length > 0 || !slack || !manager || !markerKey || !policy) throw new ConfigError(problems);
  return { slack, store, manager, markerKey, policy, logLevel: level, ...(health && { health }) };
}

function readHealth(settings: Settings, slack: Config["slack"] | undefined): Config["health"] {
  const listenOn = settings.read("HEALTH_PORT", port, "a port from 1 to 65535");
  if (listenOn === undefined) return undefined;
  if (slack?.mode.kind === "http" && slack.mode.port === listenOn)
    settings.problems.push("HEALTH_PORT and PORT are the same: Slack needs a port of its own.");
  return { port: listenOn };
}

function readSlack(settings: Settings): Config["slack"] | undefined {
  const { problems } = settings;
  if (settings.text("SLACK_BOT_TOKEN") === undefined) {
    problems.push(
      "SLACK_BOT_TOKEN is missing: the bot token (xoxb-…), under OAuth & Permissions of the Slack app.",
    );
  }
  const botToken = settings.token("SLACK_BOT_TOKEN", "xoxb-");
  const apiUrl = settings.read(
    "SLACK_API_URL",
    secureUrl,
    "an https URL, such as https://slack-gov.com/api/",
  );
  const mode = readMode(settings);
  if (!botToken || !mode) return undefined;
  return { botToken, mode, ...(apiUrl !== undefined && { apiUrl: apiUrl.replace(/\/*$/, "/") }) };
}

function readMode(settings: Settings): Config["slack"]["mode"] | undefined {
  const { problems } = settings;
  const socket = settings.text("SLACK_APP_TOKEN") !== undefined;
  const http = settings.text("SLACK_SIGNING_SECRET") !== undefined;
  if (socket && http) {
    problems.push(
      "SLACK_APP_TOKEN (Socket Mode) and SLACK_SIGNING_SECRET (HTTP) exclude each other: keep one.",
    );
  }
  if (!socket && !http) {
    problems.push(
      "SLACK_APP_TOKEN (xapp-…, for Socket Mode) or SLACK_SIGNING_SECRET (for HTTP) is missing: exactly one is needed.",
    );
  }
  const appToken = settings.token("SLACK_APP_TOKEN", "xapp-");
  const form = z.string().regex(/^[0-9a-f]{32}$/i);
  const expected = "the Signing Secret under Basic Information of the Slack app, 32 hexadecimal digits";
  const signingSecret = settings.read("SLACK_SIGNING_SECRET", form, expected);
  const listenOn = settings.read("PORT", port, "a port from 1 to 65535") ?? 3000;
  if (appToken) return { kind: "socket", appToken };
  return signingSecret === undefined
    ? undefined
    : { kind: "http", signingSecret: new Secret(signingSecret), port: listenOn };
}

function dataFolder(settings: Settings): string {
  return settings.text("DATA_DIR") ?? "data";
}

function readStore(settings: Settings): Config["store"] {
  const form = z.url({ protocol: /^postgres(ql)?$/ });
  const expected =
    "postgres://USER:PASSWORD@HOST/DATABASE; without it, DATA_DIR says where the SQLite file goes";
  const url = settings.read("DATABASE_URL", form, expected);
  if (url !== undefined) return { kind: "postgres", url: new Secret(url) };
  return { kind: "sqlite", path: join(dataFolder(settings), "portcullis.sqlite") };
}

function readManager(settings: Settings): Config["manager"] | undefined {
  const kind = settings.read(
    "MANAGER",
    z.literal("embedded"),
    "embedded, or left out where MANAGER_URL is set",
  );
  const callsPerMinute = readRateBudget(settings);
  const budget = callsPerMinute === undefined ? {} : { callsPerMinute };
  const manager = kind === "embedded" ? readEmbedded(settings) : readRemote(settings);
  return manager && { ...manager, ...budget };
}

function readRemote(settings: Settings): Config["manager"] | undefined {
  const { problems } = settings;
  const url = readManagerUrl(settings);
  const trust = readTrust(settings);
  const opaque = z.string().regex(/^(?!xox|xapp)[!-~]+$/);
  const what = "the secret of a key in the manager, in one piece; not a Slack token";
  const secret = settings.read("MANAGER_SECRET", opaque, what);
  if (settings.text("MANAGER_URL") === undefined && settings.text("MANAGER") === undefined) {
    problems.push(
      "MANAGER_URL is missing: the manager's address, ending in /api. (Or say MANAGER=embedded.)",
    );
  }
  if (settings.text("MANAGER_SECRET") === undefined && settings.text("MANAGER") === undefined) {
    problems.push(
      "MANAGER_SECRET is missing: the secret of the key with which Portcullis manages the others.",
    );
  }
  if (url === undefined || secret === undefined || trust === undefined) return undefined;
  return { kind: "remote", url, secret: new Secret(secret), trust };
}

function readEmbedded(settings: Settings): Config["manager"] | undefined {
  const { problems } = settings;
  for (const name of ["MANAGER_URL", "MANAGER_SECRET", "MANAGER_CA_FILE", "MANAGER_FINGERPRINT"]) {
    if (settings.text(name) !== undefined) {
      problems.push(`MANAGER=embedded and ${name} exclude each other: the embedded manager makes its own.`);
    }
  }
  if (settings.text("DATABASE_URL") !== undefined) {
    problems.push(
      "MANAGER=embedded and DATABASE_URL exclude each other: the embedded manager is for one machine only.",
    );
  }
  const listenOn = settings.read("EMBEDDED_MANAGER_PORT", port, "a port from 1 to 65535") ?? 4119;
  const name = "EMBEDDED_MANAGER_ADMIN_PASSWORD";
  if (settings.text(name) === undefined) {
    problems.push(
      `${name} is missing: the password of MasterAdmin, which Portcullis signs in with at each start.`,
    );
  }
  const password = settings.read(name, z.string().min(8), "8 characters or more");
  if (password === undefined) return undefined;
  const data = join(dataFolder(settings), "manager");
  return { kind: "embedded", data, port: listenOn, adminPassword: new Secret(password) };
}

function readMarkerKey(settings: Settings): Secret | undefined {
  const how = "at least 32 random bytes as base64 or hex; make one with: openssl rand -base64 32";
  if (settings.text("MARKER_KEY") === undefined) settings.problems.push(`MARKER_KEY is missing: ${how}`);
  const hex = z
    .hex()
    .min(64)
    .transform((text) => Buffer.from(text, "hex"));
  const base64 = z.base64().transform((text) => Buffer.from(text, "base64"));
  const bytes = z.union([hex, base64]).refine(({ length }) => length >= 32);
  const key = settings.read("MARKER_KEY", bytes, how);
  return key && new Secret(key.toString("base64"));
}

/** The policy file as it is now; otherwise every problem, with its place. */
export function rereadPolicy(environment: Environment): ReadPolicy | { problems: string[] } {
  const settings = new Settings(environment, []);
  return readPolicyFile(settings) ?? { problems: settings.problems };
}

function readPolicyFile(settings: Settings): ReadPolicy | undefined {
  const path = settings.text("POLICY_FILE") ?? "policy.yml";
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    settings.problems.push(
      `${path} cannot be read: the policy, which says who may do what. (POLICY_FILE names another.)`,
    );
    return undefined;
  }
  const read = readPolicy(text);
  if ("policy" in read) return read;
  settings.problems.push(...read.problems.map((each) => `${path}, ${each}`));
  return undefined;
}
