import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { freePort } from "../../../src/sandbox/free-port.ts";
import { parseManifest } from "../../../src/local-slack/manifest.ts";
import { startLocalSlack } from "../../../src/local-slack/server.ts";
import { startTestManager } from "../../support/embedded-manager.ts";

const folder = mkdtempSync(join(tmpdir(), "portcullis-programs-"));
const running: (() => void)[] = [];
afterEach(() => {
  for (const end of running.splice(0)) end();
  rmSync(folder, { recursive: true, force: true });
});

function fileOf(path: string): string {
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url));
}

/** One of our programs in a process of its own, in an empty folder's environment. */
function start(program: string, words: string[] = [], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [fileOf(`src/${program}`), ...words], { env, stdio: "pipe" });
  running.push(() => void child.kill("SIGKILL"));
  let text = "";
  const heard = new EventTarget();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      heard.dispatchEvent(new Event("text"));
    });
  }
  const until = async (words: string): Promise<string> => {
    while (!text.includes(words)) {
      if (child.exitCode !== null) throw new Error(`It ended before it said "${words}":\n${text}`);
      await Promise.race([once(heard, "text"), once(child, "exit")]);
    }
    return text;
  };
  return { child, until, exit: exitOf(child), text: () => text };
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, "close")) as [number | null];
  return code;
}

/**
 * A port that somebody listens on until the test ends; far below those that systems hand out, so that
 * no other test is given the next one meanwhile.
 */
async function occupied(): Promise<number> {
  const server = createServer();
  const port = await freePort(20_000 + (process.pid % 400) * 20);
  await once(server.listen({ host: "127.0.0.1", port }), "listening");
  running.push(() => server.close());
  return port;
}

/** Local Slack and an embedded manager, and the settings that connect Portcullis to them. */
async function settings() {
  const starting = new AsyncDisposableStack();
  const manager = starting.use(await startTestManager());
  const manifest = parseManifest(readFileSync(fileOf("manifest.yml"), "utf8"));
  const slack = starting.use(await startLocalSlack({ apps: [{ manifest }] }));
  const [app] = slack.apps;
  const env = {
    SLACK_BOT_TOKEN: app?.botToken ?? "",
    SLACK_APP_TOKEN: app?.appToken ?? "",
    SLACK_API_URL: slack.apiUrl,
    MANAGER_URL: manager.url,
    MANAGER_SECRET: manager.botSecret,
    MARKER_KEY: randomBytes(32).toString("hex"),
    DATA_DIR: folder,
    POLICY_FILE: fileOf("src/sandbox/policy.yml"),
  };
  return {
    env,
    slack,
    signingSecret: app?.signingSecret ?? "",
    [Symbol.asyncDispose]: async () => starting.disposeAsync(),
  };
}

