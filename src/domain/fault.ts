/** What may come of a call on the manager, besides its answer. */
export const MANAGER_FAULTS = [
  "manager-unreachable",
  "manager-timeout",
  "manager-untrusted",
  "manager-refused-credentials",
  "manager-forbidden",
  "manager-not-found",
  "manager-conflict",
  "manager-rejected",
  "manager-rate-limited",
  "manager-bad-answer",
  "manager-failed",
] as const;

/** What went wrong in the world outside; `slack/words/explain-fault.ts` finds the words. */
export type FaultCode =
  | (typeof MANAGER_FAULTS)[number]
  | "slack-refused"
  | "slack-nobody"
  | "slack-message-gone"
  | "slack-unreachable"
  | "slack-uncertain"
  | "group-unreadable"
  | "store-busy";

/**
 * The world failed: thrown, never returned. `message` names an operation and a place
 * ("POST /apikeys"), never a body, so that it can be logged whole.
 */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: FaultCode;
  /** With `manager-forbidden`: the right that the call needs, by its path in a role. */
  readonly right: string | undefined;
  /** With `manager-rate-limited`: how many look-ups within a minute one person has had, and for how long that was it. */
  readonly limit: { most: number; seconds: number } | undefined;

  constructor(
    code: FaultCode,
    message: string,
    options: ErrorOptions & Partial<Pick<Fault, "right" | "limit">> = {},
  ) {
    super(message, options);
    this.code = code;
    this.right = options.right;
    this.limit = options.limit;
  }
}
