import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newCard } from "../../../src/domain/card.ts";
import { comeBack, depart, type Departure } from "../../../src/domain/departure.ts";
import { findLeak } from "../../../src/domain/leak.ts";
import { makeReminder } from "../../../src/domain/reminder.ts";
import { makeReport } from "../../../src/domain/report.ts";
import { DAY, type KeyId, keyId, type PersonId, roleId } from "../../../src/domain/values.ts";
import { openStore } from "../../../src/store/store.ts";
import type { InventoryKey } from "../../../src/usecases/inventory-port.ts";
import type { CommitResult, Store } from "../../../src/usecases/store-port.ts";
import { aKey as listedKey, ALL, ANN, BEN, lockedOut, rid, T0, taken } from "../../support/store.ts";
import type { Fixture } from "./store.suite.ts";

const END = T0 + 30 * DAY;
const [ONE, TWO] = [keyId.parse(1), keyId.parse(2)];

const aKey = (id: KeyId, change: Partial<InventoryKey> = {}): InventoryKey =>
  listedKey(id, { expiresAt: END, ...change });

/** What the port `Upkeep` promises, whatever the database. */
export function upkeepSuite({ fresh }: Fixture): void {
  let store: Store;
  beforeEach(async () => {
    store = await openStore(await fresh());
  });
  afterEach(() => store.close());

  const page = async (...keys: InventoryKey[]): Promise<unknown> => store.putKeysPage({ ...ALL, keys });
  const leased = async (now: number, limit = 100): Promise<number[]> =>
    (await store.leaseWatched(now, now + 10, limit))
      .map(({ key }) => Number(key.id))
      .toSorted((one, other) => one - other);
  const owned = async (id: KeyId, owner: PersonId): Promise<void> => {
    const before = await store.key(id);
    const next = {
      id,
      name: `key-${id}`,
      owner,
      origin: { kind: "outside" as const },
      role: roleId.parse(2),
      madeAt: T0,
    };
    const row = { row: "key" as const, next, ...(before === undefined ? {} : { before }) };
    expect(await store.commit({ changes: [row], events: [] })).toBe("committed");
  };
  const remind = async (key: KeyId, card = true): Promise<CommitResult> => {
    const occasion = { what: "expiry", of: END, step: DAY, last: true } as const;
    const { next, event } = makeReminder(
      { key: aKey(key), occasion, at: T0, own: false },
      { owner: ANN, team: false },
    );
    const shown = newCard(next.id, "key-reminder", { person: ANN }, T0);
    const cards = card ? [{ row: "card" as const, next: shown }] : [];
    return store.commit({ changes: [{ row: "reminder", next }, ...cards], events: [event] });
  };
  /** Draws what is behind, and answers of which subjects it was. */
  const drawn = async (now: number): Promise<string[]> => {
    const behind = await store.leaseCards(now, now + 1, 100);
    const place = { channel: "D1", ts: "1.2" };
    for (const { card, wanted } of behind)
      await store.cardDrawn(card.id, { place, shows: wanted, notBefore: now, incomplete: false });
    return behind.map(({ card }) => card.subject);
  };

  describe("keys that are watched", () => {
    it("are looked at once they are there, one replica at a time, with what we know of them", async () => {
      await page(aKey(ONE), aKey(TWO));
      await owned(ONE, ANN);
      const watched = await store.leaseWatched(T0, T0 + 10, 100);
      expect(new Map(watched.map(({ key, record }) => [Number(key.id), record?.owner]))).toEqual(
        new Map([
          [1, ANN],
          [2, undefined],
        ]),
      );
      expect(await leased(T0)).toEqual([]);
      expect(await leased(T0 + 10, 1)).toHaveLength(1);
    });

    it("are looked at again when it was said, and no more where nothing was", async () => {
      await page(aKey(ONE), aKey(TWO));
      await leased(T0);
      const looked = [
        { key: ONE, next: T0 + DAY },
        { key: TWO, next: undefined },
      ];
      await store.looked(looked, T0 + 10);
      expect(await leased(T0 + DAY - 1)).toEqual([]);
      expect(await leased(T0 + 900 * DAY)).toEqual([1]);
    });

    it("are all looked at under another policy, but for those that have expired", async () => {
      await page(aKey(ONE), aKey(TWO));
      await leased(T0);
      const looked = [
        { key: ONE, next: T0 + DAY },
        { key: TWO, next: undefined },
      ];
      await store.looked(looked, T0 + 10);
      await store.watchAnew();
      expect(await leased(T0)).toEqual([1]);
    });

    it("are looked at at once when they change in the manager or here, also while they are looked at", async () => {
      await page(aKey(ONE), aKey(TWO));
      await leased(T0);
      await page(aKey(ONE, { expiresAt: END + 1 }), aKey(TWO));
      await store.looked(
        [ONE, TWO].map((key) => ({ key, next: T0 + DAY })),
        T0 + 10,
      );
      expect(await leased(T0 + 1)).toEqual([1]);
      await owned(TWO, ANN);
      expect(await leased(T0 + 2)).toEqual([2]);
      await store.putKey(aKey(TWO, { active: false }), T0 + 3);
      expect(await leased(T0 + 3)).toEqual([2]);
    });
  });

  describe("reminders", () => {
    it("are written once, and read back by id and by key", async () => {
      expect(await remind(ONE)).toBe("committed");
      expect(await remind(ONE, false)).toBe("exists");
      const [told] = await store.remindersOf(ONE);
      expect(told).toMatchObject({ key: 1, what: "expiry", of: END, step: DAY });
      expect(await store.reminder(told?.id ?? "")).toEqual(told);
      expect(await store.reminder("none")).toBeUndefined();
      expect(await store.remindersOf(TWO)).toEqual([]);
    });

    it("have cards that are behind whenever their key has another end or state, and not when it is merely used", async () => {
      await page(aKey(ONE), aKey(TWO));
      await remind(ONE);
      const subject = (await store.remindersOf(ONE))[0]?.id;
      expect(await drawn(T0)).toEqual([subject]);
      await page(aKey(ONE, { lastUsedAt: T0 }), aKey(TWO, { active: false }));
      expect(await drawn(T0 + 10)).toEqual([]);
      await page(aKey(ONE, { expiresAt: END + 1 }), aKey(TWO));
      expect(await drawn(T0 + 20)).toEqual([subject]);
      await owned(ONE, BEN);
      expect(await drawn(T0 + 30)).toEqual([subject]);
      await leased(T0 + 40);
      await store.looked([{ key: ONE, next: undefined }], T0 + 50);
      expect(await drawn(T0 + 40)).toEqual([subject]);
      await store.dropKey(ONE);
      expect(await drawn(T0 + 50)).toEqual([subject]);
    });
  });

  describe("owners", () => {
    const owners = async (now: number, limit = 10): Promise<PersonId[]> =>
      (await store.leaseOwners(now, now + 10, limit)).toSorted();

    it("are looked at one replica at a time, and again when it was said", async () => {
      await owned(ONE, ANN);
      await owned(TWO, BEN);
      expect(await owners(T0, 1)).toHaveLength(1);
      expect(await owners(T0)).toHaveLength(1);
      expect(await owners(T0)).toEqual([]);
      await store.ownerLooked(ANN, T0 + DAY);
      await owned(ONE, ANN);
      expect(await owners(T0 + 10)).toEqual([BEN]);
      expect(await owners(T0 + DAY)).toEqual([ANN, BEN]);
    });

    it("are looked at at once when Slack says that they left, or may be back; others are not", async () => {
      await owned(ONE, ANN);
      await owners(T0);
      await store.ownerLooked(ANN, T0 + DAY);
      await store.personChanged(ANN, false);
      await store.personChanged(BEN, true);
      expect(await owners(T0)).toEqual([]);
      await store.personChanged(ANN, true);
      expect(await owners(T0)).toEqual([ANN]);

      const left = taken<Departure>(depart({ person: ANN, keys: [], total: 1, at: T0 }, undefined));
      await store.commit({ changes: [{ row: "departure", next: left.next }], events: [left.event] });
      await store.ownerLooked(ANN, T0 + DAY);
      await store.personChanged(ANN, true);
      expect(await owners(T0)).toEqual([]);
      await store.personChanged(ANN, false);
      expect(await owners(T0)).toEqual([ANN]);
    });
  });

  describe("departures", () => {
    it("are told of once, end under their version, and the last one is found", async () => {
      const gone = { person: ANN, keys: [{ key: ONE, name: "key-1" }], total: 1, at: T0 };
      const first = taken<Departure>(depart(gone, undefined));
      const write = async (): Promise<CommitResult> =>
        store.commit({ changes: [{ row: "departure", next: first.next }], events: [first.event] });
      expect(await write()).toBe("committed");
      expect(await write()).toBe("exists");
      const before = await store.departureOf(ANN);
      if (before === undefined) throw new Error("not found");
      expect(await store.departure(first.next.id)).toEqual(before);
      const back = taken<Departure>(comeBack(before.value, T0 + 1));
      const end = { row: "departure", before, next: back.next } as const;
      expect(await store.commit({ changes: [end], events: [back.event] })).toBe("committed");
      expect(await store.commit({ changes: [end], events: [back.event] })).toBe("stale");
      const second = taken<Departure>(depart({ ...gone, at: T0 + 2 }, back.next));
      await store.commit({ changes: [{ row: "departure", next: second.next }], events: [second.event] });
      expect((await store.departureOf(ANN))?.value.id).toBe(second.next.id);
      expect(await store.departureOf(BEN)).toBeUndefined();
    });

    it("have a card that is behind when a key comes to somebody else or from them", async () => {
      await owned(ONE, ANN);
      const { next, event } = taken<Departure>(
        depart({ person: ANN, keys: [], total: 1, at: T0 }, undefined),
      );
      const card = newCard(next.id, "departed", { channel: "C1" }, T0);
      await store.commit({
        changes: [
          { row: "departure", next },
          { row: "card", next: card },
        ],
        events: [event],
      });
      expect(await drawn(T0)).toEqual([next.id]);
      await owned(TWO, BEN);
      expect(await drawn(T0 + 10)).toEqual([]);
      await owned(ONE, BEN);
      expect(await drawn(T0 + 20)).toEqual([next.id]);
    });
  });

  describe("cards that show how a key is", () => {
    /** One of each sort about the first key; answers their subjects. */
    const about = async (): Promise<string[]> => {
      await page(aKey(ONE), aKey(TWO));
      await owned(ONE, ANN);
      await remind(ONE);
      const left = taken<Departure>(depart({ person: ANN, keys: [], total: 1, at: T0 }, undefined));
      const happening = { key: ONE, name: "key-1", what: "made" as const, changes: [] };
      const report = makeReport({ id: rid(1), at: T0, happenings: [happening] });
      const leak = findLeak({ id: rid(2), mark: "a".repeat(32), key: ONE }, { at: T0, by: BEN });
      const cards = [
        newCard(left.next.id, "departed", { channel: "C1" }, T0),
        newCard(report.next.id, "outside", { channel: "C1" }, T0),
        newCard(leak.next.id, "leak", { channel: "C1" }, T0),
      ];
      const changes = [
        { row: "departure" as const, next: left.next },
        { row: "report" as const, next: report.next },
        { row: "leak" as const, next: leak.next },
        ...cards.map((next) => ({ row: "card" as const, next })),
      ];
      expect(await store.commit({ changes, events: [left.event, report.event, leak.event] })).toBe(
        "committed",
      );
      return (await drawn(T0)).toSorted();
    };

    it("are behind whenever the list says something else of it, by a page, by itself or by a lockout's calls", async () => {
      const all = await about();
      expect(all).toHaveLength(4);
      await page(aKey(ONE, { active: false }), aKey(TWO));
      expect((await drawn(T0 + 10)).toSorted()).toEqual(all);
      await store.putKey(aKey(ONE), T0 + 20);
      expect((await drawn(T0 + 20)).toSorted()).toEqual(all);
      const { next, event } = lockedOut(1);
      await store.commit({ changes: [{ row: "lockout", next }], events: [event], gate: "bump" });
      await store.commitBatch({ lockout: next.id, keys: [ONE] }, ({ lockout }) => ({
        lockout,
        items: [],
        noted: [{ active: false, keys: [ONE], at: T0 + 30 }],
        events: [],
      }));
      expect((await drawn(T0 + 30)).toSorted()).toEqual(all);
      await store.dropKey(ONE);
      expect((await drawn(T0 + 40)).toSorted()).toEqual(all);
    });

    it("are not behind when it was merely used, or nothing is other than before", async () => {
      await about();
      await page(aKey(ONE, { lastUsedAt: T0 + 1 }), aKey(TWO, { active: false }));
      await store.putKey(aKey(ONE, { lastUsedAt: T0 + 2 }), T0 + 2);
      expect(await drawn(T0 + 10)).toEqual([]);
    });
  });
}
