import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { authenticate, type Caller, noteRejection, type Register } from "./authentication.ts";
import { afterAnswer, CALLER, callerOf, type ManagerLog, type Route } from "./exchange.ts";
import type { LockOut } from "./lock-out.ts";
import { Refused } from "./refused.ts";

export type Gate = {
  register: Register;
  lockOut: LockOut;
  /** Counts a call and returns 0, or after how many seconds to try again. */
  count: (caller: number) => number;
  log: ManagerLog | undefined;
};

/**
 * Path and method come first, then version, credentials and rate; all before the body is read. Rights,
 * existence and values are the handler's (contract 2.3).
 */
export function addRoute(app: FastifyInstance, gate: Gate, route: Route): void {
  const url = `/api${route.path}`;
  const known = Object.keys(route.methods);
  const identify = async (request: FastifyRequest, reply: FastifyReply) =>
    request.setDecorator(CALLER, authenticated(gate, request, reply));
  const limit = async (request: FastifyRequest) => {
    const caller = callerOf(request);
    const wait = gate.count(caller.kind === "key" ? caller.key.ID : caller.user.ID);
    if (wait > 0) throw new Refused("tooManyCalls", "", wait);
  };
  for (const [method, { handle }] of Object.entries(route.methods))
    app.route({
      method,
      url,
      onRequest: route.open ? [requireVersion] : [requireVersion, identify, limit],
      // Once more after the body: whoever sends it slowly must not act on after being locked out.
      preHandler: route.open || method === "GET" ? [] : [identify],
      handler: handle,
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

function authenticated(gate: Gate, request: FastifyRequest, reply: FastifyReply): Caller {
  const { register, lockOut, log } = gate;
  const outcome = authenticate(register, request.headers);
  if (!("cause" in outcome)) return outcome;
  const path = `${request.method} ${request.routeOptions.url ?? ""}`;
  const note = (): void => {
    const cause = noteRejection(register, outcome, lockOut);
    log?.info({ cause, keyID: outcome.keyID, path, from: request.ip }, "credentials were not accepted");
  };
  afterAnswer(reply, note, log);
  throw new Refused("notAuthenticated");
}
