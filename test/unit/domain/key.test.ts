import { describe, expect, test } from "vitest";
import {
  changedByRequest,
  deleteKey,
  editKey,
  endTimedLocks,
  keyDueAt,
  keyRecord,
  type KeyRecord,
  lockKey,
  lockoutOver,
  recordOutside,
  unlockKey,
} from "../../../src/domain/key.ts";
import {
  dropName,
  dropRefused,
  dueParts,
  goneKey,
  oweActive,
  settleKey,
} from "../../../src/domain/key-settling.ts";
import { roleId } from "../../../src/domain/values.ts";
import { ada, aKey, aLockoutId, aRequestId, ben, chiara, NOW } from "../../support/domain.ts";

const record: KeyRecord = {
  id: aKey(),
  name: "ci-deploy",
  owner: ada,
  origin: { kind: "request", request: aRequestId() },
  role: roleId.parse(2),
  madeAt: NOW - 1000,
  expiresAt: NOW + 90_000,
};
const next = (step: { next: KeyRecord } | { refusal: unknown }): KeyRecord => {
  if ("refusal" in step) throw new Error(JSON.stringify(step.refusal));
  return step.next;
};
const refusal = (step: object): unknown => ("refusal" in step ? step.refusal : "none");
const asOwner = { by: ada, as: "owner", at: NOW, heldBy: undefined } as const;
const asResponder = { by: ben, as: "responder", at: NOW, heldBy: undefined } as const;
const locked = (by: typeof asOwner | typeof asResponder, from = record, until?: number): KeyRecord =>
  next(lockKey(from, { ...by, because: "leak", activeNow: true, ...(until === undefined ? {} : { until }) }));
const unlock = (from: KeyRecord, by: "ada" | "ben" | "chiara", activeNow = false) =>
  unlockKey(from, {
    by: { ada, ben, chiara }[by],
    at: NOW,
    owner: by === "ada",
    responder: by !== "ada",
    activeNow,
  });
const settled = (from: KeyRecord): KeyRecord => next(settleKey(from, from.due ?? {}, NOW));
const deleted = (): KeyRecord => settled(next(deleteKey(record, "ci-deploy", asOwner)));
const lockedOut: KeyRecord = {
  ...record,
  holds: { baseActive: true, reasons: [{ kind: "lockout", lockout: aLockoutId(), at: NOW }] },
};

test("what is stored of a key reads back the same", () => {
  for (const each of [record, locked(asOwner, record, NOW + 5), lockedOut, deleted(), recordOutside(record)])
    expect(keyRecord.parse(JSON.parse(JSON.stringify(each)))).toEqual(each);
});

describe("a lock", () => {
  test("makes the key due to be inactive, with what it was before as its base", () => {
    const step = lockKey(record, { ...asOwner, because: "leak", activeNow: true });
    expect(step).toMatchObject({
      next: {
        due: { active: false },
        dueBy: ada,
        holds: { baseActive: true, reasons: [{ kind: "lock", by: ada, as: "owner", because: "leak" }] },
      },
      event: { event: "key.locked", actor: ada, subject: "key:7" },
    });
  });

  test("of a key that was locked before remembers that", () => {
    expect(next(lockKey(record, { ...asOwner, because: "x", activeNow: false })).holds?.baseActive).toBe(
      false,
    );
  });

  test("of a key on its way to be active takes that for its base", () => {
    const onItsWay = { ...record, due: { active: true } };
    expect(next(lockKey(onItsWay, { ...asOwner, because: "x", activeNow: false })).holds?.baseActive).toBe(
      true,
    );
  });

  test("does not end before it begins", () => {
    expect(refusal(lockKey(record, { ...asOwner, because: "x", activeNow: true, until: NOW }))).toEqual({
      reason: "expiry-in-past",
    });
  });

  test("is no use on a key that is gone", () => {
    expect(refusal(lockKey(deleted(), { ...asOwner, because: "x", activeNow: true }))).toEqual({
      reason: "key-deleted",
      at: NOW,
    });
    const going = next(deleteKey(record, "ci-deploy", asOwner));
    expect(refusal(lockKey(going, { ...asOwner, because: "x", activeNow: true }))).toEqual({
      reason: "key-deleted",
    });
  });
});

