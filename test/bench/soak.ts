import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Secret } from "../../src/domain/secret.ts";
import { bootstrapKey } from "../../src/embedded-manager/bootstrap.ts";
import { managerClient } from "../../src/manager/client.ts";
import { policyText } from "./company.ts";
import type { Figure } from "./figure.ts";
import { lost, type Looking } from "./lost.ts";
import { People } from "./people.ts";
import type { Measures } from "./probe.ts";
import { type BotProcess, type SlackProcess, startBot, startSlackProcess } from "./processes.ts";
import { PASSWORD, seed, startProgram } from "./seeded-manager.ts";

/** Of one minute; the day that they make up has five. */
const PER_MINUTE = { requests: 400, visits: 667 };
const LOCKED = 1000;
const MINUTE = 60_000;
/** Milliseconds by which the manager's answers come later, as from another machine. */
const DELAY = 5;

type Stage = Looking & {
  metrics: () => Promise<string>;
  slack: SlackProcess;
  bot: BotProcess;
  people: People;
};

/** A busy day of 5,000 people in five minutes, or as many as are given, through the program as it is run. */
export async function* measure({ minutes = 5 }: { minutes?: number } = {}): AsyncGenerator<Figure> {
  await using ending = new AsyncDisposableStack();
  const stage = await start(ending);
  const { bot, slack, people } = stage;
  await slack.deliveries();
  const readings: Measures[] = [await bot.measure()];
  const day = live(people, minutes);
  const began = performance.now();
  for (let minute = 1; minute <= minutes; minute++) {
    await sleep(began + minute * MINUTE - performance.now());
    readings.push(await bot.measure());
  }
  const lockout = await day;
  const took = (performance.now() - began) / MINUTE;
  const settling = await settled(stage, people);
  const end = await bot.measure();
  const deliveries = await slack.deliveries();
  const { all, bad } = callsIn(await stage.metrics());
  const code = await bot.stop();
  const { amiss, ended } = await lost(stage, people.secrets, people.asked);
  const missing = [...people.problems, ...amiss, ...(code === 0 ? [] : [`the program ended with ${code}`])];

  const { kinds } = deliveries;
  const complaints = Object.fromEntries(bot.complaints);
  yield {
    what: "what was done",
    value: `${people.asked.size} asked`,
    detail: `${people.clicks} clicks, ${people.looks.length} looks, ${deliveries.count} deliveries (${inWords(kinds)}) in ${took.toFixed(1)} min`,
  };
  yield {
    what: "how the requests ended",
    value: String(ended.length),
    detail: inWords(counted(ended)),
  };
  yield {
    what: "lost, unanswered or twice",
    value: String(missing.length),
    detail: `${missing.slice(0, 5).join("; ")}${settling}`,
    target: { words: "none", reached: missing.length === 0 },
  };
  yield {
    what: "deliveries not acknowledged",
    value: String(deliveries.failed.length),
    detail: inWords(counted(deliveries.failed)),
    target: { words: "none", reached: deliveries.failed.length === 0 },
  };
  yield {
    what: "acknowledged after, p99",
    value: `${deliveries.p99.toFixed(0)} ms`,
    detail: `p50 ${deliveries.p50.toFixed(1)} ms, longest ${deliveries.max.toFixed(0)} ms, of ${deliveries.count}`,
    target: { words: "under 500 ms", reached: deliveries.p99 < 500 },
  };
  const looks = people.looks.toSorted((a, b) => a - b);
  yield {
    what: "a look's answer seen after, p99",
    value: `${(looks[Math.floor(looks.length * 0.99)] ?? NaN).toFixed(0)} ms`,
    detail: `p50 ${(looks[Math.floor(looks.length / 2)] ?? NaN).toFixed(0)} ms, of ${looks.length}`,
  };
  yield {
    what: `lockout of ${LOCKED} keys`,
    value: `${(lockout.contained / 1000).toFixed(1)} s`,
    detail: `from the click to "contained"; restored ${(lockout.restored / 1000).toFixed(1)} s after it was asked for`,
  };
  const lags = readings.slice(1).map(({ lag }) => lag);
  const worst = Math.max(...lags.map(({ p99 }) => p99));
  yield {
    what: "event loop's lag, p99 of the worst minute",
    value: `${worst.toFixed(1)} ms`,
    detail: `by minute: ${lags.map(({ p99, max }) => `${p99.toFixed(0)} (longest ${max.toFixed(0)})`).join(", ")}`,
    target: { words: "under 50 ms", reached: worst < 50 },
  };
  yield processor(readings);
  yield* memory(readings, end);
  yield { what: "calls on Slack and the manager", value: String(total(all)), detail: inWords(all) };
  yield { what: "of these failed", value: String(total(bad)), detail: inWords(bad) };
  yield {
    what: "warnings and errors in its log",
    value: String(total(complaints)),
    detail: inWords(complaints),
  };
}

