import { describe, expect, test } from "vitest";
import { isLiving, request, type Request } from "../../../src/domain/request.ts";
import {
  approve,
  approveAutomatically,
  type Approval,
  deny,
  withdraw,
} from "../../../src/domain/request-decision.ts";
import {
  apply,
  fail,
  fulfil,
  lapse,
  lapseUnclaimed,
  nameChecked,
  requestDueAt,
} from "../../../src/domain/request-end.ts";
import { draftOf } from "../../../src/domain/role-diff.ts";
import { roleId } from "../../../src/domain/values.ts";
import {
  beneficiary,
  keyOf,
  lifeJudged,
  roleJudged,
  titleOf,
  type Wants,
} from "../../../src/domain/wants.ts";
import {
  aClaimId,
  ada,
  aKey,
  auditor,
  ben,
  chiara,
  dmitri,
  emi,
  judgedOnNothing,
  needs,
  NOW,
  pendingRequest,
  wanted,
} from "../../support/domain.ts";

const members = new Map([["security", new Set([chiara, dmitri, emi, ada])]]);
const by = (person: typeof ada, change: Partial<Approval> = {}): Approval => ({
  by: person,
  at: NOW + 1,
  demands: [needs(1)],
  members,
  denialsToEnd: 1,
  judged: judgedOnNothing,
  effectHash: "e",
  claim: aClaimId(),
  ...change,
});
const next = <T>(step: { next: T } | { refusal: unknown }): T => {
  if ("refusal" in step) throw new Error(JSON.stringify(step.refusal));
  return step.next;
};
const refusal = (step: object): unknown => ("refusal" in step ? step.refusal : "none");
const denial = (person: typeof ada) => ({
  by: person,
  at: NOW + 1,
  demands: [needs(1)],
  members,
  denialsToEnd: 1,
  because: "too broad",
});

const pending = pendingRequest();
const approved = next(approve(pending, by(chiara)));
const denied = next(deny(pending, denial(chiara)));
const ended: Request[] = [
  approved,
  denied,
  next(withdraw(pending, ada, NOW + 1)),
  next(lapse(pending, NOW + 1000)),
  next(lapseUnclaimed(approved, NOW + 5)),
  next(fulfil(approved, aKey(), NOW + 5)),
  next(fail(approved, "role-gone", NOW + 5)),
];

describe("an approval", () => {
  test("by one who may decide approves, and the event names the claim and what was approved", () => {
    const step = approve(pending, by(chiara));
    expect(step).toMatchObject({
      next: { state: "approved", at: NOW + 1, claim: aClaimId(), approvals: [{ by: chiara }] },
      event: { event: "request.approved", actor: chiara, evidence: { effect: "e", claim: aClaimId() } },
    });
    expect(next(step)).not.toHaveProperty("lapsesAt");
  });

  test("is the first of two where the rule says two", () => {
    const demands = [needs(2)];
    const first = next(approve(pendingRequest({ demands }), by(chiara, { demands })));
    expect(first.state).toBe("pending");
    expect(refusal(approve(first, by(chiara, { demands, at: NOW + 2 })))).toEqual({
      reason: "decided-already",
      at: NOW + 1,
    });
    expect(next(approve(first, by(dmitri, { demands, at: NOW + 2 }))).state).toBe("approved");
  });

  test("of somebody who has left the group since counts no more", () => {
    const demands = [needs(2)];
    const first = next(approve(pendingRequest({ demands }), by(chiara, { demands })));
    const without = new Map([["security", new Set([dmitri, emi])]]);
    expect(next(approve(first, by(dmitri, { demands, members: without }))).state).toBe("pending");
  });

  test.each<[string, Approval, object]>([
    ["by the asker", by(ada), { reason: "own-request" }],
    ["by somebody outside the groups", by(ben), { reason: "not-an-approver", groups: ["security"] }],
    [
      "of something that has changed since it was shown",
      by(chiara, { effectHash: "other" }),
      { reason: "effect-changed" },
    ],
    [
      "after it has lapsed",
      by(chiara, { at: NOW + 1000 }),
      { reason: "wrong-state", state: "lapsed", at: NOW + 1000 },
    ],
  ])("%s is refused", (_, approval, expected) => {
    expect(refusal(approve(pending, approval))).toEqual(expected);
  });

  test("by the policy alone is an event of the program's own", () => {
    const step = approveAutomatically(pending, NOW, aClaimId());
    expect(step).toMatchObject({
      next: { state: "approved", approvals: [] },
      event: { actor: "portcullis" },
    });
  });
});

