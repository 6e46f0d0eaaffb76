import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { holdKey } from "../../../src/domain/lockout-hold.ts";
import { locked, type LockoutItem, opened } from "../../../src/domain/lockout-item.ts";
import { type Lockout, turned } from "../../../src/domain/lockout.ts";
import { type KeyId, keyId, MINUTE, SECOND } from "../../../src/domain/values.ts";
import { openStore } from "../../../src/store/store.ts";
import type { Store } from "../../../src/usecases/store-port.ts";
import { ANN, keyOf, lockedOut, T0 } from "../../support/store.ts";
import type { Fixture } from "./store.suite.ts";

/** What the port `Store` promises of lockouts and their items, whatever the database. */
export function lockoutsSuite({ fresh }: Fixture): void {
  let store: Store;
  let lockout: Lockout;
  beforeEach(async () => {
    store = await openStore(await fresh());
    lockout = await declared(1);
  });
  afterEach(async () => store.close());

  async function declared(n: number): Promise<Lockout> {
    const { next, event } = lockedOut(n);
    await store.commit({ changes: [{ row: "lockout", next }], events: [event], gate: "bump" });
    return next;
  }

  const item = (key: number, change: Partial<LockoutItem> = {}): LockoutItem => ({
    lockout: lockout.id,
    key: keyId.parse(key),
    name: `key-${key}`,
    role: 1,
    danger: key % 10,
    wasActive: true,
    state: "waiting",
    tries: 0,
    nextTry: 0,
    again: 0,
    ...change,
  });

  /** Adds items, each with its hold on the key's record. */
  async function add(items: readonly LockoutItem[]): Promise<void> {
    const keys = items.map(({ key }) => key);
    await store.commitBatch({ lockout: lockout.id, keys, records: true }, (batch) => ({
      ...turned(
        batch.lockout,
        items.map((next) => ({ before: undefined, next })),
        T0,
      ),
      records: items.map(({ key }) =>
        holdKey(batch.records.get(key) ?? keyOf(ANN, key), {
          lockout: lockout.id,
          activeNow: true,
          at: T0,
        }),
      ),
    }));
  }

  async function move(keys: readonly KeyId[], step: (one: LockoutItem) => LockoutItem): Promise<void> {
    await store.commitBatch({ lockout: lockout.id, keys }, (batch) =>
      turned(
        batch.lockout,
        [...batch.items.values()].map((before) => ({ before, next: step(before) })),
        T0 + 1,
      ),
    );
  }

  const all = async (): Promise<LockoutItem[]> => store.lockoutItems(lockout.id, { after: 0, limit: 10_000 });

  describe("items of a lockout", () => {
    it("are kept with holds, counts, events and the lockout's version in one commit, many at once", async () => {
      const many = Array.from({ length: 1200 }, (_, i) => item(i + 1));
      await store.commit({ changes: [{ row: "key", next: keyOf(ANN, 2) }], events: [] });
      await add(many);
      expect(await all()).toEqual(many);
      const row = await store.lockout(lockout.id);
      expect(row).toMatchObject({ version: 2, value: { found: 1200, counts: { waiting: 1200 } } });
      for (const id of [1, 2, 1200]) {
        expect((await store.key(keyId.parse(id)))?.value.holds?.reasons).toEqual([
          { kind: "lockout", lockout: lockout.id, at: T0 },
        ]);
      }
      const events = await store.auditOf([`lockout:${lockout.id}`], { limit: 10 });
      expect(events.map(({ event }) => event)).toEqual(["lockout.found", "lockout.declared"]);
      await move(
        many.map(({ key }) => key),
        (each) => locked(each, T0 + 1),
      );
      expect((await store.lockout(lockout.id))?.value.counts).toMatchObject({ waiting: 0, locked: 1200 });
    });

    it("are called for in order of danger, when it is time", async () => {
      await add([item(1), item(9), item(5), item(7, { nextTry: T0 + SECOND }), item(3, { state: "locked" })]);
      // A clock that was set back holds none of them up.
      const before = await store.dueItems(lockout.id, "waiting", T0 + SECOND - MINUTE - 1, 10);
      expect(before.map(({ key }) => key)).toContain(7);
      const due = await store.dueItems(lockout.id, "waiting", T0, 2);
      expect(due.map(({ key }) => key)).toEqual([9, 5]);
      expect(await store.nextTry(lockout.id, ["waiting"])).toBe(0);
      expect(await store.nextTry(lockout.id, ["opening"])).toBeUndefined();
      await move([keyId.parse(1), keyId.parse(9), keyId.parse(5)], (each) => locked(each, T0));
      expect(await store.nextTry(lockout.id, ["waiting", "opening"])).toBe(T0 + SECOND);
      const some = await store.lockoutItems(lockout.id, {
        after: 1,
        through: 7,
        states: ["locked"],
        limit: 10,
      });
      expect(some.map(({ key }) => key)).toEqual([3, 5]);
    });

    it("are counted by their reasons", async () => {
      await add([item(1, { reason: "x" }), item(2, { reason: "x" }), item(3, { reason: "y" }), item(4)]);
      expect(await store.itemReasons(lockout.id)).toEqual([
        { state: "waiting", reason: "x", count: 2 },
        { state: "waiting", reason: "y", count: 1 },
      ]);
    });

    it("of two that are changed at once count each change", async () => {
      const many = Array.from({ length: 40 }, (_, i) => item(i + 1));
      await add(many);
      await Promise.all(many.map(({ key }) => move([key], (each) => locked(each, T0))));
      const row = await store.lockout(lockout.id);
      expect(row).toMatchObject({ version: 42, value: { counts: { waiting: 0, locked: 40 } } });
    });
  });

  describe("the gate", () => {
    it("leaves out what has let a key go, and batches see the other lockouts", async () => {
      const other = await declared(2);
      await add([item(7, { state: "opening" }), item(8)]);
      const ids = async (key?: number) =>
        (await store.gate(key === undefined ? undefined : keyId.parse(key))).lockouts.map(({ id }) => id);
      expect(await ids()).toEqual([lockout.id, other.id]);
      expect(await ids(7)).toEqual([other.id]);
      expect(await ids(8)).toEqual([lockout.id, other.id]);
      const keys = [keyId.parse(7)];
      await store.commitBatch({ lockout: other.id, keys, gate: true }, ({ lockout: mine, others }) => {
        expect(others(keyId.parse(7))).toEqual([]);
        expect(others(keyId.parse(8)).map(({ id }) => id)).toEqual([lockout.id]);
        return turned(mine, [], T0);
      });
      await move([keyId.parse(7)], opened);
      expect(await ids(7)).toEqual([other.id]);
    });
  });

  describe("a lockout's lease", () => {
    it("is one worker's, until it ends or is not kept; what moves meanwhile is due at once", async () => {
      expect(await store.leaseLockouts(T0, T0 + 10, "one")).toEqual([lockout.id]);
      expect(await store.leaseLockouts(T0 + 9, T0 + 20, "two")).toEqual([]);
      expect(await store.keepLease(lockout.id, "one", T0 + 20)).toBe(true);
      expect(await store.leaseLockouts(T0 + 15, T0 + 30, "two")).toEqual([]);
      expect(await store.leaseLockouts(T0 + 20, T0 + 30, "two")).toEqual([lockout.id]);
      expect(await store.keepLease(lockout.id, "one", T0 + 40)).toBe(false);
      await store.endLease(lockout.id, "one", { dueAt: undefined, seen: 1 });
      await store.endLease(lockout.id, "two", { dueAt: undefined, seen: 0 });
      expect(await store.leaseLockouts(T0 + 20, T0 + 30, "three")).toEqual([lockout.id]);
      await store.endLease(lockout.id, "three", { dueAt: undefined, seen: 1 });
      expect(await store.leaseLockouts(T0 + 99, T0 + 100, "four")).toEqual([]);
      await store.wakeLockouts();
      expect(await store.leaseLockouts(T0 + 99, T0 + 100, "four")).toEqual([lockout.id]);
      await store.endLease(lockout.id, "four", { dueAt: T0 + 200, seen: 1 });
      await store.commitBatch({ lockout: lockout.id, keys: [], wake: true }, ({ lockout }) =>
        turned(lockout, [], T0),
      );
      expect(await store.leaseLockouts(T0 + 99, T0 + 100, "five")).toEqual([lockout.id]);
      expect((await store.lockouts(5)).map(({ value }) => value.id)).toEqual([lockout.id]);
    });

    it("ends where the clock was set back, and so does the time until it is due", async () => {
      const lease = async (now: number, by: string) => store.leaseLockouts(now, now + SECOND, by);
      expect(await lease(T0, "one")).toEqual([lockout.id]);
      expect(await lease(T0 + SECOND - MINUTE, "two")).toEqual([]);
      expect(await lease(T0 + SECOND - MINUTE - 1, "two")).toEqual([lockout.id]);
      await store.endLease(lockout.id, "two", { dueAt: T0, seen: 1 });
      expect(await lease(T0 - MINUTE, "three")).toEqual([]);
      expect(await lease(T0 - MINUTE - 1, "three")).toEqual([lockout.id]);
    });
  });
}
