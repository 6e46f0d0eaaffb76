import type { Socket } from "node:net";
import compress from "@fastify/compress";
import Fastify, { type FastifyInstance } from "fastify";
import { type RefusalName, SETTINGS } from "./decisions.ts";
import { CALLER, type ManagerLog } from "./exchange.ts";
import { Refused } from "./refused.ts";

/** A certificate and its private key, each as PEM. */
export type TlsIdentity = { cert: string; key: string };

type HttpOptions = { log: ManagerLog | undefined; tls: TlsIdentity | undefined; requestTime: number };

/** As on real answers (contract 1); the type without a charset, which Fastify would add. */
const HEADERS = {
  "X-DSM-Version": SETTINGS.version,
  "X-Frame-Options": "SAMEORIGIN",
  "X-XSS-Protection": "1;mode=block",
  "Cache-Control": "no-cache,no-store",
  Pragma: "no-cache",
  "Content-Type": "application/json",
};

/** What lies around every call: headers, compression, and one shape for whatever goes wrong (contract 1, 8). */
export async function buildHttp({ log, tls, requestTime }: HttpOptions): Promise<FastifyInstance> {
  // How often Node looks for requests that take too long.
  const timing = { connectionsCheckingInterval: Math.min(requestTime, 1000), headersTimeout: requestTime };
  const app: FastifyInstance = Fastify({
    ...(tls ? { https: { ...tls, ...timing, handshakeTimeout: requestTime } } : { http: timing }),
    bodyLimit: SETTINGS.bodyLimit,
    requestTimeout: requestTime,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: (_error, _request, reply) => {
      const refused = new Refused("malformed");
      reply.raw.writeHead(refused.status, HEADERS).end(failure(refused));
    },
  });
  app.decorateRequest(CALLER, null);
  // Bodies stay text until a handler wants them: some calls carry ones that nobody may look at.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
  app.addHook("onSend", async (_request, reply) => void reply.headers(HEADERS));
  app.setNotFoundHandler(() => {
    throw new Refused("unknownPath");
  });
  app.setErrorHandler((error, request, reply) => {
    const refused = refusalFor(error);
    const path = `${request.method} ${request.routeOptions.url ?? ""}`;
    if (refused.status === 500) log?.error({ err: error, path }, "a call failed");
    if (refused.retryAfter > 0) reply.header("Retry-After", refused.retryAfter);
    return reply.status(refused.status).send(failure(refused));
  });
  await app.register(compress, {
    encodings: ["gzip"],
    threshold: SETTINGS.compressFrom,
    globalDecompression: false,
  });
  return app;
}

/** Answers what is no HTTP, or too long or too slow in coming, and ends the connection. */
function refuseUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const refused = new Refused(UNREADABLE[error.code ?? ""] ?? "malformed");
  const body = failure(refused);
  const headers = Object.entries({ ...HEADERS, "Content-Length": body.length, Connection: "close" });
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  socket.end(`HTTP/1.1 ${refused.status} Refused\r\n${head}\r\n${body}`);
}

const UNREADABLE: Record<string, RefusalName> = {
  ERR_HTTP_REQUEST_TIMEOUT: "tooSlow",
  HPE_HEADER_OVERFLOW: "headersTooLarge",
};

function failure(refused: Refused): string {
  return JSON.stringify({ message: refused.message });
}

function refusalFor(error: unknown): Refused {
  if (error instanceof Refused) return error;
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : 500;
  if (status === 413) return new Refused("tooLarge");
  if (status === 415) return new Refused("notJsonType");
  return new Refused(typeof status === "number" && status < 500 ? "malformed" : "failed");
}