describe("one denial", () => {
  test("ends a request, with its reason", () => {
    expect(denied).toMatchObject({ state: "denied", by: chiara, because: "too broad" });
  });

  test("of two that the rules want leaves it open, takes back an approval, and is a person's last word", () => {
    const both = [needs(2)];
    const open = pendingRequest({ demands: both, denialsToEnd: 2 });
    const no = (person: typeof ada, at: number) => ({
      ...denial(person),
      demands: both,
      denialsToEnd: 2,
      at,
    });
    const seconded = next(approve(open, by(chiara, { demands: both, denialsToEnd: 2 })));
    const opposed = next(deny(seconded, no(chiara, NOW + 2)));
    expect(deny(seconded, no(chiara, NOW + 2))).toMatchObject({
      next: { state: "pending", approvals: [], denials: [{ by: chiara, because: "too broad" }] },
      event: { event: "request.opposed", evidence: { because: "too broad" } },
    });
    const spoken = { reason: "denied-already", at: NOW + 2 };
    expect(refusal(approve(opposed, by(chiara, { demands: both, denialsToEnd: 2, at: NOW + 3 })))).toEqual(
      spoken,
    );
    expect(refusal(deny(opposed, no(chiara, NOW + 3)))).toEqual(spoken);
    expect(next(deny(opposed, no(emi, NOW + 3)))).toMatchObject({ state: "denied", by: emi });
  });

  test("is enough where the rules of now say so, whatever they said when it was made", () => {
    const lenient = pendingRequest({ denialsToEnd: 2 });
    expect(next(deny(lenient, denial(chiara))).state).toBe("denied");
    const opposed = next(deny(lenient, { ...denial(chiara), denialsToEnd: 2 }));
    expect(opposed.state).toBe("pending");
    expect(refusal(approve(opposed, by(emi, { at: NOW + 2 })))).toEqual({
      reason: "wrong-state",
      state: "denied",
      by: chiara,
      at: NOW + 1,
    });
  });

  test("is refused to the asker and to outsiders", () => {
    expect(refusal(deny(pending, denial(ada)))).toEqual({ reason: "own-request" });
    expect(refusal(deny(pending, denial(ben)))).toMatchObject({ reason: "not-an-approver" });
  });
});

test("only the asker withdraws", () => {
  expect(refusal(withdraw(pending, chiara, NOW))).toEqual({ reason: "not-yours", what: "request" });
});

test.each(ended)(
  "nothing is decided on what is $state already, and it is said who did that and when",
  (state) => {
    const expected = { reason: "wrong-state", state: state.state, at: (state as { at: number }).at };
    expect(refusal(approve(state, by(emi)))).toMatchObject(expected);
    expect(refusal(deny(state, denial(emi)))).toMatchObject(expected);
    expect(refusal(withdraw(state, ada, NOW))).toMatchObject(expected);
    expect(refusal(lapse(state, NOW + 5000))).toMatchObject(expected);
    expect(refusal(nameChecked(state, NOW))).toMatchObject(expected);
    if (state.state !== "approved") {
      expect(refusal(lapseUnclaimed(state, NOW))).toMatchObject(expected);
      expect(refusal(fulfil(state, aKey(), NOW))).toMatchObject(expected);
      expect(refusal(fail(state, "role-gone", NOW))).toMatchObject(expected);
    }
    expect(isLiving(state)).toBe(state.state === "approved");
    expect(requestDueAt(state)).toBeUndefined();
    expect(request.parse(JSON.parse(JSON.stringify(state)))).toEqual(state);
  },
);

test("a refusal for being too late names who was faster", () => {
  const approved = next(approve(pending, by(dmitri)));
  expect(refusal(approve(denied, by(emi)))).toMatchObject({ by: chiara });
  expect(refusal(approve(approved, by(emi)))).toMatchObject({ by: dmitri });
  expect(refusal(approve(next(withdraw(pending, ada, NOW)), by(emi)))).toMatchObject({ by: ada });
  const byRule = approveAutomatically(pending, NOW, aClaimId()).next;
  expect(refusal(approve(byRule, by(emi)))).not.toHaveProperty("by");
});

