import { describe, expect, it } from "vitest";
import type { KeyRecord } from "../../../src/domain/key.ts";
import {
  letGo,
  lookAgainAt,
  makeReminder,
  occasionsNow,
  type Watched,
} from "../../../src/domain/reminder.ts";
import { DAY, roleId } from "../../../src/domain/values.ts";
import { ada, aKey, aLockoutId, aRequestId, ben, NOW } from "../../support/domain.ts";

const expiry = { "remind-before": [7, 30, 1, 14].map((days) => days * DAY) };
const rotating = { ...expiry, "rotate-every": 90 * DAY };
const END = NOW + 30 * DAY;

const aRecord = (change: Partial<KeyRecord> = {}): KeyRecord => ({
  id: aKey(),
  name: "ci-deploy",
  owner: ada,
  origin: { kind: "outside" },
  role: roleId.parse(2),
  madeAt: NOW - 60 * DAY,
  expiresAt: END,
  ...change,
});
const watched = (key: Partial<Watched["key"]> = {}, record: Partial<KeyRecord> | "none" = {}): Watched => ({
  key: { id: aKey(), name: "ci-deploy", active: true, createdAt: NOW - 60 * DAY, expiresAt: END, ...key },
  record: record === "none" ? undefined : aRecord(record),
});
const stepsAt = (at: number, one: Watched = watched()): number[] =>
  occasionsNow(one, expiry, at).map(({ step }) => step / DAY);

describe("a key that nears its end", () => {
  it("is an occasion from the first moment on, and of several that have passed only the nearest counts", () => {
    expect(stepsAt(END - 30 * DAY - 1)).toEqual([]);
    expect(stepsAt(END - 30 * DAY)).toEqual([30]);
    expect(stepsAt(END - 14 * DAY - 1)).toEqual([30]);
    expect(stepsAt(END - 5 * DAY)).toEqual([7]);
    expect(stepsAt(END - 1)).toEqual([1]);
    expect(stepsAt(END)).toEqual([]);
  });

  it("says which moment is the last, in whatever order the policy names them", () => {
    expect(occasionsNow(watched(), expiry, END - 7 * DAY)).toEqual([
      { what: "expiry", of: END, step: 7 * DAY, last: false },
    ]);
    expect(occasionsNow(watched(), expiry, END - DAY)).toMatchObject([{ last: true }]);
  });

  it("is none where it never ends, or the policy reminds of nothing", () => {
    expect(stepsAt(END, watched({ expiresAt: undefined }))).toEqual([]);
    expect(occasionsNow(watched(), { "remind-before": [] }, END - DAY)).toEqual([]);
  });

  it("is none while it is locked, held, being deleted or gone", () => {
    const lockout = { kind: "lockout" as const, lockout: aLockoutId(), at: NOW };
    for (const one of [
      watched({ active: false }),
      watched({}, { holds: { baseActive: true, reasons: [lockout] } }),
      watched({}, { due: { deleted: true } }),
      watched({}, { deletedAt: NOW }),
    ])
      expect(stepsAt(END - DAY, one)).toEqual([]);
  });

  it("is none for whoever chose this end here when the moment had passed already", () => {
    const made = watched(
      { createdAt: END - 5 * DAY },
      { origin: { kind: "request", request: aRequestId() } },
    );
    expect(stepsAt(END - 4 * DAY, made)).toEqual([]);
    expect(stepsAt(END - DAY, made)).toEqual([1]);
    const extended = watched({}, { upkeep: { extended: { by: ada, at: END - 20 * DAY } } });
    expect(stepsAt(END - 19 * DAY, extended)).toEqual([]);
    expect(stepsAt(END - 14 * DAY, extended)).toEqual([14]);
  });

  it("is one that was first seen late, where nobody chose its end here", () => {
    expect(stepsAt(END - 5 * DAY, watched({ createdAt: END - 5 * DAY }, "none"))).toEqual([7]);
  });

  it("is none once it was let go, until it has another end", () => {
    const upkeep = { letGo: { expiry: { of: END, by: ada, at: NOW } } };
    expect(stepsAt(END - DAY, watched({}, { upkeep }))).toEqual([]);
    expect(stepsAt(END - DAY, watched({ expiresAt: END + DAY }, { upkeep }))).toEqual([7]);
  });
});

