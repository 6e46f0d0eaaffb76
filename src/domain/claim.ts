import { z } from "zod";
import type { AuditEvent, EventName, Evidence } from "./audit.ts";
import type { Lockout } from "./lockout.ts";
import type { Refusal } from "./refusal.ts";
import { failure, type Failure, type Step } from "./request.ts";
import {
  type Actor,
  attemptId,
  type AttemptId,
  claimId,
  instant,
  type Instant,
  keyId,
  type KeyId,
} from "./values.ts";
import { MINUTE, personId, type PersonId, requestId, SECOND } from "./values.ts";

/** A click proves presence for this long; an older one is answered with a fresh button. */
export const FRESH_CLICK = 10 * SECOND;
/** How long one attempt may take, from the click to Slack's answer; then it is given up. */
export const ATTEMPT_LIMIT = 30 * SECOND;
/** How long after an attempt was given up a create of its may still land: the manager's time limit and a minute. */
export const STRAY_LIMIT = ATTEMPT_LIMIT + MINUTE;

/** Why an attempt was undone: what the asker is told. */
export const undoing = z.enum(["manager", "slack-refused", "slack-uncertain", "timed-out", "locked-out"]);
export type Undoing = z.infer<typeof undoing>;

const attempt = z.object({ id: attemptId, startedAt: instant, deadline: instant });
/** An attempt that never learnt its key's ID: looked for by its marker until `until`. */
const stray = z.object({ attempt: attemptId, until: instant });

const base = {
  id: claimId,
  request: requestId,
  owner: personId,
  openedAt: instant,
  lapsesAt: instant,
  strays: z.array(stray),
};
const kernel = z.object(base);

const open = z.object({
  ...base,
  state: z.literal("open"),
  /** The last attempt that was undone, for the words on the card. */
  undone: z.object({ at: instant, because: undoing }).optional(),
});
const minting = z.object({ ...base, state: z.literal("minting"), attempt });
const showing = z.object({ ...base, state: z.literal("showing"), attempt, key: keyId });
const givenUp = z.object({
  ...base,
  state: z.literal("undoing"),
  attempt,
  key: keyId.optional(),
  because: undoing,
});
const delivered = z.object({
  ...base,
  state: z.literal("delivered"),
  key: keyId,
  at: instant,
  /** When the manager confirmed that the key is active; absent while that is still due. */
  activeSince: instant.optional(),
});
const lapsed = z.object({ ...base, state: z.literal("lapsed"), at: instant });
const failed = z.object({ ...base, state: z.literal("failed"), at: instant, because: failure });

/**
 * The one chance to see one secret. `undoing` stands between an attempt that is given up and
 * `open`: it is committed before the key is removed, so that whoever ran the attempt can no
 * longer deliver a secret whose key is going away.
 */
export const claim = z.discriminatedUnion("state", [
  open,
  minting,
  showing,
  givenUp,
  delivered,
  lapsed,
  failed,
]);
export type Claim = z.infer<typeof claim>;

/** An approval opens the claim; no secret exists yet, and no key. */
export function openClaim(opened: Omit<z.infer<typeof kernel>, "strays">): {
  next: Claim;
  event: AuditEvent;
} {
  const next: Claim = { ...opened, state: "open", strays: [] };
  return {
    next,
    event: event(next, "portcullis", opened.openedAt, "claim.opened", { request: opened.request }),
  };
}

/** What is known, freshly, at the click. */
export type Click = {
  by: PersonId;
  /** When Slack says the button was pressed. */
  clickedAt: Instant;
  at: Instant;
  attempt: AttemptId;
  /** A lockout that holds what this claim would make. */
  heldBy: Lockout | undefined;
};

/** A fresh click of the owner starts an attempt; exactly one wins, by the version of the row. */
export function startMinting(claim: Claim, click: Click): Step<Extract<Claim, { state: "minting" }>> {
  if (claim.owner !== click.by) return { refusal: { reason: "not-yours", what: "claim" } };
  if (claim.state === "delivered") return { refusal: { reason: "shown-already", at: claim.at } };
  if (claim.state !== "open") return wrongState(claim);
  if (click.at >= claim.lapsesAt) {
    return { refusal: { reason: "wrong-state", state: "lapsed", at: claim.lapsesAt } };
  }
  const age = Math.abs(click.at - click.clickedAt);
  if (age > FRESH_CLICK) return { refusal: { reason: "stale-click", ageSeconds: Math.round(age / SECOND) } };
  if (click.heldBy !== undefined)
    return { refusal: { reason: "locked-out", incident: click.heldBy.incident } };
  const started = { id: click.attempt, startedAt: click.at, deadline: click.at + ATTEMPT_LIMIT };
  const next = { ...kept(claim), state: "minting" as const, attempt: started };
  return { next, event: event(next, click.by, click.at, "claim.minting", { attempt: click.attempt }) };
}

/** What an attempt knows of itself when it comes back from the manager. */
export type Attempt = { attempt: AttemptId; at: Instant };

