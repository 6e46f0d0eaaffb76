import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { authenticate, type Caller, type Register } from "./authentication.ts";
import { openDatabase } from "./database.ts";
import { SETTINGS } from "./decisions.ts";
import { CALLER, type Route } from "./exchange.ts";
import { keyRecords } from "./key-records.ts";
import { keyRoutes } from "./keys.ts";
import { Refused } from "./refused.ts";
import { roleRecords, roleRoutes } from "./roles.ts";
import { openSessions, sessionRoutes } from "./sessions.ts";
import { userRecords } from "./users.ts";

/** Where the manager writes what it did not accept and what went wrong; a pino logger fits. */
type ManagerLog = {
  info(details: object, text: string): void;
  error(details: object, text: string): void;
};

export type EmbeddedManagerOptions = {
  /** A folder, made where it is missing, or ":memory:". */
  data: string;
  /** Loopback unless said otherwise. */
  host?: string;
  /** A free one unless said otherwise. */
  port?: number;
  /** Milliseconds since the epoch. */
  now?: () => number;
  /** Of the first user, at the first start only; 8 characters or more. Generated where missing. */
  adminPassword?: string;
  log?: ManagerLog;
};

export type EmbeddedManager = AsyncDisposable & {
  /** Ends in /api. */
  url: string;
  /** Only when it was generated just now: it is kept nowhere. */
  adminPassword?: string;
  close(): Promise<void>;
};

/**
 * Starts a manager that keeps the contract: API keys, roles, sessions. Rejects, in a sentence, when the
 * data cannot be opened or the port is taken.
 */
export async function startEmbeddedManager(options: EmbeddedManagerOptions): Promise<EmbeddedManager> {
  const { data, host = "127.0.0.1", port = 0, now = Date.now, log } = options;
  const database = openDatabase(data);
  const app = buildApp(log);
  app.addHook("onClose", () => database.close());
  try {
    const roles = roleRecords(database);
    const users = await userRecords(database, now, options.adminPassword);
    const keys = keyRecords(database);
    const sessions = openSessions(now);
    const { hashKey, tenantGUID } = database;
    const register = { keys, roles, users, sessions, hashKey, now };
    const routes = [
      ...keyRoutes({ keys, roles, tenantGUID, now }),
      ...roleRoutes(roles),
      ...sessionRoutes(sessions, users),
    ];
    for (const route of routes) addRoute(app, register, route, log);
    const address = await app.listen({ host, port });
    const close = async () => app.close();
    const url = `${address}/api`;
    const password = users.generatedPassword;
    return {
      url,
      ...(password !== undefined && { adminPassword: password }),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}

function buildApp(log?: ManagerLog): FastifyInstance {
  const app = Fastify({
    bodyLimit: SETTINGS.bodyLimit,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    frameworkErrors: (_error, _request, reply) => {
      reply.raw.writeHead(400, HEADERS).end(failure(new Refused("malformed")));
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
    if (refused.status === 500) log?.error({ err: error, path: routeOf(request) }, "a call failed");
    return reply.status(refused.status).send(failure(refused));
  });
  return app;
}

/** As on real answers (contract 1); the type without a charset, which Fastify would add. */
const HEADERS = {
  "X-DSM-Version": SETTINGS.version,
  "X-Frame-Options": "SAMEORIGIN",
  "X-XSS-Protection": "1;mode=block",
  "Cache-Control": "no-cache,no-store",
  Pragma: "no-cache",
  "Content-Type": "application/json",
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

/**
 * Path and method come first, then version, then credentials; all before the body is read. Rights,
 * existence and values are the handler's (contract 2.3).
 */
function addRoute(app: FastifyInstance, register: Register, route: Route, log?: ManagerLog): void {
  const url = `/api${route.path}`;
  const known = Object.keys(route.methods);
  const identify = async (request: FastifyRequest, reply: FastifyReply) =>
    request.setDecorator(CALLER, authenticated(register, request, reply, log));
  for (const [method, handler] of Object.entries(route.methods))
    app.route({
      method,
      url,
      onRequest: route.open ? [requireVersion] : [requireVersion, identify],
      // Once more after the body: whoever sends it slowly must not act on after being locked out.
      preHandler: route.open || method === "GET" ? [] : [identify],
      handler,
    });
  app.route({
    method: app.supportedMethods.filter((method) => !known.includes(method)),
    url,
    handler: (_request, reply) => {
      reply.header("Allow", known.join(", "));
      throw new Refused("wrongMethod");
    },
  });
}

async function requireVersion({ headers }: FastifyRequest): Promise<void> {
  const version = headers["api-version"];
  if (version === undefined) throw new Refused("versionMissing");
  if (version !== "v1") throw new Refused("versionUnknown");
}

function authenticated(
  register: Register,
  request: FastifyRequest,
  reply: FastifyReply,
  log?: ManagerLog,
): Caller {
  const outcome = authenticate(register, request.headers);
  if (!("cause" in outcome)) return outcome;
  const { cause, keyID } = outcome;
  log?.info({ cause, keyID, path: routeOf(request) }, "credentials were not accepted");
  // Counted after the answer, so that its timing does not tell a wrong secret from an unknown key.
  if (cause === "wrong" && keyID !== undefined)
    reply.raw.once("finish", () => register.keys.countFailure(keyID));
  throw new Refused("notAuthenticated");
}

function routeOf(request: FastifyRequest): string {
  return `${request.method} ${request.routeOptions.url ?? ""}`;
}
