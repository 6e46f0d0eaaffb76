import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bootstrapKey } from "../../src/embedded-manager/bootstrap.ts";
import type { AppCredentials } from "../../src/local-slack/server.ts";
import { Client } from "../support/local-slack.ts";
import { GENERAL, policyText, STAFF, workspace } from "./company.ts";
import { type Figure, median } from "./figure.ts";
import { fillStore } from "./fill-store.ts";
import {
  type BotProcess,
  type Edge,
  type SlackProcess,
  startBot,
  startEdge,
  startMeasured,
  startSlackProcess,
} from "./processes.ts";
import { PASSWORD, seed, startProgram } from "./seeded-manager.ts";

/** Ten events each. */
const REQUESTS = 100_000;
const ROUNDS = 7;
/** Times that one person does the same, one after the other. */
const TIMES = 60;
const AT_ONCE = 64;
/** Milliseconds. */
const ROUND = 2000;
/** Of a bare Bolt app's throughput. */
const LEAST = 0.7;
/** How much longer anything may take with a full store. */
const MOST = 1.2;

/** A program on one of the apps of local Slack. */
type Measured = { app: AppCredentials; command: string; bot: BotProcess };
type Used = Measured & { client: Client };
/** Starts all three, with local Slack or the edge as their Slack. */
type StartAll = (slack: { apiUrl: string }, ending: AsyncDisposableStack) => Promise<Started>;
type Started = { bare: Measured; none: Measured; many: Measured };

/** The program with an empty store and with a full one, and a bare Bolt app, by turns. */
export async function* measure(): AsyncGenerator<Figure> {
  await using ending = new AsyncDisposableStack();
  const slack = ending.use(await startSlackProcess(["/bare", "/none", "/many"]));
  const start = await starter(slack, ending);
  yield* throughput(slack, start);
  yield* times(slack, start);
}

/** Three apps, of which two are the program with a folder and a key of its own, on a manager that all share. */
async function starter(slack: SlackProcess, ending: AsyncDisposableStack): Promise<StartAll> {
  const [forBare, forNone, forMany] = slack.apps;
  if (!forBare || !forNone || !forMany) throw new Error("the apps were not installed");
  const folder = mkdtempSync(join(tmpdir(), "ack-bench-"));
  ending.defer(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "many"));
  await fillStore(join(folder, "many"), REQUESTS);
  const data = join(folder, "manager");
  await seed(data, 100);
  const server = await startProgram(["test/bench/slow-manager.ts", "--data", data, "--delay", "0"]);
  ending.defer(() => void server.process.kill("SIGKILL"));
  const url = `${server.origin}/api`;
  const policy = join(folder, "policy.yml");
  writeFileSync(policy, policyText);
  const secrets = {
    none: await bootstrapKey({ url, adminPassword: PASSWORD, keyName: "none" }),
    many: await bootstrapKey({ url, adminPassword: PASSWORD, keyName: "many" }),
  };
  return async ({ apiUrl }, until) => {
    const program = async (name: "none" | "many", app: AppCredentials): Promise<Measured> => {
      const env = {
        MANAGER_URL: url,
        MANAGER_SECRET: secrets[name],
        MANAGER_RATE_BUDGET: "1000000",
        DATA_DIR: join(folder, name),
        POLICY_FILE: policy,
      };
      const bot = until.use(await startBot({ app, slack: { apiUrl }, env }));
      return { app, command: `/${name}`, bot };
    };
    const bare = await startMeasured("bare-bolt.ts", "listens", {
      SLACK_BOT_TOKEN: forBare.botToken,
      SLACK_APP_TOKEN: forBare.appToken,
      SLACK_API_URL: apiUrl,
    });
    return {
      bare: { app: forBare, command: "/bare", bot: until.use(bare) },
      none: await program("none", forNone),
      many: await program("many", forMany),
    };
  };
}

type Round = { rate: number; each: number; busy: number; edgeBusy: number };

