import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { testPolicy } from "../../../src/cli/test-policy.ts";
import { scriptedTerminal } from "../../support/terminal.ts";
import { POLICY } from "../config/policy-text.ts";

const folder = mkdtempSync(join(tmpdir(), "portcullis-examples-"));
const file = join(folder, "policy.yml");
afterAll(() => rmSync(folder, { recursive: true }));

async function run(examples: string) {
  writeFileSync(file, `${POLICY}${examples}`);
  const { terminal, printed, said } = scriptedTerminal();
  const code = await testPolicy([file], terminal);
  return {
    code,
    printed: printed().replaceAll(file, "policy.yml"),
    said: said().replaceAll(file, "policy.yml"),
  };
}

const example = (say: string, ask: string, expected: string): string =>
  `  - say: ${say}\n    ask: { ${ask} }\n    expect: { ${expected} }\n`;

describe("policy test", () => {
  it("says of each example that it came out, and answers 0", async () => {
    const day = example("A day is free", "role: Auditor, life: 1 day", "outcome: automatic, rules: [A day]");
    const longer = example(
      "A week takes three",
      "role: Auditor, life: 1 week",
      "outcome: needs, approvals: { named: 1, security: 2 }",
    );
    expect(await run(`examples:\n${day}${longer}`)).toEqual({
      code: 0,
      printed: "ok    A day is free\nok    A week takes three\npolicy.yml: 2 examples, all as expected.\n",
      said: "",
    });
  });

  it("names a wrong example with what was expected and what was found, and answers 1", async () => {
    const right = example("A day is free", "role: Auditor, life: 1 day", "outcome: automatic");
    const wrong = example(
      "A week is free",
      "role: Auditor, life: 1 week",
      "outcome: automatic, rules: [A day], approvals: { security: 1 }",
    );
    expect(await run(`examples:\n${right}${wrong}`)).toEqual({
      code: 1,
      printed: [
        "ok    A day is free",
        "WRONG A week is free",
        "        the outcome: expected automatic, found needs",
        '        the rules: expected "A day", found "Longer"',
        "        the approvals: expected 1 from security, found 1 from named and 2 from security",
        "",
      ].join("\n"),
      said: "1 of 2 examples went wrong.\n",
    });
  });

  it("says so where nothing was expected, or nothing found", async () => {
    const none = example("No rule", "role: Auditor, life: 1 day", "outcome: automatic, rules: []");
    const seats = example(
      "Seats",
      "role: Auditor, life: 1 day",
      "outcome: automatic, approvals: { named: 1 }",
    );
    const { printed } = await run(`examples:\n${none}${seats}`);
    expect(printed).toContain('the rules: expected none, found "A day"');
    expect(printed).toContain("the approvals: expected 1 from named, found none");
  });

  it("counts the seats of one group within a rule together, and of several rules the most", async () => {
    const rules = `  - name: More
    when: { life-over: 30 days }
    needs:
      - { group: named, approvals: 1 }
      - { group: named, approvals: 1 }
      - { group: security, approvals: 1 }
`;
    const three = example(
      "Two named, two of security",
      "role: Auditor, life: 60 days",
      "outcome: needs, rules: [More, Longer], approvals: { security: 2, named: 2 }",
    );
    expect((await run(`${rules}examples:\n${three}`)).code).toBe(0);
  });

  it("takes the limits, and what a reason lacks, for refusals", async () => {
    const ticket = `  - name: Ticket\n    when: { roles: [Auditor] }\n    automatic: true\n    ticket: CHG-\\d\n`;
    const examples = [
      example("Too long", "role: Auditor, life: 2 years", "outcome: refused, rules: []"),
      example("No ticket", 'role: Auditor, life: 1 day, reason: "just so"', "outcome: refused"),
      example("No reason", 'role: Auditor, life: 1 day, reason: ""', "outcome: refused"),
      example("A ticket", "role: Auditor, life: 1 day, reason: see CHG-7", "outcome: automatic"),
      example("A good reason", "role: Auditor, life: 1 day", "outcome: automatic"),
      example("A rule refuses", "role: Viewer, life: 181 days, reason: see CHG-7", "outcome: refused"),
      example("No rule", "role: Viewer, life: 1 day, reason: see CHG-7", "outcome: unmatched"),
    ];
    expect(await run(`${ticket}examples:\n${examples.join("")}`)).toMatchObject({ code: 0 });
  });

  it("does not pass a policy without examples, nor one that is wrong", async () => {
    expect(await run("")).toEqual({
      code: 1,
      printed: "",
      said: 'policy.yml has no examples; they stand under "examples".\n',
    });
    expect(await run("examples: maybe\n")).toEqual({
      code: 1,
      printed: "",
      said: 'policy.yml, line 30, column 11: expected a list, found "maybe"\n',
    });
  });
});
