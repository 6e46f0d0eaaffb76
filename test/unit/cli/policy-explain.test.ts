import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { explainPolicy } from "../../../src/cli/explain-policy.ts";
import { scriptedTerminal } from "../../support/terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "portcullis-explain-"));
const file = join(folder, "policy.yml");
afterAll(() => rmSync(folder, { recursive: true }));

const POLICY = `groups:
  security: { slack-group: S0SECURITY1 }
  night-desk: { slack-group: S0NIGHTDSK1 }
  contractors: { slack-group: S0CONTRACT1 }
  interns: { people: [U0INA000001] }
  leads: { people: [U0ADA000001, U0BEN000001] }
approvers: [security, night-desk, leads]
responders: []
auditors: []
channels: { approvals: C0APPROVALS, incidents: C0INCIDENTS, audit: C0AUDIT0001 }
limits: { longest-life: 1 year, default-life: 90 days, keys-per-person: 5, reason-at-least: 10 }
times: { remind-after: 4 hours, requests-lapse-after: 7 days, claims-lapse-after: 3 days }
rules:
  - name: A look
    when: { roles: [Auditor], life-up-to: 1 day }
    automatic: true
  - name: Reading
    when: { roles: [Auditor] }
    except: [{ life-up-to: 1 hour }]
    needs:
      - { group: security, approvals: 1 }
  - name: Dangerous
    when: { dangerous: true }
    needs:
      - { group: security, approvals: 2, quiet: [leads], escalate: { after: 8 hours, to: night-desk } }
    denials: 2
    ticket: CHG-\\d+
    danger: Think twice.
    reason-at-least: 30
    remind-after: 1 hour
    lapse-after: 2 days
  - name: Leads among themselves
    when: { roles: [Release] }
    needs:
      - { group: leads, approvals: 2 }
    remind-after: 3 days
    lapse-after: 4 days
  - name: Emergency
    when: { roles: [Emergency] }
    needs:
      - { group: leads, approvals: 1 }
    lapse-after: 2 hours
  - name: Deploying
    when: { roles: [Deployer] }
    automatic: true
  - name: No contractors
    when: { askers: [contractors, interns] }
    refuse: Ask a colleague.
`;

async function explain(...words: string[]) {
  writeFileSync(file, POLICY);
  const { terminal, printed, said } = scriptedTerminal();
  const code = await explainPolicy([file, ...words], terminal);
  return { code, printed: printed(), said: said() };
}

async function outcome(...words: string[]): Promise<string[]> {
  const { code, printed, said } = await explain(...words);
  expect({ code, said }).toEqual({ code: 0, said: "" });
  return printed.trimEnd().split("\n");
}

const ASSUMED = "This takes it that U0ADA000001 is not in contractors; otherwise add --asker-in contractors.";

