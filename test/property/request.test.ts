import fc from "fast-check";
import { expect, test } from "vitest";
import { type Memberships, satisfied } from "../../src/domain/approval.ts";
import { judge, policy, type RuleNeeds } from "../../src/domain/policy.ts";
import { approve, deny, type Request, withdraw } from "../../src/domain/request.ts";
import { fail, fulfil, lapse, lapseUnclaimed } from "../../src/domain/request-end.ts";
import type { PersonId } from "../../src/domain/values.ts";
import {
  aClaimId,
  ada,
  aKey,
  ben,
  chiara,
  dmitri,
  emi,
  NOW,
  pendingRequest,
  person,
  policyFile,
} from "../support/domain.ts";

const everybody = [ada, ben, chiara, dmitri, emi, person("stranger")];
const somebody = fc.constantFrom(...everybody);
const groupNames = ["security", "platform"] as const;
const memberships: fc.Arbitrary<Memberships> = fc
  .tuple(fc.uniqueArray(somebody), fc.uniqueArray(somebody))
  .map(
    ([security, platform]) =>
      new Map<string, ReadonlySet<PersonId>>([
        ["security", new Set(security)],
        ["platform", new Set(platform)],
      ]),
  );
const demands: fc.Arbitrary<RuleNeeds[]> = fc.array(
  fc.record({
    rule: fc.constantFrom("a", "b"),
    needs: fc.array(
      fc.record({ group: fc.constantFrom(...groupNames), approvals: fc.integer({ min: 1, max: 2 }) }),
      { minLength: 1, maxLength: 2 },
    ),
  }),
  { minLength: 1, maxLength: 2 },
);

type Command =
  | { kind: "approve" | "deny" | "withdraw"; by: PersonId }
  | { kind: "lapse" | "lapseUnclaimed" | "fulfil" | "fail" | "edit-role" }
  | { kind: "tick"; by: number };
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("approve" as const), by: somebody }) },
  fc.record({ kind: fc.constantFrom("deny" as const, "withdraw" as const), by: somebody }),
  fc.record({
    kind: fc.constantFrom(
      "lapse" as const,
      "lapseUnclaimed" as const,
      "fulfil" as const,
      "fail" as const,
      "edit-role" as const,
    ),
  }),
  fc.record({ kind: fc.constant("tick" as const), by: fc.integer({ min: 1, max: 700 }) }),
);

test("no sequence of clicks approves a request by fewer, or other, people than the rules ask for", () => {
  fc.assert(
    fc.property(demands, memberships, fc.array(command, { maxLength: 25 }), (asked, members, commands) => {
      let state: Request = pendingRequest({ demands: asked });
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
        expect(deciders).not.toContain(state.asker);
        expect(new Set(deciders).size).toBe(deciders.length);
        if (before.state === "pending" && state.state === "approved") {
          expect(satisfied(asked, deciders, members)).toBe(true);
          expect(effectHash).toBe(state.effectHash);
          expect(now).toBeLessThan(NOW + 1000);
        }
        if (before.state === "pending" && state.state === "denied") {
          expect([...members.values()].some((group) => group.has((state as { by: PersonId }).by))).toBe(true);
        }
      }
      // One way out of pending, at most one out of approved, none out of an end.
      expect(ends.filter((one) => one.startsWith("pending"))).toHaveLength(Math.min(1, ends.length));
      expect(ends.length).toBeLessThanOrEqual(2);

      function run(before: Request, each: Command) {
        switch (each.kind) {
          case "approve":
            return approve(before, {
              by: each.by,
              at: now,
              demands: asked,
              members,
              effectHash,
              claim: aClaimId(),
            });
          case "deny":
            return deny(before, { by: each.by, at: now, demands: asked, members, because: "no" });
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
          case "edit-role":
            effectHash += "'";
            return undefined;
          case "tick":
            now += each.by;
            return undefined;
        }
      }
    }),
    { numRuns: 2000 },
  );
});

const ruleArbitrary = fc.record({
  when: fc.option(
    fc.record(
      {
        roles: fc.array(fc.constantFrom("Auditor", "Full Access"), { minLength: 1 }),
        "life-over": fc.constantFrom("1 day", "90 days"),
        "life-up-to": fc.constantFrom("1 day", "90 days", "1 year"),
      },
      { requiredKeys: [] },
    ),
    { nil: undefined },
  ),
  says: fc.oneof(
    fc.record({ needs: fc.constant([{ group: "security", approvals: 1 }]) }),
    fc.record({ needs: fc.constant([{ group: "platform", approvals: 2 }]) }),
    fc.constant({ refuse: "no" }),
    fc.constant({ automatic: true }),
  ),
});
const life = fc.oneof(
  fc.record({ kind: fc.constant("days" as const), days: fc.integer({ min: 1, max: 400 }) }),
  fc.record({ kind: fc.constant("until" as const), at: fc.integer({ min: NOW + 1, max: NOW + 4e10 }) }),
  fc.constant({ kind: "unlimited" as const }),
);

test("any policy that parses judges every request, and one more rule never makes it laxer for what a rule matched", () => {
  const strictness = { unmatched: 3, refused: 3, needs: 2, automatic: 1 };
  fc.assert(
    fc.property(fc.array(ruleArbitrary, { maxLength: 5 }), ruleArbitrary, life, (written, extra, wanted) => {
      const rules = [...written, extra].map(({ when, says }, i) => ({
        name: `rule ${i}`,
        ...(when === undefined ? {} : { when }),
        ...says,
      }));
      const read = policy.parse({ ...policyFile, rules });
      const asked = { kind: "new-key" as const, role: "Auditor", life: wanted };
      const all = judge(read.rules, asked, NOW);
      const fewer = judge(read.rules.slice(0, -1), asked, NOW);
      if (fewer.outcome === "unmatched") return;
      expect(strictness[all.outcome]).toBeGreaterThanOrEqual(strictness[fewer.outcome]);
      if (fewer.outcome === "needs" && all.outcome === "needs") {
        expect(all.demands).toEqual(expect.arrayContaining(fewer.demands));
      }
    }),
  );
});
