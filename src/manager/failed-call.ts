import type { IncomingHttpHeaders } from "node:http";
import type { FaultCode } from "../domain/fault.ts";
import { failure } from "./wire.ts";

/* What an answer other than 200, or none at all, means (contract 8). */

/** The only thing that is recognised by its text: no status of its own tells a name is taken. */
const NAME_TAKEN = "The requested username already exists";
/** Milliseconds; a manager counts the last 60 s, so no honest one asks to wait longer (contract 9). */
const LONGEST_WAIT = 60_000;

export function codeOfStatus(status: number, text: string): FaultCode {
  if (status === 401) return "manager-refused-credentials";
  if (status === 403) return "manager-forbidden";
  // A proxy's page says nothing of a key: believed, it would take a live one for deleted, and out of a lockout.
  if (status === 404) return isManagers(text) ? "manager-not-found" : "manager-bad-answer";
  if (status === 429) return "manager-rate-limited";
  // Another success or a redirection: the contract knows neither, so this may be no manager at all.
  if (status < 400) return "manager-bad-answer";
  if (status === 400 && failure.safeParse(parseJson(text)).data?.message.includes(NAME_TAKEN))
    return "manager-conflict";
  return status < 500 ? "manager-rejected" : "manager-failed";
}

/** Whether an error has the one form that a manager's errors have. */
function isManagers(text: string): boolean {
  return failure.safeParse(parseJson(text)).success;
}

/** What went wrong before there was a whole answer; by the codes of Node, OpenSSL and undici. */
export function codeOfError(error: unknown): FaultCode {
  const code = errorCode(error);
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)) return "manager-untrusted";
  if (code === "UND_ERR_CONNECT_TIMEOUT") return "manager-timeout";
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE" || code.startsWith("HPE_")) return "manager-bad-answer";
  return "manager-unreachable";
}

export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** Milliseconds that an answer asks to wait, at most 60 s: given as seconds or as a date. */
export function retryAfter(headers: IncomingHttpHeaders, now = Date.now()): number | undefined {
  const text = headers["retry-after"];
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_WAIT);
}

/** Undefined for what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
