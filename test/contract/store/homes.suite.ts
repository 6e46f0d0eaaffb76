import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MINUTE, SECOND } from "../../../src/domain/values.ts";
import { openStore } from "../../../src/store/store.ts";
import type { HomesDue, Store } from "../../../src/usecases/store-port.ts";
import { ANN, approved, BEN, cid, made, opened, T0 } from "../../support/store.ts";
import type { Fixture } from "./store.suite.ts";

/** What the port `Store` promises of App Homes, whatever the database. */
export function homesSuite({ fresh, shared }: Fixture): void {
  let store: Store;
  let other: Store;

  beforeEach(async () => {
    const where = await fresh();
    store = await openStore(where);
    other = shared ? await openStore(where) : store;
  });
  afterEach(async () => {
    await store.close();
    if (shared) await other.close();
  });

  const dueAt = (now: number, change: Partial<HomesDue> = {}): HomesDue => ({
    now,
    openedSince: now - 10 * MINUTE,
    lookedAtBefore: now - MINUTE,
    until: now + 15 * SECOND,
    limit: 10,
    ...change,
  });
  const people = async (now: number, change: Partial<HomesDue> = {}): Promise<string[]> =>
    (await store.leaseHomes(dueAt(now, change))).homes.map(({ person }) => person);
  const drawn = async (at: number, shows: number): Promise<void> =>
    store.homesDrawn([{ person: ANN, shows, look: "a look", at, notBefore: at + 10 * SECOND }]);

  describe("App Homes", () => {
    it("are due when they are opened, and again when the trail has grown, but not before their pace", async () => {
      await store.homeOpened(ANN, T0);
      const { homes, head } = await store.leaseHomes(dueAt(T0));
      expect(homes).toEqual([{ person: ANN, look: "" }]);
      await drawn(T0, head);
      expect(await people(T0 + 20 * SECOND)).toEqual([]);
      const { next, event } = made({ n: 1 });
      await store.commit({ changes: [{ row: "request", next }], events: [event] });
      expect(await people(T0 + 9 * SECOND)).toEqual([]);
      const later = await store.leaseHomes(dueAt(T0 + 10 * SECOND));
      expect(later).toEqual({ homes: [{ person: ANN, look: "a look" }], head: head + 1 });
      expect(await store.auditHead()).toBe(head + 1);
    });

    it("are looked at again after a while, though nothing has happened", async () => {
      await store.homeOpened(ANN, T0);
      await drawn(T0, await store.auditHead());
      expect(await people(T0 + MINUTE - 1)).toEqual([]);
      expect(await people(T0 + MINUTE)).toEqual([ANN]);
    });

    it("of people who opened them long ago are left alone, until they open them again", async () => {
      await store.homeOpened(ANN, T0);
      expect(await people(T0 + 10 * MINUTE + 1)).toEqual([]);
      await store.homeOpened(ANN, T0 + 11 * MINUTE);
      expect(await people(T0 + 11 * MINUTE)).toEqual([ANN]);
    });

    it("that are opened again keep their pace, and are published whatever they looked like", async () => {
      await store.homeOpened(ANN, T0);
      await drawn(T0, await store.auditHead());
      await store.homeOpened(ANN, T0 + SECOND);
      expect(await people(T0 + SECOND)).toEqual([]);
      const { homes } = await store.leaseHomes(dueAt(T0 + 10 * SECOND));
      expect(homes).toEqual([{ person: ANN, look: "" }]);
    });

    it("go to one caller each, until the lease runs out or drawing has failed", async () => {
      await store.homeOpened(ANN, T0);
      await store.homeOpened(BEN, T0);
      const both = await Promise.all([store.leaseHomes(dueAt(T0)), other.leaseHomes(dueAt(T0))]);
      expect(both.flatMap(({ homes }) => homes.map(({ person }) => person)).toSorted()).toEqual([ANN, BEN]);
      expect(await people(T0 + 14 * SECOND)).toEqual([]);
      await store.homeFailed(BEN, T0 + 5 * SECOND);
      expect(await people(T0 + 5 * SECOND)).toEqual([BEN]);
      expect(await people(T0 + 15 * SECOND)).toEqual([ANN]);
    });
  });

  describe("open claims", () => {
    it("are found by who may use them, and no more when they are over", async () => {
      const asked = made({ n: 1 });
      const granted = approved(asked.next, cid(1));
      const claim = opened(1);
      await store.commit({
        changes: [
          { row: "request", next: granted.next },
          { row: "claim", next: claim.next },
        ],
        events: [asked.event, granted.event, claim.event],
      });
      const [found, ...more] = await store.openClaimsFor(ANN, 10);
      expect(more).toEqual([]);
      expect(found).toEqual({ version: 1, value: claim.next });
      expect(await store.openClaimsFor(BEN, 10)).toEqual([]);
      if (found === undefined) throw new Error("no claim");
      const over = { ...claim.next, state: "lapsed" as const, at: T0 + 5 };
      const { event } = claim;
      await store.commit({ changes: [{ row: "claim", before: found, next: over }], events: [event] });
      expect(await store.openClaimsFor(ANN, 10)).toEqual([]);
    });
  });
}
