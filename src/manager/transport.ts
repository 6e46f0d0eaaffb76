import { setTimeout as wait } from "node:timers/promises";
import { type Dispatcher, request } from "undici";
import type { z } from "zod";
import { Fault, type FaultCode } from "../domain/fault.ts";
import { failure } from "./wire.ts";

/** One call on the manager. */
export type Call<Answer> = {
  method: "GET" | "POST" | "DELETE";
  /** Below /api; ids alone go into it, never names. */
  path: string;
  body?: object;
  /** How an answer of 200 is read; an empty body is undefined. */
  read: z.ZodType<Answer>;
  /** How often it may be sent again: only what does no harm twice. */
  retries: 0 | 1 | 2;
  /** Milliseconds for all attempts together; the client's own limit unless said otherwise. */
  timeout?: number | undefined;
};

export type Transport = {
  url: string;
  headers: Record<string, string>;
  dispatcher: Dispatcher;
  timeoutMs: number;
};

const BACK_OFF = [100, 300];
/** The only thing that is recognised by its text: no status of its own tells a name is taken (contract 8). */
const NAME_TAKEN = "The requested username already exists";

/**
 * Makes a call and reads its answer. Everything that goes wrong is a Fault whose text has method, path
 * and a code or status, and which has no cause: parser errors quote the answer, and some carry a secret.
 */
export async function call<Answer>(transport: Transport, wanted: Call<Answer>): Promise<Answer> {
  const deadline = AbortSignal.timeout(wanted.timeout ?? transport.timeoutMs);
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await callOnce(transport, wanted, deadline);
    } catch (error) {
      const again = error instanceof Fault && passing(error.code) && attempt < wanted.retries;
      if (!again) throw error;
    }
    await wait(BACK_OFF[attempt], undefined, { signal: deadline }).catch(() => {
      throw fault("manager-timeout", wanted);
    });
  }
}

function passing(code: FaultCode): boolean {
  return code === "manager-unreachable" || code === "manager-failed";
}

async function callOnce<Answer>(
  { url, headers, dispatcher }: Transport,
  wanted: Call<Answer>,
  signal: AbortSignal,
): Promise<Answer> {
  const { method, path, body } = wanted;
  let status: number;
  let text: string;
  try {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await request(`${url}${path}`, { method, headers, dispatcher, signal, ...sent });
    status = answer.statusCode;
    text = await answer.body.text();
  } catch (error) {
    throw fault(signal.aborted ? "manager-timeout" : codeOf(error), wanted, errorCode(error));
  }
  if (status !== 200) throw fault(codeFor(status, text), wanted, String(status));
  return readAnswer(wanted, text);
}

function readAnswer<Answer>(wanted: Call<Answer>, text: string): Answer {
  const result = wanted.read.safeParse(parseJson(text));
  if (result.success) return result.data;
  const strange = result.error.issues[0]?.path.join(".") ?? "";
  throw fault("manager-bad-answer", wanted, strange === "" ? "the whole answer" : strange);
}

/** Undefined for what is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function codeFor(status: number, text: string): FaultCode {
  if (status === 401) return "manager-refused-credentials";
  if (status === 403) return "manager-forbidden";
  if (status === 404) return "manager-not-found";
  if (status === 429) return "manager-rate-limited";
  // Another success or a redirection: the contract knows neither, so this may be no manager at all.
  if (status < 400) return "manager-bad-answer";
  if (status === 400 && failure.safeParse(parseJson(text)).data?.message.includes(NAME_TAKEN))
    return "manager-conflict";
  return "manager-failed";
}

function codeOf(error: unknown): FaultCode {
  const code = errorCode(error);
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)) return "manager-untrusted";
  if (code === "UND_ERR_CONNECT_TIMEOUT") return "manager-timeout";
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE" || code.startsWith("HPE_")) return "manager-bad-answer";
  return "manager-unreachable";
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

function fault(code: FaultCode, { method, path }: { method: string; path: string }, detail = ""): Fault {
  return new Fault(code, `${method} ${path}${detail === "" ? "" : ` (${detail})`}`);
}
