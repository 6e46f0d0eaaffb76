import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { bootstrapKey } from "../../src/embedded-manager/bootstrap.ts";
import { type Figure, median } from "./figure.ts";
import { apply, type Load, type Measured } from "./load.ts";
import { EXPIRY, PASSWORD, seed, type Server, startProgram } from "./seeded-manager.ts";

const ROUNDS = 5;

/** The embedded manager against a bare route and a bare transaction, on this machine, in this run. */
export async function* measure(): AsyncGenerator<Figure> {
  const folder = mkdtempSync(join(tmpdir(), "manager-bench-"));
  const servers: Server[] = [];
  const start = async (name: string, keys: number) => {
    const data = join(folder, name);
    await seed(data, keys);
    const server = await startManager(data);
    servers.push(server);
    return server;
  };
  try {
    const small = await start("small", 1000);
    const large = await start("large", 100_000);
    yield await idleMemory(large);
    const bare = await startProgram(["test/bench/bare-route.ts"]);
    servers.push(bare);
    yield* reads(bare, large);
    yield await growth(small, large);
    yield* writes(large, folder);
  } finally {
    for (const server of servers) server.process.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
}

async function startManager(data: string): Promise<Server> {
  const unlimited = ["--calls-per-key", "--calls-per-tenant", "--calls-per-node"].flatMap((name) => [
    name,
    "0",
  ]);
  const args = ["src/embedded-manager/main.ts", "--port", "0", "--data", data, ...unlimited];
  const server = await startProgram(args);
  const wanted = { url: `${server.origin}/api`, adminPassword: PASSWORD, keyName: "measuring" };
  const secret = await bootstrapKey(wanted);
  const headers = { "api-version": "v1", "content-type": "application/json", "api-secret-key": secret };
  return { ...server, headers };
}

async function idleMemory({ process: { pid } }: Server): Promise<Figure> {
  // Long enough for what starting has left behind to be collected.
  await sleep(3000);
  const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  const megabytes = (kilobytes * 1024) / 1e6;
  return {
    what: "memory, idle with 100,000 keys",
    value: `${megabytes.toFixed(0)} MB`,
    detail: "resident",
    target: { words: "below 150 MB", reached: megabytes < 150 },
  };
}

/** Each as a ratio to a route that does nothing; the two by turns, so that both meet the same machine. */
async function* reads(bare: Server, manager: Server): AsyncGenerator<Figure> {
  const search = (criterion: object) => JSON.stringify({ maxItems: 100, searchCriteria: [criterion] });
  const named = { fieldName: "keyName", stringValue: "bench-50000" };
  const calls: [what: string, barePath: string, path: string, body?: string][] = [
    ["authenticate + describe current", "/current", "/apikeys/current"],
    ["search by name, exactly", "/one", "/apikeys/search", search({ ...named, stringWildcards: false })],
    ["search by name, as most clients do", "/one", "/apikeys/search", search(named)],
    [
      "search by name, a page by its beginning",
      "/page",
      "/apikeys/search",
      search({ ...named, stringValue: "bench-5%" }),
    ],
    [
      "search by expiry, a page of 100",
      "/page",
      "/apikeys/search",
      search({ fieldName: "expiryDate", firstDateValue: EXPIRY + 50_000, lastDateValue: EXPIRY + 60_000 }),
    ],
  ];
  for (const [what, barePath, path, body] of calls) {
    const common = { method: body === undefined ? "GET" : "POST", connections: 32, duration: 1500 } as const;
    const sent = { ...common, ...(body !== undefined && { body }) };
    const [ours, theirs] = await byTurns(
      { ...sent, origin: manager.origin, headers: manager.headers, path: `/api${path}` },
      { ...sent, origin: bare.origin, headers: bare.headers, path: barePath },
    );
    const ratio = ours.rate / theirs.rate;
    yield {
      what,
      value: ratio.toFixed(2),
      detail: `${ours.rate.toFixed(0)} of ${theirs.rate.toFixed(0)} a second, bare`,
      ...(path === "/apikeys/current" && { target: { words: "0.4 or more", reached: ratio >= 0.4 } }),
    };
  }
}

/** How much longer a page of search by ID takes when there are a hundred times as many keys. */
async function growth(small: Server, large: Server): Promise<Figure> {
  const call = ({ origin, headers }: Server, last: number): Load => ({
    origin,
    headers,
    method: "POST",
    path: "/api/apikeys/search",
    connections: 1,
    duration: 1000,
    body: JSON.stringify({ maxItems: 100, searchCriteria: [{ idTest: "greater-than", idValue: last }] }),
  });
  const [many, few] = await byTurns(call(large, 50_000), call(small, 500));
  const ratio = many.latency / few.latency;
  return {
    what: "a page of search by ID, 100,000 keys to 1,000",
    value: ratio.toFixed(2),
    detail: `${many.latency.toFixed(2)} ms to ${few.latency.toFixed(2)} ms`,
    target: { words: "1.3 or less", reached: ratio <= 1.3 },
  };
}

/** As ratios to a transaction of one row that does nothing else, on the same disk. */
async function* writes({ origin, headers }: Server, folder: string): AsyncGenerator<Figure> {
  const common = { origin, headers, method: "POST", connections: 8, duration: 1500 } as const;
  const calls: [what: string, path: string, body: object][] = [
    ["create", "/apikeys", { keyName: "made-#", roleID: 2 }],
    ["modify", "/apikeys/5000", { description: "changed #" }],
  ];
  for (const [what, path, body] of calls) {
    const rates: { ours: number; bare: number }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const { rate } = await apply({ ...common, path: `/api${path}`, body: JSON.stringify(body) });
      rates.push({ ours: rate, bare: bareTransactions(folder) });
    }
    const [ours, bare] = [median(rates.map((rate) => rate.ours)), median(rates.map((rate) => rate.bare))];
    yield {
      what,
      value: (ours / bare).toFixed(2),
      detail: `${ours.toFixed(0)} of ${bare.toFixed(0)} transactions a second`,
    };
  }
}

function bareTransactions(folder: string): number {
  const sql = new DatabaseSync(join(folder, "bare.sqlite"));
  sql.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS t (a TEXT)");
  const insert = sql.prepare("INSERT INTO t VALUES (?)");
  const started = performance.now();
  let done = 0;
  while (performance.now() - started < 1000) {
    insert.run("x".repeat(200));
    done += 1;
  }
  const rate = done / ((performance.now() - started) / 1000);
  sql.close();
  return rate;
}

async function byTurns(one: Load, other: Load): Promise<[Measured, Measured]> {
  const measured: [Measured[], Measured[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    measured[0].push(await apply(one));
    measured[1].push(await apply(other));
  }
  const middle = (all: Measured[]): Measured => ({
    rate: median(all.map(({ rate }) => rate)),
    latency: median(all.map(({ latency }) => latency)),
  });
  return [middle(measured[0]), middle(measured[1])];
}
