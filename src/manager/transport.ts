import type { IncomingHttpHeaders } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { type Dispatcher, request } from "undici";
import type { z } from "zod";
import { Fault } from "../domain/fault.ts";
import { codeOfError, codeOfStatus, errorCode, parseJson, retryAfter } from "./failed-call.ts";
import type { Looking } from "../usecases/ports.ts";
import type { Purpose, RateBudget } from "./rate-budget.ts";

/** One call on the manager. */
export type Call<Answer> = {
  method: "GET" | "POST" | "DELETE";
  /** Below /api; ids alone go into it, never names. */
  path: string;
  body?: object;
  /** How an answer of 200 is read; an empty body is undefined, and what is no JSON its text. */
  read: z.ZodType<Answer>;
  /** How often it may be sent again: only what does no harm twice. */
  retries: 0 | 1 | 2;
  /** The right that it takes, to be named where the manager forbids it (contract 2.4). */
  right?: string;
  /** Ordinary unless said otherwise. */
  purpose?: Purpose;
  /** Milliseconds for all attempts together, waiting for a turn included; the client's own limit unless said otherwise. */
  timeout?: number | undefined;
};

/** What came of one attempt. */
export type Observed = {
  method: string;
  /** Below /api, with ids alone in it. */
  path: string;
  /** The path with ID in place of any id. */
  route: string;
  /** Whether it may change something in the manager. */
  changes: boolean;
  /** "ok", or the fault's code. */
  result: "ok" | Fault["code"];
  /** Milliseconds, waiting for a turn included. */
  ms: number;
};

export type Transport = {
  url: string;
  headers: Record<string, string>;
  dispatcher: Dispatcher;
  budget: RateBudget;
  timeoutMs: number;
  /** Hears of each attempt. */
  observe?: ((observed: Observed) => void) | undefined;
};

/** A call that reads, and may be sent again. */
export function get<Answer>(
  path: string,
  read: z.ZodType<Answer>,
  { right, ...looking }: Looking & { right: string },
): Call<Answer> {
  return { method: "GET", path, read, retries: 2, right, ...asked(looking) };
}

/** How a call is made that only looks. */
export function asked({ stopping, timeout }: Looking): Pick<Call<unknown>, "purpose" | "timeout"> {
  return { timeout, ...(stopping === true ? { purpose: "look" } : {}) };
}

/** What a call answers; undefined where the thing does not exist. */
export async function maybe<Answer>(transport: Transport, wanted: Call<Answer>): Promise<Answer | undefined> {
  try {
    return await call(transport, wanted);
  } catch (error) {
    if (error instanceof Fault && error.code === "manager-not-found") return undefined;
    throw error;
  }
}

type Answered<Answer> = { answer: Answer; headers: IncomingHttpHeaders };
/** `again`: it may work when sent again; `after`: milliseconds that the manager asks to wait before. */
type Failed = { fault: Fault; again: boolean; after?: number };

const BACK_OFF = [100, 300] as const;
/** Before the next attempt where the manager is too busy to say how long. */
const BUSY_BACK_OFF = [1000, 3000] as const;

/**
 * Makes a call and reads its answer. Everything that goes wrong is a Fault whose text has method, path
 * and a code or status, and which has no cause: parser errors quote the answer, and some carry a secret.
 */
export async function call<Answer>(transport: Transport, wanted: Call<Answer>): Promise<Answer> {
  return (await exchange(transport, wanted)).answer;
}

/** As `call`, with the answer's headers. */
export async function exchange<Answer>(
  transport: Transport,
  wanted: Call<Answer>,
): Promise<Answered<Answer>> {
  const within = wanted.timeout ?? transport.timeoutMs;
  const end = performance.now() + within;
  const deadline = AbortSignal.timeout(within);
  for (let attempt = 0; ; attempt += 1) {
    const began = performance.now();
    const outcome = await attemptOnce(transport, wanted, deadline);
    const { method, path } = wanted;
    transport.observe?.({
      method,
      path,
      route: path.replaceAll(/\d+/g, "ID"),
      changes: method !== "GET" && !path.endsWith("/search"),
      result: "answer" in outcome ? "ok" : outcome.fault.code,
      ms: Math.round(performance.now() - began),
    });
    if ("answer" in outcome) return outcome;
    if (!outcome.again || attempt >= wanted.retries) throw outcome.fault;
    const pause = pauseAfter(outcome, attempt);
    // No use in waiting for a turn that would come too late.
    if (outcome.after !== undefined && performance.now() + pause > end) throw outcome.fault;
    await wait(pause, undefined, { signal: deadline }).catch(() => {
      throw faultOf("manager-timeout", wanted);
    });
  }
}

function pauseAfter({ fault, after }: Failed, attempt: number): number {
  const steps = fault.code === "manager-rate-limited" ? BUSY_BACK_OFF : BACK_OFF;
  return after ?? steps[attempt === 0 ? 0 : 1];
}

async function attemptOnce<Answer>(
  { url, headers, dispatcher, budget }: Transport,
  wanted: Call<Answer>,
  signal: AbortSignal,
): Promise<Answered<Answer> | Failed> {
  const { method, path, body, purpose = "ordinary" } = wanted;
  let turn: Disposable;
  try {
    turn = await budget.turn(purpose, signal);
  } catch {
    // Nothing was sent, which matters to whoever makes a key.
    return { fault: faultOf("manager-rate-limited", wanted, "no turn in time"), again: false };
  }
  using _turn = turn;
  try {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await request(`${url}${path}`, { method, headers, dispatcher, signal, ...sent });
    const text = await answer.body.text();
    if (answer.statusCode === 200) return { ...readAnswer(wanted, text), headers: answer.headers };
    return refused(budget, wanted, { status: answer.statusCode, headers: answer.headers, text });
  } catch (error) {
    if (error instanceof Fault) return { fault: error, again: false };
    const code = signal.aborted ? "manager-timeout" : codeOfError(error);
    return { fault: faultOf(code, wanted, errorCode(error)), again: code === "manager-unreachable" };
  }
}

function refused(
  budget: RateBudget,
  wanted: Call<unknown>,
  { status, headers, text }: { status: number; headers: IncomingHttpHeaders; text: string },
): Failed {
  const code = codeOfStatus(status, text);
  const fault = faultOf(code, wanted, String(status));
  if (code !== "manager-rate-limited") return { fault, again: status >= 500 };
  const after = retryAfter(headers);
  if (after === undefined) return { fault, again: true };
  budget.pause(after);
  return { fault, again: true, after };
}

function readAnswer<Answer>(wanted: Call<Answer>, text: string): { answer: Answer } {
  const result = wanted.read.safeParse(text === "" ? undefined : (parseJson(text) ?? text));
  if (result.success) return { answer: result.data };
  const strange = result.error.issues[0]?.path.join(".") ?? "";
  throw faultOf("manager-bad-answer", wanted, strange === "" ? "the whole answer" : strange);
}

function faultOf(code: Fault["code"], { method, path, right }: Call<unknown>, detail = ""): Fault {
  const message = `${method} ${path}${detail === "" ? "" : ` (${detail})`}`;
  return new Fault(code, message, code === "manager-forbidden" ? { right } : {});
}
