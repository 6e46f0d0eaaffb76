import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { POLICY } from "../config/policy-text.ts";

const folder = mkdtempSync(join(tmpdir(), "portcullis-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

function check(text?: string) {
  const file = join(folder, "policy.yml");
  if (text !== undefined) writeFileSync(file, text);
  return run("policy", "check", text === undefined ? join(folder, "none.yml") : file);
}

function run(...words: string[]) {
  const cli = fileURLToPath(new URL("../../../src/cli.ts", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...words], { encoding: "utf8" });
  return { status, stdout, stderr };
}

describe("policy check", () => {
  it("says in words what a policy means", () => {
    const { status, stdout } = check(POLICY);
    expect(status).toBe(0);
    for (const words of [
      "security: the Slack user group S0SECURITY1; they approve requests",
      "named: U0ADA000001, U0BEN000001; they approve requests",
      "There are no responders: an empty list means nobody.",
      "for every request with the role Auditor for a life of at most 1 day:\n    no approval is needed",
      "for every request for a life of more than 1 day:\n    2 approvals from security and 1 approval from named, by 3 different people",
      "for a new key for a life of more than 180 days:\n    refused, because: Nothing lives so long here.",
      "A key lives at most 365 days.",
      "A request that nobody has decided lapses after 7 days.",
      "Requests are posted in C0APPROVALS, incidents in C0INCIDENTS, the head of the audit trail, once a day, in C0AUDIT0001.",
    ]) {
      expect(stdout).toContain(words);
    }
  });

  it("says in words what each further setting of a rule means", () => {
    const { status, stdout } = check(`${POLICY}  - name: Everything said
    when: { dangerous: true, askers: [security, named], kinds: [new-key, new-owner] }
    except:
      - { roles: [Auditor], life-up-to: 1 day }
      - { askers: [named] }
    needs:
      - { group: security, approvals: 2, quiet: [named], escalate: { after: 90 minutes, to: named } }
    denials: 2
    reason-at-least: 30
    ticket: CHG-\\d+
    danger: Look twice.
    remind-after: 1 hour
    lapse-after: 2 days
  - name: Roles by themselves
    when: { kinds: [role-edit] }
    automatic: true
`);
    expect(status).toBe(0);
    expect(stdout).toContain(`  "Everything said"
    for a new key or a new owner for a key with a dangerous role of somebody in security or named,
    except requests with the role Auditor for a life of at most 1 day or requests of somebody in named:
    2 approvals from security
    named may decide in place of security, and are not called
    after 90 minutes, named are called too
    2 denials, by different people, end it
    the reason has at least 30 characters
    the reason has something in it that matches CHG-\\d+
    the card warns: Look twice.
    approvers are reminded after 1 hour
    it lapses after 2 days
  "Roles by themselves"
    for a change to a role:
    no approval is needed
`);
  });

  it("says what holds where a policy says nothing of it", () => {
    const { stdout } = check(POLICY);
    for (const words of [
      "A role is dangerous that has one of these rights:\n    platformRights.apikeyRights.canCreate*",
      "Approvers are not reminded, unless a rule says so.",
      "A key's owner is told 30 days, 14 days, 7 days and 1 day before it ends.",
      "A lockout is lifted by one responder who neither declared it nor asks that it be lifted.",
      "What is done to keys in the manager without Portcullis is reported.",
      "A reason has at least 1 character.",
    ]) {
      expect(stdout).toContain(words);
    }
    expect(stdout).not.toContain("And when a secret is older");
  });

  it("says in words what each setting beside the rules means", () => {
    const settings = `dangerous-rights: ["platformRights.apikeyRights.*"]
expiry: { remind-before: [10 days, 12 hours], team: named, rotate-every: 90 days }
restores:
  needs: [{ group: security, approvals: 1 }, { group: named, approvals: 1 }]
outside: { report: false }
`;
    const { stdout } = check(
      POLICY.replace("  requests-lapse", "  remind-after: 4 hours\n  requests-lapse") + settings,
    );
    for (const words of [
      "A role is dangerous that has one of these rights:\n    platformRights.apikeyRights.*\n\n",
      "Approvers are reminded after 4 hours, then after twice as long each time, once a day at most.",
      "A key's owner, then named, is told 10 days and 12 hours before it ends.",
      "A key's owner, then named, is told when its secret is older than 90 days.",
      "A lockout is lifted by 1 approval from security and 1 approval from named, by 2 different people; nobody counts who declared it or asks that it be lifted.",
      "What is done to keys in the manager without Portcullis is not reported.",
    ]) {
      expect(stdout).toContain(words);
    }
  });

  it("says that no role is dangerous, and nobody told of an end, where the lists are empty", () => {
    const { stdout } = check(`${POLICY}dangerous-rights: []\nexpiry: { remind-before: [] }\n`);
    expect(stdout).toContain("No right is called dangerous, so no role is.");
    expect(stdout).toContain("Nobody is told before a key ends.");
  });

  it("says that a policy without rules refuses everything", () => {
    const { stdout } = check(`${POLICY.slice(0, POLICY.indexOf("rules:"))}rules: []\n`);
    expect(stdout).toContain("There are no rules: every request is refused.");
  });

  it("names every error by file, line and column, and fails", () => {
    const { status, stderr } = check(POLICY.replace("7 days", "soon").replace("C0AUDIT0001", "audit"));
    expect(status).toBe(1);
    expect(stderr.trim().split("\n")).toEqual([
      expect.stringContaining("policy.yml, line 10, column 10:"),
      expect.stringContaining("policy.yml, line 16, column 25:"),
    ]);
  });

  it("says when the file cannot be read", () => {
    expect(check()).toMatchObject({ status: 1, stderr: expect.stringContaining("cannot be read") });
  });
});

describe("an unknown command", () => {
  it("is answered with what there is", () => {
    expect(run("policy", "chek")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("policy -- check"),
    });
  });
});
