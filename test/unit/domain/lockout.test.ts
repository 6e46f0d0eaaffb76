import { describe, expect, test } from "vitest";
import type { Findable } from "../../../src/domain/criteria.ts";
import { type KeyRecord, recordOutside } from "../../../src/domain/key.ts";
import {
  beginRestore,
  contained,
  countIn,
  declare,
  endRestore,
  holding,
  isInForce,
  lockout as schema,
  type Lockout,
  lockoutDueAt,
  timeOver,
  turned,
} from "../../../src/domain/lockout.ts";
import { neverHeld } from "../../../src/domain/lockout-choice.ts";
import { dangerOf } from "../../../src/domain/lockout-danger.ts";
import { holdKey, openKey, releaseKey } from "../../../src/domain/lockout-hold.ts";
import * as items from "../../../src/domain/lockout-item.ts";
import { covers, EVERYTHING, placeOf, type Scope } from "../../../src/domain/lockout-scope.ts";
import { DAY, roleId } from "../../../src/domain/values.ts";
import { aboutIn, beneficiary, roleJudged } from "../../../src/domain/wants.ts";
import { ada, aKey, aLockoutId, aRequestId, ben, NOW, wanted } from "../../support/domain.ts";

const aLockout = (change: Partial<Lockout> = {}): Lockout => ({
  ...declare({
    id: aLockoutId(),
    scope: EVERYTHING,
    incident: "INC-1",
    because: "leak",
    declaredBy: ben,
    at: NOW,
  }).next,
  ...change,
});
const key: Findable = {
  id: 7,
  name: "ci-deploy",
  role: 2,
  roleName: "Auditor",
  owner: ada,
  active: true,
  held: false,
  createdAt: NOW - DAY,
  lastUsedAt: NOW - 1,
  expiresAt: undefined,
  failures: 0,
};
const anItem = (change: Partial<items.LockoutItem> = {}): items.LockoutItem => ({
  lockout: aLockoutId(),
  key: aKey(7),
  name: "ci-deploy",
  role: 2,
  danger: 0,
  wasActive: true,
  state: "waiting",
  tries: 0,
  nextTry: 0,
  again: 0,
  ...change,
});

describe("a scope", () => {
  const spare = { query: "", criteria: [], keys: [] };
  const cases: [string, Scope, "in" | "out" | "spared", boolean][] = [
    ["everything", EVERYTHING, "in", true],
    ["a name", { query: "", criteria: [{ on: "name", like: "ci*" }] }, "in", true],
    ["another name", { query: "", criteria: [{ on: "name", like: "cd*" }] }, "out", false],
    ["a role's name", { query: "", criteria: [{ on: "role", like: "aud*" }] }, "in", true],
    ["another role", { query: "", criteria: [{ on: "roleId", is: 3 }] }, "out", false],
    ["an id", { query: "", criteria: [{ on: "id", is: 7 }] }, "in", true],
    ["an owner", { query: "", criteria: [{ on: "owner", is: ada }] }, "in", true],
    ["nobody's", { query: "", criteria: [{ on: "owner", is: null }] }, "out", false],
    ["somebody's", { query: "", criteria: [{ on: "owner", present: true }] }, "in", true],
    ["a list with it", { query: "", criteria: [], keys: [aKey(7)] }, "in", true],
    ["a list without it", { query: "", criteria: [], keys: [aKey(8)] }, "out", false],
    ["all but this key", { ...EVERYTHING, spare: { ...spare, keys: [aKey(7)] } }, "spared", false],
    [
      "all but this name",
      { ...EVERYTHING, spare: { ...spare, criteria: [{ on: "name", like: "ci*" }] } },
      "spared",
      false,
    ],
    ["all but another", { ...EVERYTHING, spare: { ...spare, keys: [aKey(8)] } }, "in", true],
    ["what works", { query: "", criteria: [{ on: "active", is: true }] }, "in", false],
    ["what was used", { query: "", criteria: [{ on: "lastUse", after: NOW - DAY }] }, "in", false],
    ["what never ends", { query: "", criteria: [{ on: "expiresAt", present: false }] }, "in", false],
    ["what is young", { query: "", criteria: [{ on: "createdAt", after: NOW - 2 * DAY }] }, "in", false],
    ["what failed", { query: "", criteria: [{ on: "failures", over: 3 }] }, "out", false],
    ["what is held", { query: "", criteria: [{ on: "held", is: true }] }, "out", false],
  ];

  test.each(cases)("of %s: listed, the key is %3$s", (_, scope, place, known) => {
    expect(placeOf(scope, key)).toBe(place);
    const { id, name, role, roleName, owner } = key;
    expect(covers(scope, { id, name, role, roleName, owner })).toBe(known);
    expect(holding([aLockout({ scope })], { id, name, role, roleName, owner }) !== undefined).toBe(known);
  });

  test("by what is not known yet covers a key to come, and leaves a key that there is to the manager's list", () => {
    const to = { name: "new", role: 2 };
    for (const criterion of [
      { on: "role", like: "x*" },
      { on: "active", is: false },
      { on: "lastUse", after: NOW },
    ] as const) {
      expect(covers({ query: "", criteria: [criterion] }, to)).toBe(true);
      expect(covers({ query: "", criteria: [criterion] }, { ...to, id: aKey() })).toBe(false);
    }
    expect(
      covers({ query: "", criteria: [{ on: "role", like: "x*" }] }, { ...to, roleName: "Auditor" }),
    ).toBe(false);
    expect(covers({ query: "", criteria: [], keys: [aKey()] }, to)).toBe(false);
    expect(covers({ query: "", criteria: [{ on: "owner", is: null }] }, to)).toBe(true);
  });
});

