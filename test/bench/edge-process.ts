import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { type WebSocket, WebSocketServer } from "ws";

/*
 * A stand-in for the line that Slack hands an app, in a process of its own: it takes the app's
 * sockets and delivers one command as fast as acknowledgements come back. It knows nothing of Slack,
 * so that the app has all the work; every other call of the app goes on to local Slack.
 */

/** One payload to the app with this token, so many at once, for so many milliseconds. */
export type Burst = { appToken: string; payload: object; atOnce: number; duration: number };
/** `answered`: how many acknowledgements carried a message; `processor`: ms of this process's own. */
export type Burned = { rate: number; answered: number; calls: number; took: number; processor: number };

/** Milliseconds in which everything must have been acknowledged (R1). */
const DEADLINE = 3000;
const BEFORE_ID = '{"envelope_id":"';

const [localSlack = ""] = process.argv.slice(2);
const connections = new Map<string, Set<WebSocket>>();
let sent = 0;

const server = createServer((request, response) => {
  response.setHeader("content-type", "application/json");
  void answer(request).then((said) => response.end(said));
});
const port = (): number => (server.address() as AddressInfo).port;

async function answer(request: IncomingMessage): Promise<string> {
  const { url = "", method = "", headers } = request;
  const { authorization = "", "content-type": type = "" } = headers;
  if (url.endsWith("/apps.connections.open"))
    return JSON.stringify({ ok: true, url: `ws://127.0.0.1:${port()}/?app=${authorization.slice(7)}` });
  const there = new URL(url.slice("/api/".length), localSlack);
  const sent = { authorization, "content-type": type };
  const answered = await fetch(there, { method, headers: sent, body: await text(request) });
  return answered.text();
}

new WebSocketServer({ server }).on("connection", (connection, request) => {
  const app = new URL(request.url ?? "", "http://edge").searchParams.get("app") ?? "";
  const open = connections.get(app) ?? new Set();
  connections.set(app, open.add(connection));
  connection.on("close", () => open.delete(connection));
  connection.on("error", () => connection.terminate());
  const pings = setInterval(() => connection.ping(), 15_000);
  connection.on("close", () => clearInterval(pings));
  connection.send(JSON.stringify({ type: "hello", num_connections: open.size }));
});

async function burst({ appToken, payload, atOnce, duration }: Burst): Promise<Burned> {
  const open = [...(connections.get(appToken) ?? [])];
  if (open.length === 0) throw new Error("the app has no socket");
  const after = JSON.stringify({ payload, type: "slash_commands", accepts_response_payload: true }).slice(1);
  const waiting = new Set<string>();
  const before = process.cpuUsage();
  const began = performance.now();
  let [calls, answered] = [0, 0];
  const send = (): void => {
    const id = `burst-${(sent += 1)}`;
    waiting.add(id);
    open[sent % open.length]?.send(`${BEFORE_ID}${id}",${after}`);
  };
  const take = (data: Buffer): void => {
    const end = data.indexOf('"', BEFORE_ID.length);
    if (!waiting.delete(data.toString("latin1", BEFORE_ID.length, end))) return;
    calls += 1;
    if (data.includes('"blocks"')) answered += 1;
    if (performance.now() - began < duration) send();
  };
  for (const connection of open) connection.on("message", take);
  for (let one = 0; one < atOnce; one++) send();
  await sleep(duration);
  for (let waited = 0; waiting.size > 0 && waited < DEADLINE; waited++) await sleep(1);
  for (const connection of open) connection.off("message", take);
  if (waiting.size > 0) throw new Error(`${waiting.size} commands were not acknowledged`);
  const took = performance.now() - began;
  const { user, system } = process.cpuUsage(before);
  return { rate: calls / (took / 1000), answered, calls, took, processor: (user + system) / 1000 };
}

// Nothing goes on without whoever measures.
process.on("disconnect", () => process.exit(1));
process.on("message", (question) => void burst(question as Burst).then((burned) => process.send?.(burned)));
server.listen(0, "127.0.0.1", () => process.send?.({ apiUrl: `http://127.0.0.1:${port()}/api/` }));