/** Commands come as fast as acknowledgements go back, from what does nothing else: the app is what is full. */
async function* throughput(slack: SlackProcess, start: StartAll): AsyncGenerator<Figure> {
  await using ending = new AsyncDisposableStack();
  const edge = ending.use(await startEdge(slack));
  const started = await start(edge, ending);
  const all = [started.bare, started.none, started.many];
  const rounds = all.map((): Round[] => []);
  // The first rounds of each warm it up.
  for (let round = -2; round < ROUNDS; round++)
    for (const [i, each] of all.entries()) {
      const measured = await oneRound(edge, each);
      if (round >= 0) rounds[i]?.push(measured);
    }
  const [bare, none, many] = rounds.map((of) => ({
    rate: median(of.map(({ rate }) => rate)),
    each: median(of.map(({ each }) => each)),
    busy: median(of.map(({ busy }) => busy)),
    edgeBusy: median(of.map(({ edgeBusy }) => edgeBusy)),
  }));
  if (!bare || !none || !many) throw new Error("three are measured");
  const ratio = none.rate / bare.rate;
  yield {
    what: "help: throughput to a bare Bolt app's",
    value: ratio.toFixed(2),
    detail: `${none.rate.toFixed(0)} of ${bare.rate.toFixed(0)} a second; ${many.rate.toFixed(0)} with a full store`,
    target: { words: `${LEAST} or more`, reached: ratio >= LEAST },
  };
  const shares = ({ busy, edgeBusy }: Round) =>
    `${(busy * 100).toFixed(0)} % (who sends ${(edgeBusy * 100).toFixed(0)} %)`;
  yield {
    what: "help: processor time for one",
    value: `${none.each.toFixed(3)} ms`,
    detail: `${bare.each.toFixed(3)} ms bare; busy for ${shares(none)}, bare ${shares(bare)} of the time`,
  };
}

async function oneRound(edge: Edge, { app, bot, command }: Measured): Promise<Round> {
  const payload = {
    team_id: workspace.team.id,
    user_id: STAFF[0],
    channel_id: GENERAL,
    command,
    text: "help",
    trigger_id: "1.2.3",
    response_url: "http://127.0.0.1/hooks/commands/none",
  };
  const before = await bot.processor();
  const done = await edge.burst({ appToken: app.appToken, payload, atOnce: AT_ONCE, duration: ROUND });
  const { rate, calls, answered, took, processor } = done;
  if (answered !== (command === "/bare" ? 0 : calls)) throw new Error(`${command}: ${JSON.stringify(done)}`);
  const spent = (await bot.processor()) - before;
  return { rate, each: spent / calls, busy: spent / took, edgeBusy: processor / took };
}

/** One after the other, by turns: what a person waits for. */
async function* times(slack: SlackProcess, start: StartAll): AsyncGenerator<Figure> {
  await using ending = new AsyncDisposableStack();
  const started = await start(slack, ending);
  yield {
    what: "start, with a million events",
    value: `${(started.many.bot.started / 1000).toFixed(2)} s`,
    detail: `until it is ready; ${(started.none.bot.started / 1000).toFixed(2)} s with none`,
  };
  const use = async (measured: Measured): Promise<Used> => {
    const client = await Client.open(slack.url, STAFF[0] ?? "", measured.app);
    ending.defer(() => client.leave());
    return { ...measured, client };
  };
  const [bare, none, many] = [await use(started.bare), await use(started.none), await use(started.many)];
  const acknowledged = async (one: Used, line: string): Promise<number> => {
    await slack.deliveries();
    for (let time = 0; time < TIMES; time++) await timed(one, line);
    return (await slack.deliveries()).p50;
  };
  for (const line of ["help", "request"]) {
    await timed(none, line);
    await timed(many, line);
    const took = { none: [] as number[], many: [] as number[] };
    for (let time = 0; time < TIMES; time++) {
      took.none.push(await timed(none, line));
      took.many.push(await timed(many, line));
    }
    const ratio = median(took.many) / median(took.none);
    yield {
      what: `${line}: from typing to ${line === "help" ? "the answer" : "the form"}`,
      value: ratio.toFixed(2),
      detail: `${median(took.many).toFixed(1)} ms with a million events and 100,000 requests, ${median(took.none).toFixed(1)} with none`,
      target: { words: `${MOST} or less`, reached: ratio <= MOST },
    };
    const [one, full] = [await acknowledged(none, line), await acknowledged(many, line)];
    yield {
      what: `${line}: acknowledged after`,
      value: `${one.toFixed(1)} ms`,
      detail: `${full.toFixed(1)} ms with a full store, ${(await acknowledged(bare, "help")).toFixed(1)} ms bare`,
    };
  }
}

async function timed({ command, client }: Used, line: string): Promise<number> {
  client.events.length = 0;
  const began = performance.now();
  const acted = client.command(`${command} ${line}`, GENERAL);
  if (command !== "/bare")
    await client.eventAfter(0, (event) => {
      if (line === "help") return event.type === "message";
      return event.type === "modals" && JSON.stringify(event.modals).includes('"request.name"');
    });
  else await acted;
  const took = performance.now() - began;
  await acted;
  if (line === "request") await client.closeModal({ all: true });
  return took;
}