test("a request says what it is about, and whom it undoes", () => {
  expect(aboutIn(wanted)).toEqual({ name: "ci-deploy", role: 2, roleName: "Auditor" });
  const restore = {
    kind: "restore" as const,
    lockout: aLockoutId(),
    incident: "INC-1",
    declaredBy: ben,
    whole: true,
    query: "",
    keys: [aKey(7)],
  };
  expect(aboutIn(restore)).toEqual({ name: "INC-1", role: 0, roleName: "" });
  expect(beneficiary(restore, ada)).toBe(ben);
  expect(roleJudged(restore)).toBe("");
});

describe("danger", () => {
  const base = {
    active: true,
    dangerousRole: false,
    lastUsedAt: undefined,
    failures: 0,
    expiresAt: NOW + DAY,
  };
  test("goes by rights, then use, then failed attempts, then no expiry; what opens nothing comes last", () => {
    const order = [
      { ...base, dangerousRole: true },
      { ...base, lastUsedAt: NOW - DAY, failures: 5 },
      { ...base, lastUsedAt: NOW - DAY },
      { ...base, lastUsedAt: NOW - 7 * DAY, failures: 9 },
      { ...base, lastUsedAt: NOW - 30 * DAY },
      { ...base, lastUsedAt: NOW - 300 * DAY },
      { ...base, failures: 5 },
      { ...base, failures: 1, expiresAt: undefined },
      { ...base, failures: 1 },
      { ...base, expiresAt: undefined },
      base,
      { ...base, active: false, dangerousRole: true, lastUsedAt: NOW },
      { ...base, expiresAt: NOW, lastUsedAt: NOW },
    ];
    const dangers = order.map((each) => dangerOf(each, NOW));
    expect(dangers).toEqual(dangers.toSorted((a, b) => b - a));
    expect(new Set(dangers).size).toBe(order.length);
  });
});

describe("keys that are never held", () => {
  const unused = { ...key, lastUsedAt: undefined };
  const keys = [key, { ...unused, id: 10 }, { ...key, id: 8, lastUsedAt: NOW }, { ...unused, id: 9 }];
  const all = { own: aKey(7), wanted: () => true, now: NOW };

  test("are our own, and where that may unlock, no other", () => {
    expect([...neverHeld(keys, { ...all, mayUnlock: () => true })]).toEqual([[7, "own-key"]]);
  });

  test("and else, of those that may, the one that was used last", () => {
    const own = { ...key, id: 7, role: 3 };
    const never = neverHeld([own, ...keys.slice(1)], { ...all, mayUnlock: (role) => role === 2 });
    expect([...never]).toEqual([
      [7, "own-key"],
      [8, "last-to-unlock"],
    ]);
  });

  test("unless one stays outside anyway, or none may at all", () => {
    const mayUnlock = (role: number) => role === 2;
    const own = { ...key, role: 3 };
    const wanted = ({ id }: Findable) => id !== 9;
    expect(neverHeld([own, ...keys.slice(1)], { ...all, wanted, mayUnlock }).size).toBe(1);
    expect(neverHeld(keys, { ...all, mayUnlock: () => false }).size).toBe(1);
    const expired = keys.map((each) => ({ ...each, expiresAt: NOW }));
    expect(neverHeld(expired, { ...all, mayUnlock }).size).toBe(1);
  });
});

