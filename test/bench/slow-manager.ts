import { connect, createServer } from "node:net";
import { parseArgs } from "node:util";
import { startEmbeddedManager } from "../../src/embedded-manager/server.ts";
import { PASSWORD } from "./seeded-manager.ts";

/*
 * An embedded manager as if it were far away: each of its answers comes later by so many
 * milliseconds. Bytes are passed on as they are, so that the delay costs next to nothing else.
 */

const {
  data = "",
  delay = "20",
  calls = "0",
} = parseArgs({
  options: { data: { type: "string" }, delay: { type: "string" }, calls: { type: "string" } },
}).values;
const limit = Number(calls);
const { url } = await startEmbeddedManager({
  data,
  adminPassword: PASSWORD,
  settings: { callsPerKey: limit, callsPerTenant: 0, callsPerNode: 0 },
});
const { port } = new URL(url);

const front = createServer({ noDelay: true }, (client) => {
  const manager = connect({ host: "127.0.0.1", port: Number(port), noDelay: true });
  client.pipe(manager);
  manager.on("data", (chunk) => setTimeout(() => client.write(chunk), Number(delay)));
  manager.on("close", () => client.destroy());
  client.on("close", () => manager.destroy());
  for (const each of [client, manager]) each.on("error", () => each.destroy());
});
front.listen(0, "127.0.0.1", () => {
  const address = front.address();
  if (typeof address === "object" && address !== null)
    process.stdout.write(`listens on http://127.0.0.1:${address.port}\n`);
});
