import { type Claim, claimEvent, kept, wrongState } from "./claim.ts";
import type { Failure, Step } from "./request.ts";
import type { Actor, AttemptId, Instant, KeyId } from "./values.ts";

/** A stray attempt's key was found and removed, or its time is over: it is no longer looked for. */
export function dropStray(claim: Claim, mine: AttemptId, at: Instant, removed?: KeyId): Step<Claim> {
  if (!claim.strays.some((each) => each.attempt === mine)) return wrongState(claim);
  const next = { ...claim, strays: claim.strays.filter((each) => each.attempt !== mine) };
  const evidence = removed === undefined ? { attempt: mine } : { attempt: mine, key: removed };
  return { next, event: claimEvent(next, "portcullis", at, "claim.stray-dropped", evidence) };
}

/** The window has passed, or the key's own date has. */
export function lapseClaim(claim: Claim, at: Instant): Step<Claim> {
  if (claim.state !== "open" || at < claim.lapsesAt) return wrongState(claim);
  const next: Claim = { ...kept(claim), state: "lapsed", at };
  return { next, event: claimEvent(next, "portcullis", at, "claim.lapsed", {}) };
}

/**
 * What was approved can no longer be made; only where no key of this claim exists. After delivery
 * the one way to fail is that somebody deleted the key in the manager before it became active.
 */
export function failClaim(claim: Claim, because: Failure, at: Instant): Step<Claim> {
  const keyGone = claim.state === "delivered" && claim.activeSince === undefined && because === "key-gone";
  if (claim.state !== "open" && claim.state !== "minting" && !keyGone) return wrongState(claim);
  const next: Claim = { ...kept(claim), state: "failed", at, because };
  return { next, event: claimEvent(next, "portcullis", at, "claim.failed", { because }) };
}

/** The manager has confirmed that the delivered key is active. */
export function activated(claim: Claim, at: Instant): Step<Claim> {
  if (claim.state !== "delivered" || claim.activeSince !== undefined) return wrongState(claim);
  const next: Claim = { ...claim, activeSince: at };
  return { next, event: claimEvent(next, "portcullis", at, "key.activated", { key: claim.key }) };
}

/** Whether a secret may still come of it. */
export function isUnderWay(claim: Claim): boolean {
  switch (claim.state) {
    case "open":
    case "minting":
    case "showing":
    case "undoing":
      return true;
    case "delivered":
    case "lapsed":
    case "voided":
    case "failed":
      return false;
  }
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
    case "voided":
    case "failed":
      return undefined;
  }
}

/** The key changed hands: what was opened for the former owner is void. */
export function voidClaim(claim: Claim, by: Actor, at: Instant): Step<Claim> {
  if (claim.state !== "open") return wrongState(claim);
  const next: Claim = { ...kept(claim), state: "voided", at };
  return { next, event: claimEvent(next, by, at, "claim.voided", {}) };
}
