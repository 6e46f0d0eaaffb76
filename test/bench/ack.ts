import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { bootstrapKey } from "../../src/embedded-manager/bootstrap.ts";
import type { AppCredentials } from "../../src/local-slack/server.ts";
import { Client } from "../support/local-slack.ts";
import { GENERAL, policyText, STAFF } from "./company.ts";
import { type Figure, median } from "./figure.ts";
import { fillStore } from "./fill-store.ts";
import { apply } from "./load.ts";
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
const CONNECTIONS = 16;
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
  const open = async (app: AppCredentials): Promise<Client> => Client.open(slack.url, STAFF[0] ?? "", app);
  const use = async (app: AppCredentials, command: string, bot: BotProcess): Promise<Measured> => {
    const measured = { app, command, bot: ending.use(bot), client: await open(app) };
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
  // New ones, without the thousands of answers.
  for (const each of [bare, none, many]) {
    each.client.leave();
    each.client = await open(each.app);
  }
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

type Round = { rate: number; processor: number };

/** As many as are answered: a round lasts until the last answer is seen. */
async function* throughput(slack: SlackProcess, ...all: readonly Measured[]): AsyncGenerator<Figure> {
  const rounds = new Map(all.map((each) => [each, [] as Round[]]));
  // The first round of each warms it up.
  for (let round = 0; round <= ROUNDS; round++)
    for (const each of all) {
      const measured = await oneRound(slack, each);
      if (round > 0) rounds.get(each)?.push(measured);
    }
  const { failed } = await slack.deliveries();
  if (failed.length > 0) throw new Error(`not acknowledged: ${failed.slice(0, 3).join(", ")}`);
  const rate = (of: Measured | undefined): number =>
    median((of && rounds.get(of))?.map((each) => each.rate) ?? []);
  const processor = (of: Measured | undefined): number =>
    median((of && rounds.get(of))?.map((each) => each.processor) ?? []);
  const [bare, none, many] = all;
  const ratio = rate(none) / rate(bare);
  yield {
    what: "help: throughput to a bare Bolt app's",
    value: ratio.toFixed(2),
    detail: `${rate(none).toFixed(0)} answered of ${rate(bare).toFixed(0)} acknowledged a second; ${rate(many).toFixed(0)} with a full store`,
    target: { words: `${LEAST} or more`, reached: ratio >= LEAST },
  };
  yield {
    what: "help: processor time of the program",
    value: `${processor(none).toFixed(2)} ms`,
    detail: `each, and ${processor(bare).toFixed(2)} ms bare: busy for ${((processor(none) * rate(none)) / 10).toFixed(0)} % and ${((processor(bare) * rate(bare)) / 10).toFixed(0)} % of the time`,
  };
}

async function oneRound(slack: SlackProcess, { command, bot, client }: Measured): Promise<Round> {
  client.events.length = 0;
  const before = await bot.processor();
  const began = performance.now();
  const { calls } = await apply({
    origin: slack.url.replace(/\/$/, ""),
    method: "POST",
    path: `/client/sessions/${client.session}/messages`,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ channel: GENERAL, text: `${command} help` }),
    connections: CONNECTIONS,
    duration: ROUND,
  });
  const answers = command === "/bare" ? 0 : calls;
  while (client.events.length < answers) await turn();
  const took = performance.now() - began;
  return { rate: calls / (took / 1000), processor: ((await bot.processor()) - before) / calls };
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