/** The key exists, inactive; nothing is sent unless this commit, which reads the gate again, succeeds. */
export function startShowing(
  claim: Claim,
  { attempt: mine, at, key, heldBy }: Attempt & { key: KeyId; heldBy: Lockout | undefined },
): Step<Extract<Claim, { state: "showing" }>> {
  if (claim.state !== "minting" || claim.attempt.id !== mine || at >= claim.attempt.deadline) {
    return wrongState(claim);
  }
  if (heldBy !== undefined) return { refusal: { reason: "locked-out", incident: heldBy.incident } };
  const next = { ...kept(claim), state: "showing" as const, attempt: claim.attempt, key };
  return { next, event: event(next, claim.owner, at, "claim.showing", { attempt: mine, key }) };
}

/** Slack accepted the one message that carries the secret. */
export function deliver(
  claim: Claim,
  { attempt: mine, at }: Attempt,
): Step<Extract<Claim, { state: "delivered" }>> {
  if (claim.state !== "showing" || claim.attempt.id !== mine) return wrongState(claim);
  const next = { ...kept(claim), state: "delivered" as const, key: claim.key, at };
  return { next, event: event(next, claim.owner, at, "claim.delivered", { attempt: mine, key: claim.key }) };
}

/** The attempt is void from here on, whoever still runs it; its key is removed next. */
export function giveUp(
  claim: Claim,
  { attempt: mine, at, because, key }: Attempt & { because: Undoing; key?: KeyId },
): Step<Claim> {
  if ((claim.state !== "minting" && claim.state !== "showing") || claim.attempt.id !== mine)
    return wrongState(claim);
  const known = claim.state === "showing" ? claim.key : key;
  const next: Claim = {
    ...kept(claim),
    state: "undoing",
    attempt: claim.attempt,
    because,
    ...(known === undefined ? {} : { key: known }),
  };
  return { next, event: event(next, "portcullis", at, "claim.given-up", { attempt: mine, because }) };
}

/** Nothing of the attempt is left in the manager, as far as can be known: the claim may be tried again. */
export function reopen(claim: Claim, at: Instant): Step<Claim> {
  if (claim.state !== "undoing") return wrongState(claim);
  const late = claim.key === undefined ? [{ attempt: claim.attempt.id, until: at + STRAY_LIMIT }] : [];
  const next: Claim = {
    ...kept(claim),
    state: "open",
    strays: [...claim.strays, ...late],
    undone: { at, because: claim.because },
  };
  return { next, event: event(next, "portcullis", at, "claim.reopened", { attempt: claim.attempt.id }) };
}

/** A stray attempt's key was found and removed, or its time is over: it is no longer looked for. */
export function dropStray(claim: Claim, mine: AttemptId, at: Instant, removed?: KeyId): Step<Claim> {
  if (!claim.strays.some((each) => each.attempt === mine)) return wrongState(claim);
  const next = { ...claim, strays: claim.strays.filter((each) => each.attempt !== mine) };
  const evidence = removed === undefined ? { attempt: mine } : { attempt: mine, key: removed };
  return { next, event: event(next, "portcullis", at, "claim.stray-dropped", evidence) };
}

/** The window has passed, or the key's own date has. */
export function lapseClaim(claim: Claim, at: Instant): Step<Claim> {
  if (claim.state !== "open" || at < claim.lapsesAt) return wrongState(claim);
  const next: Claim = { ...kept(claim), state: "lapsed", at };
  return { next, event: event(next, "portcullis", at, "claim.lapsed", {}) };
}

/**
 * What was approved can no longer be made; only where no key of this claim exists. After delivery
 * the one way to fail is that somebody deleted the key in the manager before it became active.
 */
export function failClaim(claim: Claim, because: Failure, at: Instant): Step<Claim> {
  const keyGone = claim.state === "delivered" && claim.activeSince === undefined && because === "key-gone";
  if (claim.state !== "open" && claim.state !== "minting" && !keyGone) return wrongState(claim);
  const next: Claim = { ...kept(claim), state: "failed", at, because };
  return { next, event: event(next, "portcullis", at, "claim.failed", { because }) };
}

/** The manager has confirmed that the delivered key is active. */
export function activated(claim: Claim, at: Instant): Step<Claim> {
  if (claim.state !== "delivered" || claim.activeSince !== undefined) return wrongState(claim);
  const next: Claim = { ...claim, activeSince: at };
  return { next, event: event(next, "portcullis", at, "key.activated", { key: claim.key }) };
}

/** When the sweep must next look at a claim; `undefined`: never again. */
export function claimDueAt(claim: Claim): Instant | undefined {
  const due = [ownDueAt(claim), ...claim.strays.map((each) => each.until)].filter((at) => at !== undefined);
  return due.length === 0 ? undefined : Math.min(...due);
}

function ownDueAt(claim: Claim): Instant | undefined {
  switch (claim.state) {
    case "open":
      return claim.lapsesAt;
    case "minting":
    case "showing":
      return claim.attempt.deadline;
    case "undoing":
      return 0;
    case "delivered":
      return claim.activeSince === undefined ? 0 : undefined;
    case "lapsed":
    case "failed":
      return undefined;
  }
}

function wrongState(claim: Claim): { refusal: Refusal } {
  const at = "at" in claim ? claim.at : "attempt" in claim ? claim.attempt.startedAt : claim.openedAt;
  return { refusal: { reason: "wrong-state", state: claim.state, at } };
}

function kept(claim: Claim): z.infer<typeof kernel> {
  return kernel.parse(claim);
}

function event(next: Claim, by: Actor, at: Instant, name: EventName, evidence: Evidence): AuditEvent {
  return { at, actor: by, subject: `claim:${next.id}`, event: name, evidence };
}
