import { once } from "node:events";
import { createServer } from "node:net";

/** The wanted port of the loopback interface, or the next one that nobody listens on. */
export async function freePort(wanted: number): Promise<number> {
  for (let port = wanted; port < wanted + 100; port += 1) if (await isFree(port)) return port;
  throw new Error(`No port is free between ${wanted} and ${wanted + 99}.`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen({ host: "127.0.0.1", port }), "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