test("a pending request is due when it lapses, or at once while its name is unchecked", () => {
  const unchecked = pendingRequest({ nameUnchecked: true });
  expect([requestDueAt(pending), requestDueAt(unchecked)]).toEqual([NOW + 1000, NOW]);
  expect(refusal(lapse(pending, NOW + 999))).toMatchObject({ reason: "wrong-state", state: "pending" });
  expect(next(nameChecked(unchecked, NOW))).toMatchObject({ nameUnchecked: false });
  expect(refusal(nameChecked(pending, NOW))).toMatchObject({ state: "pending" });
  expect(next(fail(unchecked, "name-taken", NOW)).state).toBe("failed");
  expect(isLiving(pending)).toBe(true);
});

test("a fulfilled request fails only when its key was gone before it became active", () => {
  const fulfilled = next(fulfil(approved, aKey(), NOW + 5));
  expect(next(fail(fulfilled, "key-gone", NOW + 6))).toMatchObject({ state: "failed", because: "key-gone" });
  expect(refusal(fail(fulfilled, "role-gone", NOW + 6))).toMatchObject({ state: "fulfilled" });
});

describe("what we carry out ourselves", () => {
  const change: Wants = {
    kind: "role-change",
    key: aKey(),
    keyName: "ci-deploy",
    owner: ada,
    roleId: wanted.roleId,
    roleName: "Auditor",
    toRoleId: roleId.parse(3),
    toRoleName: "Deployer",
    life: { kind: "unlimited" },
  };
  const { claim: _, ...noClaim } = by(chiara);
  const granted = next(approve({ ...pending, wants: change }, noClaim));

  test("is approved without a claim, due at once, and applied", () => {
    expect(granted).not.toHaveProperty("claim");
    expect(requestDueAt(granted)).toBe(granted.state === "approved" ? granted.at : "not approved");
    expect(next(apply(granted, NOW + 2))).toMatchObject({ state: "applied", at: NOW + 2 });
  });

  test("is nothing that a claim carries out, and is applied once", () => {
    expect(refusal(apply(approved, NOW))).toMatchObject({ reason: "wrong-state" });
    expect(refusal(apply(pending, NOW))).toMatchObject({ reason: "wrong-state" });
  });

  test("by the policy alone is approved without a claim too", () => {
    expect(approveAutomatically({ ...pending, wants: change }, NOW).next).not.toHaveProperty("claim");
  });

  test("is decided neither by who asked nor by who would get it", () => {
    const handing: Wants = {
      kind: "new-owner",
      key: aKey(),
      keyName: "ci-deploy",
      owner: ada,
      roleId: wanted.roleId,
      roleName: "Auditor",
      to: dmitri,
      life: { kind: "unlimited" },
    };
    const request = { ...pending, wants: handing };
    expect(refusal(approve(request, by(dmitri)))).toEqual({ reason: "own-request" });
    expect(refusal(deny(request, denial(dmitri)))).toEqual({ reason: "own-request" });
    expect(next(approve(request, by(chiara))).state).toBe("approved");
  });
});

test("each wish says which role and life it is judged by, which key it is about, and what it is called", () => {
  const key = { key: aKey(), keyName: "ci", owner: ada, roleId: wanted.roleId, roleName: "Auditor" };
  const role = { roleName: "Auditor", draft: { ...draftOf(auditor) } };
  const until = { kind: "until", at: NOW } as const;
  const wishes: Wants[] = [
    wanted,
    { kind: "rotation", ...key },
    { kind: "role-change", ...key, toRoleId: roleId.parse(3), toRoleName: "Deployer", life: until },
    { kind: "longer-life", ...key, life: until },
    { kind: "new-owner", ...key, to: ben, life: until },
    { kind: "new-role", ...role },
    { kind: "role-edit", roleId: wanted.roleId, ...role },
    { kind: "role-delete", roleId: wanted.roleId, roleName: "Auditor" },
  ];
  expect(
    wishes.map((each) => [
      roleJudged(each),
      lifeJudged(each)?.kind,
      keyOf(each),
      titleOf(each),
      beneficiary(each, ada),
    ]),
  ).toEqual([
    ["Auditor", "days", undefined, "ci-deploy", ada],
    ["Auditor", undefined, 7, "ci", ada],
    ["Deployer", "until", 7, "ci", ada],
    ["Auditor", "until", 7, "ci", ada],
    ["Auditor", "until", 7, "ci", ben],
    ["Auditor", undefined, undefined, "Auditor", ada],
    ["Auditor", undefined, undefined, "Auditor", ada],
    ["Auditor", undefined, undefined, "Auditor", ada],
  ]);
});