async function start(ending: AsyncDisposableStack): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "soak-bench-"));
  ending.defer(() => rmSync(folder, { recursive: true }));
  const data = join(folder, "manager");
  await seed(data, LOCKED);
  const args = ["test/bench/slow-manager.ts", "--data", data, "--delay", String(DELAY), "--calls", "0"];
  const server = await startProgram(args);
  ending.defer(() => void server.process.kill("SIGKILL"));
  const url = `${server.origin}/api`;
  const key = async (keyName: string) => bootstrapKey({ url, adminPassword: PASSWORD, keyName });
  const [secret, looking] = [await key("portcullis"), await key("looking")];
  const client = managerClient({
    url,
    secret: new Secret(looking),
    timeoutMs: 10_000,
    callsPerMinute: 1_000_000,
  });
  const manager = ending.adopt(client, async (each) => each.close());
  const before = new Map((await manager.keysAfter(0, 5000)).map(({ id, active }) => [id, active]));
  const slack = ending.use(await startSlackProcess(["/apikey"]));
  const [app] = slack.apps;
  if (app === undefined) throw new Error("no app was installed");
  const policy = join(folder, "policy.yml");
  writeFileSync(policy, policyText);
  const healthPort = await freePort();
  const metrics = async (): Promise<string> => (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text();
  const env = {
    MANAGER_URL: url,
    MANAGER_SECRET: secret,
    // What the manager allows in a day, pressed into minutes as the day is.
    MANAGER_RATE_BUDGET: "1000000",
    DATA_DIR: folder,
    POLICY_FILE: policy,
    HEALTH_PORT: String(healthPort),
  };
  const bot = ending.use(await startBot({ app, slack, env }));
  const people = ending.adopt(await People.open({ url: slack.url, app }), (each) => each.leave());
  // The first sweep reads the manager's keys; what comes after that is a day like any other.
  await until(async () => (await metrics()).includes('method="POST",path="/apikeys/search",result="ok"'));
  return { metrics, slack, bot, people, manager, before, folder };
}

/** The day itself: everything begins when it is due, whether what began before has ended or not. */
async function live(people: People, minutes: number): Promise<{ contained: number; restored: number }> {
  const span = minutes * MINUTE;
  // The last ones begin early enough to end within the day.
  const spread = (count: number, act: (n: number) => Promise<unknown>): Promise<unknown>[] =>
    Array.from({ length: count }, async (_, n) => {
      await sleep((n / count) * (span - 8000));
      return act(n);
    });
  const all = [
    ...spread(minutes * PER_MINUTE.requests, (n) => people.ask(n)),
    ...spread(minutes * PER_MINUTE.visits, (n) => people.visit(n)),
  ];
  await sleep(span * 0.3);
  const lockout = await people.lockOut(LOCKED);
  await Promise.all(all);
  return lockout;
}

/** Waits until every key that somebody was shown a secret of works; answers words where that never is. */
async function settled({ manager }: Stage, people: People): Promise<string> {
  const works = async (): Promise<boolean> => {
    const keys = await manager.keysAfter(0, 5000);
    return (
      keys.filter(({ name, active }) => name.startsWith("soak-") && active).length >= people.secrets.size
    );
  };
  return (await until(works)) ? "" : "; not every key was activated";
}

async function until(holds: () => Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < 300; tries++) {
    if (await holds()) return true;
    await sleep(100);
  }
  return false;
}

function processor(readings: readonly Measures[]): Figure {
  const minutes = readings
    .slice(1)
    .map((each, i) => (each.processor - (readings[i]?.processor ?? 0)) / MINUTE);
  const shares = minutes.map((share) => `${(share * 100).toFixed(0)} %`);
  const all = minutes.reduce((one, other) => one + other, 0) / minutes.length;
  return {
    what: "processor",
    value: `${(all * 100).toFixed(0)} %`,
    detail: `of one; by minute: ${shares.join(", ")}`,
  };
}

/** `readings`: at the start and after each minute. */
function* memory(readings: readonly Measures[], end: Measures): Generator<Figure> {
  const rows = [
    { what: "heap after collecting, last two minutes", of: "heap", most: 1.05 },
    // What it takes from the machine breathes more than what is in use.
    { what: "resident memory, last two minutes", of: "resident", most: 1.1 },
  ] as const;
  for (const { what, of, most } of rows) {
    const bytes = readings.map((each) => each[of]);
    const last = bytes.slice(-3);
    const growth = (last.at(-1) ?? 0) / (last[0] ?? 1);
    const slope = ((last.at(-1) ?? 0) - (last[0] ?? 0)) / (last.length - 1);
    yield {
      what,
      value: `x ${growth.toFixed(3)}`,
      detail: `${bytes.map(inMegabytes).join(", ")} MB by minute, ${inMegabytes(end[of])} at rest; ${inMegabytes(slope)} MB a minute`,
      ...(bytes.length > 3 && { target: { words: `${most} or less`, reached: growth <= most } }),
    };
  }
}

const inMegabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

type Calls = { all: Record<string, number>; bad: Record<string, number> };

/** Calls on Slack and the manager by the program's own figures, and those that did not go well. */
function callsIn(text: string): Calls {
  const found: Calls = { all: {}, bad: {} };
  for (const [, what = "", labels = "", count] of text.matchAll(
    /^portcullis_(slack|manager)_calls_total\{(.*)\} (\d+)$/gm,
  )) {
    const {
      method = "",
      path = "",
      result = "",
    } = Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
    const name = what === "slack" ? method : `${method} ${path}`;
    found.all[name] = (found.all[name] ?? 0) + Number(count);
    if (result !== "ok") found.bad[`${name}: ${result}`] = Number(count);
  }
  return found;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => void server.close(resolve));
  return port;
}

function counted(things: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const each of things) counts[each] = (counts[each] ?? 0) + 1;
  return counts;
}

function inWords(counts: Record<string, number>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}

function total(counts: Record<string, number>): number {
  return Object.values(counts).reduce((one, other) => one + other, 0);
}