describe("an unlock", () => {
  test("by the owner lifts the owner's lock and brings the base back", () => {
    const freed = next(unlock(settled(locked(asOwner)), "ada"));
    expect(freed.holds).toBeUndefined();
    expect(freed.due).toEqual({ active: true });
  });

  test("of a key whose base was locked leaves it locked", () => {
    const from = next(lockKey(record, { ...asOwner, because: "x", activeNow: false }));
    expect(next(unlock(settled(from), "ada")).due).toEqual({ active: false });
  });

  test("by the owner does not lift a responder's lock, nor by who locked it", () => {
    const from = settled(locked(asResponder));
    for (const by of ["ada", "ben"] as const)
      expect(refusal(unlock(from, by))).toEqual({ reason: "others-lock", by: ben, at: NOW, as: "responder" });
    expect(next(unlock(from, "chiara")).due).toEqual({ active: true });
  });

  test("leaves what else holds the key, and says so", () => {
    const both = settled(locked(asResponder, settled(locked(asOwner))));
    const step = unlock(both, "ada");
    expect(step).toMatchObject({ event: { evidence: { held: ["lock"] } } });
    expect(next(step).holds?.reasons).toHaveLength(1);
    expect(next(step).due).toBeUndefined();
  });

  test("frees nothing that only a lockout holds", () => {
    expect(refusal(unlock(lockedOut, "chiara"))).toEqual({ reason: "held", by: ["lockout"] });
  });

  test("without a hold of ours is a responder's to do, and of a key that is not locked nobody's", () => {
    expect(refusal(unlock(record, "ada", true))).toEqual({ reason: "not-locked" });
    expect(refusal(unlock(record, "ada"))).toEqual({ reason: "not-a-responder" });
    const freed = next(unlock(record, "ben"));
    expect(freed.due).toEqual({ active: true });
    // Until the manager has heard it, the owner may ask again.
    expect(next(unlock(freed, "ada")).due).toEqual({ active: true });
    expect(refusal(unlock(deleted(), "ben"))).toMatchObject({ reason: "key-deleted" });
  });
});

describe("a lock for a time", () => {
  const timed = settled(locked(asOwner, record, NOW + 100));

  test("ends at its time and not before", () => {
    expect(keyDueAt(timed)).toBe(NOW + 100);
    expect(refusal(endTimedLocks(timed, NOW + 99))).toEqual({ reason: "not-locked" });
    expect(next(endTimedLocks(timed, NOW + 100)).due).toEqual({ active: true });
  });

  test("ends alone where another hold stays", () => {
    const both = settled(locked(asResponder, timed));
    expect(next(endTimedLocks(both, NOW + 100)).holds?.reasons).toHaveLength(1);
  });

  test("means nothing on a key that is gone or was never locked", () => {
    expect(refusal(endTimedLocks(deleted(), NOW))).toEqual({ reason: "not-locked" });
    expect(refusal(endTimedLocks(record, NOW))).toEqual({ reason: "not-locked" });
  });
});

describe("an edit", () => {
  test("gathers what the manager has to be given", () => {
    const once = next(editKey(record, { name: "ci-release" }, asOwner));
    const twice = next(editKey(once, { description: "weekly", expiresAt: NOW + 10 }, asOwner));
    expect(twice.due).toEqual({ name: "ci-release", description: "weekly", expiresAt: NOW + 10 });
    expect(keyDueAt(twice)).toBe(0);
    expect(settled(twice)).toMatchObject({ name: "ci-release", expiresAt: NOW + 10 });
    expect(settled(twice).due).toBeUndefined();
  });

  test("moves an expiry nearer, never further, and not into the past", () => {
    expect(refusal(editKey(record, { expiresAt: NOW + 90_001 }, asOwner))).toEqual({
      reason: "extend-instead",
    });
    expect(refusal(editKey(record, { expiresAt: NOW }, asOwner))).toEqual({ reason: "expiry-in-past" });
    const { expiresAt: _, ...unlimited } = record;
    const nearer = next(editKey(unlimited, { expiresAt: NOW + 1 }, asOwner));
    expect(nearer.due).toEqual({ expiresAt: NOW + 1 });
    // Though the manager may not have heard of it yet.
    expect(refusal(editKey(nearer, { expiresAt: NOW + 2 }, asOwner))).toEqual({ reason: "extend-instead" });
  });

  test("is no use on a key that is gone", () => {
    expect(refusal(editKey(deleted(), { name: "x" }, asOwner))).toMatchObject({ reason: "key-deleted" });
  });

  test("whose name the manager will not have keeps the rest due", () => {
    const both = next(editKey(record, { name: "taken", description: "x" }, asOwner));
    expect(next(dropName(both, "taken", NOW)).due).toEqual({ description: "x" });
    const name = next(editKey(record, { name: "taken" }, asOwner));
    expect(next(dropName(name, "taken", NOW)).due).toBeUndefined();
    expect(refusal(dropName(name, "other", NOW))).toEqual({ reason: "not-locked" });
    expect(refusal(dropName(record, "taken", NOW))).toEqual({ reason: "not-locked" });
  });

  test("that the manager refuses is dropped, unless somebody has chosen something else since", () => {
    const both = next(editKey(locked(asOwner), { timeZone: "Asia/Kolkata", locale: "ja-JP" }, asOwner));
    const dropped = next(dropRefused(both, { timeZone: "Asia/Kolkata" }, NOW));
    expect(dropped).toMatchObject({ due: { active: false, locale: "ja-JP" }, dueBy: ada });
    const refused = refusal(dropRefused(both, { timeZone: "Europe/Kyiv" }, NOW));
    expect(refused).toEqual({ reason: "no-change" });
    expect(dropRefused(both, { locale: "ja-JP" }, NOW)).toMatchObject({
      event: { event: "key.refused", actor: "portcullis", evidence: { fields: ["locale"] } },
    });
  });

  test("is told to the manager apart from a lock, which comes first, and is settled apart", () => {
    const both = next(editKey(locked(asOwner), { timeZone: "Asia/Kolkata", name: "x" }, asOwner));
    const values = { timeZone: "Asia/Kolkata", name: "x" };
    expect(dueParts(both.due ?? {})).toEqual([{ active: false }, values]);
    expect(next(settleKey(both, { active: false }, NOW)).due).toEqual(values);
    expect(dueParts(values)).toEqual([values]);
    expect(dueParts({})).toEqual([]);
  });
});

