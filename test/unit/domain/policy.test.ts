import { describe, expect, test } from "vitest";
import {
  groupsOf,
  inForce,
  mayDecide,
  openSeats,
  pinged,
  satisfied,
  stricter,
} from "../../../src/domain/approval.ts";
import { policy } from "../../../src/domain/policy.ts";
import type { RuleNeeds } from "../../../src/domain/rule.ts";
import { type Asked, judge } from "../../../src/domain/verdict.ts";
import { DAY, type PersonId } from "../../../src/domain/values.ts";
import {
  ben,
  chiara,
  dmitri,
  emi,
  needs,
  nothingKnown,
  NOW,
  policyFile,
  samplePolicy,
  terms,
} from "../../support/domain.ts";

const problems = (change: object): string[] =>
  policy
    .safeParse({ ...policyFile, ...change })
    .error?.issues.map((each) => `${each.path.join(".")}: ${each.message}`) ?? [];

describe("the policy file", () => {
  test("is read with durations in milliseconds and defaults filled in", () => {
    expect(samplePolicy.limits).toMatchObject({ "longest-life": 365 * DAY, "reason-at-least": 1 });
  });

  test.each<[string, object, RegExp]>([
    [
      "an unknown group among the approvers",
      { approvers: ["nobody"] },
      /approvers.0: there is no group "nobody"/,
    ],
    [
      "an unknown group in a rule",
      { rules: [{ name: "r", needs: [{ group: "ghosts", approvals: 1 }] }] },
      /rules.0.needs.0.group: there is no group "ghosts"/,
    ],
    ["a deciding group that is no approver", { approvers: ["platform"] }, /must stand under approvers/],
    [
      "two rules of one name",
      { rules: [policyFile.rules[0], policyFile.rules[0]] },
      /two rules have this name/,
    ],
    [
      "a default life beyond the longest",
      { limits: { ...policyFile.limits, "default-life": "2 years" } },
      /longer than the longest/,
    ],
    [
      "a life of less than a day",
      { limits: { ...policyFile.limits, "longest-life": "12 hours", "default-life": "1 hour" } },
      /a key lives for a day at least/,
    ],
    [
      "a name pattern that is none",
      { limits: { ...policyFile.limits, "key-names": "[" } },
      /not a regular expression/,
    ],
    ["a setting that does not exist", { bypass: [] }, /bypass|Unrecognized/],
  ])("refuses %s", (_, change, expected) => {
    expect(problems(change).join("\n")).toMatch(expected);
  });

  test("may leave the longest life open and set its own name pattern", () => {
    expect(
      problems({ limits: { ...policyFile.limits, "longest-life": "none", "key-names": "[a-z ]+" } }),
    ).toEqual([]);
  });
});

describe("a verdict", () => {
  const asked: Asked = {
    kind: "new-key",
    role: "Auditor",
    life: { kind: "days", days: 90 },
    ...nothingKnown,
  };
  const { rules } = policy.parse({
    ...policyFile,
    rules: [
      {
        name: "reading",
        when: { roles: ["Auditor"], kinds: ["new-key"] },
        needs: [{ group: "security", approvals: 1 }],
      },
      { name: "long", when: { "life-over": "180 days" }, needs: [{ group: "platform", approvals: 1 }] },
      { name: "a moment", when: { "life-up-to": "1 day", roles: ["Auditor"] }, automatic: true },
      { name: "for ever", when: { "life-over": "3650 days" }, refuse: "No key lives for ever" },
    ],
  });

  test("names every matching rule and what each demands", () => {
    expect(judge(rules, { ...asked, life: { kind: "days", days: 200 } }, NOW)).toEqual({
      outcome: "needs",
      rules: ["reading", "long"],
      demands: [
        { rule: "reading", needs: [{ group: "security", approvals: 1 }] },
        { rule: "long", needs: [{ group: "platform", approvals: 1 }] },
      ],
      terms,
    });
  });

  test("refuses where any rule refuses, whatever the others say", () => {
    expect(judge(rules, { ...asked, life: { kind: "unlimited" } }, NOW)).toEqual({
      outcome: "refused",
      rules: ["for ever"],
      because: "No key lives for ever",
    });
  });

  test("is not automatic while another matching rule wants approvals", () => {
    expect(judge(rules, { ...asked, life: { kind: "days", days: 1 } }, NOW).outcome).toBe("needs");
    expect(judge(rules.slice(2), { ...asked, life: { kind: "days", days: 1 } }, NOW)).toEqual({
      outcome: "automatic",
      rules: ["a moment"],
      terms,
    });
  });

  test("without a matching rule, or without rules, is a refusal", () => {
    expect(judge(rules, { ...asked, role: "Other" }, NOW)).toEqual({ outcome: "unmatched" });
    expect(judge([], asked, NOW)).toEqual({ outcome: "unmatched" });
  });

  test("comes from a rule without conditions too", () => {
    expect(judge([{ name: "all", automatic: true }], asked, NOW).outcome).toBe("automatic");
  });
});

