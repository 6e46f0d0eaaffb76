import { WebAPIPlatformError, WebAPIRateLimitedError } from "@slack/web-api";
import { MINUTE, SECOND } from "../../domain/values.ts";

/** Slack may have done part of it, or could not for a while (slack-rules.md 2.8). */
const PASSING = new Set([
  "internal_error",
  "fatal_error",
  "service_unavailable",
  "request_timeout",
  "ratelimited",
  // chat.postMessage's own word for it, and the one while a workspace moves into an organisation.
  "rate_limited",
  "message_limit_exceeded",
  "team_added_to_org",
]);

/**
 * The name by which Slack itself refused a call. Whatever else stands between answers too: where that
 * is no JSON, the library gives its whole text for a name, and where it is some other JSON, none.
 */
export function slackError(cause: unknown): string | undefined {
  const name: unknown = cause instanceof WebAPIPlatformError ? cause.data.error : undefined;
  return typeof name === "string" && /^[a-z_]+$/.test(name) ? name : undefined;
}

/** Whether Slack's error says that a person does not exist, is not for us to see, or is disabled (R37, R41). */
export function isNobody(error: string | undefined): boolean {
  return error !== undefined && /^user_(not_found|not_visible|disabled)$/.test(error);
}

/** Whether Slack's error stays until somebody mends it. */
export function isLasting(error: string | undefined): error is string {
  return error !== undefined && !PASSING.has(error);
}

/** Slack asks for a minute or so; what stands between may ask for any time, and a timer knows 24.8 days at most. */
const LONGEST_WAIT = 10 * MINUTE;

/** Milliseconds that Slack asks to wait, ten minutes at most; undefined where it does not. */
export function askedToWait(cause: unknown): number | undefined {
  if (!(cause instanceof WebAPIRateLimitedError)) return undefined;
  return Math.min(cause.retryAfter * SECOND, LONGEST_WAIT);
}

/** What went wrong, in a word or two for the log. */
export function nameOf(cause: unknown): string {
  const why = slackError(cause);
  if (why !== undefined) return why;
  // What is no answer of Slack's stands in the message, however long it is.
  if (cause instanceof WebAPIPlatformError) return "not Slack's answer";
  return cause instanceof Error ? cause.message : "it ended without a word";
}