describe("a hold of a lockout", () => {
  const record: KeyRecord = {
    ...recordOutside({ id: aKey(7), name: "k", role: roleId.parse(2), madeAt: NOW }),
  };
  const [one, two] = [aLockoutId("K1"), aLockoutId("K2")];
  const hold = (of: KeyRecord, lockout = one, activeNow = true) =>
    holdKey(of, { lockout, activeNow, at: NOW });

  test("keeps what was before the first, once each, and goes without a trace", () => {
    const held = hold(record);
    expect(hold(held)).toBe(held);
    const twice = hold(held, two, false);
    expect(twice.holds).toMatchObject({ baseActive: true, reasons: [{ lockout: one }, { lockout: two }] });
    const first = releaseKey(twice, one);
    expect(first.keptBy).toBe("lockout");
    const last = releaseKey(first.record, two);
    expect(last).toEqual({ record: { ...record, due: { active: true } }, keptBy: undefined });
    expect(openKey(last.record)).toEqual({ record, keptBy: undefined });
    expect(releaseKey(last.record, two).keptBy).toBeUndefined();
  });

  test("leaves down what was down, and what was being deleted", () => {
    expect(releaseKey(hold(record, one, false), one)).toEqual({ record, keptBy: "was-locked" });
    expect(releaseKey(record, one)).toEqual({ record, keptBy: "was-locked" });
    expect(releaseKey({ ...hold(record), deletedAt: NOW }, one).keptBy).toBe("gone");
    expect(releaseKey({ ...hold(record), due: { deleted: true } }, one).keptBy).toBe("gone");
  });

  test("calls off what was about to make the key active, and remembers that it was", () => {
    const held = hold({ ...record, due: { active: true, name: "n" } }, one, false);
    expect(held).toMatchObject({ holds: { baseActive: true }, due: { active: false, name: "n" } });
  });

  test("names the gravest of what else holds the key", () => {
    const lock = { kind: "lock", by: ada, as: "owner", because: "b", at: NOW } as const;
    const mark = { kind: "compromised", by: ada, at: NOW } as const;
    const held = hold(record);
    const reasons = held.holds?.reasons ?? [];
    const and = (...more: (typeof lock | typeof mark)[]): KeyRecord => ({
      ...held,
      holds: { baseActive: true, reasons: [...reasons, ...more] },
    });
    expect(releaseKey(and(lock), one).keptBy).toBe("lock");
    expect(releaseKey(and(lock, mark), one).keptBy).toBe("compromised");
    expect(openKey(and(lock))).toMatchObject({ keptBy: "lock", record: { due: { active: false } } });
  });

  test("is believed by the record as it is when the manager has answered", () => {
    expect(openKey({ ...record, deletedAt: NOW }).keptBy).toBe("gone");
    expect(openKey({ ...record, due: { deleted: true } }).keptBy).toBe("gone");
    expect(openKey({ ...record, due: { active: false } }).keptBy).toBe("was-locked");
    // The sweep was there before us.
    expect(openKey(record)).toEqual({ record, keptBy: undefined });
    expect(openKey({ ...record, due: { active: true, name: "n" } }).record.due).toEqual({ name: "n" });
  });
});

