import { z } from "zod";
import type { AuditEvent, EventName, Evidence } from "./audit.ts";
import type { Lockout } from "./lockout.ts";
import type { Refusal } from "./refusal.ts";
import { failure, type Step } from "./request.ts";
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

/** What the claim lets out: the secret of a key to be made, or a new secret for a key that there is. */
const purpose = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("new-key") }),
  z.object({ kind: z.literal("rotation"), key: keyId }),
]);

const base = {
  id: claimId,
  /** Claims of before there were rotations do not say: theirs is a new key. */
  purpose: purpose.default({ kind: "new-key" }),
  request: requestId,
  owner: personId,
  openedAt: instant,
  lapsesAt: instant,
  strays: z.array(stray),
  /** A rotation's attempt was undone after its new secret may have been made: the old one is dead. */
  oldSecretDead: z.literal(true).optional(),
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
const voided = z.object({ ...base, state: z.literal("voided"), at: instant });
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
  voided,
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
    event: claimEvent(next, "portcullis", opened.openedAt, "claim.opened", { request: opened.request }),
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
  // Written so that an age that is no number is stale.
  if (!(age <= FRESH_CLICK))
    return { refusal: { reason: "stale-click", ageSeconds: Math.round(age / SECOND) } };
  if (click.heldBy !== undefined)
    return { refusal: { reason: "locked-out", incident: click.heldBy.incident } };
  const started = { id: click.attempt, startedAt: click.at, deadline: click.at + ATTEMPT_LIMIT };
  const next = { ...kept(claim), state: "minting" as const, attempt: started };
  return { next, event: claimEvent(next, click.by, click.at, "claim.minting", { attempt: click.attempt }) };
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
  return { next, event: claimEvent(next, claim.owner, at, "claim.showing", { attempt: mine, key }) };
}

/** Slack accepted the one message that carries the secret. */
export function deliver(
  claim: Claim,
  { attempt: mine, at }: Attempt,
): Step<Extract<Claim, { state: "delivered" }>> {
  if (claim.state !== "showing" || claim.attempt.id !== mine) return wrongState(claim);
  // A key that is rotated was as active as its holds let it be, and stays so.
  const active = claim.purpose.kind === "rotation" ? { activeSince: at } : {};
  const next = { ...kept(claim), state: "delivered" as const, key: claim.key, at, ...active };
  return {
    next,
    event: claimEvent(next, claim.owner, at, "claim.delivered", { attempt: mine, key: claim.key }),
  };
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
  return { next, event: claimEvent(next, "portcullis", at, "claim.given-up", { attempt: mine, because }) };
}

/** Nothing of the attempt is left in the manager, as far as can be known: the claim may be tried again. */
export function reopen(claim: Claim, { attempt: mine, at }: Attempt): Step<Claim> {
  if (claim.state !== "undoing" || claim.attempt.id !== mine) return wrongState(claim);
  const mayLandLate = claim.purpose.kind === "new-key" && claim.key === undefined;
  const late = mayLandLate ? [{ attempt: claim.attempt.id, until: at + STRAY_LIMIT }] : [];
  const next: Claim = {
    ...kept(claim),
    state: "open",
    strays: [...claim.strays, ...late],
    undone: { at, because: claim.because },
    ...(claim.purpose.kind === "rotation" ? { oldSecretDead: true } : {}),
  };
  return { next, event: claimEvent(next, "portcullis", at, "claim.reopened", { attempt: claim.attempt.id }) };
}

/** The refusal that meets a click on a claim that is not where it would have to be. */
export function wrongState(claim: Claim): { refusal: Refusal } {
  const at = "at" in claim ? claim.at : "attempt" in claim ? claim.attempt.startedAt : claim.openedAt;
  return { refusal: { reason: "wrong-state", state: claim.state, at } };
}

/** What every state keeps; what only the old state had is left behind. */
export function kept(claim: Claim): z.infer<typeof kernel> {
  return kernel.parse(claim);
}

/** An event of a claim. */
export function claimEvent(
  next: Claim,
  by: Actor,
  at: Instant,
  name: EventName,
  evidence: Evidence,
): AuditEvent {
  return { at, actor: by, subject: `claim:${next.id}`, event: name, evidence };
}
