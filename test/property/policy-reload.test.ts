import fc from "fast-check";
import { expect, test } from "vitest";
import type { Policy } from "../../src/domain/policy.ts";
import { makeRequest, type Request } from "../../src/domain/request.ts";
import { approve, deny } from "../../src/domain/request-decision.ts";
import { escalate, remind } from "../../src/domain/request-waiting.ts";
import type { Rule } from "../../src/domain/rule.ts";
import { DAY, HOUR, type PersonId } from "../../src/domain/values.ts";
import { type Asked, judge, shortest } from "../../src/domain/verdict.ts";
import { asJudged, demandsNow, termsShown } from "../../src/usecases/requests/demands.ts";
import type { Context } from "../../src/usecases/ports.ts";
import { aClaimId, ada, aRequestId, NOW, wanted } from "../support/domain.ts";
import {
  aGroup,
  aRule,
  groupNames,
  needing,
  people,
  policyOf,
  saying,
  seated,
  speaksOf,
} from "../support/policies.ts";

const somebody = fc.constantFrom(ada, ...people);
/** One rule that asks for people whatever is asked for, so that most requests can be made, and others beside it. */
const asks = fc
  .tuple(fc.record({ denials: saying.denials, ticket: saying.ticket }, { requiredKeys: [] }), needing)
  .map(([said, needs]) => ({ ...said, ...needs }));
const written = fc
  .tuple(asks, fc.array(aRule, { maxLength: 3 }))
  .map(([one, others]) => [one, ...others.filter((each) => !("refuse" in each))]);
const rewritten = fc.record({
  rules: fc.oneof({ weight: 3, arbitrary: written }, fc.array(aRule, { maxLength: 3 })),
  longest: fc.constantFrom("1 year", "100 days"),
});

type Step =
  | { kind: "approve" | "deny"; by: PersonId }
  | { kind: "membership"; of: PersonId; in: string }
  | { kind: "asker-group"; in: string }
  | { kind: "wait"; hours: number }
  | { kind: "reload" | "dangerous" | "effect" | "remind" | "escalate" };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: fc.constant("approve" as const), by: somebody }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("deny" as const), by: somebody }) },
  fc.record({ kind: fc.constant("membership" as const), of: somebody, in: aGroup }),
  fc.record({ kind: fc.constant("asker-group" as const), in: aGroup }),
  fc.record({ kind: fc.constant("wait" as const), hours: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ kind: fc.constantFrom("reload" as const, "dangerous" as const) }),
  fc.record({ kind: fc.constantFrom("remind" as const, "escalate" as const, "effect" as const) }),
);

