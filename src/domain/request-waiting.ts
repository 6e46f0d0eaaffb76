import { type Pending, type Request, requestEvent, type Step, wrongState } from "./request.ts";
import { DAY, type Instant } from "./values.ts";

/**
 * Nobody has decided for so long: the approvers are reminded, and again after twice the time, once
 * a day at most; nobody is while it cannot be decided.
 */
export function remind(request: Request, at: Instant): Step<Pending> {
  const { reminders } = request.state === "pending" ? request : {};
  if (request.state !== "pending" || request.stuck || reminders === undefined || at < reminders.next) {
    return wrongState(request);
  }
  const { first } = reminders;
  const sent = reminders.sent + 1;
  // Reckoned from now, so that an outage is not followed by a burst.
  const next: Pending = {
    ...request,
    reminders: { first, sent, next: at + Math.min(first * 2 ** sent, Math.max(first, DAY)) },
  };
  return { next, event: requestEvent(next, "portcullis", at, "request.reminded", { sent }) };
}

/** Other groups are called, since nobody has decided for as long as the rules of its making say. */
export function escalate(request: Request, at: Instant): Step<Pending> {
  if (request.state !== "pending") return wrongState(request);
  const to = [...new Set(waitingFor(request).flatMap(({ group, from }) => (from <= at ? [group] : [])))];
  if (to.length === 0) return wrongState(request);
  const next: Pending = { ...request, escalated: [...request.escalated, ...to] };
  return { next, event: requestEvent(next, "portcullis", at, "request.escalated", { to }) };
}

/** Nobody is left who could fill a seat: known once, until somebody can again. */
export function stick(request: Request, where: { rule: string; group: string }, at: Instant): Step<Pending> {
  if (request.state !== "pending" || request.stuck !== undefined) return wrongState(request);
  const next: Pending = { ...request, stuck: { since: at, ...where } };
  return { next, event: requestEvent(next, "portcullis", at, "request.stuck", where) };
}

/** Somebody could decide again. */
export function unstick(request: Request, at: Instant): Step<Pending> {
  if (request.state !== "pending" || request.stuck === undefined) return wrongState(request);
  const { stuck, ...next } = request;
  return { next, event: requestEvent(next, "portcullis", at, "request.unstuck", { since: stuck.since }) };
}

/** When something becomes due of a request that waits: its name's check, a reminder, an escalation, its end. */
export function waitsUntil(request: Pending): Instant {
  return Math.min(
    request.lapsesAt,
    ...(request.nameUnchecked ? [request.askedAt] : []),
    ...(request.reminders === undefined || request.stuck ? [] : [request.reminders.next]),
    ...waitingFor(request).map(({ from }) => from),
  );
}

/** The groups that have not been called yet, and when they are. */
function waitingFor({ demands, escalated, askedAt }: Pending): { group: string; from: Instant }[] {
  return demands
    .flatMap(({ needs }) => needs)
    .flatMap(({ escalate }) =>
      escalate === undefined || escalated.includes(escalate.to)
        ? []
        : [{ group: escalate.to, from: askedAt + escalate.after }],
    );
}
