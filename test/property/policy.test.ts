import fc from "fast-check";
import { expect, test } from "vitest";
import { satisfied, stricter } from "../../src/domain/approval.ts";
import { policy } from "../../src/domain/policy.ts";
import type { PersonId } from "../../src/domain/values.ts";
import { type Asked, checkReason, judge } from "../../src/domain/verdict.ts";
import { ben, chiara, dmitri, emi, NOW, policyFile } from "../support/domain.ts";

const group = fc.constantFrom("security", "platform");
const when = fc
  .record(
    {
      roles: fc.uniqueArray(fc.constantFrom("Auditor", "Full Access"), { minLength: 1 }),
      kinds: fc.uniqueArray(fc.constantFrom("new-key", "role-edit", "new-owner"), { minLength: 1 }),
      "life-over": fc.constantFrom("1 day", "90 days"),
      "life-up-to": fc.constantFrom("2 days", "100 days", "1 year"),
      askers: fc.uniqueArray(group, { minLength: 1 }),
      dangerous: fc.constant(true),
    },
    { requiredKeys: [] },
  )
  .filter((each) => each["life-over"] !== "90 days" || each["life-up-to"] !== "2 days");
const need = fc.record(
  {
    group,
    approvals: fc.integer({ min: 1, max: 2 }),
    quiet: fc.uniqueArray(group, { minLength: 1 }),
    escalate: fc.record({ after: fc.constantFrom("1 hour", "1 day"), to: group }),
  },
  { requiredKeys: ["group", "approvals"] },
);
const said = fc.record(
  {
    when,
    except: fc.array(when, { minLength: 1, maxLength: 2 }),
    denials: fc.integer({ min: 1, max: 3 }),
    "reason-at-least": fc.integer({ min: 1, max: 12 }),
    ticket: fc.constantFrom("CHG-\\d+", "INC"),
    danger: fc.constant("Careful"),
    "remind-after": fc.constantFrom("1 hour", "1 day"),
    "lapse-after": fc.constantFrom("1 day", "9 days"),
  },
  { requiredKeys: [] },
);
const outcome = fc.oneof(
  fc.record({ needs: fc.array(need, { minLength: 1, maxLength: 2 }) }),
  fc.constant({ refuse: "no" }),
  fc.constant({ automatic: true }),
);
const rule = fc.tuple(said, outcome).map(([one, other]) => ({ ...one, ...other }));
const life = fc.oneof(
  fc.record({ kind: fc.constant("days" as const), days: fc.integer({ min: 1, max: 400 }) }),
  fc.record({ kind: fc.constant("until" as const), at: fc.integer({ min: NOW + 1, max: NOW + 4e10 }) }),
  fc.constant({ kind: "unlimited" as const }),
);
const asked: fc.Arbitrary<Asked> = fc.record({
  kind: fc.constantFrom("new-key" as const, "role-edit" as const, "new-owner" as const),
  role: fc.constantFrom("Auditor", "Full Access", "Deployer"),
  life: fc.option(life, { nil: undefined }),
  askerGroups: fc.uniqueArray(group).map((names) => new Set(names)),
  dangerous: fc.boolean(),
});
const reason = fc.constantFrom("", "because", "CHG-12", "INC CHG-7 at night");
const people: PersonId[] = [ben, chiara, dmitri, emi];
const members = fc
  .tuple(fc.uniqueArray(fc.constantFrom(...people)), fc.uniqueArray(fc.constantFrom(...people)))
  .map(
    ([security, platform]) =>
      new Map([
        ["security", new Set(security)],
        ["platform", new Set(platform)],
      ]),
  );

function rulesOf(written: object[]) {
  const rules = written.map((each, i) => ({ name: `rule ${i}`, ...each }));
  return policy.parse({ ...policyFile, rules }).rules;
}

test("any policy that parses decides every request", () => {
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 6 }), asked, (written, wish) => {
      const rules = rulesOf(written);
      const verdict = judge(rules, wish, NOW);
      switch (verdict.outcome) {
        case "unmatched":
          return;
        case "refused":
        case "automatic":
          expect(verdict.rules.length).toBeGreaterThan(0);
          return;
        case "needs":
          expect(verdict.demands.length).toBeGreaterThan(0);
          // No policy lets a request through that nobody has approved.
          expect(satisfied(verdict.demands, [], new Map())).toBe(false);
      }
    }),
    { numRuns: 2000 },
  );
});

test("adding a rule never makes it laxer for a request that some rule already matched", () => {
  const strictness = { unmatched: 3, refused: 3, needs: 2, automatic: 1 };
  fc.assert(
    fc.property(
      fc.array(rule, { maxLength: 5 }),
      rule,
      asked,
      reason,
      members,
      fc.subarray(people),
      (written, extra, wish, given, belonging, deciders) => {
        const fewer = judge(rulesOf(written), wish, NOW);
        const all = judge(rulesOf([...written, extra]), wish, NOW);
        if (fewer.outcome === "unmatched") return;
        expect(strictness[all.outcome]).toBeGreaterThanOrEqual(strictness[fewer.outcome]);
        if (fewer.outcome !== "needs" || all.outcome !== "needs") return;
        expect(stricter(all.demands, fewer.demands)).toEqual(all.demands);
        if (satisfied(all.demands, deciders, belonging)) {
          expect(satisfied(fewer.demands, deciders, belonging)).toBe(true);
        }
        expect(all.terms.denials).toBeLessThanOrEqual(fewer.terms.denials);
        expect(all.terms.dangers).toEqual(expect.arrayContaining(fewer.terms.dangers));
        if (checkReason(given, all.terms) === undefined)
          expect(checkReason(given, fewer.terms)).toBeUndefined();
        if (fewer.terms.lapseAfter !== undefined) {
          expect(all.terms.lapseAfter).toBeLessThanOrEqual(fewer.terms.lapseAfter);
        }
      },
    ),
    { numRuns: 2000 },
  );
});