describe("an item", () => {
  const states = items.itemState.options;
  const inState = (state: items.ItemState) => anItem({ state });

  test("is locked once, and opened once", () => {
    expect(items.locked(anItem({ reason: "x", tries: 2 }), NOW)).toEqual(
      anItem({ state: "locked", lockedAt: NOW }),
    );
    expect(items.opened(anItem({ state: "opening", tries: 2 }))).toEqual(
      anItem({ state: "opened", tries: 2 }),
    );
    for (const state of states.filter((each) => each !== "waiting")) {
      expect(items.locked(inState(state), NOW)).toEqual(inState(state));
    }
    for (const state of states.filter((each) => each !== "opening")) {
      expect(items.opened(inState(state))).toEqual(inState(state));
    }
  });

  test("waits longer after each failure, and not for a turn in the budget", () => {
    const once = items.failing(anItem(), "manager-failed", NOW);
    expect(once).toMatchObject({ tries: 1, nextTry: NOW + 250, reason: "manager-failed" });
    expect(items.failing(once, "manager-failed", NOW)).toMatchObject({ tries: 2, nextTry: NOW + 500 });
    expect(items.failing(anItem({ tries: 30 }), "x", NOW).nextTry).toBe(NOW + 30_000);
    expect(items.failing(anItem(), "manager-rate-limited", NOW)).toMatchObject({
      tries: 0,
      nextTry: NOW + 250,
    });
    expect(items.failing(inState("locked"), "x", NOW)).toEqual(inState("locked"));
  });

  test("whose key is gone is skipped, or kept where it was on its way back", () => {
    expect(items.gone(anItem())).toMatchObject({ state: "skipped", reason: "gone" });
    expect(items.gone(inState("opened"))).toMatchObject({ state: "kept", reason: "gone" });
    for (const state of ["skipped", "kept", "restored"] as const)
      expect(items.gone(inState(state))).toEqual(inState(state));
  });

  test("leaves only from where it is held, and is opened or kept", () => {
    for (const state of states) {
      const held = items.HELD.includes(state);
      expect(items.leaving(inState(state)).state).toBe(held ? "leaving" : state);
      const leaves = state === "leaving" || state === "opening";
      expect(items.letGo(inState(state), undefined).state).toBe(leaves ? "opening" : state);
      expect(items.letGo(inState(state), "lock").state).toBe(leaves ? "kept" : state);
      const opens = state === "opening" || state === "opened";
      expect(items.keptAfterAll(inState(state), "lock").state).toBe(opens ? "kept" : state);
    }
  });

  test("read back is verified or restored; what is not as it should be is done again, or said", () => {
    const back = (state: items.ItemState, active: boolean, relock = true, tries = 0) => {
      const { state: next, again } = items.readBack(anItem({ state, tries }), active, { at: NOW, relock });
      return [next, again];
    };
    expect(back("locked", false)).toEqual(["verified", 0]);
    expect(back("locked", true, false)).toEqual(["waiting", 1]);
    expect(back("verified", true)).toEqual(["waiting", 1]);
    expect(back("verified", true, false)).toEqual(["loose", 0]);
    expect(back("verified", false)).toEqual(["verified", 0]);
    expect(back("loose", true)).toEqual(["loose", 0]);
    expect(back("loose", false)).toEqual(["verified", 0]);
    expect(back("opened", true)).toEqual(["restored", 0]);
    expect(back("opened", false)).toEqual(["opening", 0]);
    expect(back("opened", false, true, 3)).toEqual(["kept", 0]);
    for (const state of ["waiting", "leaving", "opening", "restored", "kept", "skipped"] as const)
      expect(back(state, true)).toEqual([state, 0]);
  });
});