describe("a secret that grows old", () => {
  const weeks = (at: number, one: Watched): number[] =>
    occasionsNow(one, rotating, at)
      .filter(({ what }) => what === "rotation")
      .map(({ step }) => step);
  const old = watched({ expiresAt: undefined }, {});
  const since = NOW - 60 * DAY;

  it("is an occasion once it is as old as the policy says, and again each week", () => {
    expect(weeks(since + 90 * DAY - 1, old)).toEqual([]);
    expect(weeks(since + 90 * DAY, old)).toEqual([0]);
    expect(weeks(since + 97 * DAY - 1, old)).toEqual([0]);
    expect(weeks(since + 97 * DAY, old)).toEqual([1]);
  });

  it("counts from the last rotation", () => {
    const rotated = watched({ expiresAt: undefined }, { upkeep: { rotatedAt: NOW } });
    expect(weeks(NOW + 89 * DAY, rotated)).toEqual([]);
    expect(occasionsNow(rotated, rotating, NOW + 90 * DAY)).toEqual([
      { what: "rotation", of: NOW, step: 0, last: false },
    ]);
  });

  it("is none of a key that nobody owns, that was let go, or that is let go at its end", () => {
    const said = { by: ada, at: NOW };
    for (const one of [
      watched({ expiresAt: undefined }, "none"),
      watched({ expiresAt: undefined }, { upkeep: { letGo: { rotation: { of: since, ...said } } } }),
      watched(
        { expiresAt: END + 90 * DAY },
        { upkeep: { letGo: { expiry: { of: END + 90 * DAY, ...said } } } },
      ),
    ])
      expect(weeks(NOW + 40 * DAY, one)).toEqual([]);
    expect(occasionsNow(old, expiry, NOW + 900 * DAY)).toEqual([]);
  });

  it("stays an occasion where another end was let go", () => {
    const upkeep = { letGo: { expiry: { of: END, by: ada, at: NOW } } };
    expect(weeks(since + 90 * DAY, watched({ expiresAt: undefined }, { upkeep }))).toEqual([0]);
  });
});

describe("when a key is looked at again", () => {
  it("is the next moment, or its end, and a day later at most", () => {
    expect(lookAgainAt(watched(), expiry, END - 30 * DAY - 5)).toBe(END - 30 * DAY);
    expect(lookAgainAt(watched(), expiry, END - 30 * DAY)).toBe(END - 29 * DAY);
    expect(lookAgainAt(watched(), expiry, END - 5)).toBe(END);
    expect(lookAgainAt(watched(), expiry, END)).toBeUndefined();
    expect(lookAgainAt(watched({ expiresAt: undefined }), expiry, NOW)).toBe(NOW + DAY);
  });

  it("is when its secret has grown old, and each week from then on", () => {
    const old = watched({ expiresAt: undefined, createdAt: NOW - 90 * DAY + 5 });
    expect(lookAgainAt(old, rotating, NOW)).toBe(NOW + 5);
    expect(lookAgainAt(old, rotating, NOW + 7 * DAY)).toBe(NOW + 7 * DAY + 5);
  });
});

describe("a reminder", () => {
  const occasion = { what: "expiry", of: END, step: 7 * DAY, last: false } as const;

  it("has one id for a key, an occasion and a moment, which a card's subject has room for", () => {
    const { key } = watched({ id: aKey(Number.MAX_SAFE_INTEGER) });
    const first = makeReminder({ key, occasion, at: NOW, own: false }, { owner: ada, team: false });
    const second = makeReminder({ key, occasion, at: NOW + 5, own: false }, { team: true });
    expect(first.next.id).toBe(second.next.id);
    expect(first.next.id.length).toBeLessThanOrEqual(50);
    const other = makeReminder(
      { key, occasion: { ...occasion, what: "rotation" }, at: NOW, own: true },
      { team: true },
    );
    expect(other.next).toMatchObject({ what: "rotation", own: true });
    expect(other.next.id).not.toBe(first.next.id);
    expect(first.event).toMatchObject({ event: "expiry.reminded", evidence: { owner: ada, team: false } });
    expect(second.event.evidence).toEqual({ of: END, step: 7 * DAY, team: true });
  });

  it("is let go of once, and what else was let go stays so", () => {
    const step = letGo(aRecord(), { what: "expiry", of: END }, ada, NOW);
    if (!("next" in step)) throw new Error("refused");
    expect(step.event).toMatchObject({ actor: ada, event: "expiry.let-go", evidence: { of: END } });
    expect(letGo(step.next, { what: "expiry", of: END }, ben, NOW)).toEqual({
      refusal: { reason: "no-change" },
    });
    expect(letGo(step.next, { what: "rotation", of: 5 }, ben, NOW)).toMatchObject({
      next: { upkeep: { letGo: { expiry: { of: END, by: ada }, rotation: { of: 5, by: ben } } } },
    });
  });

  it("of a key that is gone has nothing to be let go", () => {
    for (const gone of [{ deletedAt: NOW }, { due: { deleted: true as const } }])
      expect(letGo(aRecord(gone), { what: "expiry", of: END }, ada, NOW)).toEqual({
        refusal: { reason: "key-deleted" },
      });
  });
});
