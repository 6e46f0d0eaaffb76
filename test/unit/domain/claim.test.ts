import { describe, expect, test } from "vitest";
import {
  ATTEMPT_LIMIT,
  claim,
  type Claim,
  type Click,
  deliver,
  FRESH_CLICK,
  giveUp,
  openClaim,
  reopen,
  startMinting,
  startShowing,
  STRAY_LIMIT,
} from "../../../src/domain/claim.ts";
import {
  activated,
  claimDueAt,
  dropStray,
  failClaim,
  isUnderWay,
  lapseClaim,
  voidClaim,
} from "../../../src/domain/claim-end.ts";
import { declare } from "../../../src/domain/lockout.ts";
import { EVERYTHING } from "../../../src/domain/lockout-scope.ts";
import { aClaimId, ada, aKey, aLockoutId, anAttempt, aRequestId, ben, NOW } from "../../support/domain.ts";

const lockout = declare({
  id: aLockoutId(),
  scope: EVERYTHING,
  incident: "INC-1",
  because: "leak",
  declaredBy: ben,
  at: NOW,
}).next;
const click = (change: Partial<Click> = {}): Click => ({
  by: ada,
  clickedAt: NOW,
  at: NOW + 1,
  attempt: anAttempt(),
  heldBy: undefined,
  ...change,
});
const mine = { attempt: anAttempt(), at: NOW + 2 };
const next = <T>(step: { next: T } | { refusal: unknown }): T => {
  if ("refusal" in step) throw new Error(JSON.stringify(step.refusal));
  return step.next;
};
const refusal = (step: object): unknown => ("refusal" in step ? step.refusal : "none");

const open = openClaim({
  id: aClaimId(),
  purpose: { kind: "new-key" },
  request: aRequestId(),
  owner: ada,
  openedAt: NOW,
  lapsesAt: NOW + 60_000,
}).next;
const minting = next(startMinting(open, click()));
const showing = next(startShowing(minting, { ...mine, key: aKey(), heldBy: undefined }));
const delivered = next(deliver(showing, mine));
const active = next(activated(delivered, NOW + 9));
const undoing = next(giveUp(minting, { ...mine, because: "manager" }));
const undoingKnown = next(giveUp(showing, { ...mine, because: "slack-uncertain" }));
const later = { attempt: anAttempt(), at: NOW + 3 };
const reopened = next(reopen(undoing, later));
const lapsed = next(lapseClaim(open, NOW + 60_000));
const failed = next(failClaim(minting, "name-taken", NOW + 4));
const all: Claim[] = [
  open,
  minting,
  showing,
  delivered,
  active,
  undoing,
  undoingKnown,
  reopened,
  lapsed,
  failed,
];

describe("the click", () => {
  test("of the owner, fresh, starts the one attempt", () => {
    expect(minting).toMatchObject({
      state: "minting",
      attempt: { id: anAttempt(), deadline: NOW + 1 + ATTEMPT_LIMIT },
    });
  });

  test.each<[string, Claim, Click, object]>([
    ["of somebody else", open, click({ by: ben }), { reason: "not-yours", what: "claim" }],
    [
      "of somebody else, after it was shown",
      delivered,
      click({ by: ben }),
      { reason: "not-yours", what: "claim" },
    ],
    ["after it was shown", delivered, click(), { reason: "shown-already", at: NOW + 2 }],
    [
      "while it is being prepared",
      minting,
      click(),
      { reason: "wrong-state", state: "minting", at: NOW + 1 },
    ],
    [
      "while an attempt is undone",
      undoing,
      click(),
      { reason: "wrong-state", state: "undoing", at: NOW + 1 },
    ],
    [
      "after its window",
      open,
      click({ at: NOW + 60_000 }),
      { reason: "wrong-state", state: "lapsed", at: NOW + 60_000 },
    ],
    ["that is stale", open, click({ at: NOW + FRESH_CLICK + 1 }), { reason: "stale-click", ageSeconds: 10 }],
    [
      "that comes from the future",
      open,
      click({ clickedAt: NOW + 60_000 }),
      { reason: "stale-click", ageSeconds: 60 },
    ],
    ["under a lockout", open, click({ heldBy: lockout }), { reason: "locked-out", incident: "INC-1" }],
  ])("%s is refused", (_, state, pressed, expected) => {
    expect(refusal(startMinting(state, pressed))).toEqual(expected);
  });
});

describe("showing", () => {
  test("needs the same attempt, in time, and no lockout meanwhile", () => {
    const go = { ...mine, key: aKey(), heldBy: undefined };
    expect(refusal(startShowing(minting, { ...go, attempt: anAttempt("B") }))).toMatchObject({
      reason: "wrong-state",
    });
    expect(refusal(startShowing(minting, { ...go, at: NOW + 1 + ATTEMPT_LIMIT }))).toMatchObject({
      reason: "wrong-state",
    });
    expect(refusal(startShowing(open, go))).toMatchObject({ state: "open", at: NOW });
    expect(refusal(startShowing(minting, { ...go, heldBy: lockout }))).toEqual({
      reason: "locked-out",
      incident: "INC-1",
    });
  });
});

