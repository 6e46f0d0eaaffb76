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
      "Requests are posted in C0APPROVALS, incidents in C0INCIDENTS, the audit trail in C0AUDIT0001.",
    ]) {
      expect(stdout).toContain(words);
    }
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
