import type { RuleNeeds } from "../../src/domain/rule.ts";
import type { Facts, Terms } from "../../src/domain/verdict.ts";
import { policy, type Policy } from "../../src/domain/policy.ts";
import { makeRequest, type Making } from "../../src/domain/request.ts";
import { attemptId, claimId, keyId, lockoutId, type PersonId, personId } from "../../src/domain/values.ts";
import { requestId, roleId } from "../../src/domain/values.ts";
import type { NewKey, Role } from "../../src/domain/wants.ts";

/** People, ids and a policy to write tests of the domain with. */
export const NOW = Date.UTC(2026, 10, 21, 12);
export const person = (name: string): PersonId => personId.parse(`U${name.toUpperCase()}`);
export const ada = person("ada");
export const ben = person("ben");
export const chiara = person("chiara");
export const dmitri = person("dmitri");
export const emi = person("emi");

const twelve = (text: string): string => text.padStart(12, "0");
export const aRequestId = (text = "R1"): Making["id"] => requestId.parse(twelve(text));
export const aClaimId = (text = "C1"): ReturnType<typeof claimId.parse> => claimId.parse(twelve(text));
export const anAttempt = (text = "A1"): ReturnType<typeof attemptId.parse> => attemptId.parse(twelve(text));
export const aLockoutId = (text = "K1"): ReturnType<typeof lockoutId.parse> => lockoutId.parse(twelve(text));
export const aKey = (id = 7): ReturnType<typeof keyId.parse> => keyId.parse(id);

export const wanted: NewKey = {
  kind: "new-key",
  keyName: "ci-deploy",
  roleId: roleId.parse(2),
  roleName: "Auditor",
  life: { kind: "days", days: 90 },
  description: "nightly",
  locale: "en-US",
  timeZone: "Europe/Berlin",
};

export const auditor: Role = {
  id: 2,
  name: "Auditor",
  description: "",
  rights: ["platformRights.computerRights.canViewOtherComputers"],
  allComputers: true,
  allPolicies: true,
  allowUserInterface: true,
  allowWebService: true,
  onlyEqualOrLesserUsers: false,
  computerIds: [],
  computerGroupIds: [],
  policyIds: [],
  immutable: false,
};

export const needs = (approvals: number, group = "security", rule = "rule"): RuleNeeds => ({
  rule,
  needs: [{ group, approvals }],
});

/** An asker in no group that rules name, and a role without dangerous rights. */
export const nothingKnown: Facts = { askerGroups: new Set(), dangerous: false };
export const judgedOnNothing: Making["judged"] = { askerGroups: [], dangerous: false };

/** What rules say that say nothing but who decides. */
export const terms: Terms = { denials: 1, dangers: [], reasonAtLeast: 0, tickets: [] };

function making(change: Partial<Making> = {}): Making {
  return {
    id: aRequestId(),
    asker: ada,
    wants: wanted,
    reason: "nightly report",
    askedAt: NOW,
    rules: ["rule"],
    demands: [needs(1)],
    policyHash: "p",
    effectHash: "e",
    lapsesAt: NOW + 1000,
    nameUnchecked: false,
    judged: judgedOnNothing,
    dangers: [],
    denialsToEnd: 1,
    ...change,
  };
}

export const pendingRequest = (change: Partial<Making> = {}): ReturnType<typeof makeRequest>["next"] =>
  makeRequest(making(change)).next;

/** A small policy file, as its parser is given it. */
export const policyFile = {
  groups: {
    security: { "slack-group": "S0SECURITY" },
    platform: { people: ["UBEN", "UEMI"] },
  },
  approvers: ["security", "platform"],
  responders: ["security"],
  auditors: [],
  channels: { approvals: "C0APPROVALS", incidents: "C0INCIDENTS", audit: "C0AUDIT" },
  limits: { "longest-life": "365 days", "default-life": "90 days", "keys-per-person": 5 },
  times: { "requests-lapse-after": "3 days", "claims-lapse-after": "24 hours" },
  rules: [
    { name: "one for reading", when: { roles: ["Auditor"] }, needs: [{ group: "security", approvals: 1 }] },
    { name: "two for power", when: { roles: ["Full Access"] }, needs: [{ group: "security", approvals: 2 }] },
  ],
};

export const samplePolicy: Policy = policy.parse(policyFile);