describe("seats", () => {
  const members = new Map<string, Set<PersonId>>([
    ["security", new Set([chiara, dmitri, emi])],
    ["platform", new Set([ben, emi])],
    ["nobody", new Set()],
  ]);

  test("within one rule a person fills one seat", () => {
    const both = {
      rule: "both",
      needs: [
        { group: "security", approvals: 1 },
        { group: "platform", approvals: 1 },
      ],
    };
    expect(openSeats(both, [emi], members)).toHaveLength(1);
    expect(openSeats(both, [emi, emi], members)).toHaveLength(1);
    // Emi sits for platform so that Chiara may sit for security, in either order.
    expect(openSeats(both, [emi, chiara], members)).toEqual([]);
    expect(openSeats(both, [chiara, emi], members)).toEqual([]);
    expect(openSeats(both, [chiara, dmitri], members)).toEqual(["platform"]);
  });

  test("across rules one person may count for each", () => {
    const demands = [needs(1, "security", "a"), needs(1, "platform", "b")];
    expect(satisfied(demands, [emi], members)).toBe(true);
    expect(satisfied(demands, [chiara], members)).toBe(false);
  });

  test("people of a quiet group fill a seat, and are not called", () => {
    const quiet = { rule: "r", needs: [{ group: "security", approvals: 1, quiet: ["platform"] }] };
    expect(satisfied([quiet], [ben], members)).toBe(true);
    expect(mayDecide([quiet], ben, members)).toBe(true);
    expect(groupsOf([quiet])).toEqual(["security", "platform"]);
    expect(pinged([quiet])).toEqual(["security"]);
  });

  test("people of the group that a seat escalates to fill it from then on, and are called", () => {
    const late: RuleNeeds = {
      rule: "r",
      needs: [
        { group: "security", approvals: 1, escalate: { after: 100, to: "platform" } },
        { group: "security", approvals: 1 },
      ],
    };
    const early = inForce([late], 99);
    const due = inForce([late], 100);
    expect(satisfied(early, [ben, chiara], members)).toBe(false);
    expect(mayDecide(early, ben, members)).toBe(false);
    expect(pinged(early)).toEqual(["security"]);
    expect(satisfied(due, [ben, chiara], members)).toBe(true);
    // It joins for its own seat alone.
    expect(openSeats(due[0]!, [ben, emi], members)).toEqual([]);
    expect(openSeats(due[0]!, [ben], members)).toEqual(["security"]);
    expect(pinged(due)).toEqual(["security", "platform"]);
  });

  test("an empty group means nobody, and an unknown one too", () => {
    expect(satisfied([needs(1, "nobody")], [chiara, dmitri, emi], members)).toBe(false);
    expect(mayDecide([needs(1, "nobody")], chiara, members)).toBe(false);
    expect(mayDecide([needs(1, "unheard-of")], chiara, members)).toBe(false);
  });

  test("the stricter of two sets of demands is both, each once", () => {
    const two = stricter([needs(1)], [needs(1), needs(2, "platform", "new")]);
    expect(two).toEqual([needs(1), needs(2, "platform", "new")]);
    expect(groupsOf(two)).toEqual(["security", "platform"]);
  });
});

test("changes to roles are granted automatically only by a rule that names them", () => {
  const asked = (kind: Asked["kind"]): Asked => ({ kind, role: "Auditor", life: undefined, ...nothingKnown });
  const reading = { name: "reading", when: { roles: ["Auditor"] }, automatic: true as const };
  const everything = { name: "everything", automatic: true as const };
  const roles = { name: "roles", when: { kinds: ["role-edit" as const] }, automatic: true as const };
  const asks = { name: "asks", needs: [{ group: "security", approvals: 1 }] };
  expect(judge([reading, everything], asked("new-key"), NOW).outcome).toBe("automatic");
  for (const kind of ["new-role", "role-edit", "role-delete"] as const) {
    expect(judge([reading, everything], asked(kind), NOW)).toEqual({ outcome: "unmatched" });
    expect(judge([everything, asks], asked(kind), NOW)).toMatchObject({ outcome: "needs", rules: ["asks"] });
  }
  expect(judge([roles], asked("role-edit"), NOW)).toEqual({ outcome: "automatic", rules: ["roles"], terms });
  expect(judge([roles], asked("role-delete"), NOW)).toEqual({ outcome: "unmatched" });
});