describe("npm start", () => {
  it("names everything that is missing in one answer, and does not start", async () => {
    const { exit, text } = start("main.ts", [], { POLICY_FILE: join(folder, "none.yml") });
    expect(await exit).toBe(1);
    expect(text()).toContain("Portcullis cannot start: 6 problems in its settings.");
    for (const name of ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "MANAGER_URL", "MARKER_KEY", "none.yml"]) {
      expect(text()).toContain(name);
    }
    expect(text()).not.toMatch(/^\s+at /m);
  });

  it("says what it is connected to, and ends on SIGTERM", async () => {
    await using parts = await settings();
    const program = start("main.ts", [], parts.env);
    const ready = await program.until("Portcullis is ready");
    expect(JSON.parse(ready.trim().split("\n").at(-1) ?? "")).toMatchObject({
      slack: "Socket Mode",
      slackApi: parts.env.SLACK_API_URL,
      store: join(folder, "portcullis.sqlite"),
      manager: parts.env.MANAGER_URL,
    });
    program.child.kill("SIGTERM");
    expect(await program.exit).toBe(0);
    expect(program.text()).toContain("Portcullis has stopped");
  });

  it("ends in order over HTTP too, whoever holds a connection to it", async () => {
    await using parts = await settings();
    const port = await freePort(23_000 + (process.pid % 400) * 20);
    const { SLACK_APP_TOKEN: _, ...others } = parts.env;
    const program = start("main.ts", [], {
      ...others,
      SLACK_SIGNING_SECRET: parts.signingSecret,
      PORT: String(port),
    });
    await program.until("Portcullis is ready");
    const held = connect(port, "127.0.0.1");
    running.push(() => held.destroy());
    held.on("error", () => {}).write("POST");
    await once(held, "connect");
    // Connections are taken in turn.
    expect((await fetch(`http://127.0.0.1:${port}/slack/events`, { method: "POST" })).status).toBe(401);
    program.child.kill("SIGTERM");
    expect(await program.exit).toBe(0);
    expect(program.text()).toContain("Portcullis has stopped");
  });

  it("waits for Slack, alive and heeding signals, and is ready once Slack is there", async () => {
    await using parts = await settings();
    const base = 24_000 + (process.pid % 400) * 20;
    const [door, health] = [await freePort(base), await freePort(base + 10)];
    const program = start("main.ts", [], {
      ...parts.env,
      SLACK_API_URL: `http://127.0.0.1:${door}/api/`,
      HEALTH_PORT: String(health),
    });
    const asked = async (path: string) => (await fetch(`http://127.0.0.1:${health}${path}`)).text();
    await program.until("Slack cannot be reached yet");
    expect(await asked("/healthz")).toBe("alive\n");
    expect(await asked("/readyz")).toBe("Slack is not connected\n");
    program.child.kill("SIGHUP");
    await program.until("The policy file is taken over");
    // A way to Slack, from now on.
    const { port } = new URL(parts.env.SLACK_API_URL);
    const way = createServer((socket) => {
      const there = connect(Number(port), "127.0.0.1");
      running.push(() => socket.destroy());
      for (const each of [socket, there]) each.on("error", () => {});
      socket.pipe(there).pipe(socket);
    });
    running.push(() => void way.close());
    await once(way.listen({ host: "127.0.0.1", port: door }), "listening");
    await program.until("Portcullis is ready");
    expect(await asked("/readyz")).toBe("ready\n");
    program.child.kill("SIGTERM");
    expect(await program.exit).toBe(0);
  });

  it("ends in order when it is asked to while it waits for Slack", async () => {
    await using parts = await settings();
    parts.slack.setFaults({ rules: [{ fault: "cut_before" }], away: [] });
    const program = start("main.ts", [], parts.env);
    await program.until("Slack cannot be reached yet");
    program.child.kill("SIGTERM");
    expect(await program.exit).toBe(0);
    expect(program.text()).toContain("Portcullis has stopped");
    expect(program.text()).not.toContain("Portcullis is ready");
  });

  it("ends, and says so, where Slack is back and will not have it any more", async () => {
    await using parts = await settings();
    parts.slack.setFaults({ rules: [{ fault: "http_500", times: 2 }], away: [] });
    const program = start("main.ts", [], { ...parts.env, SLACK_BOT_TOKEN: "xoxb-wrong" });
    await program.until("Slack cannot be reached yet");
    expect(await program.exit).toBe(1);
    expect(program.text()).toContain("Slack does not accept the bot token");
  });

  it("goes on when something fails that nothing was waiting for, and says so in log and figures", async () => {
    await using parts = await settings();
    const port = await freePort(22_000 + (process.pid % 400) * 20);
    const stray = `process.on("SIGUSR2", () => { Promise.reject(new Error("stray")); Promise.reject(); })`;
    const program = start("main.ts", [], {
      ...parts.env,
      HEALTH_PORT: String(port),
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(stray)}`,
    });
    await program.until("Portcullis is ready");
    program.child.kill("SIGUSR2");
    const logged = await program.until("something failed that nothing was waiting for");
    expect(logged).toContain("stray");
    const asked = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    await expect.poll(async () => asked("/metrics")).toContain("portcullis_unhandled_rejections_total 2\n");
    expect(await asked("/readyz")).toBe("ready\n");
    program.child.kill("SIGTERM");
    expect(await program.exit).toBe(0);
  });

  it.each([
    [
      "Slack does not accept its token",
      { SLACK_BOT_TOKEN: "xoxb-wrong" },
      "Slack does not accept the bot token",
    ],
    ["the manager does not accept its secret", { MANAGER_SECRET: "wrong" }, "does not accept MANAGER_SECRET"],
  ])("says so in a sentence when %s", async (_, wrong, words) => {
    await using parts = await settings();
    const { exit, text } = start("main.ts", [], { ...parts.env, ...wrong });
    expect(await exit).toBe(1);
    expect(text()).toContain(words);
    expect(text()).not.toMatch(/^\s+at /m);
  });
});

describe("npm run sandbox", () => {
  it("is ready on other ports where its own are taken, keeps its secrets to itself, and ends on Ctrl-C", async () => {
    const port = await occupied();
    const words = ["--port", String(port), "--manager-port", String(port), "--data", folder];
    const sandbox = start("sandbox/main.ts", words);
    const welcome = await sandbox.until("Ctrl-C ends it.");
    expect(welcome).toContain(`Port ${port} was taken`);

    const page = /Slack +(\S+)/.exec(welcome)?.[1] ?? "";
    const manager = /Manager +(\S+)/.exec(welcome)?.[1] ?? "";
    const workspace = await (await fetch(new URL("client/workspace", page))).json();
    expect(workspace).toMatchObject({ apps: [{ name: "Portcullis", connected: true }] });
    expect((await fetch(`${manager}/apikeys`, { headers: { "api-version": "v1" } })).status).toBe(401);
    expect(statSync(join(folder, "secrets.env")).mode & 0o077).toBe(0);

    sandbox.child.kill("SIGINT");
    sandbox.child.kill("SIGINT");
    expect(await sandbox.exit).toBe(0);
  });

  it("starts again on the data that it left", async () => {
    const port = await occupied();
    const words = ["--port", String(port), "--manager-port", String(port), "--data", folder];
    for (const time of ["first", "second"]) {
      const sandbox = start("sandbox/main.ts", words);
      expect(await sandbox.until("Ctrl-C ends it."), time).toContain("The sandbox is ready.");
      sandbox.child.kill("SIGTERM");
      expect(await sandbox.exit, time).toBe(0);
    }
  });
});

describe("npm run portcullis", () => {
  it("says that a command is unknown before the usage, and nothing before it where it was asked for", async () => {
    const unknown = start("cli.ts", ["frob", "--now"]);
    expect(await unknown.exit).toBe(2);
    expect(unknown.text()).toMatch(/^There is no command "frob --now"\.[^\n]*\n\nnpm run policy/);
    const asked = start("cli.ts", ["--help"]);
    expect(await asked.exit).toBe(2);
    expect(asked.text()).toMatch(/^npm run policy/);
  });
});
