import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { lockout as lockoutCommand } from "../../src/cli/lockout.ts";
import type { Lockout } from "../../src/domain/lockout.ts";
import { Secret } from "../../src/domain/secret.ts";
import { openSession } from "../../src/manager/session.ts";
import { freePort } from "../../src/sandbox/free-port.ts";
import { openStore } from "../../src/store/store.ts";
import { manifestText, personNamed } from "../support/context.ts";
import { privateAnswer } from "../support/conversation.ts";
import { ADMIN_PASSWORD } from "../support/embedded-manager.ts";
import { startTestSlack } from "../support/local-slack.ts";
import { makeKeys } from "../support/lockouts.ts";
import { scriptedTerminal } from "../support/terminal.ts";

const KEYS = 200;
const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

let folder: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portcullis-killed-"));
});
afterEach(() => {
  child?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** `npm start` in a process of its own; ready when it says so. */
async function start(environment: Record<string, string>): Promise<ChildProcess> {
  const env = { PATH: process.env["PATH"] ?? "", ...environment };
  const started = spawn(process.execPath, [main], { cwd: folder, env, stdio: "pipe" });
  let output = "";
  for (const stream of [started.stdout, started.stderr])
    stream.setEncoding("utf8").on("data", (part: string) => (output += part));
  try {
    await vi.waitUntil(() => output.includes("Portcullis is ready"), { timeout: 20_000 });
  } catch {
    throw new Error(`it did not start: ${output}`);
  }
  return started;
}

test("a process that is killed in the middle of a lockout, manager and all, goes on within seconds of its next start", async () => {
  await using slack = await startTestSlack({ manifest: manifestText() });
  const port = await freePort(30_000 + (process.pid % 100) * 20);
  const file = join(folder, "policy.yml");
  const policy = readFileSync(new URL("../../src/sandbox/policy.yml", import.meta.url), "utf8");
  writeFileSync(file, policy);
  const environment = {
    SLACK_BOT_TOKEN: slack.app.botToken,
    SLACK_APP_TOKEN: slack.app.appToken,
    SLACK_API_URL: slack.apiUrl,
    MANAGER: "embedded",
    EMBEDDED_MANAGER_PORT: String(port),
    EMBEDDED_MANAGER_ADMIN_PASSWORD: ADMIN_PASSWORD,
    DATA_DIR: folder,
    MARKER_KEY: randomBytes(32).toString("base64"),
    POLICY_FILE: file,
  };
  const signIn = async () =>
    openSession({
      url: `http://127.0.0.1:${port}/api`,
      trust: { kind: "system" },
      userName: "MasterAdmin",
      password: new Secret(ADMIN_PASSWORD),
      timeoutMs: 15_000,
    });
  child = await start(environment);
  const before = await signIn();
  await makeKeys(before, KEYS);
  const store = await openStore({ sqlite: join(folder, "portcullis.sqlite") });
  const farid = await slack.as("farid");
  // From then on it is known who Farid is and which groups he is in.
  await privateAnswer(farid, async () => farid.command("/apikey whoami"));

  const { terminal, said } = scriptedTerminal();
  const words = ["--all", "--by", personNamed("farid"), "--incident", "INC-1", "--because", "a test"];
  const declaring = lockoutCommand([...words, "--confirm", "INC-1"], terminal, environment);
  const now = async (): Promise<Lockout | undefined> => (await store.lockouts(1))[0]?.value;
  try {
    await vi.waitUntil(async () => ((await now())?.counts.locked ?? 0) > 0, { timeout: 10_000, interval: 5 });
  } catch {
    throw new Error(`no key was locked: ${said()}`);
  }
  child.kill("SIGKILL");
  const killed = await now();
  expect(killed?.state).toBe("declared");

  child = await start(environment);
  await vi.waitUntil(async () => (await now())?.state === "contained", { timeout: 15_000 });
  const contained = await now();
  expect(contained).toMatchObject({ found: KEYS + 1, counts: { verified: KEYS, skipped: 1, waiting: 0 } });
  const after = await signIn();
  const keys = await after.keysAfter(0, 5000);
  expect(keys.filter(({ active }) => active)).toHaveLength(1);
  expect(await store.lockoutItems(contained?.id ?? never(), { after: 0, limit: 5000 })).toHaveLength(
    KEYS + 1,
  );
  await declaring;
  await after.close();
  await store.close();
}, 90_000);

function never(): never {
  throw new Error("there is no lockout");
}
