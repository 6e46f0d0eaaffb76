import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Vitals } from "./vitals.ts";

type Watched = Pick<Vitals, "missing" | "text">;

/**
 * Answers whoever watches over the program: `/healthz` (the process lives), `/readyz` (it can do its
 * work; 503 says what is missing) and `/metrics`. Without a host, on every interface. Throws in words
 * where the port is taken.
 */
export async function startEndpoint(
  { port, host }: { port: number; host?: string },
  vitals: Watched,
): Promise<{ port: number; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    void answerTo(request, vitals)
      .catch((): Answer => ({ status: 500, text: "something broke\n" }))
      .then(({ status, text, type = "text/plain; charset=utf-8" }) =>
        response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(text),
      );
  });
  await new Promise<void>((resolve, reject) => {
    const cannot = (cause: Error): void =>
      reject(new Error(`HEALTH_PORT ${port} cannot be listened on (${cause.message}).`, { cause }));
    server.once("error", cannot).listen({ port, host }, () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Answer = { status: number; text: string; type?: string };

async function answerTo({ method, url = "" }: IncomingMessage, vitals: Watched): Promise<Answer> {
  if (method !== "GET" && method !== "HEAD") return { status: 405, text: "GET only\n" };
  switch (URL.parse(url, "http://localhost")?.pathname ?? "") {
    case "/healthz":
      return { status: 200, text: "alive\n" };
    case "/readyz": {
      const missing = await vitals.missing();
      if (missing.length === 0) return { status: 200, text: "ready\n" };
      return { status: 503, text: `${missing.join("\n")}\n` };
    }
    case "/metrics":
      return { status: 200, text: await vitals.text(), type: "text/plain; version=0.0.4; charset=utf-8" };
    default:
      return { status: 404, text: "There are /healthz, /readyz and /metrics.\n" };
  }
}
