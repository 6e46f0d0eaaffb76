import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bootstrapKey } from "../../src/embedded-manager/bootstrap.ts";
import type { AppCredentials } from "../../src/local-slack/server.ts";
import { Client } from "../support/local-slack.ts";
import { GENERAL, policyText, STAFF } from "./company.ts";
import { type Figure, median } from "./figure.ts";
import { fillStore } from "./fill-store.ts";
import {
  type BotProcess,
  type SlackProcess,
  startBot,
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

/** A program on one of the apps of local Slack, and somebody who uses it. */
type Measured = { app: AppCredentials; command: string; bot: BotProcess; client: Client };

/** The program with an empty store and with a full one, and a bare Bolt app, by turns on one local Slack. */
export async function* measure(): AsyncGenerator<Figure> {
  await using ending = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "ack-bench-"));
  ending.defer(() => rmSync(folder, { recursive: true }));
  const slack = ending.use(await startSlackProcess(["/bare", "/none", "/many"]));
  const [forBare, forNone, forMany] = slack.apps;
  if (!forBare || !forNone || !forMany) throw new Error("the apps were not installed");
  const tokens = (app: AppCredentials) => ({
    SLACK_BOT_TOKEN: app.botToken,
    SLACK_APP_TOKEN: app.appToken,
    SLACK_API_URL: slack.apiUrl,
  });
  const use = async (app: AppCredentials, command: string, bot: BotProcess): Promise<Measured> => {
    const measured = {
      app,
      command,
      bot: ending.use(bot),
      client: await Client.open(slack.url, STAFF[0] ?? "", app),
    };
    ending.defer(() => measured.client.leave());
    return measured;
  };
  const bare = await use(forBare, "/bare", await startMeasured("bare-bolt.ts", "listens", tokens(forBare)));
  const start = await starter(slack, folder, ending);
  const none = await use(forNone, "/none", await start("none", forNone));
  mkdirSync(join(folder, "many"));
  await fillStore(join(folder, "many"), REQUESTS);
  const many = await use(forMany, "/many", await start("many", forMany));
  yield {
    what: "start, with a million events",
    value: `${(many.bot.started / 1000).toFixed(2)} s`,
    detail: `until it is ready; ${(none.bot.started / 1000).toFixed(2)} s with none`,
  };
  yield* throughput(slack, bare, none, many);
  yield* times(slack, bare, none, many);
}

/** Starts the program with a folder and a key of its own, on a manager that all share. */
async function starter(slack: SlackProcess, folder: string, ending: AsyncDisposableStack) {
  const data = join(folder, "manager");
  await seed(data, 100);
  const server = await startProgram(["test/bench/slow-manager.ts", "--data", data, "--delay", "0"]);
  ending.defer(() => void server.process.kill("SIGKILL"));
  const url = `${server.origin}/api`;
  const policy = join(folder, "policy.yml");
  writeFileSync(policy, policyText);
  return async (name: string, app: AppCredentials): Promise<BotProcess> => {
    const secret = await bootstrapKey({ url, adminPassword: PASSWORD, keyName: name });
    const env = {
      MANAGER_URL: url,
      MANAGER_SECRET: secret,
      MANAGER_RATE_BUDGET: "1000000",
      DATA_DIR: join(folder, name),
      POLICY_FILE: policy,
    };
    return startBot({ app, slack, env });
  };
}

type Round = { rate: number; each: number; busy: number; slackBusy: number };

/** Local Slack delivers as fast as acknowledgements come back, and shows nobody the answers. */
async function* throughput(slack: SlackProcess, ...all: readonly Measured[]): AsyncGenerator<Figure> {
  const rounds = all.map((): Round[] => []);
  // The first rounds of each warm it up.
  for (let round = -2; round < ROUNDS; round++)
    for (const [i, each] of all.entries()) {
      const measured = await oneRound(slack, each);
      if (round >= 0) rounds[i]?.push(measured);
    }
  const { failed } = await slack.deliveries();
  if (failed.length > 0) throw new Error(`not acknowledged: ${failed.slice(0, 3).join(", ")}`);
  const [bare, none, many] = rounds.map((of) => ({
    rate: median(of.map(({ rate }) => rate)),
    each: median(of.map(({ each }) => each)),
    busy: median(of.map(({ busy }) => busy)),
    slackBusy: median(of.map(({ slackBusy }) => slackBusy)),
  }));
  if (!bare || !none || !many) throw new Error("three are measured");
  const ratio = none.rate / bare.rate;
  yield {
    what: "help: throughput to a bare Bolt app's",
    value: ratio.toFixed(2),
    detail: `${none.rate.toFixed(0)} of ${bare.rate.toFixed(0)} a second; ${many.rate.toFixed(0)} with a full store`,
    target: { words: `${LEAST} or more`, reached: ratio >= LEAST },
  };
  const shares = ({ busy, slackBusy }: Round) =>
    `${(busy * 100).toFixed(0)} % (local Slack ${(slackBusy * 100).toFixed(0)} %)`;
  yield {
    what: "help: processor time for one",
    value: `${none.each.toFixed(3)} ms`,
    detail: `${bare.each.toFixed(3)} ms bare; busy for ${shares(none)}, bare ${shares(bare)} of the time`,
  };
}

async function oneRound(slack: SlackProcess, { app, bot, command }: Measured): Promise<Round> {
  const before = await bot.processor();
  const { appId } = app;
  const done = await slack.burst({ appId, words: "help", atOnce: AT_ONCE, duration: ROUND });
  const { rate, calls, answered, took, processor } = done;
  if (answered !== (command === "/bare" ? 0 : calls)) throw new Error(`${command}: ${JSON.stringify(done)}`);
  const spent = (await bot.processor()) - before;
  return { rate, each: spent / calls, busy: spent / took, slackBusy: processor / took };
}

/** One after the other, by turns: what a person waits for. */
async function* times(
  slack: SlackProcess,
  bare: Measured,
  none: Measured,
  many: Measured,
): AsyncGenerator<Figure> {
  const acknowledged = async (one: Measured, line: string): Promise<number> => {
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

async function timed({ command, client }: Measured, line: string): Promise<number> {
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
