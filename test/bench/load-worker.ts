import { parentPort, workerData } from "node:worker_threads";
import { Pool } from "undici";
import { median } from "./figure.ts";
import type { Load, Measured } from "./load.ts";

const { origin, method, path, headers, body, connections, duration } = workerData as Load;
const pool = new Pool(origin, { connections, pipelining: 1 });
const started = performance.now();
const times: number[] = [];
let calls = 0;

async function callOn(): Promise<void> {
  while (performance.now() - started < duration) {
    const at = performance.now();
    calls += 1;
    const sent = body?.replaceAll("#", `${process.pid}-${started.toFixed(3)}-${calls}`);
    const answer = await pool.request({ method, path, headers, ...(sent !== undefined && { body: sent }) });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    times.push(performance.now() - at);
  }
}

await Promise.all(Array.from({ length: connections }, callOn));
const measured: Measured = {
  rate: times.length / ((performance.now() - started) / 1000),
  latency: median(times),
};
await pool.close();
parentPort?.postMessage(measured);
