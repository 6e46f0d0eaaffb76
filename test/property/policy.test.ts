import fc from "fast-check";
import { expect, test } from "vitest";
import { inForce, satisfied, stricter } from "../../src/domain/approval.ts";
import { DAY, HOUR } from "../../src/domain/values.ts";
import { askerGroupsNamed, checkReason, judge, shortest } from "../../src/domain/verdict.ts";
import { NOW } from "../support/domain.ts";
import { anAsked, aRule, groupNames, people, policyOf, seated, speaksOf } from "../support/policies.ts";

const reason = fc.constantFrom("", "because", "CHG-12", "INC CHG-7 at night");
/** Somebody may click twice. */
const clickers = fc.array(fc.constantFrom(...people), { maxLength: 6 });
const age = fc.constantFrom(0, HOUR, DAY);
const members = fc
  .tuple(...groupNames.map(() => fc.subarray(people)))
  .map((lists) => new Map(groupNames.map((name, i) => [name, new Set(lists[i])])));

test("any policy that parses decides every request, by the rules that speak of it and no other", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.array(aRule, { maxLength: 6 }), anAsked, (written, asked) => {
      const { rules } = policyOf(written);
      const verdict = judge(rules, asked, NOW);
      const speaking = rules.filter((each) => speaksOf(each, asked));
      seen.add(verdict.outcome);
      switch (verdict.outcome) {
        case "unmatched":
          expect(speaking).toEqual([]);
          return;
        case "refused":
          expect(verdict.rules).toEqual(speaking.filter((each) => "refuse" in each).map(({ name }) => name));
          expect(verdict.rules).not.toEqual([]);
          return;
        case "automatic":
          expect(speaking.every((each) => "automatic" in each)).toBe(true);
          break;
        case "needs":
          expect(speaking.some((each) => "refuse" in each)).toBe(false);
          expect(verdict.demands.map(({ rule }) => rule)).toEqual(
            speaking.filter((each) => "needs" in each).map(({ name }) => name),
          );
          // No policy lets a request through that nobody has approved.
          expect(verdict.demands).not.toEqual([]);
          expect(satisfied(verdict.demands, [], new Map())).toBe(false);
      }
      expect(verdict.rules).toEqual(speaking.map(({ name }) => name));
    }),
    { numRuns: 3000 },
  );
  expect([...seen].toSorted()).toEqual(["automatic", "needs", "refused", "unmatched"]);
});

test("seats are filled exactly where some choice of people fills them, at any age", () => {
  const found = { filled: 0, open: 0 };
  fc.assert(
    fc.property(aRule, members, clickers, age, (written, belonging, deciders, waited) => {
      const [rule] = policyOf([written]).rules;
      if (rule === undefined || !("needs" in rule)) return;
      const demands = inForce([{ rule: rule.name, needs: rule.needs }], waited);
      const filled = seated(rule.needs, deciders, belonging, waited);
      found[filled ? "filled" : "open"] += 1;
      expect(satisfied(demands, deciders, belonging)).toBe(filled);
    }),
    { numRuns: 3000 },
  );
  expect(Math.min(found.filled, found.open)).toBeGreaterThan(100);
});

test("adding a rule, wherever it stands, never makes it laxer for a request that some rule already matched", () => {
  const strictness = { unmatched: 3, refused: 3, needs: 2, automatic: 1 };
  fc.assert(
    fc.property(
      fc.array(aRule, { minLength: 1, maxLength: 5 }),
      aRule,
      fc.nat({ max: 5 }),
      anAsked,
      reason,
      members,
      fc.subarray(people),
      age,
      (written, extra, place, asked, given, belonging, deciders, waited) => {
        const named = written.map((each, i) => ({ name: `old ${i}`, ...each }));
        const before = policyOf(named);
        const fewer = judge(before.rules, asked, NOW);
        const all = judge(
          policyOf([...named.slice(0, place), extra, ...named.slice(place)]).rules,
          asked,
          NOW,
        );
        if (fewer.outcome === "unmatched") return;
        expect(strictness[all.outcome]).toBeGreaterThanOrEqual(strictness[fewer.outcome]);
        if (!("terms" in fewer) || !("terms" in all)) return;
        expect(all.terms.dangers).toEqual(expect.arrayContaining(fewer.terms.dangers));
        if (checkReason(given, all.terms) === undefined)
          expect(checkReason(given, fewer.terms)).toBeUndefined();
        const [then, now] = [shortest(fewer.terms, before.times), shortest(all.terms, before.times)];
        expect(now.lapseAfter).toBeLessThanOrEqual(then.lapseAfter);
        expect(now.remindAfter ?? Infinity).toBeLessThanOrEqual(then.remindAfter ?? Infinity);
        if (fewer.outcome !== "needs" || all.outcome !== "needs") return;
        expect(new Set(stricter(all.demands, fewer.demands))).toEqual(new Set(all.demands));
        if (satisfied(inForce(all.demands, waited), deciders, belonging)) {
          expect(satisfied(inForce(fewer.demands, waited), deciders, belonging)).toBe(true);
        }
        expect(all.terms.denials).toBeLessThanOrEqual(fewer.terms.denials);
      },
    ),
    { numRuns: 3000 },
  );
});

test("the groups that have to be read are all that a verdict depends on", () => {
  fc.assert(
    fc.property(fc.array(aRule, { maxLength: 5 }), anAsked, (written, asked) => {
      const { rules } = policyOf(written);
      const read = new Set(askerGroupsNamed(rules));
      const known = new Set([...asked.askerGroups].filter((each) => read.has(each)));
      expect(judge(rules, { ...asked, askerGroups: known }, NOW)).toEqual(judge(rules, asked, NOW));
    }),
    { numRuns: 1000 },
  );
});
