import { describe, expect, test } from "vitest";
import { policy } from "../../../src/domain/policy.ts";
import { DAY, HOUR } from "../../../src/domain/values.ts";
import { type Asked, askerGroupsNamed, checkReason, judge, shortest } from "../../../src/domain/verdict.ts";
import { nothingKnown, NOW, policyFile, samplePolicy, terms } from "../../support/domain.ts";

const one = [{ group: "security", approvals: 1 }];
const rulesOf = (...written: object[]) =>
  policy.parse({ ...policyFile, rules: written.map((each, i) => ({ name: `rule ${i}`, ...each })) }).rules;
const asked: Asked = { kind: "new-key", role: "Auditor", life: { kind: "days", days: 90 }, ...nothingKnown };
const from = (...groups: string[]): Asked => ({ ...asked, askerGroups: new Set(groups) });
const heard = (rules: ReturnType<typeof rulesOf>, wish: Asked): string[] => {
  const verdict = judge(rules, wish, NOW);
  return "rules" in verdict ? verdict.rules : [];
};
const termsOf = (...written: object[]) => {
  const verdict = judge(rulesOf(...written), asked, NOW);
  if (!("terms" in verdict)) throw new Error(verdict.outcome);
  return verdict.terms;
};

describe("a rule", () => {
  test("for askers matches whoever is in any of the groups, and nobody else", () => {
    const rules = rulesOf({ when: { askers: ["security", "platform"] }, needs: one });
    expect(heard(rules, from("platform"))).toEqual(["rule 0"]);
    expect(heard(rules, from("platform", "security"))).toEqual(["rule 0"]);
    expect(heard(rules, from())).toEqual([]);
  });

  test("for dangerous roles matches those alone", () => {
    const rules = rulesOf({ when: { dangerous: true }, needs: one });
    expect(heard(rules, { ...asked, dangerous: true })).toEqual(["rule 0"]);
    expect(heard(rules, asked)).toEqual([]);
  });

  test("is out where any exception fits whole, and in where one fits in part", () => {
    const rules = rulesOf({
      except: [{ roles: ["Auditor"], askers: ["platform"] }, { "life-over": "180 days" }],
      needs: one,
    });
    expect(heard(rules, from())).toEqual(["rule 0"]);
    expect(heard(rules, { ...from("platform"), role: "Deployer" })).toEqual(["rule 0"]);
    expect(heard(rules, from("platform"))).toEqual([]);
    expect(heard(rules, { ...asked, life: { kind: "unlimited" } })).toEqual([]);
  });

  test("for lives matches from just over the one to exactly the other, a date reckoned from now", () => {
    const rules = rulesOf({ when: { "life-over": "30 days", "life-up-to": "90 days" }, needs: one });
    const until = (at: number): Asked => ({ ...asked, life: { kind: "until", at } });
    expect(heard(rules, until(NOW + 30 * DAY))).toEqual([]);
    expect(heard(rules, until(NOW + 30 * DAY + 1))).toEqual(["rule 0"]);
    expect(heard(rules, until(NOW + 90 * DAY))).toEqual(["rule 0"]);
    expect(heard(rules, until(NOW + 90 * DAY + 1))).toEqual([]);
  });

  test("for lives, or with an exception for lives, does not hold for what has none", () => {
    const edit: Asked = { ...asked, kind: "role-edit", life: undefined };
    expect(heard(rulesOf({ when: { "life-up-to": "1 year" }, needs: one }), edit)).toEqual([]);
    expect(heard(rulesOf({ except: [{ "life-over": "1 day" }], needs: one }), edit)).toEqual(["rule 0"]);
  });

  test("names the groups that have to be read before it can be judged, those of its exceptions too", () => {
    const rules = rulesOf(
      { when: { askers: ["security"] }, needs: one },
      { except: [{ askers: ["platform", "security"] }, { dangerous: true }], needs: one },
      { automatic: true },
    );
    expect(askerGroupsNamed(rules)).toEqual(["security", "platform"]);
  });
});

describe("of several rules that match", () => {
  test("the smallest number of denials counts, and a rule that asks for approvals means one unless it says", () => {
    expect(termsOf({ needs: one, denials: 3 }, { needs: one, denials: 2 }).denials).toBe(2);
    expect(termsOf({ needs: one, denials: 3 }, { needs: one }).denials).toBe(1);
    expect(termsOf({ needs: one, denials: 3 }, { automatic: true }).denials).toBe(3);
    expect(termsOf({ automatic: true }).denials).toBe(1);
  });

  test("every banner is shown, every ticket is wanted, and the longest reason", () => {
    const all = termsOf(
      { needs: one, danger: "One", ticket: "CHG", "reason-at-least": 10 },
      { automatic: true, danger: "Two", "reason-at-least": 30 },
      { needs: one, ticket: "INC" },
    );
    expect(all).toMatchObject({ dangers: ["One", "Two"], reasonAtLeast: 30 });
    expect(all.tickets).toEqual([
      { rule: "rule 0", pattern: "CHG" },
      { rule: "rule 2", pattern: "INC" },
    ]);
  });

  test("the shortest times count, the policy's own among them", () => {
    const times = { ...samplePolicy.times, "requests-lapse-after": 3 * DAY };
    const quick = termsOf(
      { needs: one, "remind-after": "2 hours", "lapse-after": "2 days" },
      { needs: one, "remind-after": "1 hour", "lapse-after": "9 days" },
    );
    expect(quick).toMatchObject({ remindAfter: HOUR, lapseAfter: 2 * DAY });
    expect(shortest(quick, times)).toEqual({ remindAfter: HOUR, lapseAfter: 2 * DAY });
    expect(shortest(quick, { ...times, "remind-after": 60 })).toMatchObject({ remindAfter: 60 });
    const slow = termsOf({ needs: one, "lapse-after": "9 days" });
    expect(shortest(slow, times)).toEqual({ lapseAfter: 3 * DAY });
    expect(shortest(terms, times)).toEqual({ lapseAfter: 3 * DAY });
  });
});

describe("a reason", () => {
  const wants = { ...terms, reasonAtLeast: 10, tickets: [{ rule: "changes", pattern: "CHG-\\d+" }] };

  test("is as long as the rules say, in characters that people see", () => {
    expect(checkReason("CHG-1 soon", wants)).toBeUndefined();
    expect(checkReason("  CHG-1     ", wants)).toEqual({ reason: "reason-too-short", atLeast: 10 });
    expect(checkReason("🚀🚀🚀🚀🚀", { ...terms, reasonAtLeast: 6 })).toMatchObject({ atLeast: 6 });
    expect(checkReason("", terms)).toBeUndefined();
  });

  test("has every ticket in it, or is told the first that is missing, with its rule", () => {
    const two = { ...wants, tickets: [...wants.tickets, { rule: "incidents", pattern: "INC" }] };
    expect(checkReason("because of INC", two)).toEqual({
      reason: "ticket-missing",
      rule: "changes",
      pattern: "CHG-\\d+",
    });
    expect(checkReason("because of CHG-9", two)).toMatchObject({ rule: "incidents" });
    expect(checkReason("because of INC and CHG-9", two)).toBeUndefined();
  });
});
