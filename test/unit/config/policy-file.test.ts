import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readPolicy } from "../../../src/policy-file.ts";
import { POLICY } from "./policy-text.ts";

function problemsOf(text: string): string[] {
  const read = readPolicy(text);
  return "problems" in read ? read.problems : [];
}

function withLine(old: string, fresh: string): string {
  expect(POLICY).toContain(old);
  return POLICY.replace(old, fresh);
}

describe("a policy file", () => {
  it("is read with the SHA-256 of its text", () => {
    const read = readPolicy(POLICY);
    expect(read).toMatchObject({ policy: { limits: { "default-life": 90 * 24 * 3600 * 1000 } } });
    expect(read).toHaveProperty("hash", createHash("sha256").update(POLICY).digest("hex"));
  });

  it.each([
    [
      "a name that is not known",
      "    automatic: true",
      "    automatic: true\n    colour: red",
      'line 22, column 5: "colour" is not known here',
    ],
    ["a name that is missing", "  audit: C0AUDIT0001\n", "", 'line 7, column 1: "audit" is missing'],
    [
      "another kind of value",
      "[security, named]",
      "security",
      'line 4, column 12: expected a list, found "security"',
    ],
    [
      "an id of another form",
      "C0APPROVALS",
      "general",
      `line 8, column 14: expected a Slack channel's id, C…; found "general"`,
    ],
    ["a duration that is none", "7 days", "soon", 'line 16, column 25: "soon" is no duration'],
    [
      "a count out of range",
      "keys-per-person: 5",
      "keys-per-person: 0",
      "line 14, column 20: expected at least 1; found 0",
    ],
    [
      "a rule without an outcome",
      "    automatic: true\n",
      "",
      "line 19, column 5: one of needs, refuse or automatic is missing",
    ],
    [
      "a rule with two outcomes",
      "automatic: true",
      "automatic: true\n    refuse: No",
      "line 19, column 5: automatic and refuse do not go together",
    ],
    [
      "a fault within a rule's need",
      "group: named, approvals: 1",
      "group: named",
      'line 26, column 9: "approvals" is missing',
    ],
    [
      "a group that is not there",
      "auditors: []",
      "auditors: [ghosts]",
      'line 6, column 12: there is no group "ghosts" under groups',
    ],
    [
      "a decider who is no approver",
      "[security, named]",
      "[security]",
      'line 26, column 18: "named" decides here, so it must stand under approvers',
    ],
    ["two rules of one name", "name: Longer", "name: A day", "line 22, column 11: two rules have this name"],
    [
      "a name given twice",
      "auditors: []",
      "auditors: []\nauditors: []",
      "line 7, column 1: Map keys must be unique",
    ],
    ["broken YAML", "auditors: []", "auditors: [", "line 7, column 1:"],
    ["a placeholder", "S0SECURITY1", "S0000000001", "line 2, column 28: S0000000001 is a placeholder"],
  ])("with %s is told by line and column", (_, old, fresh, problem) => {
    expect(problemsOf(withLine(old, fresh))).toEqual([expect.stringContaining(problem)]);
  });

  const inRule = "    automatic: true";
  const more = (setting: string): [string, string] => [inRule, `${inRule}\n    ${setting}`];
  const need = (setting: string): [string, string] => ["approvals: 2 }", `approvals: 2, ${setting} }`];
  const when = (setting: string): [string, string] => ["kinds: [new-key],", `${setting},`];
  const end = (setting: string): [string, string] => [
    "refuse: Nothing lives so long here.\n",
    `refuse: Nothing lives so long here.\n${setting}\n`,
  ];
  const anExample = (ask: string, expected: string): [string, string] =>
    end(`examples:\n  - say: It is so\n    ask: { ${ask} }\n    expect: { ${expected} }`);

  it.each<[string, [string, string], string]>([
    [
      "a ticket that is no pattern",
      more('ticket: "(["'),
      'line 22, column 13: "([" is not a regular expression',
    ],
    [
      "a count of denials that is none",
      more("denials: 0"),
      "line 22, column 14: expected at least 1; found 0",
    ],
    [
      "a number written out",
      more("denials: two"),
      'line 22, column 14: expected a whole number, found "two"',
    ],
    ["half a denial", more("denials: 1.5"), "line 22, column 14: expected a whole number, found 1.5"],
    [
      "a banner that is empty",
      more('danger: ""'),
      "line 22, column 13: expected at least 1 character; found 0",
    ],
    [
      "a banner that is too long",
      more(`danger: ${"x".repeat(301)}`),
      "line 22, column 13: expected at most 300 characters; found 301",
    ],
    [
      "a reason that nobody writes",
      more("reason-at-least: 501"),
      "line 22, column 22: expected at most 500; found 501",
    ],
    [
      "a lapse that is no duration",
      more("lapse-after: 3"),
      'line 22, column 18: "3" is no duration; write 90 days',
    ],
    [
      "exceptions that are no list",
      more("except: { roles: [Auditor] }"),
      "line 22, column 5: expected a list, found a map",
    ],
    [
      "an exception that is misspelt",
      more("except: [{ rolls: [Auditor] }]"),
      'line 22, column 16: "rolls" is not known here; did you mean "roles"?',
    ],
    [
      "an exception for everything",
      more("except: [{}]"),
      "line 22, column 14: this fits every request: the rule would never match",
    ],
    [
      "an exception for a group that is not there",
      more("except: [{ askers: [secrity] }]"),
      'line 22, column 25: there is no group "secrity" under groups; did you mean "security"?',
    ],
    [
      "askers that are not there",
      when("askers: [nmaed]"),
      'line 28, column 22: there is no group "nmaed" under groups; did you mean "named"?',
    ],
    ["no askers", when("askers: []"), "line 28, column 13: expected at least 1 in the list; found 0"],
    ["a danger that is none", when("dangerous: false"), "line 28, column 24: expected true; found false"],
    [
      "a kind that is misspelt",
      when("kinds: [new-keys]"),
      'line 28, column 21: expected new-key, role-change, longer-life, new-owner, new-role, role-edit or role-delete; found "new-keys"; did you mean "new-key"?',
    ],
    [
      "a life that no key has",
      when("life-up-to: 180 days"),
      "line 28, column 25: no life is over life-over and yet up to this",
    ],
    [
      "an escalation without a time",
      need("escalate: { to: named }"),
      'line 25, column 42: "after" is missing',
    ],
    [
      "an escalation at no time",
      need("escalate: { after: soon, to: named }"),
      'line 25, column 61: "soon" is no duration',
    ],
    [
      "an escalation to nobody",
      need("escalate: { after: 1 day, to: nmed }"),
      'line 25, column 72: there is no group "nmed" under groups; did you mean "named"?',
    ],
    [
      "an escalation after the end",
      need("escalate: { after: 7 days, to: named }"),
      "line 25, column 61: nobody would be called: the request has lapsed by then",
    ],
    [
      "an escalation that is only a time",
      need("escalate: 1 day"),
      'line 25, column 52: expected a map, found "1 day"',
    ],
    [
      "quiet approvers that are no list",
      need("quiet: named"),
      'line 25, column 49: expected a list, found "named"',
    ],
    [
      "quiet approvers who are not there",
      need("quiet: [ghosts]"),
      'line 25, column 50: there is no group "ghosts" under groups',
    ],
    [
      "a reminder after the end of a rule's requests",
      more("lapse-after: 1 day\n    remind-after: 1 day"),
      "line 23, column 19: nobody would be reminded: the request has lapsed by then",
    ],
    [
      "a reminder after the end of all requests",
      ["  requests-lapse", "  remind-after: 8 days\n  requests-lapse"],
      "line 16, column 17: nobody would be reminded: the request has lapsed by then",
    ],
    [
      "reminders that are not durations",
      end("expiry: { remind-before: [30 days, soon] }"),
      'line 30, column 36: "soon" is no duration; write 90 days, 4 hours or 30 minutes',
    ],
    [
      "one reminder that is no list",
      end("expiry: { remind-before: 30 days }"),
      'line 30, column 26: expected a list, found "30 days"',
    ],
    [
      "a team that is not there",
      end("expiry: { team: secuirty }"),
      'line 30, column 17: there is no group "secuirty" under groups; did you mean "security"?',
    ],
    [
      "a team that is neither group nor channel",
      end('expiry: { team: "#security" }'),
      'line 30, column 17: expected a Slack channel\'s id, C…, or a group; found "#security"',
    ],
    [
      "a rotation that is misspelt",
      end("expiry: { rotate-evry: 90 days }"),
      'line 30, column 11: "rotate-evry" is not known here; did you mean "rotate-every"?',
    ],
    [
      "restores that ask nobody",
      end("restores: { needs: [] }"),
      "line 30, column 13: expected at least 1 in the list; found 0",
    ],
    [
      "restores by people who are not there",
      end("restores: { needs: [{ group: responder, approvals: 1 }] }"),
      'line 30, column 30: there is no group "responder" under groups',
    ],
    [
      "outside reported sometimes",
      end("outside: { report: sometimes }"),
      'line 30, column 20: expected true or false, found "sometimes"',
    ],
    [
      "a right that is no path",
      end("dangerous-rights: [delete everything]"),
      'line 30, column 20: expected the path of a right, "*" for any characters; found "delete everything"',
    ],
    [
      "an example of an outcome that there is not",
      anExample("role: Auditor", "outcome: maybe"),
      'line 33, column 24: expected automatic, needs, refused or unmatched; found "maybe"',
    ],
    [
      "an example that asks from a group that is not there",
      anExample("role: Auditor, asker-in: [nmed]", "outcome: needs"),
      'line 32, column 38: there is no group "nmed" under groups; did you mean "named"?',
    ],
    [
      "an example for a life that is none",
      anExample("role: Auditor, life: ever", "outcome: needs"),
      'line 32, column 33: "ever" is no duration',
    ],
  ])("with %s is told where, and what was expected", (_, [old, fresh], problem) => {
    expect(problemsOf(withLine(old, fresh))).toEqual([expect.stringContaining(problem)]);
  });

  it.each([
    ["no duration", "7 days", "soon", 16],
    ["a setting missing", "  requests-lapse-after: 7 days\n", "", 15],
    ["a wrong kind of value", "{ people: [U0ADA000001, U0BEN000001] }", "{ people: U0ADA000001 }", 3],
    ["limits that are none", "keys-per-person: 5", "keys-per-person: five", 14],
    ["an outcome missing in another rule", "    automatic: true\n", "", 19],
    ["an unknown setting at the top", "rules:", "bypass: {}\nrules:", 18],
    ["an example that is none", "rules:", "examples: [1]\nrules:", 18],
  ])("with %s is told of an unknown group in the same answer", (_, old, fresh, line) => {
    const text = withLine("group: named, approvals", "group: nmed, approvals").replace(old, fresh);
    const found = problemsOf(text);
    expect(found).toContainEqual(expect.stringMatching(/^line \d+, column 18: there is no group "nmed"/));
    expect(found).toContainEqual(expect.stringMatching(new RegExp(`^line ${line}, `)));
  });

  it("whose groups, approvers or rules cannot be read is told so, and nothing that follows from it", () => {
    const groups = withLine(
      "groups:\n  security: { slack-group: S0SECURITY1 }\n  named: { people: [U0ADA000001, U0BEN000001] }",
      "groups: none",
    );
    expect(problemsOf(groups)).toEqual([expect.stringContaining('expected a map, found "none"')]);
    const approvers = problemsOf(withLine("approvers: [security, named]", "approvers: all"));
    expect(approvers).toEqual([expect.stringContaining('expected a list, found "all"')]);
    const rules = `${POLICY.slice(0, POLICY.indexOf("rules:"))}rules: all\n`;
    expect(problemsOf(rules)).toEqual([expect.stringContaining('expected a list, found "all"')]);
  });

  it("with many faults is told all of them, in the text's order", () => {
    const text = withLine("S0SECURITY1", "S0000000001")
      .replace("7 days", "7")
      .replace("C0AUDIT0001", "audit");
    expect(problemsOf(text).map((each) => each.split(",")[0])).toEqual(["line 2", "line 10", "line 16"]);
  });

  it("that is empty, or no map, is refused", () => {
    expect(problemsOf("")).toEqual([expect.stringContaining("expected a map")]);
    expect(problemsOf("- a\n- b\n")).toEqual([expect.stringContaining("expected a map")]);
  });

  it("as delivered is right but for its placeholders", () => {
    const sample = readFileSync(new URL("../../../policy.yml", import.meta.url), "utf8");
    const problems = problemsOf(sample);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.filter((each) => !each.includes("is a placeholder"))).toEqual([]);
    expect(problemsOf(sample.replaceAll(/\b([CSU])0{7,}/g, "$1ACME"))).toEqual([]);
  });
});
