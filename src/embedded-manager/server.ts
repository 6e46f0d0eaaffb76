import { currentKeyRoutes } from "./current-key.ts";
import { type ManagerDatabase, openDatabase } from "./database.ts";
import { SETTINGS } from "./decisions.ts";
import type { ManagerLog, Route } from "./exchange.ts";
import { buildHttp, type TlsIdentity } from "./http.ts";
import { keyRecords } from "./key-records.ts";
import { keyRoutes } from "./keys.ts";
import { lockOutBy } from "./lock-out.ts";
import { describeApi } from "./openapi.ts";
import { rateLimit } from "./rate-limit.ts";
import { roleRecords } from "./role-records.ts";
import { roleRoutes } from "./roles.ts";
import { addRoute, type Gate } from "./routing.ts";
import { hashSecret } from "./secrets.ts";
import { openSessions, sessionRoutes } from "./sessions.ts";
import { keptSettings, type ManagerSettings } from "./settings.ts";
import { type UserRecords, userRecords } from "./users.ts";

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
  /** What is given here is kept with the data, for later starts as well. */
  settings?: Partial<ManagerSettings>;
  /** Serves HTTPS with it; plain HTTP otherwise. */
  tls?: TlsIdentity;
  /** How long a request may take to arrive, in milliseconds. */
  requestTime?: number;
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
  const { data, host = "127.0.0.1", port = 0, now = Date.now, log, tls } = options;
  const database = openDatabase(data);
  const app = await buildHttp({ log, tls, requestTime: options.requestTime ?? SETTINGS.requestTime });
  app.addHook("onClose", () => database.close());
  // Nothing is said of what could still be lost.
  app.addHook("onSend", async () => database.committed());
  try {
    const settings = keptSettings(database, options.settings ?? {});
    const { users, gate, routes } = assemble(database, settings, now, log);
    const adminPassword = await users.makeFirst(options.adminPassword);
    for (const route of routes) addRoute(app, gate, route);
    const description = JSON.stringify(describeApi(routes));
    app.get("/api/openapi.json", (_request, reply) => reply.send(description));
    const url = `${await app.listen({ host, port })}/api`;
    const close = async () => app.close();
    return {
      url,
      ...(adminPassword !== undefined && { adminPassword }),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}

function assemble(
  database: ManagerDatabase,
  settings: ManagerSettings,
  now: () => number,
  log: ManagerLog | undefined,
): { users: UserRecords; gate: Gate; routes: Route[] } {
  const users = userRecords(database, now);
  const roles = roleRecords(database);
  const keys = keyRecords(database);
  const sessions = openSessions(settings, now);
  const lockOut = lockOutBy(settings);
  const count = rateLimit(settings, now);
  const hash = (secret: string) => hashSecret(database.hashKey, secret);
  const register = { keys, roles, users, sessions, hash, now };
  const routes = [
    ...keyRoutes(register),
    ...currentKeyRoutes(register, database.tenantGUID),
    ...roleRoutes(roles),
    ...sessionRoutes({ sessions, users, lockOut, count, log }),
  ];
  return { users, gate: { register, lockOut, count, log }, routes };
}
