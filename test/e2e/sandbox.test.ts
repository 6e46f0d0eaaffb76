import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Workspace } from "../../src/local-slack/client-protocol.ts";
import { Scanner } from "../support/canary-scan.ts";
import { secretsIn, works } from "../support/context.ts";
import {
  answerTo,
  cardOf,
  claimMessage,
  filledIn,
  messageWith,
  openForm,
  privateAnswer,
} from "../support/conversation.ts";
import { Client } from "../support/local-slack.ts";

const { scripts } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  scripts: Record<string, string>;
};
const root = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;
const running: ChildProcess[] = [];
const clients: Client[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portcullis-sandbox-"));
});
afterEach(() => {
  for (const client of clients.splice(0)) client.leave();
  for (const child of running.splice(0)) signalAll(child, "SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const npm = (words: string[], env: Record<string, string> = {}) => start("npm", words, env);
/** What an npm script runs, without npm, whose own end would hide the program's. */
const script = (name: string, words: string[]) => {
  const [, ...own] = scripts[name]?.split(" ") ?? [];
  return start(process.execPath, [...own, ...words]);
};

/** A command in a process group of its own, as a terminal starts it. */
function start(command: string, words: string[], env: Record<string, string> = {}) {
  const { PATH = "", HOME = folder } = process.env;
  const child = spawn(command, words, {
    cwd: root,
    env: { PATH, HOME, ...env },
    stdio: "pipe",
    detached: true,
  });
  running.push(child);
  let text = "";
  const changed = new EventTarget();
  const tell = (): void => void changed.dispatchEvent(new Event("change"));
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      tell();
    });
  child.once("exit", tell);
  const ended = once(child, "close") as Promise<[number | null]>;
  return {
    text: () => text,
    /** What it has printed, once these words are there. */
    async until(words: string): Promise<string> {
      while (!text.includes(words)) {
        if (child.exitCode !== null) throw new Error(`It ended before it said "${words}":\n${text}`);
        await once(changed, "change");
      }
      return text;
    },
    /** Ctrl-C, as a terminal sends it: to all that was started, and once more, as npm passes it on. */
    async interrupt(): Promise<number | null> {
      const limit = new Promise<never>((_, reject) => {
        setTimeout(
          () => reject(new Error(`It has not ended two seconds after Ctrl-C:\n${text}`)),
          2000,
        ).unref();
      });
      signalAll(child, "SIGINT");
      signalAll(child, "SIGINT");
      const [code] = await Promise.race([ended, limit]);
      expect(signalAll(child, 0), "something of it still runs").toBe(false);
      return code;
    },
    exit: async () => (await ended)[0],
  };
}

/** Whether anything of the process group was there to be signalled. */
function signalAll(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  try {
    return child.pid !== undefined && process.kill(-child.pid, signal);
  } catch {
    return false;
  }
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return String(address.port);
}

/** One of the people, as a script: over HTTP alone, from what `GET /client/workspace` says. */
async function be(page: string, name: string): Promise<Client> {
  const workspace = (await (await fetch(new URL("client/workspace", page))).json()) as Workspace;
  const person = workspace.people.find((each) => each.name === name);
  const [app] = workspace.apps;
  if (person === undefined || app === undefined) throw new Error(`no ${name}, or no app`);
  const credentials = { name: app.name, appId: app.id, botUserId: app.botUser };
  const client = await Client.open(page, person.id, {
    ...credentials,
    botToken: "",
    appToken: "",
    signingSecret: "",
  });
  clients.push(client);
  return client;
}

/** What whoever follows the link to this person is answered. */
async function opens(page: string, user: string | undefined): Promise<number> {
  const headers = { "content-type": "application/json" };
  const url = new URL("client/sessions", page);
  return (await fetch(url, { method: "POST", headers, body: JSON.stringify({ user }) })).status;
}

describe("npm run sandbox", () => {
  async function open(run: (words: string[]) => ReturnType<typeof start>, data: string) {
    const began = performance.now();
    const [port, managerPort] = [await freePort(), await freePort()];
    const sandbox = run(["--port", port, "--manager-port", managerPort, "--data", data]);
    const welcome = await sandbox.until("Ctrl-C ends it.");
    const [, page = ""] = /Slack +(\S+)/.exec(welcome) ?? [];
    const [, manager = ""] = /Manager +(\S+)/.exec(welcome) ?? [];
    return { ...sandbox, page, manager, seconds: (performance.now() - began) / 1000 };
  }

  test("does the main job, ends on Ctrl-C, and has everything when it is started again", async () => {
    const data = join(folder, "data");
    const first = await open((words) => npm(["run", "sandbox", "--", ...words]), data);
    expect(first.seconds).toBeLessThan(10);
    const ada = await be(first.page, "ada");
    await openForm(ada);
    expect(await ada.submit(await filledIn(ada, { name: "ci-deploy" }))).toEqual({ ok: true });
    const chiara = await be(first.page, "chiara");
    const card = await cardOf(chiara, "ci-deploy", "[Approve]");
    expect(await chiara.click(card, "decide.approve")).toEqual({ ok: true });
    const button = await claimMessage(ada, "ci-deploy", "[Show my secret once]");
    const shown = await privateAnswer(ada, async () => ada.click(button, "claim.show"));
    const [secret = ""] = secretsIn([shown]);
    await claimMessage(ada, "ci-deploy", "The key is active since");
    expect(await works(first.manager, secret)).toBe(true);
    await openForm(ada);
    expect(await ada.submit(await filledIn(ada, { name: "ci-waiting" }))).toEqual({ ok: true });
    await cardOf(chiara, "ci-waiting", "[Approve]");
    const offered = [...first.text().matchAll(/#\/(U\w+)/g)].map(([, user]) => user);
    expect(offered).toHaveLength(9);
    for (const user of offered) expect([user, await opens(first.page, user)]).toEqual([user, 200]);
    await first.interrupt();
    expect(first.text()).toContain("The sandbox is closing.");
    expect(first.text()).not.toContain("npm error");

    const second = await open((words) => script("sandbox", words), data);
    const again = await be(second.page, "ada");
    const approver = await be(second.page, "chiara");
    await messageWith(again, "app", "Its secret was shown on");
    expect(secretsIn([await again.snapshot()])).toEqual([]);
    expect(await works(second.manager, secret)).toBe(true);
    const list = await answerTo(again, async () => again.command("/apikey requests"));
    expect(list).toContain("ci-deploy");
    expect(list).toContain("ci-waiting");
    const waiting = await cardOf(approver, "ci-waiting", "[Approve]");
    expect(await approver.click(waiting, "decide.approve")).toEqual({ ok: true });
    await claimMessage(again, "ci-waiting", "[Show my secret once]");
    expect(await second.interrupt()).toBe(0);

    const scanner = new Scanner([secret]);
    for (const place of [first.text(), second.text(), ...filesIn(data)])
      expect(scanner.find(place).size).toBe(0);
  }, 60_000);
});

describe("npm start", () => {
  test("names all that is missing and contradictory, and does not start", async () => {
    const half = {
      SLACK_BOT_TOKEN: "xoxb-1",
      MANAGER: "embedded",
      DATABASE_URL: "postgres://localhost/portcullis",
      DATA_DIR: folder,
    };
    const program = npm(["start"], half);
    expect(await program.exit()).not.toBe(0);
    expect(program.text()).toContain("Portcullis cannot start");
    for (const name of ["SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "DATABASE_URL", "MARKER_KEY"])
      expect(program.text()).toContain(name);
    expect(program.text()).not.toMatch(/^\s+at /m);
  });
});

describe("npm run local-slack", () => {
  test("runs alone, prints what an app needs, keeps its workspace, and ends on Ctrl-C", async () => {
    const words = ["--manifest", "manifest.yml", "--data", folder, "--port"];
    const tokens = [];
    for (const said of [1, 2]) {
      const slack = script("local-slack", [...words, await freePort()]);
      const text = await slack.until("SLACK_SIGNING_SECRET");
      const valueOf = (name: string): string => new RegExp(`${name} +(\\S+)`).exec(text)?.[1] ?? "";
      const headers = { authorization: `Bearer ${valueOf("SLACK_BOT_TOKEN")}` };
      const answer = await fetch(`${valueOf("SLACK_API_URL")}auth.test`, { method: "POST", headers });
      expect(await answer.json()).toMatchObject({ ok: true });
      tokens.push(valueOf("SLACK_BOT_TOKEN"));

      const ada = await be(/open at (\S+)/.exec(text)?.[1] ?? "", "ada");
      if (said === 1) await ada.say("#general", "Still there?");
      expect((await ada.messages("#general")).map((message) => message.text)).toEqual(["Still there?"]);
      ada.leave();
      expect(await slack.interrupt()).toBe(0);
    }
    expect(tokens[0]).toBe(tokens[1]);
  });

  test("says what it takes where it is given nothing, or a manifest that is none", async () => {
    const without = npm(["run", "local-slack"]);
    expect(await without.exit()).toBe(0);
    expect(without.text()).toContain("--manifest FILE");
    const wrong = npm(["run", "local-slack", "--", "--manifest", "LICENSE"]);
    expect(await wrong.exit()).not.toBe(0);
    expect(wrong.text()).toContain("The manifest is not valid");
    expect(wrong.text()).not.toMatch(/^\s+at /m);
  });
});

describe("npm run manager", () => {
  test("runs alone, prints its first password once, and ends on Ctrl-C", async () => {
    const data = join(folder, "manager");
    for (const said of [true, false]) {
      const manager = script("manager", ["--port", await freePort(), "--data", data]);
      const text = await manager.until("Stop it with Ctrl-C.");
      expect(text.includes("shown only now")).toBe(said);
      const [, url = ""] = /listens on (\S+)/.exec(text) ?? [];
      const refused = await fetch(`${url}/apikeys`, { headers: { "api-version": "v1" } });
      expect(refused.status).toBe(401);
      expect(await manager.interrupt()).toBe(0);
    }
  });
});

function filesIn(data: string): Buffer[] {
  return readdirSync(data, { recursive: true })
    .map((name) => join(data, String(name)))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file));
}
