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
      `line 8, column 14: a Slack channel's id, C…; found "general"`,
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
