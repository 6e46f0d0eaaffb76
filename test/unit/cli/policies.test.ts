import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { checkPolicy } from "../../../src/cli/check-policy.ts";
import { testPolicy } from "../../../src/cli/test-policy.ts";
import { DANGEROUS_RIGHTS } from "../../../src/domain/dangerous-rights.ts";
import type { Policy } from "../../../src/domain/policy.ts";
import { readPolicy } from "../../../src/policy-file.ts";
import { scriptedTerminal } from "../../support/terminal.ts";

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const folder = at("test/fixtures/policies");
const fixtures = readdirSync(folder);
const files = [...fixtures.map((name) => `${folder}/${name}`), at("src/sandbox/policy.yml")];
const sample = at("policy.yml");
const elsewhere = mkdtempSync(join(tmpdir(), "portcullis-policies-"));
afterAll(() => rmSync(elsewhere, { recursive: true }));

function policyIn(file: string): Policy {
  const read = readPolicy(readFileSync(file, "utf8"), { placeholders: true });
  if ("problems" in read) throw new Error(read.problems.join("\n"));
  return read.policy;
}

it("there are a dozen policies to try", () => {
  expect(fixtures.length).toBeGreaterThanOrEqual(12);
});

describe.each(files)("%s", (file) => {
  it("is valid, and each of its rules is said in words", async () => {
    const { terminal, printed, said } = scriptedTerminal();
    expect({ code: await checkPolicy([file], terminal), said: said() }).toEqual({ code: 0, said: "" });
    for (const { name } of policyIn(file).rules) expect(printed()).toContain(`"${name}"`);
    expect(printed()).not.toMatch(/undefined|null|\[object/);
  });
});

describe.each([...files, sample])("the examples of %s", (file) => {
  it("come out as they say", async () => {
    const { terminal, printed, said } = scriptedTerminal();
    const code = await testPolicy([file], terminal);
    expect({ code, wrong: printed().match(/^WRONG.*(\n {8}.*)*/gm), said: said() }).toEqual({
      code: 0,
      wrong: null,
      said: "",
    });
  });

  it("touch each rule", () => {
    const { rules, examples } = policyIn(file);
    const touched = new Set(examples.flatMap(({ expect: expected }) => expected.rules ?? []));
    expect(rules.map(({ name }) => name).filter((name) => !touched.has(name))).toEqual([]);
  });
});

describe.each([...files, sample])("the examples of %s", (file) => {
  it.each(policyIn(file).rules.map(({ name }, i) => [name, i] as const))(
    'notice when the rule "%s" speaks of nothing any more',
    async (_, i) => {
      const document = parseDocument(readFileSync(file, "utf8"));
      document.setIn(["rules", i, "when"], { roles: ["No role of anybody's"] });
      const changed = join(elsewhere, `${i}.yml`);
      writeFileSync(changed, String(document));
      const { terminal, printed } = scriptedTerminal();
      expect(await testPolicy([changed], terminal)).toBe(1);
      expect(printed()).toMatch(/^WRONG/m);
    },
  );
});

describe("the sample policy", () => {
  const { rules, restores } = policyIn(sample);

  it("asks two people for dangerous roles, and for lifting a lockout", () => {
    const dangerous = rules.find(({ when }) => when?.dangerous && Object.keys(when).length === 1);
    const needs = dangerous !== undefined && "needs" in dangerous ? dangerous.needs : [];
    for (const seats of [needs, restores?.needs ?? []]) {
      expect(seats.reduce((sum, { approvals }) => sum + approvals, 0)).toBe(2);
    }
  });

  it("shows the dangerous rights that hold where it names none", () => {
    const text = readFileSync(sample, "utf8");
    const shown = text.slice(text.indexOf("# dangerous-rights:")).split("\n\n")[0] ?? "";
    const uncommented = shown.replaceAll(/^# /gm, "");
    const read = readPolicy(`${uncommented}\n${text}`, { placeholders: true });
    expect(uncommented).toMatch(/^dangerous-rights:\n/);
    expect(read).toMatchObject({ policy: { "dangerous-rights": DANGEROUS_RIGHTS } });
    expect([...uncommented.matchAll(/^ *- (\S+)$/gm)].map(([, right]) => right)).toEqual(DANGEROUS_RIGHTS);
  });

  it("shows every setting that there is", () => {
    const text = readFileSync(sample, "utf8").replaceAll(/^( *)# ?/gm, "$1");
    const settings = `remind-after requests-lapse-after claims-lapse-after remind-before rotate-every team
      longest-life default-life keys-per-person reason-at-least key-names slack-group people roles kinds
      life-over life-up-to askers dangerous except needs quiet escalate refuse automatic denials ticket
      danger lapse-after restores outside examples say ask expect asker-in reason`;
    for (const setting of settings.split(/\s+/)) {
      expect(text).toMatch(new RegExp(`\\b${setting}:`));
    }
  });
});
