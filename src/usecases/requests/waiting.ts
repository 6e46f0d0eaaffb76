import { newCard } from "../../domain/card.ts";
import type { Pending, Request, Step } from "../../domain/request.ts";
import { fail, lapse, nameChecked } from "../../domain/request-end.ts";
import { escalate, remind, stick, unstick } from "../../domain/request-waiting.ts";
import { MINUTE, type PersonId, type RequestId } from "../../domain/values.ts";
import { beneficiary, titleOf } from "../../domain/wants.ts";
import { applyApproved } from "./apply.ts";
import { changeKnown } from "../change.ts";
import { demandsShown } from "./demands.ts";
import { unreachable } from "../people.ts";
import type { Context } from "../ports.ts";
import type { Change, Versioned } from "../store-port.ts";

/** How often it is looked whether somebody could still decide, besides at once when Slack tells of a change. */
const REACH = 5 * MINUTE;
/** Pending requests that are looked at, the oldest first. */
const LOOKED_AT = 500;

/** What is due of a request: what is approved is carried out; what waits lapses, calls others, or reminds. */
export async function settleRequest(context: Context, id: RequestId): Promise<void> {
  await applyApproved(context, id);
  await onRequest(context, id, (before) => nextStep(context, before));
}

async function nextStep(context: Context, request: Request): Promise<Step<Request>> {
  const at = context.clock();
  const lapsed = lapse(request, at);
  if ("next" in lapsed || request.state !== "pending") return lapsed;
  const called = escalate(request, at);
  if ("next" in called) return called;
  if (!request.nameUnchecked) return remind(request, at);
  const taken = await context.manager.keyNamed(titleOf(request.wants));
  return taken === undefined ? nameChecked(request, at) : fail(request, "name-taken", at);
}

/** Looks whether each pending request could still be decided by somebody, and says so where it cannot. Throws Slack's faults. */
export async function checkReach(context: Context): Promise<void> {
  const now = context.clock();
  if (!(await context.store.takeTurn("reach", now, now + REACH))) return;
  for (const { value } of await context.store.pendingRequests(LOOKED_AT)) {
    await onRequest(context, value.id, async (request) => {
      const parties = request.state === "pending" ? outOf(request) : [];
      const short = await unreachable(context, demandsShown(context, request), parties, REACH);
      const at = context.clock();
      return short === undefined ? unstick(request, at) : stick(request, where(short), at);
    });
  }
}

function where({ rule, group }: { rule: string; group: string }): { rule: string; group: string } {
  return { rule, group };
}

/** Whose approval will never count. */
function outOf({ asker, wants, denials }: Pending): PersonId[] {
  return [asker, beneficiary(wants, asker), ...denials.map(({ by }) => by)];
}

async function onRequest(
  context: Context,
  id: RequestId,
  step: (request: Request) => Promise<Step<Request>>,
): Promise<void> {
  await changeKnown<undefined>(context, async () => {
    const before = await context.store.request(id);
    if (before === undefined) return { refusal: { reason: "not-found", what: "request" } };
    const taken = await step(before.value);
    if ("refusal" in taken) return taken;
    const { next, event } = taken;
    const changes = [...ending(before, next, event.at), ...messages(context, before.value, next, event.at)];
    return { commit: { changes, events: [event] }, result: undefined };
  });
}

/** A request's end, and the word to its asker where nobody's click brought it. */
export function ending(before: Versioned<Request>, next: Request, at: number, person = next.asker): Change[] {
  const told = next.state === "lapsed" || next.state === "failed";
  const card = newCard(next.id, "outcome", { person }, at);
  return [{ row: "request", before, next }, ...(told ? [{ row: "card" as const, next: card }] : [])];
}

/** What waiting longer says to people: each its own message, since a message that is redrawn calls nobody. */
function messages(context: Context, before: Request, next: Request, at: number): Change[] {
  if (before.state !== "pending" || next.state !== "pending") return [];
  const { id, asker, stuck, escalated, reminders } = next;
  const channel = { channel: context.policy().policy.channels.approvals };
  const cards = [];
  if (stuck !== undefined && before.stuck === undefined) {
    cards.push(newCard(id, "stuck", channel, at, { which: String(at) }));
    cards.push(newCard(id, "stuck", { person: asker }, at, { which: `${at}/asker` }));
  }
  if (escalated.length > before.escalated.length)
    cards.push(newCard(id, "escalation", channel, at, { which: String(escalated.length) }));
  if (reminders !== undefined && reminders.sent > (before.reminders?.sent ?? 0))
    cards.push(newCard(id, "reminder", channel, at, { which: String(reminders.sent) }));
  return cards.map((card) => ({ row: "card", next: card }));
}
