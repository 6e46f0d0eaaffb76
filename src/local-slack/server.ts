import formbody from "@fastify/formbody";
import multipart from "@fastify/multipart";
import fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import { serveAdminApi } from "./admin-api.ts";
import type { DeliveryMode, InstalledApp } from "./apps.ts";
import { ClientError, serveClientApi } from "./client-api.ts";
import type { Answer } from "./delivery.ts";
import type { Faults } from "./client-protocol.ts";
import { serveUploads } from "./files.ts";
import { isJson, type Json } from "./json.ts";
import type { Manifest } from "./manifest.ts";
import { servePage } from "./page-server.ts";
import { Slack, type SlackOptions } from "./slack.ts";
import { serveWebApi } from "./web-api.ts";

/** An app to install: its manifest, and where to deliver if not where the manifest says. */
export type AppToInstall = { manifest: Manifest; delivery?: DeliveryMode };

/** What an app needs to run against local Slack. The same after a restart where `data` is kept. */
export type AppCredentials = Pick<
  InstalledApp,
  "name" | "appId" | "botUserId" | "botToken" | "appToken" | "signingSecret"
>;

export type LocalSlack = {
  /** The page for people, `http://127.0.0.1:4500/`. */
  url: string;
  /** What an app's `slackApiUrl` is set to, with its last slash. */
  apiUrl: string;
  apps: AppCredentials[];
  /** What it is made of, for whoever shares its process. */
  parts: Slack;
  install(app: AppToInstall): AppCredentials;
  /** Delivers to this URL from now on, once it has echoed a challenge (R11). Answers whether it did. */
  deliverTo(appId: string, requestUrl: string): Promise<boolean>;
  setFaults(faults: Faults): void;
  /** Delivers the payload of a command as it stands; nobody sees what is answered. */
  deliverCommand(appId: string, payload: Json): Promise<Answer>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

export type LocalSlackOptions = SlackOptions & { apps?: AppToInstall[]; port?: number };

/**
 * Starts a Slack workspace on this machine, on the loopback interface alone.
 * Rejects where the port is taken or the data folder cannot be used.
 */
export async function startLocalSlack(options: LocalSlackOptions = {}): Promise<LocalSlack> {
  const slack = new Slack(options);
  const server = fastify({ bodyLimit: 4 * 1024 * 1024, forceCloseConnections: true });
  await prepare(server, slack.log);
  serveWebApi(server, slack);
  serveResponseUrls(server, slack);
  serveUploads(server, slack.files);
  serveClientApi(server, slack);
  serveAdminApi(server, slack);
  servePage(server);
  slack.sockets.attach(server.server);
  const url = await server.listen({ host: "127.0.0.1", port: options.port ?? 0 });
  slack.responseUrls.base = url;
  slack.files.base = url;
  const install = ({ manifest, delivery }: AppToInstall): AppCredentials => {
    const app = slack.apps.install(manifest, delivery);
    slack.tellWorkspace();
    return credentialsOf(app);
  };
  const close = async (): Promise<void> => {
    await slack.sockets.close();
    await server.close();
    slack.storage.close();
  };
  return {
    url: `${url}/`,
    apiUrl: `${url}/api/`,
    parts: slack,
    apps: (options.apps ?? []).map(install),
    install,
    deliverTo: (appId, requestUrl) => deliverTo(slack, appId, requestUrl),
    setFaults: (faults) => slack.faults.set(faults),
    deliverCommand: (appId, payload) => slack.delivery.command(installed(slack, appId), payload),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function credentialsOf(app: InstalledApp): AppCredentials {
  const { name, appId, botUserId, botToken, appToken, signingSecret } = app;
  return { name, appId, botUserId, botToken, appToken, signingSecret };
}

function installed(slack: Slack, appId: string): InstalledApp {
  const app = slack.apps.byId(appId);
  if (app === undefined) throw new Error(`No app has the id ${appId}`);
  return app;
}

async function deliverTo(slack: Slack, appId: string, requestUrl: string): Promise<boolean> {
  const app = installed(slack, appId);
  app.delivery = { mode: "http", requestUrl };
  return slack.http.verifyUrl(app, slack.ids.hex(24));
}

/** Fastify's own refusals (a body too large, a content type unknown) carry theirs too. */
function statusOf(error: unknown): number {
  if (error instanceof ClientError) return error.status;
  const { statusCode } = isJson(error) ? error : {};
  return typeof statusCode === "number" ? statusCode : 500;
}

async function prepare(server: FastifyInstance, log: (line: string) => void): Promise<void> {
  await server.register(formbody);
  await server.register(multipart, { attachFieldsToBody: "keyValues", limits: { fileSize: Infinity } });
  server.removeContentTypeParser("application/json");
  server.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    try {
      done(null, body === "" ? {} : JSON.parse(String(body)));
    } catch {
      done(new ClientError("invalid_json"), undefined);
    }
  });
  server.addHook("onRequest", async (request) => {
    // The route, not the URL: `/%63lient` leads to the same place.
    if (request.routeOptions.url?.startsWith("/client") === true) refuseOtherOrigins(request);
  });
  server.setNotFoundHandler((_request, reply) => reply.code(404).send({ ok: false, error: "not_found" }));
  server.setErrorHandler((error, _request, reply) => {
    const status = statusOf(error);
    if (status < 500 && error instanceof Error)
      return reply.code(status).send({ ok: false, error: error.message });
    log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return reply.code(status).send({ ok: false, error: "internal_error" });
  });
}

const loopback = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** A web page elsewhere whose name points to this machine (DNS rebinding) has its own Host and Origin. */
function refuseOtherOrigins({ headers }: FastifyRequest): void {
  const given = [`http://${headers.host ?? ""}`, ...(headers.origin === undefined ? [] : [headers.origin])];
  if (!given.every((url) => URL.canParse(url) && loopback.has(new URL(url).hostname)))
    throw new ClientError("not_loopback", 403);
}

function serveResponseUrls(server: FastifyInstance, slack: Slack): void {
  server.post("/hooks/*", async (request, reply) => {
    const { status, body } = slack.replies.use(request.url, request.body);
    return reply.code(status).send(body);
  });
}
