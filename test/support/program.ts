import { mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Portcullis, startPortcullis } from "../../src/build.ts";
import type { Config } from "../../src/config.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { Secret } from "../../src/domain/secret.ts";
import { defaultWorkspace } from "../../src/local-slack/default-workspace.ts";
import { createLog } from "../../src/log.ts";
import type { Context } from "../../src/usecases/ports.ts";
import { Canary } from "./canary.ts";
import { manifestText, MovingClock, testPolicy } from "./context.ts";
import { ADMIN_PASSWORD } from "./embedded-manager.ts";
import { startTestSlack, type TestSlack } from "./local-slack.ts";

/**
 * The whole program as `npm start` builds it, on local Slack and an embedded manager. A canary
 * watches it from start to end: disposing of it throws where a secret got out.
 */
export type Program = {
  slack: TestSlack;
  clock: MovingClock;
  portcullis: Portcullis;
  /** What the use cases are given; for looking at the store and the manager. */
  context: Context;
  /** A folder with all files that the program writes: databases, the manager's data. */
  folder: string;
  /** Everything that the program logged so far. */
  logged(): string;
  canary: Canary;
  /** Where Slack delivers to in HTTP mode. */
  deliveryUrl: string;
  /**
   * Ends the bot and starts it anew on the same data, or on what `between` has made of it. Waits until
   * Slack is connected, unless it is `deaf` and somebody else waits for that.
   */
  restart(between?: () => void, how?: { deaf: boolean }): Promise<void>;
  /** Base64. */
  markerKey: string;
  [Symbol.asyncDispose](): Promise<void>;
};

export type ProgramOptions = {
  policy?: Policy;
  mode?: "socket" | "http";
  around?: (context: Context) => Context;
  /** The app as it is installed; the one of manifest.yml unless said otherwise. */
  manifest?: string;
  /** Other settings than these: another address of Slack's, a manager elsewhere. */
  settings?: (config: Config, parts: { clock: MovingClock; canary: Canary }) => Promise<Config>;
};

export async function startProgram(options: ProgramOptions = {}): Promise<Program> {
  await using starting = new AsyncDisposableStack();
  const clock = new MovingClock();
  const folder = await mkdtemp(join(tmpdir(), "portcullis-"));
  starting.defer(() => rm(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "manager"), { mode: 0o700 });
  const lines: string[] = [];
  const logged = (): string => lines.join("");
  const canary = starting.use(new Canary({ folder, logged }));
  starting.defer(() => canary.check());
  const slack = starting.use(
    await startTestSlack({
      manifest: options.manifest ?? manifestText(),
      clock: { now: clock.now, setTimeout: later },
      data: join(folder, "slack"),
    }),
  );
  for (const { id } of defaultWorkspace.channels) {
    await slack.admin("PATCH", `channels/${id}`, { add: [slack.app.botUserId] });
  }
  // Every line that there may be, for the canary to look at.
  const log = createLog({ level: "debug", destination: { write: (line: string) => void lines.push(line) } });
  const port = await freePort();
  const deliveryUrl = `http://127.0.0.1:${port}/slack/events`;
  const proposed: Config = {
    slack: {
      botToken: new Secret(slack.app.botToken),
      apiUrl: slack.apiUrl,
      mode:
        options.mode === "http"
          ? { kind: "http", signingSecret: new Secret(slack.app.signingSecret), port }
          : { kind: "socket", appToken: new Secret(slack.app.appToken) },
    },
    store: { kind: "sqlite", path: join(folder, "portcullis.sqlite") },
    manager: {
      kind: "embedded",
      data: join(folder, "manager"),
      port: 0,
      adminPassword: new Secret(ADMIN_PASSWORD),
      // More than by default, and so more for each person: what tests do in a second takes people minutes.
      callsPerMinute: 5000,
    },
    markerKey: new Secret(randomBytes(32).toString("base64")),
    policy: { policy: options.policy ?? testPolicy(), hash: "0".repeat(64) },
    logLevel: "info",
    health: { port: 0, host: "127.0.0.1" },
  };
  const config = (await options.settings?.(proposed, { clock, canary })) ?? proposed;
  let context: Context | undefined;
  const start = async ({ deaf }: { deaf: boolean }): Promise<Portcullis> => {
    const started = await startPortcullis(config, log, (built) => {
      const clocked = { ...built, clock: clock.now };
      context = canary.watch(options.around?.(clocked) ?? clocked);
      return context;
    });
    if (deaf) return started;
    await started.connected;
    if (options.mode === "http") await slack.deliverTo(slack.app.appId, deliveryUrl);
    return started;
  };
  let portcullis = await start({ deaf: false });
  starting.defer(() => portcullis.stop());
  const running = starting.move();
  return {
    slack,
    clock,
    get portcullis() {
      return portcullis;
    },
    get context() {
      if (context === undefined) throw new Error("not built");
      return context;
    },
    folder,
    logged,
    canary,
    deliveryUrl,
    markerKey: config.markerKey.reveal(),
    async restart(between = () => {}, how = { deaf: false }) {
      canary.lookAtFiles();
      await portcullis.stop();
      between();
      portcullis = await start(how);
    },
    async [Symbol.asyncDispose]() {
      canary.lookAtFiles();
      await running.disposeAsync();
    },
  };
}

async function freePort(): Promise<number> {
  const { createServer } = await import("node:net");
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address !== null
          ? resolve(address.port)
          : reject(new Error("no port")),
      );
    });
  });
}

function later(fn: () => void, ms: number): () => void {
  const timer = setTimeout(fn, ms);
  timer.unref();
  return () => clearTimeout(timer);
}