describe("policy explain", () => {
  it("says who decides, who is called, what silence does, and what the reason must have", async () => {
    const lines = await outcome("--role", "Full Access", "--asker", "U0ADA000001", "--dangerous");
    expect(lines).toEqual([
      "U0ADA000001, of leads, asks for a new key: Full Access, a dangerous role.",
      "",
      "1 rule must be satisfied:",
      '  "Dangerous"',
      "    2 approvals from security",
      "    leads may decide in place of security, and are not called",
      "    after 8 hours, night-desk are called, and may decide in place of security",
      "",
      "The card in C0APPROVALS calls security; U0ADA000001 does not count.",
      "They are reminded after 1 hour, then after twice as long each time, once a day at most.",
      "If nobody decides, it lapses after 2 days.",
      "Whoever may approve may deny: 2 denials, by different people, end it.",
      'The reason has at least 30 characters and something that matches CHG-\\d+ (rule "Dangerous").',
      "The card warns: Think twice.",
      "",
      ASSUMED,
    ]);
  });

  it("names every rule that must be satisfied, and those that would have granted it", async () => {
    const lines = await outcome("--role", "Auditor", "--asker", "U0CHIARA001", "--life", "1 day");
    expect(lines).toEqual(
      expect.arrayContaining([
        "U0CHIARA001 asks for a new key: Auditor for 1 day.",
        "1 rule must be satisfied:",
        '  "Reading"',
        '"A look" would grant it, and changes nothing.',
        "They are reminded after 4 hours, then after twice as long each time, once a day at most.",
        "Whoever may approve may deny: one denial ends it.",
        "The reason has at least 10 characters.",
      ]),
    );
    const two = await outcome("--role", "Auditor", "--asker", "U0CHIARA001", "--dangerous");
    expect(two).toEqual(
      expect.arrayContaining(["2 rules must be satisfied:", '  "Reading"', '  "Dangerous"']),
    );
  });

  it("says what is granted at once, and what is wanted all the same", async () => {
    expect(await outcome("--role", "Deployer", "--asker", "U0ADA000001")).toEqual([
      "U0ADA000001, of leads, asks for a new key: Deployer.",
      "",
      'Granted at once by the rule "Deploying"; nobody is asked.',
      "The reason has at least 10 characters.",
      "",
      ASSUMED,
    ]);
  });

  it.each([
    [["--asker-in", "contractors"], 'Refused by the rule "No contractors": Ask a colleague.'],
    [["--life", "2 years"], "Refused by the limits: a key lives at most 365 days."],
    [["--life", "none"], "Refused by the limits: a key lives at most 365 days."],
    [["--role", "Viewer"], "Refused: no rule matches."],
    [["--kind", "role-edit", "--role", "Deployer"], "Refused: no rule matches."],
  ])("with %j it says: %s", async (words, expected) => {
    const lines = await outcome("--role", "Auditor", "--asker", "U0ADA000001", ...words);
    expect(lines[2]).toBe(expected);
  });

  it("knows by itself who is named one by one, and asks only of groups that Slack keeps", async () => {
    const lines = await outcome("--role", "Auditor", "--asker", "U0INA000001");
    expect(lines).toEqual([
      "U0INA000001, of interns, asks for a new key: Auditor.",
      "",
      'Refused by the rule "No contractors": Ask a colleague.',
      "",
      "This takes it that U0INA000001 is not in contractors; otherwise add --asker-in contractors.",
    ]);
    const told = await outcome("--role", "Auditor", "--asker", "U0INA000001", "--asker-in", "contractors");
    expect(told[0]).toBe("U0INA000001, of interns and contractors, asks for a new key: Auditor.");
    expect(told.join("\n")).not.toContain("This takes it");
  });

  it("says where nobody could approve it, and where nobody is reminded in time", async () => {
    const alone = await outcome("--role", "Release", "--asker", "U0ADA000001");
    expect(alone).toContain(
      'But nobody could approve it: the rule "Leads among themselves" asks for more people than there are.',
    );
    const hurry = await outcome("--role", "Emergency", "--asker", "U0ADA000001");
    expect(hurry).toEqual(
      expect.arrayContaining(["Nobody is reminded.", "If nobody decides, it lapses after 2 hours."]),
    );
    const others = await outcome("--role", "Release", "--asker", "U0CHIARA001");
    expect(others.join("\n")).not.toContain("nobody could approve");
  });

  it("has words for each kind of request", async () => {
    const first = async (kind: string) =>
      (await outcome("--role", "Auditor", "--asker", "U0ADA000001", "--kind", kind))[0];
    expect(await first("role-change")).toContain("asks for another role for a key: Auditor.");
    expect(await first("longer-life")).toContain("asks for a longer life for a key: Auditor.");
    expect(await first("new-owner")).toContain("asks for a new owner for a key: Auditor.");
    expect(await first("new-role")).toContain("asks for a new role: Auditor.");
    expect(await first("role-edit")).toContain("asks for a change to a role: Auditor.");
    expect(await first("role-delete")).toContain("asks for the end of a role: Auditor.");
  });

  it("names everything that is wrong with the question at once", async () => {
    expect(await explain("--kind", "loan", "--life", "long", "--asker-in", "contractor")).toEqual({
      code: 1,
      printed: "",
      said: [
        "--role is missing: a role's name in the manager.",
        "--asker is missing: who asks, as a Slack user id, U…",
        "--kind is one of new-key, role-change, longer-life, new-owner, new-role, role-edit or role-delete.",
        '--life: "long" is no duration; write 90 days, or none.',
        '--asker-in: there is no group "contractor"; did you mean "contractors"?',
        "",
      ].join("\n"),
    });
    const unlike = await explain("--role", "Auditor", "--asker", "ada", "--asker-in", "zebras");
    expect(unlike.said).toBe(
      '--asker: "ada" is no Slack user id; they look like U0ADA000001.\n--asker-in: there is no group "zebras".\n',
    );
  });

  it("says when the policy cannot be read, or is wrong", async () => {
    const { terminal, said } = scriptedTerminal();
    expect(await explainPolicy([join(folder, "none.yml"), "--role", "x"], terminal)).toBe(1);
    expect(said()).toContain("none.yml cannot be read.");
    writeFileSync(file, POLICY.replace("responders: []\n", ""));
    expect(await explainPolicy([file, "--role", "x"], terminal)).toBe(1);
    expect(said()).toContain('"responders" is missing');
  });
});
