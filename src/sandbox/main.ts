import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, parseEnv } from "node:util";
import pino from "pino";
import { startPortcullis } from "../build.ts";
import { readConfig } from "../config.ts";
import { defaultWorkspace } from "../local-slack/default-workspace.ts";
import { parseManifest } from "../local-slack/manifest.ts";
import { type LocalSlack, startLocalSlack } from "../local-slack/server.ts";
import { createLog } from "../log.ts";
import { stopSignal } from "../stop-signal.ts";
import { freePort } from "./free-port.ts";
import { welcome } from "./welcome.ts";

/** Ctrl-C ends the sandbox within this many milliseconds. */
const DRAIN = 1800;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "4500" },
      "manager-port": { type: "string", default: "4119" },
      data: { type: "string", default: join("data", "sandbox") },
    },
  });
  mkdirSync(values.data, { recursive: true, mode: 0o700 });

  await using running = new AsyncDisposableStack();
  const wanted = { page: portOf(values.port), manager: portOf(values["manager-port"]) };
  const page = await freePort(wanted.page);
  const slack = running.use(await openSlack(page, values.data));
  const manager = await freePort(wanted.manager);
  const config = readConfig({
    ...ownSecrets(join(values.data, "secrets.env")),
    ...(await installed(slack)),
    MANAGER: "embedded",
    EMBEDDED_MANAGER_PORT: String(manager),
    DATA_DIR: values.data,
    POLICY_FILE: fileURLToPath(new URL("policy.yml", import.meta.url)),
    LOG_LEVEL: process.env["LOG_LEVEL"],
  });
  const logFile = join(values.data, "portcullis.log");
  const log = createLog({
    level: config.logLevel,
    destination: pino.destination({ dest: logFile, mode: 0o600 }),
  });
  const portcullis = running.adopt(await startPortcullis(config, log), (each) => each.stop());
  await portcullis.connected;

  const moved = [
    [wanted.page, page],
    [wanted.manager, manager],
  ].filter(([from, to]) => from !== to);
  const stopped = stopSignal(DRAIN);
  process.stdout.write(
    welcome({
      page: slack.url,
      manager: portcullis.managerUrl,
      data: values.data,
      moved: moved.map(([from, to]) => `Port ${from} was taken, so it is ${to}.`),
    }),
  );
  await stopped;
  process.stdout.write("\nThe sandbox is closing.\n");
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_000) return port;
  throw new Error(`A port is a number from 1 to 64999, not "${text}".`);
}

async function openSlack(port: number, data: string): Promise<LocalSlack> {
  const text = readFileSync(fileURLToPath(new URL("../../manifest.yml", import.meta.url)), "utf8");
  // In a folder of its own, as if it were another machine's.
  return startLocalSlack({ port, data: join(data, "slack"), apps: [{ manifest: parseManifest(text) }] });
}

/** The settings that a real workspace's owner would copy from Slack; and the bot invited where it posts. */
async function installed(slack: LocalSlack): Promise<Record<string, string>> {
  const [app] = slack.apps;
  if (app === undefined) throw new Error("manifest.yml names no app.");
  for (const { id, name } of defaultWorkspace.channels) {
    const response = await fetch(new URL(`client/admin/channels/${id}`, slack.url), {
      method: "PATCH",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ add: [app.botUserId] }),
    });
    if (!response.ok) throw new Error(`The bot could not be invited to #${name}.`);
  }
  return { SLACK_BOT_TOKEN: app.botToken, SLACK_APP_TOKEN: app.appToken, SLACK_API_URL: slack.apiUrl };
}

/** Made at the first start, for the owner of the folder alone, and kept. */
function ownSecrets(file: string): Record<string, string | undefined> {
  if (!existsSync(file)) {
    const fresh = [
      `MARKER_KEY=${randomBytes(32).toString("base64")}`,
      `EMBEDDED_MANAGER_ADMIN_PASSWORD=${randomBytes(18).toString("base64url")}`,
    ];
    writeFileSync(file, `${fresh.join("\n")}\n`, { mode: 0o600, flag: "wx" });
  }
  return parseEnv(readFileSync(file, "utf8"));
}

await main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(
      `The sandbox cannot go on: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exit(1);
  },
);