test("an attempt that was given up can no longer be delivered", () => {
  expect(refusal(deliver(undoingKnown, mine))).toMatchObject({ state: "undoing" });
  expect(refusal(deliver(showing, { ...mine, attempt: anAttempt("B") }))).toMatchObject({ state: "showing" });
  expect(refusal(giveUp(open, { ...mine, because: "manager" }))).toMatchObject({ state: "open" });
  expect(refusal(giveUp(minting, { ...mine, attempt: anAttempt("B"), because: "manager" }))).toMatchObject({
    state: "minting",
  });
  expect(next(giveUp(minting, { ...mine, because: "locked-out", key: aKey() }))).toMatchObject({
    key: aKey(),
  });
});

test("an undone attempt leaves the claim open; its key is looked for only where its ID was never learnt", () => {
  expect(reopened).toMatchObject({
    state: "open",
    undone: { because: "manager" },
    strays: [{ attempt: anAttempt(), until: NOW + 3 + STRAY_LIMIT }],
  });
  expect(next(reopen(undoingKnown, later)).strays).toEqual([]);
  expect(refusal(reopen(undoing, { ...later, attempt: anAttempt("B") }))).toMatchObject({ state: "undoing" });
  expect(refusal(reopen(open, later))).toMatchObject({ state: "open" });
  const again = next(startMinting(reopened, click({ attempt: anAttempt("B") })));
  expect(again.strays).toHaveLength(1);
  expect(next(dropStray(again, anAttempt(), NOW))).toMatchObject({ state: "minting", strays: [] });
  expect(dropStray(again, anAttempt(), NOW, aKey())).toMatchObject({ event: { evidence: { key: aKey() } } });
  expect(refusal(dropStray(open, anAttempt(), NOW))).toMatchObject({ reason: "wrong-state" });
});

test("a claim lapses only when open and only after its window", () => {
  expect(refusal(lapseClaim(open, NOW))).toMatchObject({ state: "open" });
  expect(refusal(lapseClaim(minting, NOW + 60_000))).toMatchObject({ state: "minting" });
});

test("a claim fails only where no key of it exists, or its key was deleted before it became active", () => {
  expect(failed).toMatchObject({ state: "failed", because: "name-taken" });
  expect(refusal(failClaim(showing, "role-gone", NOW))).toMatchObject({ state: "showing" });
  expect(refusal(failClaim(delivered, "role-gone", NOW))).toMatchObject({ state: "delivered" });
  expect(refusal(failClaim(active, "key-gone", NOW))).toMatchObject({ state: "delivered" });
  expect(next(failClaim(delivered, "key-gone", NOW)).state).toBe("failed");
  expect(next(failClaim(open, "role-gone", NOW)).state).toBe("failed");
});

test("a delivered key becomes active once", () => {
  expect(active).toMatchObject({ activeSince: NOW + 9 });
  expect(refusal(activated(active, NOW))).toMatchObject({ state: "delivered" });
  expect(refusal(activated(showing, NOW))).toMatchObject({ state: "showing" });
});

test("the sweep looks at each state when it is due, and at strays until their time", () => {
  expect(all.map(claimDueAt)).toEqual([
    NOW + 60_000,
    NOW + 1 + ATTEMPT_LIMIT,
    NOW + 1 + ATTEMPT_LIMIT,
    0,
    undefined,
    0,
    0,
    Math.min(NOW + 60_000, NOW + 3 + STRAY_LIMIT),
    undefined,
    undefined,
  ]);
});

test("a secret may still come of a claim until it was delivered or has ended", () => {
  expect(all.map(isUnderWay)).toEqual([true, true, true, false, false, true, true, true, false, false]);
});

test.each(all)("what is stored of a claim in state $state reads back the same", (state) => {
  expect(claim.parse(JSON.parse(JSON.stringify(state)))).toEqual(state);
});

describe("a rotation's claim", () => {
  const rotation = openClaim({
    id: aClaimId(),
    purpose: { kind: "rotation", key: aKey() },
    request: aRequestId(),
    owner: ada,
    openedAt: NOW,
    lapsesAt: NOW + 60_000,
  }).next;
  const begun = next(startMinting(rotation, click()));

  test("has delivered a key that is as active as it was", () => {
    const showing = next(startShowing(begun, { ...mine, key: aKey(), heldBy: undefined }));
    expect(next(deliver(showing, mine))).toMatchObject({ state: "delivered", activeSince: mine.at });
  });

  test("whose attempt is undone says that the old secret is dead, and looks for no stray key", () => {
    const undone = next(giveUp(begun, { ...mine, because: "manager" }));
    expect(next(reopen(undone, mine))).toMatchObject({ state: "open", oldSecretDead: true, strays: [] });
  });

  test("is void when the key changes hands, while it is open", () => {
    expect(voidClaim(rotation, "portcullis", NOW)).toMatchObject({
      next: { state: "voided" },
      event: { event: "claim.voided" },
    });
    expect(refusal(voidClaim(begun, "portcullis", NOW))).toMatchObject({ reason: "wrong-state" });
  });
});
