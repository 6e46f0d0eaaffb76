import { expect, test } from "vitest";
import { declare } from "../../../../src/domain/lockout.ts";
import { lockoutItem } from "../../../../src/domain/lockout-item.ts";
import { jsonReport, markdownReport } from "../../../../src/slack/words/lockout-report.ts";
import { ada, aKey, aLockoutId, ben, NOW } from "../../../support/domain.ts";

const { next, event } = declare({
  id: aLockoutId(),
  scope: { query: "role:auditor", criteria: [] },
  incident: "INC-1 | <b>",
  because: "a *leak*\n# heading",
  declaredBy: ben,
  at: NOW,
});
const reported = {
  lockout: { ...next, clock: { firstLockedAt: NOW + 250, verifiedAt: NOW + 1500 } },
  items: [
    lockoutItem.parse({
      lockout: aLockoutId(),
      key: aKey(),
      name: "ci|deploy",
      owner: ada,
      role: 2,
      danger: 3,
      wasActive: true,
      state: "verified",
      tries: 0,
      nextTry: 0,
      lockedAt: NOW + 250,
      verifiedAt: NOW + 1500,
    }),
  ],
  timeline: [{ ...event, seq: 1, previous: "0", hash: "1", evidence: JSON.stringify(event.evidence) }],
  at: NOW + 5000,
};

test("the report for people says what happened when and to which keys of whom, and nothing in it is markup", () => {
  const text = markdownReport(reported);
  expect(text).toContain("# Lockout: INC\\-1 \\| \\<b\\>");
  expect(text).toContain("Why: a \\*leak\\* \\# heading");
  expect(text).toContain("| First key locked |");
  expect(text).toContain("| 0.3 s |");
  expect(text).toContain("| 1.5 s |");
  expect(text).toContain(`ci\\|deploy | ${ada} | 2 | yes | never |`);
  expect(text).not.toMatch(/^# heading/m);
  expect(text).toContain("declared a lockout");
});

test("the report for programs has the same, with the evidence as it is", () => {
  const read = JSON.parse(jsonReport(reported)) as { keys: unknown[]; timeline: { evidence: unknown }[] };
  expect(read.keys).toMatchObject([{ name: "ci|deploy", state: "verified" }]);
  expect(read.timeline[0]?.evidence).toMatchObject({ incident: "INC-1 | <b>" });
});

test("the report of a drill does not say that anything was locked", () => {
  const text = markdownReport({ ...reported, lockout: { ...reported.lockout, drill: true } });
  expect(text).toContain("| First key rehearsed |");
  expect(text).toContain("began a drill");
  expect(text).not.toContain("declared a lockout");
});