describe("a lockout", () => {
  test("is declared with an event, and is what it was when it is read back", () => {
    const { next, event } = declare({
      id: aLockoutId(),
      scope: EVERYTHING,
      incident: "INC-1",
      because: "leak",
      declaredBy: ben,
      at: NOW,
      until: NOW + DAY,
      drill: true,
    });
    expect(event).toMatchObject({
      event: "lockout.declared",
      actor: ben,
      subject: `lockout:${aLockoutId()}`,
    });
    expect(schema.parse(JSON.parse(JSON.stringify(next)))).toEqual(next);
    expect(isInForce(next)).toBe(false);
    expect(isInForce(aLockout())).toBe(true);
  });

  const found = (id: number): items.LockoutItem => anItem({ key: aKey(id) });

  test("counts each item once, and its clock runs from the first to the last", () => {
    const four = [1, 2, 3, 4].map(found);
    const mine = items.failing(found(4), "own-key", 0);
    let now = turned(
      aLockout({ coming: 1 }),
      four.map((next) => ({ before: undefined, next })),
      NOW,
    ).lockout;
    now = turned(now, [{ before: undefined, next: { ...found(5), state: "skipped" } }], NOW).lockout;
    expect(now).toMatchObject({ found: 5, counts: { waiting: 4, skipped: 1 }, clock: {} });
    const lock = (ids: number[], at: number) =>
      turned(
        now,
        ids.map((id) => ({ before: found(id), next: items.locked(found(id), at) })),
        at,
      );
    now = lock([1, 2], NOW + 2).lockout;
    expect(now.clock).toEqual({ firstLockedAt: NOW + 2 });
    now = lock([3], NOW + 3).lockout;
    expect(now.clock).toEqual({ firstLockedAt: NOW + 2, halfLockedAt: NOW + 3 });
    const last = lock([4], NOW + 4);
    now = { ...last.lockout, coming: 0 };
    expect(last.events).toMatchObject([{ event: "lockout.locked", evidence: { keys: [4] } }]);
    expect(now.clock).not.toHaveProperty("lastLockedAt");
    const again = turned(
      now,
      [
        { before: items.locked(found(4), NOW), next: { ...found(4), again: 1 } },
        { before: found(1), next: items.locked(found(1), NOW) },
      ].slice(0, 1),
      NOW,
    );
    expect(again.lockout).toMatchObject({ again: 1, counts: { waiting: 1, locked: 3 } });
    expect(again.events).toMatchObject([{ event: "lockout.locked-again" }]);
    ({ lockout: now } = turned(
      again.lockout,
      [{ before: { ...found(4), again: 1 }, next: items.locked({ ...found(4), again: 1 }, NOW + 9) }],
      NOW + 9,
    ));
    expect(now.clock.lastLockedAt).toBe(NOW + 9);
    const same = found(4);
    expect(turned(now, [{ before: same, next: same }], NOW)).toEqual({
      lockout: now,
      items: [],
      events: [],
    });
    expect(turned(now, [{ before: same, next: mine }], NOW).events).toMatchObject([
      { event: "lockout.failing", evidence: { keys: [{ key: 4, why: "own-key" }] } },
    ]);
    expect(turned(now, [{ before: mine, next: items.failing(mine, "own-key", 1) }], NOW).events).toEqual([]);
    // A lock without its moment keeps no clock.
    expect(
      turned(aLockout(), [{ before: same, next: { ...same, state: "locked" } }], NOW).lockout.clock,
    ).toEqual({});
  });

  test("is contained once everything is read back", () => {
    const counts = { ...aLockout().counts, verified: 1 };
    const step = contained(aLockout({ counts, coming: 3 }), NOW + 5);
    expect(step).toMatchObject({ next: { state: "contained", coming: 0, clock: { verifiedAt: NOW + 5 } } });
    expect(contained(aLockout({ counts: { ...counts, locked: 1 } }), NOW)).toHaveProperty("refusal");
    expect(contained(aLockout({ state: "contained" }), NOW)).toHaveProperty("refusal");
  });

  test("asks when its time is over", () => {
    const timed = aLockout({ state: "contained", until: NOW + 5 });
    expect(timeOver(timed, NOW + 4)).toHaveProperty("refusal");
    expect(timeOver(timed, NOW + 5)).toMatchObject({ next: { state: "ending" } });
    expect(timeOver(aLockout({ state: "contained" }), NOW)).toHaveProperty("refusal");
    // A key that cannot be locked does not keep the others down for longer than was meant.
    expect(timeOver(aLockout({ until: NOW }), NOW)).toMatchObject({ next: { state: "ending" } });
    expect(timeOver(aLockout({ until: NOW, drill: true }), NOW)).toHaveProperty("refusal");
  });

  test("comes back by part or whole, once for each request, and is over when nothing is held", () => {
    const request = aRequestId();
    const begun = { request, by: ada, at: NOW, whole: false, keys: 1 };
    const part = beginRestore(aLockout({ state: "contained" }), begun);
    if ("refusal" in part) throw new Error("refused");
    expect(part.next).toMatchObject({ state: "contained", restores: [begun] });
    expect(part.event).toMatchObject({ actor: ada, event: "lockout.restoring" });
    expect(beginRestore(part.next, begun)).toHaveProperty("refusal");
    const { request: _, ...byTime } = { ...begun, whole: true };
    const whole = beginRestore(part.next, byTime);
    expect(whole).toMatchObject({ next: { state: "restoring" } });
    if ("refusal" in whole) throw new Error("refused");
    expect(isInForce(whole.next)).toBe(false);
    expect(beginRestore(whole.next, { ...begun, request: aRequestId("R2") })).toHaveProperty("refusal");
    expect(beginRestore(aLockout({ drill: true }), begun)).toHaveProperty("refusal");
    expect(beginRestore(aLockout({ state: "restored" }), begun)).toHaveProperty("refusal");
    const held = { ...whole.next, counts: { ...whole.next.counts, opened: 1 } };
    expect(endRestore(held, NOW)).toHaveProperty("refusal");
    expect(endRestore(whole.next, NOW)).toMatchObject({
      next: { state: "restored", clock: { restoredAt: NOW } },
    });
    expect(endRestore(aLockout(), NOW)).toHaveProperty("refusal");
    expect(endRestore({ ...whole.next, state: "restored" }, NOW)).toHaveProperty("refusal");
  });

  test("is due while something moves, and at its time", () => {
    expect(lockoutDueAt(aLockout())).toBe(0);
    expect(lockoutDueAt(aLockout({ state: "restoring" }))).toBe(0);
    const contained = aLockout({ state: "contained" });
    expect(lockoutDueAt({ ...contained, until: NOW })).toBe(NOW);
    expect(lockoutDueAt({ ...contained, until: NOW, drill: true })).toBeUndefined();
    expect(lockoutDueAt({ ...contained, counts: { ...contained.counts, opening: 1 } })).toBe(0);
    expect(lockoutDueAt({ ...contained, state: "ending", until: NOW })).toBeUndefined();
    expect(countIn({ counts: { ...contained.counts, kept: 2, skipped: 1 } }, ["kept", "skipped"])).toBe(3);
  });
});
