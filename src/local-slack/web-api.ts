import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { InstalledApp } from "./apps.ts";
import { asText, isJson, type Json } from "./json.ts";
import { appMethods } from "./methods/apps.ts";
import { chatMethods } from "./methods/chat.ts";
import { conversationMethods } from "./methods/conversations.ts";
import { fileMethods } from "./methods/files.ts";
import { ApiError, Args, type Method } from "./methods/method.ts";
import { peopleMethods } from "./methods/people.ts";
import { viewMethods } from "./methods/views.ts";
import type { Slack } from "./slack.ts";

const methods: Record<string, Method> = {
  ...appMethods,
  ...chatMethods,
  ...conversationMethods,
  ...fileMethods,
  ...peopleMethods,
  ...viewMethods,
};

/** What apps call: `/api/<method>`, form, JSON or multipart, 200 even for `ok: false` (section 4). */
export function serveWebApi(server: FastifyInstance, slack: Slack): void {
  server.route<{ Params: { method: string } }>({
    method: ["GET", "POST"],
    url: "/api/:method",
    // Only a body that cannot be read comes here: the handler itself answers all that fails in it.
    errorHandler: (error, request, reply) => {
      const tooLarge = "code" in error && error.code === "FST_ERR_CTP_BODY_TOO_LARGE";
      const name = tooLarge ? "request_too_large" : unreadable(request.headers["content-type"]);
      void reply.code(tooLarge ? 413 : 200).send({ ok: false, error: name });
    },
    handler: async (request, reply) => {
      const name = request.params.method;
      if (await failFirst(slack, name, reply)) return reply;
      const answer = isArgs(request.body)
        ? await call(slack, name, argsOf(request), request.headers.authorization, reply)
        : { ok: false, error: "json_not_object" };
      if (slack.faults.take(["cut_after"], name) !== undefined) return cut(reply);
      return reply.header("cache-control", "no-store").send(answer);
    },
  });
}

/** Plain text, which Slack takes, holds no arguments. */
const isArgs = (body: unknown): boolean => body === undefined || typeof body === "string" || isJson(body);

/** What Slack calls a body that it cannot read, by its content type. */
function unreadable(contentType = ""): string {
  if (contentType === "") return "missing_post_type";
  if (contentType.startsWith("application/json")) return "invalid_json";
  return contentType.startsWith("multipart/form-data") ? "invalid_form_data" : "invalid_post_type";
}

function argsOf(request: FastifyRequest): Json {
  const query = isJson(request.query) ? request.query : {};
  return { ...query, ...(isJson(request.body) ? request.body : {}) };
}

/** The faults that come before anything is done. True where the call is over. */
async function failFirst(slack: Slack, name: string, reply: FastifyReply): Promise<boolean> {
  const rule = slack.faults.take(["http_429", "http_500", "hang", "cut_before", "internal_error"], name);
  if (rule === undefined) return false;
  if (rule.fault === "hang") {
    await hang(slack, reply, rule.seconds ?? 30);
    return reply.raw.destroyed;
  }
  if (rule.fault === "http_429") {
    reply.code(429).header("retry-after", String(rule.seconds ?? 1));
    await reply.send({ ok: false, error: "ratelimited" });
  } else if (rule.fault === "http_500") await reply.code(500).send("Internal Server Error");
  else if (rule.fault === "internal_error") await reply.send({ ok: false, error: "internal_error" });
  else cut(reply);
  return true;
}

/** Until the time is over, or the caller has hung up. */
function hang(slack: Slack, reply: FastifyReply, seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const cancel = slack.clock.setTimeout(resolve, seconds * 1000);
    reply.raw.on("close", () => {
      cancel();
      resolve();
    });
  });
}

async function call(
  slack: Slack,
  name: string,
  values: Json,
  authorization: string | undefined,
  reply: FastifyReply,
): Promise<Json> {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method === undefined) return { ok: false, error: "unknown_method", req_method: name };
  const token = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1] ?? values["token"];
  if (name === "api.test" && token === undefined) return { ok: true, args: values };
  if (typeof token !== "string" || token === "") return { ok: false, error: "not_authed" };
  const app = slack.apps.byToken(token);
  if (app === undefined) return { ok: false, error: "invalid_auth" };
  const refused = refuseToken(method, app, token);
  if (refused !== undefined) return { ok: false, ...refused };
  reply.header("x-oauth-scopes", scopesOf(app, token).join(","));
  if (method.scopes.length > 0) reply.header("x-accepted-oauth-scopes", method.scopes.join(","));
  const wait = slack.rateLimits.wait(app.appId, name, method.tier, asText(values["channel"]));
  if (wait !== undefined) {
    reply.code(429).header("retry-after", String(wait));
    return { ok: false, error: "ratelimited" };
  }
  try {
    return { ok: true, ...(await method.run({ slack, app, args: new Args(values) })) };
  } catch (error) {
    if (error instanceof ApiError) return { ok: false, error: error.code, ...error.extra };
    slack.log(`${name}: ${error instanceof Error ? error.stack : String(error)}`);
    return { ok: false, error: "internal_error" };
  }
}

function refuseToken(method: Method, app: InstalledApp, token: string): Json | undefined {
  const kind = token === app.appToken ? "app" : "bot";
  if (kind !== (method.token ?? "bot")) return { error: "not_allowed_token_type" };
  const provided = scopesOf(app, token);
  if (method.scopes.length === 0 || method.scopes.some((scope) => provided.includes(scope))) return undefined;
  return { error: "missing_scope", needed: method.scopes.join(","), provided: provided.join(",") };
}

const scopesOf = (app: InstalledApp, token: string): string[] =>
  token === app.appToken ? ["connections:write"] : app.scopes;

function cut(reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.destroy();
  return reply;
}
