import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Caller } from "./authentication.ts";
import { Refused } from "./refused.ts";

/** What is done with a call; what it returns is the body of a 200. */
type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

/** A path under /api and what each of its methods does; the others answer 405. */
export type Route = {
  path: string;
  methods: { GET?: Handler; POST?: Handler; DELETE?: Handler };
  /** Only the sign-in is called without credentials. */
  open?: true;
};

/** The name under which a request carries who makes it. */
export const CALLER = "caller";

/** Who makes this call; authentication has set it before the body was read. */
export function callerOf(request: FastifyRequest): Caller {
  return request.getDecorator<Caller>(CALLER);
}

/** The ID in the path; the route lets only digits through. */
export function pathID(request: FastifyRequest): number {
  const { ID } = request.params as { ID: string };
  return Number(ID);
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
