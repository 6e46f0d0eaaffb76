import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Caller } from "./authentication.ts";
import type { RefusalName } from "./decisions.ts";
import { Refused } from "./refused.ts";
import { holds } from "./rights.ts";

type Method = "GET" | "POST" | "DELETE";

/** One call: what it does, and what of it the API's description tells (openapi.ts). */
export type Operation = {
  /** The vendor's name of it (contract 3.2, 4.1). */
  operationId: string;
  /** What it returns is the body of a 200. */
  handle: (request: FastifyRequest, reply: FastifyReply) => unknown;
  /** The body that it reads; none where it looks at none. */
  body?: z.ZodType;
  /** The body that it answers; none where that is empty. */
  answer?: z.ZodType;
};

/** A path under /api and what each of its methods does; the others answer 405. */
export type Route = {
  path: string;
  methods: Partial<Record<Method, Operation>>;
  /** Only the sign-in is called without credentials. */
  open?: true;
};

/** The name under which a request carries who makes it. */
export const CALLER = "caller";

/** Who makes this call; authentication has set it before the body was read. */
export function callerOf(request: FastifyRequest): Caller {
  return request.getDecorator<Caller>(CALLER);
}

/** Refuses callers whose role lacks a platform right, such as `apikeyRights.canViewApiKeys`. */
export function requireRight(request: FastifyRequest, right: string, refusal: RefusalName): void {
  if (!holds(callerOf(request).role, `platformRights.${right}`)) throw new Refused(refusal);
}

/** The ID in the path; the route lets only digits through. */
export function pathID(request: FastifyRequest): number {
  const { ID } = request.params as { ID: string };
  return Number(ID);
}

/** Where the manager writes what it did not accept and what went wrong; a pino logger fits. */
export type ManagerLog = {
  info(details: object, text: string): void;
  error(details: object, text: string): void;
};

/**
 * Does some work once the answer is out, so that its time tells nothing; also when the client has hung
 * up in between, which must not save it from being counted.
 */
export function afterAnswer({ raw }: FastifyReply, work: () => void, log?: ManagerLog): void {
  const attempt = (): void => {
    try {
      work();
    } catch (err) {
      log?.error({ err }, "something failed after the answer");
    }
  };
  if (raw.closed || raw.destroyed) attempt();
  else raw.once("close", attempt);
}

/**
 * The JSON of the body, or undefined for none. Members that are null are taken out: null means
 * "unset", hence unchanged (contract 3.4).
 */
export function jsonBody(request: FastifyRequest): unknown {
  const text = request.body as string | undefined;
  if (text === undefined || text.trim() === "") return undefined;
  const type = request.mediaType;
  if (type !== undefined && type !== "application/json") throw new Refused("notJsonType");
  try {
    return JSON.parse(text, (_member, value: unknown) => (value === null ? undefined : value));
  } catch {
    // Also a body nested so deeply that reading it ran out of stack.
    throw new Refused("notJson");
  }
}

/** Reads a body by its schema; a value that does not fit is refused by the name of its member. */
export function readAs<T>(schema: z.ZodType<T>, body: unknown): T {
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new Refused("bodyMissing");
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  throw new Refused("badValue", String(read.error.issues[0]?.path[0] ?? "the body"));
}
