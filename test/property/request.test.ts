import fc from "fast-check";
import { expect, test } from "vitest";
import { inForce, type Memberships } from "../../src/domain/approval.ts";
import type { Request } from "../../src/domain/request.ts";
import { approve, deny, withdraw } from "../../src/domain/request-decision.ts";
import { fail, fulfil, lapse, lapseUnclaimed } from "../../src/domain/request-end.ts";
import { escalate, remind } from "../../src/domain/request-waiting.ts";
import type { Need, RuleNeeds } from "../../src/domain/rule.ts";
import type { PersonId } from "../../src/domain/values.ts";
import {
  aClaimId,
  ada,
  aKey,
  ben,
  chiara,
  dmitri,
  emi,
  judgedOnNothing,
  NOW,
  pendingRequest,
  person,
} from "../support/domain.ts";
import { groupNames, seated } from "../support/policies.ts";

const everybody = [ada, ben, chiara, dmitri, emi, person("stranger")];
const somebody = fc.constantFrom(...everybody);
const group = fc.constantFrom(...groupNames);
const memberships: fc.Arbitrary<Memberships> = fc
  .tuple(...groupNames.map(() => fc.uniqueArray(somebody)))
  .map((lists) => new Map(groupNames.map((name, i) => [name, new Set<PersonId>(lists[i])])));
const need: fc.Arbitrary<Need> = fc.record(
  {
    group,
    approvals: fc.integer({ min: 1, max: 2 }),
    quiet: fc.uniqueArray(group, { minLength: 1, maxLength: 2 }),
    escalate: fc.record({ after: fc.integer({ min: 1, max: 900 }), to: group }),
  },
  { requiredKeys: ["group", "approvals"] },
);
const demands: fc.Arbitrary<RuleNeeds[]> = fc.array(
  fc.record({ rule: fc.constantFrom("a", "b"), needs: fc.array(need, { minLength: 1, maxLength: 2 }) }),
  { minLength: 1, maxLength: 2 },
);

type Command =
  | { kind: "approve" | "deny" | "withdraw"; by: PersonId }
  | { kind: "lapse" | "lapseUnclaimed" | "fulfil" | "fail" | "edit-role" | "remind" | "escalate" }
  | { kind: "tick"; by: number };
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("approve" as const), by: somebody }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("deny" as const), by: somebody }) },
  fc.record({ kind: fc.constant("withdraw" as const), by: somebody }),
  fc.record({
    kind: fc.constantFrom(
      ...(["lapse", "lapseUnclaimed", "fulfil", "fail", "edit-role", "remind", "escalate"] as const),
    ),
  }),
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("tick" as const), by: fc.integer({ min: 1, max: 400 }) }),
  },
);

test("no sequence of clicks approves a request by fewer, or other, people than the rules ask for, escalated and quiet ones included", () => {
  fc.assert(
    fc.property(
      demands,
      memberships,
      fc.integer({ min: 1, max: 3 }),
      fc.array(command, { maxLength: 25 }),
      (asked, members, denialsToEnd, commands) => {
        let state: Request = pendingRequest({ demands: asked, denialsToEnd, remindAfter: 100 });
        let now = NOW;
        let effectHash = "e";
        const ends: string[] = [];
        for (const each of commands) {
          const before = state;
          const step = run(before, each);
          if (step === undefined) continue;
          if ("refusal" in step) {
            expect(step).not.toHaveProperty("next");
            continue;
          }
          state = step.next;
          expect(step.event.subject).toBe(`request:${state.id}`);
          expect(step.event.at).toBe(now);
          if (state.state !== "pending") ends.push(`${before.state}>${state.state}`);
          const deciders = state.approvals.map((one) => one.by);
          const deniers = state.denials.map((one) => one.by);
          expect([...deciders, ...deniers]).not.toContain(state.asker);
          // Nobody counts twice, on one side or on both.
          expect(new Set([...deciders, ...deniers]).size).toBe(deciders.length + deniers.length);
          if (before.state === "pending" && state.state === "approved") {
            expect(asked.filter((one) => !seated(one.needs, deciders, members, now - NOW))).toEqual([]);
            expect(effectHash).toBe(state.effectHash);
            expect(now).toBeLessThan(NOW + 1000);
            expect(deniers.length).toBeLessThan(denialsToEnd);
          }
          if (state.state === "denied") expect(deniers).toHaveLength(denialsToEnd);
          if (each.kind === "deny") {
            expect([...members.values()].some((people) => people.has(each.by))).toBe(true);
          }
        }
        // One way out of pending, at most one out of approved, none out of an end.
        expect(ends.filter((one) => one.startsWith("pending"))).toHaveLength(Math.min(1, ends.length));
        expect(ends.length).toBeLessThanOrEqual(2);

        function run(before: Request, each: Command) {
          const decision = { at: now, demands: inForce(asked, now - NOW), members, denialsToEnd };
          switch (each.kind) {
            case "approve":
              return approve(before, {
                ...decision,
                by: each.by,
                judged: judgedOnNothing,
                effectHash,
                claim: aClaimId(),
              });
            case "deny":
              return deny(before, { ...decision, by: each.by, because: "no" });
            case "withdraw":
              return withdraw(before, each.by, now);
            case "lapse":
              return lapse(before, now);
            case "lapseUnclaimed":
              return lapseUnclaimed(before, now);
            case "fulfil":
              return fulfil(before, aKey(), now);
            case "fail":
              return fail(before, "role-gone", now);
            case "remind":
              return remind(before, now);
            case "escalate":
              return escalate(before, now);
            case "edit-role":
              effectHash += "'";
              return undefined;
            case "tick":
              now += each.by;
              return undefined;
          }
        }
      },
    ),
    { numRuns: 3000 },
  );
});
