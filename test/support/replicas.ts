import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { newId, sealing } from "../../src/build.ts";
import { policy } from "../../src/domain/policy.ts";
import { Secret } from "../../src/domain/secret.ts";
import { defaultWorkspace } from "../../src/local-slack/default-workspace.ts";
import { slackMessages } from "../../src/slack/announce.ts";
import { slackClients } from "../../src/slack/connection/clients.ts";
import { slackDirectory } from "../../src/slack/people.ts";
import { openStore } from "../../src/store/store.ts";
import { manifestText, MovingClock } from "./context.ts";
import { startTestManager } from "./embedded-manager.ts";
import { startTestSlack, type TestSlack } from "./local-slack.ts";
import { startPostgres } from "./postgres.ts";
import type { Scene } from "./quiet.ts";

const program = fileURLToPath(new URL("replica.ts", import.meta.url));

/** Processes of the program on one PostgreSQL, one manager and one local Slack, by one clock. */
export type Replicas = Scene & {
  slack: TestSlack;
  /**
   * Kills each process again and again, after it has lived as long as `life` does, and starts it anew at
   * once, until it is `over` after so many kills; then all are left running. Answers how many there were.
   */
  keepKilling(life: () => Promise<void>, over: (kills: number) => boolean): Promise<number>;
  /** Starts another process for this one, and asks this one to end (SIGTERM) at `moment`. Answers its exit code. */
  replace(i: number, moment: () => Promise<void>): Promise<number | null>;
  /** The last lines that each process wrote. */
  said(): string;
  /** Every line, of whatever process, that says something went wrong that nothing outside is to blame for. */
  bugs(): string[];
  [Symbol.asyncDispose](): Promise<void>;
};

/** Ready when all processes are; `file`: the policy, as it stands in its file. */
export async function startReplicas(count: number, file: Record<string, unknown>): Promise<Replicas> {
  await using starting = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "portcullis-replicas-"));
  starting.defer(() => rmSync(folder, { recursive: true, force: true }));
  const server = starting.adopt(await startPostgres(), (each) => each.stop());
  const postgres = await server.newDatabase();
  const moved = new MovingClock();
  let ahead = 0;
  const slack = starting.use(
    await startTestSlack({
      manifest: manifestText(),
      clock: { now: moved.now, setTimeout: later },
      rateLimits: false,
    }),
  );
  for (const { id } of defaultWorkspace.channels)
    await slack.admin("PATCH", `channels/${id}`, { add: [slack.app.botUserId] });
  const manager = starting.use(await startTestManager({ now: moved.now }));
  const markerKey = new Secret(randomBytes(32).toString("base64"));
  const policyFile = join(folder, "policy.yml");
  writeFileSync(policyFile, JSON.stringify(file));
  const env = {
    PATH: process.env["PATH"] ?? "",
    SLACK_BOT_TOKEN: slack.app.botToken,
    SLACK_APP_TOKEN: slack.app.appToken,
    SLACK_API_URL: slack.apiUrl,
    DATABASE_URL: postgres,
    MANAGER_URL: manager.url,
    MANAGER_SECRET: manager.botSecret,
    MANAGER_RATE_BUDGET: "1000000",
    MARKER_KEY: markerKey.reveal(),
    POLICY_FILE: policyFile,
    LOG_LEVEL: "warn",
  };
  const children = new Map<number, ChildProcess>();
  const lines: string[] = [];
  const bugs: string[] = [];
  starting.defer(async () => {
    for (const child of children.values()) await killed(child);
  });

  // One that is being killed hears nothing any more.
  const tell = (child: ChildProcess): void => void (child.connected && child.send(String(ahead), () => {}));
  const start = async (i: number): Promise<ChildProcess> => {
    const child = fork(program, [String(ahead)], {
      cwd: folder,
      env,
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    children.set(i, child);
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(`${i} ${line}`);
        lines.splice(0, lines.length - 400);
        if (isBug(line)) bugs.push(`${i} ${line}`);
      });
    }
    await Promise.race([
      once(child, "message"),
      once(child, "exit").then(([code]) => {
        throw new Error(`a process ended before it was ready (${code}):\n${lines.slice(-20).join("\n")}`);
      }),
    ]);
    // What was moved while it started.
    tell(child);
    return child;
  };

  const store = starting.adopt(await openStore({ postgres }), (each) => each.close());
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const clients = slackClients(
    {
      botToken: new Secret(slack.app.botToken),
      apiUrl: slack.apiUrl,
      mode: { kind: "socket", appToken: new Secret(slack.app.appToken) },
    },
    log,
  );
  await Promise.all(Array.from({ length: count }, async (_, i) => start(i)));
  const inForce = { policy: policy.parse(file), hash: "0".repeat(64) };
  const running = starting.move();
  return {
    slack,
    where: { postgres },
    context: {
      store,
      manager: manager.client,
      directory: slackDirectory(clients),
      messages: slackMessages(clients),
      clock: moved.now,
      newId,
      policy: () => inForce,
      seal: sealing(markerKey),
      nudge: () => {},
      correlate: async (_, run) => run(),
      log,
    },
    advance(ms) {
      ahead += ms;
      moved.advance(ms);
      for (const child of children.values()) tell(child);
    },
    async keepKilling(life, over) {
      let kills = 0;
      const keepKilling = async (i: number, first: ChildProcess): Promise<void> => {
        for (let child = first; ; child = await start(i)) {
          await Promise.race([life(), once(child, "exit")]);
          if (child.exitCode !== null)
            throw new Error(`a process ended by itself (${child.exitCode}):\n${lines.slice(-20).join("\n")}`);
          if (over(kills)) return;
          await killed(child);
          kills += 1;
        }
      };
      await Promise.all([...children].map(async ([i, child]) => keepKilling(i, child)));
      return kills;
    },
    async replace(i, moment) {
      const old = children.get(i);
      if (old === undefined) throw new Error(`there is no process ${i}`);
      await start(i);
      const gone = once(old, "exit");
      await moment();
      old.kill("SIGTERM");
      const [code] = (await gone) as [number | null];
      return code;
    },
    said: () => lines.join("\n"),
    bugs: () => bugs,
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}

/** An error in the log, or what Node or replica.ts writes beside it; a line that a kill has cut short is none. */
function isBug(line: string): boolean {
  if (line.startsWith("rejected: ") || line.startsWith("(node:")) return true;
  return /^\{"level":"(?:error|fatal)"/.test(line);
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

function later(fn: () => void, ms: number): () => void {
  const timer = setTimeout(fn, ms);
  timer.unref();
  return () => clearTimeout(timer);
}
