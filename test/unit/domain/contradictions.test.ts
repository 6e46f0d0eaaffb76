import { expect, test } from "vitest";
import { policy } from "../../../src/domain/policy.ts";
import { policyFile } from "../../support/domain.ts";

const seat = { needs: [{ group: "security", approvals: 1 }] };
const need = (change: object) => ({ needs: [{ group: "security", approvals: 1, ...change }] });
const rules = (...written: object[]) => ({ rules: written.map((each) => ({ name: "r", ...each })) });
const problems = (change: object): string[] =>
  policy
    .safeParse({ ...policyFile, ...change })
    .error?.issues.map((each) => `${each.path.join(".")}: ${each.message}`) ?? [];

test.each<[string, object, RegExp]>([
  ["two rules of one name", rules(seat, seat), /^rules\.1\.name: two rules have this name$/],
  [
    "an unknown group of askers in an exception",
    rules({ ...seat, except: [{ askers: ["platfrom"] }] }),
    /^rules\.0\.except\.0\.askers\.0: there is no group "platfrom" under groups; did you mean "platform"\?$/,
  ],
  [
    "an unknown quiet group",
    rules(need({ quiet: ["ghosts"] })),
    /^rules\.0\.needs\.0\.quiet\.0: there is no group "ghosts" under groups$/,
  ],
  [
    "an escalation to people who may not decide",
    { approvers: ["security"], ...rules(need({ escalate: { after: "1 hour", to: "platform" } })) },
    /^rules\.0\.needs\.0\.escalate\.to: "platform" decides here, so it must stand under approvers$/,
  ],
  [
    "an escalation after the end",
    rules({ ...need({ escalate: { after: "2 days", to: "platform" } }), "lapse-after": "1 day" }),
    /^rules\.0\.needs\.0\.escalate\.after: nobody would be called/,
  ],
  [
    "a reminder after the end",
    rules({ ...seat, "remind-after": "3 days" }),
    /^rules\.0\.remind-after: nobody would be reminded/,
  ],
  [
    "a life that is over and yet up to the same",
    rules({ ...seat, when: { "life-over": "2 days", "life-up-to": "2 days" } }),
    /^rules\.0\.when\.life-up-to: no life is over/,
  ],
  ["an exception of everything", rules({ ...seat, except: [{}] }), /^rules\.0\.except\.0: this fits every/],
  [
    "an unknown group that lifts lockouts",
    { restores: { needs: [{ group: "ghosts", approvals: 1 }] } },
    /^restores\.needs\.0\.group: there is no group "ghosts"/,
  ],
  [
    "a secret that takes its key down without being tried",
    { leaks: { "lock-proved": true } },
    /^leaks\.lock-proved: nothing is proved unless try-secret is true/,
  ],
  ["an unknown team", { expiry: { team: "plattform" } }, /^expiry\.team: .*did you mean "platform"/],
  [
    "a ticket that is no pattern",
    rules({ ...seat, ticket: "(CHG" }),
    /^rules\.0\.ticket: "\(CHG" is not a regular expression$/,
  ],
  [
    "an unknown group in an example",
    { examples: [{ say: "s", ask: { role: "R", "asker-in": ["ghosts"] }, expect: { outcome: "needs" } }] },
    /^examples\.0\.ask\.asker-in\.0: there is no group "ghosts"/,
  ],
])("a policy with %s is refused, and says where", (_, change, expected) => {
  expect(problems(change)).toEqual([expect.stringMatching(expected)]);
});

test("what cannot be read hides no contradiction elsewhere, and is not told twice", () => {
  expect(problems({ approvers: ["ghosts"], auditors: "security" })).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^auditors: /),
      expect.stringMatching(/^approvers\.0: there is no group "ghosts"/),
    ]),
  );
  expect(problems({ auditors: ["Ghosts"] })).toEqual([
    "auditors.0: a group's name is lower case, with hyphens",
  ]);
  expect(problems({ groups: "none" })).toEqual([expect.stringMatching(/^groups: /)]);
  for (const part of ["times", "limits", "restores", "expiry", "rules", "examples"]) {
    const told = problems({ [part]: "none" });
    expect(told).toEqual([expect.stringMatching(new RegExp(`^${part}: `))]);
  }
  const broken = { rules: [{ name: "r", needs: "nobody" }], examples: [{ say: 1 }] };
  expect(problems(broken).map((each) => each.split(/[.:]/)[0])).toEqual(
    expect.arrayContaining(["rules", "examples"]),
  );
});
