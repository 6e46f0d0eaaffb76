import {
  type Failure,
  isLiving,
  kept,
  type Request,
  requestEvent,
  type Step,
  wrongState,
} from "./request.ts";
import { waitsUntil } from "./request-waiting.ts";
import type { Instant, KeyId } from "./values.ts";

/** Nobody decided in time. */
export function lapse(request: Request, at: Instant): Step<Request> {
  if (request.state !== "pending" || at < request.lapsesAt) return wrongState(request);
  const next = { ...kept(request), state: "lapsed" as const, at, was: "pending" as const };
  return { next, event: requestEvent(next, "portcullis", at, "request.lapsed", { was: "pending" }) };
}

/** The claim of an approved request was not used in time, or its date has passed. */
export function lapseUnclaimed(request: Request, at: Instant): Step<Request> {
  if (request.state !== "approved") return wrongState(request);
  const next = { ...kept(request), state: "lapsed" as const, at, was: "approved" as const };
  return { next, event: requestEvent(next, "portcullis", at, "request.lapsed", { was: "approved" }) };
}

/** The name was free when the manager could at last be asked. */
export function nameChecked(request: Request, at: Instant): Step<Request> {
  if (request.state !== "pending" || !request.nameUnchecked) return wrongState(request);
  const next = { ...request, nameUnchecked: false };
  return { next, event: requestEvent(next, "portcullis", at, "request.checked", {}) };
}

/** The key exists and its secret has been delivered. */
export function fulfil(request: Request, key: KeyId, at: Instant): Step<Request> {
  if (request.state !== "approved") return wrongState(request);
  const next = { ...kept(request), state: "fulfilled" as const, at, key };
  return { next, event: requestEvent(next, request.asker, at, "request.fulfilled", { key }) };
}

/** An approved change stands in the manager now. */
export function apply(request: Request, at: Instant): Step<Request> {
  if (request.state !== "approved" || request.claim !== undefined) return wrongState(request);
  const next = { ...kept(request), state: "applied" as const, at };
  return { next, event: requestEvent(next, "portcullis", at, "request.applied", {}) };
}

/**
 * What was asked for can no longer be done. A fulfilled request fails in one way: its key was
 * deleted in the manager before it became active.
 */
export function fail(request: Request, because: Failure, at: Instant): Step<Request> {
  const undone = request.state === "fulfilled" && because === "key-gone";
  if (!isLiving(request) && !undone) return wrongState(request);
  const next = { ...kept(request), state: "failed" as const, at, because };
  return { next, event: requestEvent(next, "portcullis", at, "request.failed", { because }) };
}

/** When the sweep must next look at a request; `undefined`: never again. */
export function requestDueAt(request: Request): Instant | undefined {
  // An approved change is carried out at once; what fails for now is tried again.
  if (request.state === "approved" && request.claim === undefined) return request.at;
  if (request.state !== "pending") return undefined;
  return waitsUntil(request);
}
