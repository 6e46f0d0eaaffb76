import { describe, expect, test } from "vitest";
import type { Pending } from "../../../src/domain/request.ts";
import { withdraw } from "../../../src/domain/request-decision.ts";
import { requestDueAt } from "../../../src/domain/request-end.ts";
import { escalate, remind, stick, unstick, waitsUntil } from "../../../src/domain/request-waiting.ts";
import type { RuleNeeds } from "../../../src/domain/rule.ts";
import { DAY, HOUR } from "../../../src/domain/values.ts";
import { ada, NOW, pendingRequest } from "../../support/domain.ts";

const next = <T>(step: { next: T } | { refusal: unknown }): T => {
  if ("refusal" in step) throw new Error(JSON.stringify(step.refusal));
  return step.next;
};
const wrongState = { refusal: { reason: "wrong-state", state: "pending", at: NOW } };
const withdrawn = next(withdraw(pendingRequest(), ada, NOW));
const lapsesAt = NOW + 30 * DAY;

describe("a reminder", () => {
  const waiting = pendingRequest({ remindAfter: 4 * HOUR, lapsesAt });

  test("is due after as long as the rules say, and not before", () => {
    expect(waitsUntil(waiting)).toBe(NOW + 4 * HOUR);
    expect(remind(waiting, NOW + 4 * HOUR - 1)).toEqual(wrongState);
    expect(remind(waiting, NOW + 4 * HOUR)).toMatchObject({
      next: { reminders: { first: 4 * HOUR, sent: 1 } },
      event: { actor: "portcullis", event: "request.reminded", evidence: { sent: 1 } },
    });
  });

  test("comes again after twice as long each time, once a day at most", () => {
    let state = waiting;
    const pauses: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      const at = state.reminders?.next ?? Number.NaN;
      state = next(remind(state, at));
      pauses.push(((state.reminders?.next ?? Number.NaN) - at) / HOUR);
    }
    expect(pauses).toEqual([8, 16, 24, 24, 24, 24]);
  });

  test("that is to come after more than a day keeps to that pause", () => {
    const slow = next(remind(pendingRequest({ remindAfter: 3 * DAY, lapsesAt }), NOW + 3 * DAY));
    expect(slow.reminders?.next).toBe(NOW + 6 * DAY);
  });

  test("that an outage delayed is sent once, and the next is reckoned from then", () => {
    const late = next(remind(waiting, NOW + 20 * HOUR));
    expect(late.reminders).toEqual({ first: 4 * HOUR, sent: 1, next: NOW + 28 * HOUR });
    expect(remind(late, NOW + 20 * HOUR)).toEqual(wrongState);
  });

  test("is not sent where no rule wants it, nor of what is decided", () => {
    expect(remind(pendingRequest(), NOW + 30 * DAY)).toEqual(wrongState);
    expect(remind(withdrawn, NOW + 30 * DAY)).toMatchObject({ refusal: { state: "withdrawn" } });
  });
});

describe("an escalation", () => {
  const seat = (group: string, after: number, to: string) => ({
    group,
    approvals: 1,
    escalate: { after, to },
  });
  const demands: RuleNeeds[] = [
    { rule: "a", needs: [seat("security", HOUR, "night-desk"), { group: "platform", approvals: 1 }] },
    { rule: "b", needs: [seat("platform", HOUR, "night-desk"), seat("security", 2 * HOUR, "leads")] },
  ];
  const waiting = pendingRequest({ demands, lapsesAt });

  test("calls each group once, when its time has come", () => {
    expect(waitsUntil(waiting)).toBe(NOW + HOUR);
    expect(escalate(waiting, NOW + HOUR - 1)).toEqual(wrongState);
    const first = escalate(waiting, NOW + HOUR);
    expect(first).toMatchObject({
      next: { escalated: ["night-desk"] },
      event: { actor: "portcullis", event: "request.escalated", evidence: { to: ["night-desk"] } },
    });
    expect(escalate(next(first), NOW + HOUR)).toEqual(wrongState);
    expect(waitsUntil(next(first))).toBe(NOW + 2 * HOUR);
    const second = next(escalate(next(first), NOW + 2 * HOUR));
    expect(second.escalated).toEqual(["night-desk", "leads"]);
    expect(waitsUntil(second)).toBe(lapsesAt);
  });

  test("after an outage calls everybody whose time has come, together", () => {
    expect(next(escalate(waiting, NOW + DAY)).escalated).toEqual(["night-desk", "leads"]);
  });

  test("does not happen to what is decided", () => {
    expect(escalate(withdrawn, NOW + DAY)).toMatchObject({ refusal: { state: "withdrawn" } });
  });
});

describe("a request that nobody can decide any more", () => {
  const where = { rule: "rule", group: "security" };
  const stuck = next(stick(pendingRequest(), where, NOW + 5));

  test("is known once, with the seat that nobody fills", () => {
    expect(stick(pendingRequest(), where, NOW + 5)).toMatchObject({
      next: { state: "pending", stuck: { since: NOW + 5, ...where } },
      event: { event: "request.stuck", evidence: where },
    });
    expect(stick(stuck, where, NOW + 6)).toEqual(wrongState);
    expect(stick(withdrawn, where, NOW + 6)).toMatchObject({ refusal: { state: "withdrawn" } });
  });

  test("is as before when somebody can again, and may come to it anew", () => {
    const step = unstick(stuck, NOW + 9);
    expect(step).toMatchObject({ event: { event: "request.unstuck", evidence: { since: NOW + 5 } } });
    expect(next(step)).toEqual(pendingRequest());
    expect(unstick(next(step), NOW + 9)).toEqual(wrongState);
    expect(unstick(withdrawn, NOW + 9)).toMatchObject({ refusal: { state: "withdrawn" } });
    expect(stick(next(step), where, NOW + 10)).toHaveProperty("next.stuck.since", NOW + 10);
  });
});

test("of everything that may become due of a request, the next comes first", () => {
  const due = (change: Parameters<typeof pendingRequest>[0]) => requestDueAt(pendingRequest(change)) ?? 0;
  const demands: RuleNeeds[] = [
    { rule: "a", needs: [{ group: "security", approvals: 1, escalate: { after: 50, to: "leads" } }] },
  ];
  expect(due({})).toBe(NOW + 1000);
  expect(due({ remindAfter: 100 })).toBe(NOW + 100);
  expect(due({ remindAfter: 100, demands })).toBe(NOW + 50);
  expect(due({ remindAfter: 100, demands, nameUnchecked: true })).toBe(NOW);
  const satisfied: Pending = pendingRequest({ lapsesAt: NOW + 10, remindAfter: 100, demands });
  expect(waitsUntil(satisfied)).toBe(NOW + 10);
});
