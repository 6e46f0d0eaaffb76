import { describe, expect, test } from "vitest";
import { claim as claimSchema } from "../../../src/domain/claim.ts";
import type { KeyRecord } from "../../../src/domain/key.ts";
import {
  happeningOf,
  type Looked,
  makeReport,
  report,
  seeReport,
  type UnderWay,
} from "../../../src/domain/report.ts";
import type { Request } from "../../../src/domain/request.ts";
import { roleId } from "../../../src/domain/values.ts";
import {
  aClaimId,
  ada,
  aKey,
  anAttempt,
  aRequestId,
  ben,
  NOW,
  pendingRequest,
  wanted,
} from "../../support/domain.ts";

const looked: Looked = {
  id: aKey(),
  name: "ci-deploy",
  description: "nightly",
  role: 2,
  active: true,
  expiresAt: NOW,
  locale: "en-US",
  timeZone: "UTC",
};
const record: KeyRecord = {
  id: aKey(),
  name: "ci-deploy",
  owner: ada,
  origin: { kind: "request", request: aRequestId() },
  role: roleId.parse(2),
  madeAt: NOW,
};
const nothing: UnderWay = { record: undefined, requests: [], claims: [], madeBy: undefined };
const ours = (change: Partial<UnderWay>): UnderWay => ({ ...nothing, ...change });
const delivered = claimSchema.parse({
  id: aClaimId(),
  request: aRequestId(),
  owner: ada,
  openedAt: NOW,
  lapsesAt: NOW,
  strays: [],
  state: "delivered",
  key: aKey(),
  at: NOW,
});
const undoing = claimSchema.parse({
  ...delivered,
  state: "undoing",
  attempt: { id: anAttempt(), startedAt: NOW, deadline: NOW },
  because: "manager",
});
const about = (wish: Partial<Request["wants"]>): Request => ({
  ...pendingRequest(),
  wants: {
    kind: "role-change",
    key: aKey(),
    keyName: "ci-deploy",
    roleId: roleId.parse(2),
    roleName: "Auditor",
    toRoleId: roleId.parse(3),
    toRoleName: "Deployer",
    life: { kind: "unlimited" },
    to: ben,
    ...wish,
  } as Request["wants"],
});

describe("a key that is new", () => {
  test("was made outside, unless we know it or are making it", () => {
    expect(happeningOf(undefined, looked, nothing)).toMatchObject({ what: "made", name: "ci-deploy" });
    expect(happeningOf(undefined, looked, ours({ record }))).toBeUndefined();
    const making = { ...pendingRequest(), wants: wanted };
    expect(happeningOf(undefined, looked, ours({ requests: [making], madeBy: making.id }))).toBeUndefined();
    expect(happeningOf(undefined, looked, ours({ requests: [making] }))).toMatchObject({ what: "made" });
    expect(happeningOf(undefined, looked, ours({ madeBy: aRequestId("X") }))).toMatchObject({ what: "made" });
  });
});

describe("a key that is gone", () => {
  test("was deleted outside, unless we have deleted it or are doing so", () => {
    expect(happeningOf(looked, undefined, nothing)).toMatchObject({ what: "deleted" });
    expect(happeningOf(looked, undefined, ours({ record }))).toMatchObject({ what: "deleted" });
    for (const change of [{ deletedAt: NOW }, { due: { deleted: true as const } }])
      expect(happeningOf(looked, undefined, ours({ record: { ...record, ...change } }))).toBeUndefined();
    expect(happeningOf(looked, undefined, ours({ claims: [undoing] }))).toBeUndefined();
    const { key: _, ...unknown } = { ...undoing, key: aKey() };
    const other = claimSchema.parse(unknown);
    expect(happeningOf(looked, undefined, ours({ claims: [other] }))).toMatchObject({ what: "deleted" });
  });

  test("was never there", () => {
    expect(happeningOf(undefined, undefined, nothing)).toBeUndefined();
  });
});

describe("a key that differs", () => {
  const locked = { ...looked, active: false };

  test("was changed outside, from what to what", () => {
    expect(happeningOf(looked, { ...looked, role: 1, name: "other" }, nothing)).toEqual({
      key: 7,
      name: "other",
      what: "changed",
      changes: [
        { member: "name", from: "ci-deploy", to: "other" },
        { member: "role", from: 2, to: 1 },
      ],
    });
    expect(happeningOf(looked, { ...looked }, nothing)).toBeUndefined();
  });

  test("was not, where the value is the one that we are giving it", () => {
    const due = { ...record, due: { name: "other" } };
    expect(happeningOf(looked, { ...looked, name: "other" }, ours({ record: due }))).toBeUndefined();
    expect(happeningOf(looked, { ...looked, name: "third" }, ours({ record: due }))).toBeDefined();
  });

  test("was not, where a hold of ours has locked it; its being active then is somebody else's doing", () => {
    const lock = { kind: "lock" as const, by: ada, as: "owner" as const, because: "x", at: NOW };
    const held = { ...record, holds: { baseActive: true, reasons: [lock] } };
    expect(happeningOf(looked, locked, ours({ record: held }))).toBeUndefined();
    expect(happeningOf(locked, looked, ours({ record: held }))).toBeDefined();
  });

  test("was not, where its secret has just been shown and it is being made active", () => {
    expect(happeningOf(locked, looked, ours({ claims: [delivered] }))).toBeUndefined();
  });

  test("was not, where an approved request is changing just that", () => {
    const role = { ...looked, role: 3 };
    expect(happeningOf(looked, role, ours({ requests: [about({})] }))).toBeUndefined();
    expect(happeningOf(looked, { ...role, name: "x" }, ours({ requests: [about({})] }))).toMatchObject({
      changes: [{ member: "name" }],
    });
    const longer = about({ kind: "longer-life" });
    expect(
      happeningOf(looked, { ...looked, expiresAt: NOW + 9 }, ours({ requests: [longer] })),
    ).toBeUndefined();
    const other = about({ key: aKey(8) });
    expect(happeningOf(looked, role, ours({ requests: [other] }))).toBeDefined();
  });
});

test("a report is seen once, and says by whom", () => {
  const happening = happeningOf(undefined, looked, nothing);
  if (happening === undefined) throw new Error("nothing happened");
  const made = makeReport({ id: "REP0RT000000", at: NOW, happenings: [happening] });
  expect(made.event).toMatchObject({
    event: "outside.reported",
    evidence: { keys: [{ key: 7, what: "made", members: [] }] },
  });
  expect(report.parse(JSON.parse(JSON.stringify(made.next)))).toEqual(made.next);
  const changed = happeningOf(looked, { ...looked, role: 1 }, nothing);
  if (changed === undefined) throw new Error("nothing changed");
  expect(makeReport({ ...made.next, happenings: [changed] }).event.evidence).toEqual({
    keys: [{ key: 7, what: "changed", members: ["role"] }],
  });
  const seen = seeReport(made.next, ada, NOW + 1);
  if ("refusal" in seen) throw new Error("refused");
  expect(seen.next.seen).toEqual({ by: ada, at: NOW + 1 });
  expect(seeReport(seen.next, ben, NOW + 2)).toEqual({
    refusal: { reason: "wrong-state", state: "seen", by: ada, at: NOW + 1 },
  });
});
