import { connect, createServer } from "node:net";
import { parseArgs } from "node:util";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { startEmbeddedManager } from "../../src/embedded-manager/server.ts";
import { PASSWORD } from "./seeded-manager.ts";

/*
 * An embedded manager as if it were far away: each of its answers comes later by so many
 * milliseconds. Bytes are passed on as they are, in a thread of their own, so that the delay is the
 * same however busy the manager is.
 */

type Front = { port: number; delay: number };

if (isMainThread) {
  const {
    data = "",
    delay = "20",
    calls = "0",
  } = parseArgs({
    options: { data: { type: "string" }, delay: { type: "string" }, calls: { type: "string" } },
  }).values;
  const settings = { callsPerKey: Number(calls), callsPerTenant: 0, callsPerNode: 0 };
  const { url } = await startEmbeddedManager({ data, adminPassword: PASSWORD, settings });
  const front: Front = { port: Number(new URL(url).port), delay: Number(delay) };
  const worker = new Worker(new URL(import.meta.url), { workerData: front });
  worker.once("message", (port) => process.stdout.write(`listens on http://127.0.0.1:${String(port)}\n`));
} else {
  const { parentPort } = await import("node:worker_threads");
  const { port, delay } = workerData as Front;
  const front = createServer({ noDelay: true }, (client) => {
    const manager = connect({ host: "127.0.0.1", port, noDelay: true });
    client.pipe(manager);
    manager.on("data", (chunk) => setTimeout(() => client.write(chunk), delay));
    manager.on("close", () => client.destroy());
    client.on("close", () => manager.destroy());
    for (const each of [client, manager]) each.on("error", () => each.destroy());
  });
  front.listen(0, "127.0.0.1", () => {
    const address = front.address();
    if (typeof address === "object" && address !== null) parentPort?.postMessage(address.port);
  });
}