describe("a deletion", () => {
  test("wants the name, typed as it stands", () => {
    expect(refusal(deleteKey(record, "CI-deploy", asOwner))).toEqual({ reason: "name-not-typed" });
    expect(next(deleteKey(record, " ci-deploy ", asOwner)).due).toEqual({ deleted: true });
  });

  test("waits to be carried out, and is over then", () => {
    const going = next(deleteKey(record, "ci-deploy", asResponder));
    expect(keyDueAt(going)).toBe(0);
    expect(settled(going)).toMatchObject({ deletedAt: NOW });
    expect(keyDueAt(deleted())).toBeUndefined();
    expect(refusal(deleteKey(deleted(), "ci-deploy", asOwner))).toMatchObject({ reason: "key-deleted" });
  });

  test("that the manager refuses leaves a lock due that had not come to it", () => {
    const going = next(deleteKey(locked(asResponder), "ci-deploy", asOwner));
    expect(dueParts(going.due ?? {})).toEqual([{ deleted: true }]);
    expect(next(dropRefused(going, { deleted: true }, NOW)).due).toEqual({ active: false });
    expect(settled(going).due).toBeUndefined();
  });

  test("does not take a key out of a lockout", () => {
    const heldBy = { incident: "INC-7" };
    expect(refusal(deleteKey(lockedOut, "ci-deploy", { ...asOwner, heldBy }))).toEqual({
      reason: "locked-out",
      incident: "INC-7",
    });
    expect(lockoutOver(lockedOut)).toBe(aLockoutId());
    expect(lockoutOver(record)).toBeUndefined();
  });

  test("in the manager is noted once", () => {
    const gone = next(goneKey(locked(asOwner), NOW));
    expect(gone).toMatchObject({ deletedAt: NOW });
    expect(gone.due).toBeUndefined();
    expect(refusal(goneKey(gone, NOW))).toMatchObject({ reason: "key-deleted" });
  });
});

describe("what the manager was told while the record changed", () => {
  const told = next(unlock(settled(locked(asOwner)), "ada"));

  test("is owed again as the record has it now", () => {
    expect(next(oweActive(lockedOut, told, NOW)).due).toEqual({ active: false });
    expect(next(oweActive(record, told, NOW)).due).toEqual({ active: true });
  });

  test("is not owed where it was not about that, or something is due already", () => {
    expect(refusal(oweActive(record, record, NOW))).toEqual({ reason: "no-change" });
    expect(refusal(oweActive(locked(asOwner), told, NOW))).toEqual({ reason: "no-change" });
    expect(refusal(oweActive(deleted(), told, NOW))).toEqual({ reason: "no-change" });
  });
});

test("nothing is due of a key that has been given everything", () => {
  for (const each of [record, lockedOut, settled(locked(asOwner))]) expect(keyDueAt(each)).toBeUndefined();
  expect(refusal(settleKey(record, {}, NOW))).toEqual({ reason: "not-locked" });
});

test("what the manager was given by itself is settled in our own name", () => {
  const due = { active: true, locale: "ja-JP" } as const;
  expect(settleKey({ ...record, due }, { active: true }, NOW)).toMatchObject({
    next: { ...record, due: { locale: "ja-JP" } },
    event: { actor: "portcullis", evidence: { fields: ["active"] } },
  });
});

test("an approved change shows in the record: another role, owner, or life, also one without end", () => {
  const change = (values: Parameters<typeof changedByRequest>[1]) =>
    changedByRequest(record, values, aRequestId(), NOW).next;
  expect(change({ role: roleId.parse(3) })).toEqual({ ...record, role: 3 });
  expect(change({ owner: ben, expiresAt: NOW + 5 })).toMatchObject({ owner: ben, expiresAt: NOW + 5 });
  expect(change({ unlimited: true }).expiresAt).toBeUndefined();
  const { expiresAt: _, ...unlimited } = record;
  expect(changedByRequest(unlimited, { owner: ben }, aRequestId(), NOW).next.expiresAt).toBeUndefined();
});
