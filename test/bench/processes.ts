import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { AppCredentials } from "../../src/local-slack/server.ts";
import type { Measures } from "./probe.ts";
import type { Burned, Burst } from "./edge-process.ts";
import type { Deliveries } from "./slack-process.ts";

/* The parts of a bench that each have a process of their own, so that none counts as another's work. */

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** Sends something, and waits for what comes back. */
async function ask<Answer>(child: ChildProcess, question: unknown): Promise<Answer> {
  const answered = once(child, "message");
  child.send(question as object);
  const [answer] = (await answered) as [Answer];
  return answer;
}

export type SlackProcess = {
  url: string;
  apiUrl: string;
  apps: AppCredentials[];
  /** What came of deliveries since it was last asked. */
  deliveries(): Promise<Deliveries>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** Local Slack with the company's people, and an app for each of these commands. */
export async function startSlackProcess(commands: readonly string[]): Promise<SlackProcess> {
  const child = fork(pathOf("slack-process.ts"), [...commands], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const started = await ask<Pick<SlackProcess, "url" | "apiUrl" | "apps">>(child, "start");
  return {
    ...started,
    deliveries: () => ask(child, "deliveries"),
    [Symbol.asyncDispose]: () => end(child),
  };
}

export type Edge = {
  apiUrl: string;
  burst(burst: Burst): Promise<Burned>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** A line that delivers as fast as an app takes it; all else goes to local Slack. */
export async function startEdge(slack: Pick<SlackProcess, "apiUrl">): Promise<Edge> {
  const child = fork(pathOf("edge-process.ts"), [slack.apiUrl], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const [{ apiUrl }] = (await once(child, "message")) as [{ apiUrl: string }];
  return {
    apiUrl,
    burst: (burst) => ask(child, burst),
    [Symbol.asyncDispose]: () => end(child),
  };
}

export type BotProcess = {
  pid: number;
  /** Milliseconds until it was ready. */
  started: number;
  /** Lines of warnings and errors, by their message, with how often each came. */
  complaints: Map<string, number>;
  measure(): Promise<Measures>;
  /** Milliseconds of processor time since the start. */
  processor(): Promise<number>;
  /** Asks it to end, and waits until it has. Answers its exit code. */
  stop(): Promise<number | null>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** The program as `npm start` runs it, on one of local Slack's apps. */
export async function startBot({
  app,
  slack,
  env,
}: {
  app: AppCredentials;
  slack: Pick<SlackProcess, "apiUrl">;
  env: Record<string, string>;
}): Promise<BotProcess> {
  return startMeasured("../../src/main.ts", "Portcullis is ready", {
    SLACK_BOT_TOKEN: app.botToken,
    SLACK_APP_TOKEN: app.appToken,
    SLACK_API_URL: slack.apiUrl,
    MARKER_KEY: randomBytes(32).toString("base64"),
    ...env,
  });
}

/** A program in a process of its own that can be measured; it has started once its log says so. */
export async function startMeasured(
  file: string,
  ready: string,
  env: Record<string, string>,
): Promise<BotProcess> {
  const began = performance.now();
  const child = fork(pathOf(file), [], {
    execArgv: ["--expose-gc", "--import", pathOf("probe.ts")],
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const complaints = new Map<string, number>();
  const up = Promise.withResolvers<void>();
  child.once("exit", () => up.reject(new Error(`${file} has ended`)));
  let rest = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.includes(ready)) up.resolve();
      const said = complaintIn(line);
      if (said !== undefined) complaints.set(said, (complaints.get(said) ?? 0) + 1);
    }
  });
  await up.promise;
  const stop = async (): Promise<number | null> => {
    if (child.exitCode !== null) return child.exitCode;
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    const [code] = (await ended) as [number | null];
    return code;
  };
  return {
    pid: child.pid ?? 0,
    started: performance.now() - began,
    complaints,
    measure: () => ask(child, "measure"),
    processor: () => ask(child, "processor"),
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}

const WARNING = 40;

/** What a line of the log says that is not well: its words, and the code of the fault. */
function complaintIn(line: string): string | undefined {
  if (!line.startsWith("{")) return undefined;
  const { level, msg, code, why } = JSON.parse(line) as Record<string, unknown>;
  const bad =
    typeof level === "number" ? level >= WARNING : ["warn", "error", "fatal"].includes(String(level));
  return bad ? [msg, code, why].filter((each) => typeof each === "string").join(": ") : undefined;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