test("no sequence of clicks, reloads and changes of people or roles approves a request that the rules of its making and those of now do not both allow", () => {
  const seen = { approved: 0, afterReload: 0, held: 0, denied: 0 };
  fc.assert(
    fc.property(
      written,
      rewritten,
      fc.tuple(...groupNames.map(() => fc.subarray([ada, ...people], { minLength: 2 }))),
      fc.record({
        role: fc.constantFrom("Auditor", "Full Access"),
        days: fc.constantFrom(1, 2, 95, 365),
        dangerous: fc.boolean(),
        askerGroups: fc.uniqueArray(aGroup),
      }),
      fc.array(step, { minLength: 3, maxLength: 25 }),
      (first, second, lists, wish, steps) => {
        const policies = [
          policyOf(first),
          policyOf(second.rules, {
            limits: {
              "longest-life": second.longest,
              "default-life": "90 days",
              "keys-per-person": 5,
            },
          }),
        ] as const;
        let inForce: Policy = policies[0];
        let now = NOW;
        let effect = "e";
        let asked: Asked = {
          kind: "new-key",
          role: wish.role,
          life: { kind: "days", days: wish.days },
          dangerous: wish.dangerous,
          askerGroups: new Set<string>(wish.askerGroups),
        };
        const members = new Map<string, Set<PersonId>>(
          groupNames.map((name, i) => [name, new Set(lists[i])]),
        );
        const context = { clock: () => now, policy: () => ({ policy: inForce, hash: "p" }) } as Context;

        const verdict = judge(inForce.rules, asked, now);
        if (verdict.outcome !== "needs") return;
        const then = inForce.rules.filter((each) => speaksOf(each, asked));
        const { remindAfter, lapseAfter } = shortest(verdict.terms, inForce.times);
        let state: Request = makeRequest({
          id: aRequestId(),
          asker: ada,
          wants: { ...wanted, roleName: wish.role, life: { kind: "days", days: wish.days } },
          reason: "INC CHG-12 at night",
          askedAt: now,
          rules: verdict.rules,
          demands: verdict.demands,
          policyHash: "p",
          effectHash: effect,
          lapsesAt: now + lapseAfter,
          nameUnchecked: false,
          judged: asJudged(asked),
          dangers: verdict.terms.dangers,
          denialsToEnd: verdict.terms.denials,
          ...(remindAfter === undefined ? {} : { remindAfter }),
        }).next;

        for (const each of steps) {
          const before: Request = state;
          if (before.state !== "pending") break;
          const taken = take(before, each);
          if (taken === undefined || "refusal" in taken) continue;
          state = taken.next;
          if (state.state === "approved") mayStand(state.approvals.map(({ by }) => by));
          if (state.state === "denied") {
            seen.denied += 1;
            expect(state.denials.length).toBeLessThanOrEqual(denialsIn(then));
          }
        }

        function take(before: Request, each: Step) {
          switch (each.kind) {
            case "approve": {
              const demanded = demandsNow(context, before, asked);
              if ("ended" in demanded) return undefined;
              return approve(before, {
                by: each.by,
                at: now,
                ...demanded,
                members,
                judged: asJudged(asked),
                effectHash: effect,
                claim: aClaimId(),
              });
            }
            case "deny":
              return deny(before, {
                by: each.by,
                at: now,
                ...termsShown(context, before),
                members,
                because: "no",
              });
            case "remind":
              return remind(before, now);
            case "escalate":
              return escalate(before, now);
            case "effect":
              effect += "'";
              return undefined;
            case "membership":
              toggle(members.get(each.in) ?? new Set<PersonId>(), each.of);
              return undefined;
            case "asker-group": {
              const askerGroups = new Set(asked.askerGroups);
              toggle(askerGroups, each.in);
              asked = { ...asked, askerGroups };
              return undefined;
            }
            case "dangerous":
              asked = { ...asked, dangerous: !asked.dangerous };
              return undefined;
            case "reload":
              inForce = inForce === policies[0] ? policies[1] : policies[0];
              return undefined;
            case "wait":
              now += each.hours * HOUR;
              return undefined;
          }
        }

        /** The rules of its making and of now, each once more in the plainest words. */
        function mayStand(deciders: PersonId[]): void {
          const speaking = inForce.rules.filter((each) => speaksOf(each, asked));
          seen.approved += 1;
          if (inForce === policies[1]) seen.afterReload += 1;
          if (speaking.length > then.length) seen.held += 1;
          expect(deciders).not.toContain(ada);
          expect(new Set(deciders).size).toBe(deciders.length);
          expect(effect).toBe("e");
          expect(speaking).not.toEqual([]);
          expect(speaking.filter((each) => "refuse" in each)).toEqual([]);
          expect(wish.days * DAY).toBeLessThanOrEqual(Number(inForce.limits["longest-life"]));
          for (const rule of [...then, ...speaking]) {
            if ("needs" in rule) expect(seated(rule.needs, deciders, members, now - NOW)).toBe(true);
          }
          expect(state.denials.length).toBeLessThan(Math.min(denialsIn(then), denialsIn(speaking)));
          expect(now - NOW).toBeLessThan(lapseAfter);
        }
      },
    ),
    { numRuns: 4000 },
  );
  // The clicks lead somewhere often enough for this to mean something.
  expect(seen.approved).toBeGreaterThan(200);
  expect(seen.afterReload).toBeGreaterThan(20);
  expect(seen.held).toBeGreaterThan(3);
  expect(seen.denied).toBeGreaterThan(100);
});

/** How many denials end a request under these rules: the fewest that a rule with approvals names, one where it names none. */
function denialsIn(rules: readonly Rule[]): number {
  const said = rules.flatMap((each) => each.denials ?? ("needs" in each ? 1 : []));
  return said.length === 0 ? 1 : Math.min(...said);
}

function toggle<T>(set: Set<T>, one: T): void {
  if (!set.delete(one)) set.add(one);
}
