import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GENESIS, hashedText } from "../../../src/domain/audit.ts";
import { newCard } from "../../../src/domain/card.ts";
import type { Lockout } from "../../../src/domain/lockout.ts";
import { withdraw } from "../../../src/domain/request-decision.ts";
import { MINUTE } from "../../../src/domain/values.ts";
import { openDatabase, type Where } from "../../../src/store/dialects.ts";
import { openStore } from "../../../src/store/store.ts";
import type { Person } from "../../../src/usecases/ports.ts";
import type { Change, Commit, Store, Tally } from "../../../src/usecases/store-port.ts";
import {
  ANN,
  approved,
  BEN,
  cardFor,
  cid,
  everyClaim,
  everyRequest,
  keyOf,
  LAPSES,
  lockedOut,
  made,
  minting,
  opened,
  rid,
  T0,
  taken,
} from "../../support/store.ts";
import { chainHolds } from "../../support/audit.ts";
import { agreesWithModel } from "./model.ts";

export type Fixture = {
  /** A place for a database that nothing has been written to. */
  fresh: () => Promise<Where>;
  /** Whether a second store can open the same database while the first one does. */
  shared: boolean;
};

const ids = (found: { value: { id: string } }[]): string[] => found.map((each) => each.value.id);

/** What the port `Store` promises, whatever the database. */
export function storeSuite({ fresh, shared }: Fixture): void {
  let where: Where;
  let store: Store;
  let open: Store[];

  /** Another store on the same database; where there can be none, the same one again. */
  const another = async (): Promise<Store> => {
    if (!shared) return store;
    const next = await openStore(where);
    open.push(next);
    return next;
  };

  beforeEach(async () => {
    where = await fresh();
    store = await openStore(where);
    open = [store];
  });
  afterEach(async () => {
    await Promise.all(open.map((each) => each.close()));
  });

  const ask = async (asked: Parameters<typeof made>[0]): ReturnType<Store["commit"]> => {
    const { next, event } = made(asked);
    return await store.commit({ changes: [{ row: "request", next }], events: [event] });
  };
  const withdrawal = async (n: number): Promise<Commit> => {
    const before = (await store.request(rid(n)))!;
    const { next, event } = taken(withdraw(before.value, ANN, T0 + 5));
    return { changes: [{ row: "request", before, next }], events: [event] };
  };
  /** Approves a request and opens its claim, as one commit. */
  const approval = async (n: number, claim = n): Promise<Commit> => {
    const before = (await store.request(rid(n)))!;
    const granted = approved(before.value, cid(claim));
    const begun = opened(n);
    return {
      changes: [
        { row: "claim", next: { ...begun.next, id: cid(claim) } },
        { row: "request", before, next: granted.next },
      ],
      events: [granted.event, begun.event],
    };
  };
  const putCard = async (n: number): Promise<void> => {
    const { next, event } = made({ n });
    const changes = [
      { row: "request", next },
      { row: "card", next: cardFor(n) },
    ] as const;
    await store.commit({ changes, events: [event] });
  };
  const leased = async (now: number, by = store): Promise<string[]> =>
    (await by.leaseCards(now, now + 2000, 10)).map(({ card }) => card.id);
  const trail = async (): Promise<string[]> =>
    (await store.auditAfter(0, 10_000)).map((row) => `${row.event} ${row.subject}`);

  describe("states", () => {
    it("keeps a request in each of its states as it was", async () => {
      for (const next of everyRequest()) {
        const before = await store.request(next.id);
        const change: Change =
          before === undefined ? { row: "request", next } : { row: "request", before, next };
        expect(await store.commit({ changes: [change], events: [] })).toBe("committed");
        expect(await store.request(next.id)).toEqual({ version: (before?.version ?? 0) + 1, value: next });
      }
    });

    it("keeps a claim in each of its states as it was", async () => {
      for (const next of everyClaim()) {
        const before = await store.claim(next.id);
        const change: Change = before === undefined ? { row: "claim", next } : { row: "claim", before, next };
        expect(await store.commit({ changes: [change], events: [] })).toBe("committed");
        const stored = { version: (before?.version ?? 0) + 1, value: next };
        expect(await store.claim(next.id)).toEqual(stored);
        expect(await store.claimOf(next.request)).toEqual(stored);
      }
    });

    it("keeps keys, lockouts and cards, and knows nothing of what was never stored", async () => {
      const key = keyOf(ANN, 5, LAPSES);
      const { next: lockout, event } = lockedOut(1);
      const changes = [
        { row: "key", next: key },
        { row: "lockout", next: lockout },
        { row: "card", next: cardFor(1) },
      ] as const;
      expect(await store.commit({ changes, events: [event] })).toBe("committed");
      expect(await store.key(key.id)).toEqual({ version: 1, value: key });
      expect(await store.cardsOf(rid(1))).toEqual([cardFor(1)]);
      const renamed = { ...key, name: "other" };
      const before = { version: 1, value: key };
      await store.commit({ changes: [{ row: "key", before, next: renamed }], events: [] });
      expect(await store.key(key.id)).toEqual({ version: 2, value: renamed });
      expect(await store.request(rid(9))).toBeUndefined();
      expect(await store.claim(cid(9))).toBeUndefined();
      expect(await store.claimOf(rid(9))).toBeUndefined();
      expect(await store.key(keyOf(ANN, 9).id)).toBeUndefined();
      expect(await store.cardsOf(rid(9))).toEqual([]);
    });
  });

  describe("a commit", () => {
    it("takes nothing in that could not be read again, and leaves nothing behind", async () => {
      const key = keyOf(ANN, 5, LAPSES);
      const { next: request, event } = made({ n: 1 });
      const odd: Change = { row: "key", next: { ...key, expiresAt: -1 } };
      const changes: Change[] = [{ row: "request", next: request }, odd];
      await expect(store.commit({ changes, events: [event] })).rejects.toThrow("expiresAt");
      expect(await store.request(request.id)).toBeUndefined();
      expect(await store.key(key.id)).toBeUndefined();
      await store.commit({ changes: [{ row: "key", next: key }], events: [] });
      const before = { version: 1, value: key };
      await expect(store.commit({ changes: [{ ...odd, before }], events: [event] })).rejects.toThrow(
        "expiresAt",
      );
      expect(await store.key(key.id)).toEqual(before);
      expect(await trail()).toEqual([]);
    });

    it("is stale when the version it read has moved", async () => {
      await ask({ n: 1 });
      const slow = await approval(1);
      expect(await store.commit(await withdrawal(1))).toBe("committed");
      expect(await store.commit(slow)).toBe("stale");
      expect((await store.request(rid(1)))?.value.state).toBe("withdrawn");
    });

    it("is stale when the row to be changed is not there", async () => {
      const { next } = made({ n: 1 });
      const before = { version: 1, value: next };
      expect(await store.commit({ changes: [{ row: "request", before, next }], events: [] })).toBe("stale");
    });

    it("wins alone when several were decided on the same version", async () => {
      const other = await another();
      for (let n = 1; n <= 20; n++) {
        await ask({ n });
        const rivals = [await approval(n, n), await withdrawal(n), await approval(n, n + 100)];
        const stores = [store, other, other];
        const results = await Promise.all(rivals.map((each, i) => stores[i]!.commit(each)));
        expect(results.toSorted()).toEqual(["committed", "stale", "stale"]);
        expect((await store.request(rid(n)))?.version).toBe(2);
      }
    });

    it("answers `exists` to a submission delivered twice, one after the other or at once", async () => {
      expect(await ask({ n: 1 })).toBe("committed");
      expect(await ask({ n: 1 })).toBe("exists");
      const other = await another();
      for (let n = 2; n <= 20; n++) {
        const { next, event } = made({ n });
        const submission: Commit = { changes: [{ row: "request", next }], events: [event] };
        const results = await Promise.all([store.commit(submission), other.commit(submission)]);
        expect(results.toSorted()).toEqual(["committed", "exists"]);
      }
    });

    it("answers `exists` to a second claim for one request, and to a card or key that is there", async () => {
      const claim = opened(1).next;
      const card = cardFor(1);
      const key = keyOf(ANN, 5);
      await store.commit({
        changes: [
          { row: "claim", next: claim },
          { row: "card", next: card },
          { row: "key", next: key },
        ],
        events: [],
      });
      const again = [
        { row: "claim", next: { ...claim, id: cid(2) } },
        { row: "card", next: card },
        { row: "key", next: key },
      ] as const;
      for (const change of again) {
        expect(await store.commit({ changes: [change], events: [] })).toBe("exists");
      }
    });

    it("answers `name-taken` whatever the case, until the request that reserves the name is over", async () => {
      expect(await ask({ n: 1, name: "CI-Deploy" })).toBe("committed");
      expect(await ask({ n: 2, name: "ci-dePLOY", asker: BEN })).toBe("name-taken");
      expect(await store.nameReserved("ci-deploy")).toBe(true);
      await store.commit(await approval(1));
      expect(await ask({ n: 2, name: "ci-deploy" })).toBe("name-taken");
      await ask({ n: 3, name: "other" });
      await store.commit(await withdrawal(3));
      expect(await store.nameReserved("Other")).toBe(false);
      expect(await ask({ n: 4, name: "OTHER" })).toBe("committed");
    });

    it("gives a name to one of two who ask for it at once", async () => {
      const other = await another();
      for (let n = 1; n <= 20; n++) {
        const commits = [n, n + 100].map((id): Commit => {
          const { next, event } = made({ n: id, name: `name-${n}` });
          return { changes: [{ row: "request", next }], events: [event] };
        });
        const results = await Promise.all([store.commit(commits[0]!), other.commit(commits[1]!)]);
        expect(results.toSorted()).toEqual(["committed", "name-taken"]);
      }
    });

    it("keeps a chain that holds, whatever somebody has forged into what it is about", async () => {
      for (const subject of ["adoption:\uD800", "leak:\0x"]) {
        const event = { at: T0, actor: ANN, subject, event: "refused", evidence: { as: subject } } as const;
        await store.commit({ changes: [], events: [event] });
      }
      expect(await chainHolds(store)).toBe(true);
    });

    it("that fails leaves no trace of its other rows and events", async () => {
      await ask({ n: 1, name: "one" });
      await ask({ n: 2, name: "two" });
      const stale = await withdrawal(2);
      await store.commit(await approval(2));
      const before = await trail();
      const event = made({ n: 1 }).event;
      const innocent = [
        { row: "key", next: keyOf(ANN, 5) },
        { row: "card", next: cardFor(1) },
        { row: "lockout", next: lockedOut(1).next },
      ] as const;
      const failing: [Commit, string][] = [
        [{ changes: [...innocent, ...stale.changes], events: [event], gate: "bump" }, "stale"],
        [
          { changes: [...innocent, { row: "request", next: made({ n: 1 }).next }], events: [event] },
          "exists",
        ],
        [
          {
            changes: [...innocent, { row: "request", next: made({ n: 3, name: "ONE" }).next }],
            events: [event],
          },
          "name-taken",
        ],
        [{ changes: innocent, events: [event], gate: { read: 99 } }, "stale"],
      ];
      const gate = await store.gate();
      for (const [commit, answer] of failing) expect(await store.commit(commit)).toBe(answer);
      expect(await store.key(keyOf(ANN, 5).id)).toBeUndefined();
      expect(await store.cardsOf(rid(1))).toEqual([]);
      expect(await store.gate()).toEqual(gate);
      expect(await trail()).toEqual(before);
    });

    it("agrees with a simple model, whatever the order of readings and commits", async () => {
      await agreesWithModel([store, await another()]);
    });
  });

  describe("the gate", () => {
    it("lets a commit through that read it, and makes every older reading stale when a lockout bumps it", async () => {
      const read = (await store.gate()).version;
      const event = made({ n: 1 }).event;
      const through: Commit = { changes: [], events: [event], gate: { read } };
      expect(await store.commit(through)).toBe("committed");
      const { next, event: declared } = lockedOut(1);
      const bump: Commit = { changes: [{ row: "lockout", next }], events: [declared], gate: "bump" };
      expect(await store.commit(bump)).toBe("committed");
      expect(await store.commit(through)).toBe("stale");
      const now = await store.gate();
      expect(now.lockouts).toEqual([next] satisfies Lockout[]);
      expect(await store.commit({ ...through, gate: { read: now.version } })).toBe("committed");
    });

    it("never lets a commit through after the lockout that its reading did not know", async () => {
      const other = await another();
      for (let n = 1; n <= 25; n++) {
        const { version } = await store.gate();
        const { next, event } = lockedOut(n);
        const bump: Commit = { changes: [{ row: "lockout", next }], events: [event], gate: "bump" };
        const letOut = [1, 2, 3].map((i): Commit => {
          const { next, event } = made({ n: n * 10 + i });
          return { changes: [{ row: "request", next }], events: [event], gate: { read: version } };
        });
        const [declared, ...results] = await Promise.all([
          other.commit(bump),
          ...letOut.map((each) => store.commit(each)),
        ]);
        expect(declared).toBe("committed");
        const rows = await trail();
        const bumped = rows.indexOf(`lockout.declared ${event.subject}`);
        letOut.forEach((each, i) => {
          const place = rows.indexOf(`request.made ${each.events[0]!.subject}`);
          if (results[i] === "committed") expect(place).toBeLessThan(bumped);
          else expect([results[i], place]).toEqual(["stale", -1]);
        });
      }
    });

    it("is never read with a newer version than the lockouts beside it", async () => {
      const other = await another();
      const first = (await store.gate()).version;
      const declaring = (async () => {
        for (let n = 1; n <= 30; n++) {
          const { next, event } = lockedOut(n);
          await other.commit({ changes: [{ row: "lockout", next }], events: [event], gate: "bump" });
        }
      })();
      let seen = 0;
      while (seen < 30) {
        const { version, lockouts } = await store.gate();
        expect(lockouts.length).toBe(version - first);
        seen = lockouts.length;
      }
      await declaring;
    });
  });

  describe("the audit trail", () => {
    it("is one chain without a gap, whose hashes anybody can compute again, over all replicas", async () => {
      const other = await another();
      await Promise.all(
        Array.from({ length: 40 }, async (_, n) => {
          const { next, event } = made({ n });
          const events = n % 3 === 0 ? [event, event] : [event];
          await [store, other][n % 2]!.commit({ changes: [{ row: "request", next }], events });
        }),
      );
      const rows = await store.auditAfter(0, 1000);
      expect(rows.length).toBe(54);
      let previous = GENESIS;
      for (const [i, { hash, ...row }] of rows.entries()) {
        expect([row.seq, row.previous]).toEqual([i + 1, previous]);
        expect(hash).toBe(createHash("sha256").update(hashedText(row)).digest("hex"));
        previous = hash;
      }
      expect(rows.filter((row) => row.evidence !== "").map((row) => JSON.parse(row.evidence))).toContainEqual(
        made({ n: 1 }).event.evidence,
      );
    });

    it("is read on from any row, in order, at most as many rows as asked for", async () => {
      for (let n = 1; n <= 5; n++) await ask({ n });
      expect((await store.auditAfter(2, 2)).map((row) => row.seq)).toEqual([3, 4]);
      expect(await store.auditAfter(5, 10)).toEqual([]);
    });

    it("is read as it stands, and says where commits go on from", async () => {
      expect(await store.auditEnd()).toEqual({ seq: 0, hash: GENESIS });
      expect(await store.auditStored(undefined, 10)).toEqual([]);
      for (let n = 1; n <= 3; n++) await ask({ n });
      const rows = await store.auditAfter(0, 10);
      expect(await store.auditStored(undefined, 2)).toEqual(rows.slice(0, 2));
      expect(await store.auditStored(2, 10)).toEqual(rows.slice(2));
      expect(await store.auditEnd()).toEqual({ seq: 3, hash: rows[2]?.hash });
    });

    it("is searched by who, what, about what and when, the latest first, page by page", async () => {
      // Two at the same moment, and one that a slower clock put behind its number.
      const ats = [T0, T0 + 2, T0 + 2, T0 + 1, T0 + 4];
      const names = ["key.locked", "key.unlocked", "key.locked", "key.locked", "refused"] as const;
      const events = ats.map((at, i) => ({
        at,
        actor: i % 2 === 0 ? ANN : BEN,
        subject: `key:${i + 1}`,
        event: names[i]!,
        evidence: {},
      }));
      await store.commit({ changes: [], events });
      const found = async (...asked: Parameters<Store["findAudit"]>): Promise<number[]> =>
        (await store.findAudit(...asked)).map(({ seq }) => seq);
      const page = { limit: 10 };
      expect(await found({}, page)).toEqual([5, 3, 2, 4, 1]);
      expect(await found({}, { limit: 2 })).toEqual([5, 3]);
      expect(await found({}, { limit: 2, before: { at: T0 + 2, seq: 3 } })).toEqual([2, 4]);
      expect(await found({ actor: BEN }, page)).toEqual([2, 4]);
      expect(await found({ events: ["key.locked", "refused"] }, page)).toEqual([5, 3, 4, 1]);
      expect(await found({ subjects: ["key:1", "key:3", "key:9"] }, page)).toEqual([3, 1]);
      expect(await found({ subjects: [] }, page)).toEqual([]);
      expect(await found({ since: T0 + 1, until: T0 + 4 }, page)).toEqual([3, 2, 4]);
      expect(await found({ actor: ANN, events: ["key.locked"], since: T0 + 1 }, page)).toEqual([3]);
    });
  });

  describe("queries", () => {
    it("list a person's requests the newest first, and the pending ones the oldest first", async () => {
      for (let n = 1; n <= 4; n++) await ask({ n, askedAt: T0 + n, asker: n === 3 ? BEN : ANN });
      await store.commit(await withdrawal(2));
      expect(ids(await store.requestsOf(ANN, 10))).toEqual([rid(4), rid(2), rid(1)]);
      expect(ids(await store.requestsOf(ANN, 2))).toEqual([rid(4), rid(2)]);
      expect(ids(await store.pendingRequests(10))).toEqual([rid(1), rid(3), rid(4)]);
      expect(ids(await store.pendingRequests(1))).toEqual([rid(1)]);
      const counted = await store.countRequests();
      expect(counted.find(({ state }) => state === "pending")).toEqual({ state: "pending", count: 3 });
    });

    it("count a person's keys and living requests together", async () => {
      for (let n = 1; n <= 4; n++) await ask({ n, asker: n === 4 ? BEN : ANN });
      await store.commit(await withdrawal(1));
      await store.commit(await approval(2));
      const changes = [
        { row: "key", next: keyOf(ANN, 5) },
        { row: "key", next: keyOf(BEN, 6) },
      ] as const;
      await store.commit({ changes, events: [] });
      expect(await store.countKeysOf(ANN)).toBe(3);
      expect(await store.countKeysOf(BEN)).toBe(2);
    });

    it("lease requests and claims that are due, the longest due first, each to one caller at a time", async () => {
      await ask({ n: 1 });
      await ask({ n: 2, nameUnchecked: true, askedAt: T0 + 2 });
      await ask({ n: 3, nameUnchecked: true, askedAt: T0 + 1 });
      await ask({ n: 4 });
      await store.commit(await withdrawal(4));
      const due = async (now: number, limit = 10, lease = now): Promise<string[]> =>
        ids(await store.leaseRequests(now, lease, limit)).toSorted();
      expect(await due(T0)).toEqual([]);
      expect(await due(T0 + 2, 1)).toEqual([rid(3)]);
      expect(await due(T0 + 2)).toEqual([rid(2), rid(3)]);
      expect(await due(LAPSES, 10, LAPSES + 5)).toEqual([rid(1), rid(2), rid(3)]);
      expect(await due(LAPSES + 4)).toEqual([]);
      expect(await due(LAPSES + 5)).toEqual([rid(1), rid(2), rid(3)]);

      const idle = opened(1).next;
      const started = minting(opened(2).next).next;
      const changes = [
        { row: "claim", next: idle },
        { row: "claim", next: started },
      ] as const;
      await store.commit({ changes, events: [] });
      const dueClaims = async (now: number): Promise<string[]> =>
        ids(await store.leaseClaims(now, now, 10)).toSorted();
      expect(await dueClaims(T0 + 1000)).toEqual([]);
      expect(await dueClaims(LAPSES - 1)).toEqual([started.id]);
      expect(await dueClaims(LAPSES)).toEqual([idle.id, started.id]);
      expect(await store.leaseClaims(LAPSES, LAPSES, 1)).toHaveLength(1);
    });

    it("give each due row to one of two stores", async () => {
      const other = await another();
      for (let n = 1; n <= 9; n++) await ask({ n, nameUnchecked: true });
      const both = await Promise.all(
        [store, other].map(async (each) => ids(await each.leaseRequests(LAPSES, LAPSES + 9, 20))),
      );
      expect(both.flat().toSorted()).toEqual(Array.from({ length: 9 }, (_, i) => rid(i + 1)));
    });

    it("look at a row later when it is postponed, never earlier, and when its next commit says so", async () => {
      await ask({ n: 1 });
      await store.postpone({ request: rid(1) }, LAPSES + 50);
      expect(await store.leaseRequests(LAPSES, LAPSES, 10)).toEqual([]);
      await store.postpone({ request: rid(1) }, LAPSES - 50);
      expect(await store.leaseRequests(LAPSES + 49, LAPSES, 10)).toEqual([]);
      expect(ids(await store.leaseRequests(LAPSES + 50, LAPSES + 50, 10))).toEqual([rid(1)]);
      await store.commit(await withdrawal(1));
      await store.postpone({ request: rid(1) }, LAPSES);
      expect(await store.leaseRequests(LAPSES * 2, LAPSES * 2, 10)).toEqual([]);
    });

    it("refuse a commit after which a person would have too many keys, deleted ones not counted", async () => {
      const { deletedAt: _, ...kept } = keyOf(ANN, 1);
      const changes = [
        { row: "key", next: kept },
        { row: "key", next: { ...keyOf(ANN, 2), deletedAt: T0 } },
      ] as const;
      await store.commit({ changes, events: [] });
      const making = (n: number): Commit => {
        const { next, event } = made({ n });
        return { changes: [{ row: "request", next }], events: [event], keys: { of: ANN, atMost: 2 } };
      };
      expect(await Promise.all([1, 2, 3].map((n) => store.commit(making(n))))).toEqual(
        expect.arrayContaining(["committed", "too-many-keys"]),
      );
      expect(await store.countKeysOf(ANN)).toBe(2);
      expect(await trail()).toHaveLength(1);
    });
  });

  describe("cards", () => {
    const place = { channel: "CAPPROVE", ts: "1700000000.000100" };
    const whole = { place, incomplete: false };
    it("are leased until they are drawn, and again when their request or claim moves on", async () => {
      await putCard(1);
      const { id } = cardFor(1);
      expect(await leased(T0 - 1)).toEqual([]);
      expect(await leased(T0)).toEqual([id]);
      await store.cardDrawn(id, { ...whole, shows: 1, notBefore: T0 + 2000 });
      expect(await store.cardsOf(rid(1))).toEqual([{ ...cardFor(1), place, shows: 1, notBefore: T0 + 2000 }]);
      expect(await leased(T0 + 9000)).toEqual([]);
      await store.commit(await approval(1));
      expect(await leased(T0 + 1999)).toEqual([]);
      expect(await leased(T0 + 2000)).toEqual([id]);
      await store.cardDrawn(id, { ...whole, shows: 3, notBefore: T0 });
      expect(await leased(T0 + 9000)).toEqual([]);
      const before = (await store.claim(cid(1)))!;
      const { next, event } = minting(before.value);
      await store.commit({ changes: [{ row: "claim", before, next }], events: [event] });
      expect(await leased(T0 + 9000)).toEqual([id]);
    });

    it("are due again when a lease runs out or drawing failed, and never when the message is gone", async () => {
      await putCard(1);
      const { id } = cardFor(1);
      expect(await leased(T0)).toEqual([id]);
      expect(await leased(T0 + 1999)).toEqual([]);
      expect(await leased(T0 + 2000)).toEqual([id]);
      await store.cardFailed(id, { notBefore: T0 + 2500 });
      expect(await leased(T0 + 2499)).toEqual([]);
      expect(await leased(T0 + 2500)).toEqual([id]);
      await store.cardFailed(id, "gone");
      expect(await leased(T0 + 99_000)).toEqual([]);
    });

    it("to somebody wait for a moment all together, as far as they are behind", async () => {
      const to = (person: typeof ANN, n: number) => newCard(rid(n), "outcome", { person }, T0);
      for (const n of [1, 2, 3]) {
        const { next, event } = made({ n });
        const card = to(n === 3 ? BEN : ANN, n);
        await store.commit({
          changes: [
            { row: "request", next },
            { row: "card", next: card },
          ],
          events: [event],
        });
      }
      const [one, two, others] = [to(ANN, 1).id, to(ANN, 2).id, to(BEN, 3).id];
      await store.cardDrawn(two, { ...whole, shows: 1, notBefore: T0 });
      await store.cardsWait(ANN, T0 + MINUTE);
      await store.commit(await approval(2));
      expect(await leased(T0)).toEqual([two, others]);
      expect(await leased(T0 + MINUTE - 1)).toEqual([two, others]);
      await store.cardsWait(ANN, T0);
      expect(await leased(T0)).toEqual([one]);
    });

    it("are drawn again, where something was not known, when that is asked for, until it is known", async () => {
      for (const n of [1, 2]) await putCard(n);
      const [id, other] = [cardFor(1).id, cardFor(2).id];
      expect(await leased(T0)).toEqual([id, other]);
      await store.cardDrawn(id, { place, shows: 1, notBefore: T0, incomplete: true });
      await store.cardDrawn(other, { ...whole, shows: 1, notBefore: T0 });
      expect(await leased(T0 + 1)).toEqual([]);
      await store.wantCardsRedrawn("incomplete");
      expect(await leased(T0 + 1)).toEqual([id]);
      await store.cardDrawn(id, { ...whole, shows: 2, notBefore: T0 });
      await store.wantCardsRedrawn("incomplete");
      expect(await leased(T0 + 2)).toEqual([]);
      await store.wantCardsRedrawn("pending");
      expect(await leased(T0 + 2)).toEqual([id, other]);
    });

    it("go to one caller each, even when two replicas ask at the same moment", async () => {
      const other = await another();
      for (let n = 1; n <= 8; n++) await putCard(n);
      for (let round = 0; round < 10; round++) {
        const now = T0 + round * 2000;
        const both = await Promise.all([leased(now), leased(now, other), leased(now, other)]);
        expect(both.flat().toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => cardFor(n).id));
      }
    });
  });

  describe("the cache of people and groups", () => {
    const ann: Person = { id: ANN, kind: "guest", name: "Ann 雪", timeZone: "Europe/Oslo", locale: "ja-JP" };

    it("keeps what was read and when, and of two readings the later one", async () => {
      expect(await store.person(ANN)).toBeUndefined();
      await store.putPerson(ann, T0);
      await store.putPerson({ ...ann, kind: "member" }, T0 + 1);
      await store.putPerson({ ...ann, kind: "stranger" }, T0);
      expect(await store.person(ANN)).toEqual({ person: { ...ann, kind: "member" }, readAt: T0 + 1 });
      expect(await store.members("S1")).toBeUndefined();
      await store.putMembers("S1", [ANN], T0);
      await store.putMembers("S1", [ANN, BEN], T0 + 1);
      await store.putMembers("S1", [], T0);
      expect(await store.members("S1")).toEqual({ members: [ANN, BEN], readAt: T0 + 1 });
    });

    it("gives up what was read by a clock that was set back since", async () => {
      await store.putPerson(ann, T0 + MINUTE);
      await store.putMembers("S1", [ANN], T0 + MINUTE);
      await store.putPerson({ ...ann, kind: "deactivated" }, T0);
      await store.putMembers("S1", [], T0);
      expect(await store.person(ANN)).toEqual({ person: ann, readAt: T0 + MINUTE });
      expect(await store.members("S1")).toEqual({ members: [ANN], readAt: T0 + MINUTE });
      await store.putPerson({ ...ann, kind: "deactivated" }, T0 - 1);
      await store.putMembers("S1", [], T0 - 1);
      expect(await store.person(ANN)).toEqual({ person: { ...ann, kind: "deactivated" }, readAt: T0 - 1 });
      expect(await store.members("S1")).toEqual({ members: [], readAt: T0 - 1 });
    });

    it("forgets one of them at a time", async () => {
      await store.putPerson(ann, T0);
      await store.putPerson({ ...ann, id: BEN }, T0);
      await store.putMembers("S1", [ANN], T0);
      await store.putMembers("S2", [ANN], T0);
      await store.forget({ person: ANN });
      await store.forget({ slackGroup: "S1" });
      expect(await store.person(ANN)).toBeUndefined();
      expect(await store.person(BEN)).toBeDefined();
      expect(await store.members("S1")).toBeUndefined();
      expect(await store.members("S2")).toBeDefined();
    });
  });

  describe("tallies of refusals", () => {
    const refusal = (actor: typeof ANN, at: number) =>
      ({ at, actor, subject: `person:${actor}`, event: "refused", evidence: {} }) as const;
    const close = async (before: number): Promise<Tally[]> => {
      const tallies: Tally[] = [];
      await store.closeTallies(before, (tally) => {
        tallies.push(tally);
        return tally.person === ANN ? { ...refusal(ANN, T0), event: "refused.again" } : undefined;
      });
      return tallies;
    };

    it("write the first of a person's minute to the trail, count the others, and are closed once", async () => {
      await store.tallyRefusal("own-request", refusal(ANN, T0));
      await store.tallyRefusal("own-request", refusal(ANN, T0 + 1));
      await store.tallyRefusal("no-rule", refusal(BEN, T0 + 2));
      await store.tallyRefusal("stale-click", refusal(ANN, T0 + 3));
      await store.tallyRefusal("own-request", refusal(ANN, T0 + MINUTE - 1));
      await store.tallyRefusal("own-request", refusal(ANN, T0 + MINUTE));
      expect((await store.auditAfter(0, 100)).map((row) => row.at)).toEqual([T0, T0 + 2, T0 + MINUTE]);
      expect(await close(T0 - 1)).toEqual([]);
      expect(await close(T0)).toEqual([
        { person: ANN, since: T0, reasons: { "own-request": 2, "stale-click": 1 } },
      ]);
      expect(await close(T0 + 2)).toEqual([{ person: BEN, since: T0 + 2, reasons: {} }]);
      expect(await close(T0 + 2)).toEqual([]);
      expect((await store.auditAfter(0, 100)).map((row) => row.event)).toEqual([
        "refused",
        "refused",
        "refused",
        "refused.again",
      ]);
    });

    it("have one first and lose no count when replicas refuse at the same moment", async () => {
      const other = await another();
      await Promise.all(
        Array.from({ length: 20 }, async (_, i) =>
          [store, other][i % 2]!.tallyRefusal("no-rule", refusal(ANN, T0 + i)),
        ),
      );
      expect(await trail()).toHaveLength(1);
      expect(await close(T0 + MINUTE)).toMatchObject([{ reasons: { "no-rule": 19 } }]);
    });
  });

  describe.runIf(shared)("opening", () => {
    it("finds everything again", async () => {
      await ask({ n: 1 });
      await store.commit(await approval(1));
      await store.putMembers("S1", [ANN], T0);
      const before = [await store.request(rid(1)), await store.claimOf(rid(1)), await store.auditAfter(0, 9)];
      await store.close();
      open.length = 0;
      const again = await another();
      expect([
        await again.request(rid(1)),
        await again.claimOf(rid(1)),
        await again.auditAfter(0, 9),
      ]).toEqual(before);
      expect(await again.members("S1")).toEqual({ members: [ANN], readAt: T0 });
    });

    it("works for several replicas that start at once on an empty database", async () => {
      where = await fresh();
      const replicas = await Promise.all([another(), another(), another(), another()]);
      for (const [n, replica] of replicas.entries()) {
        const { next, event } = made({ n });
        expect(await replica.commit({ changes: [{ row: "request", next }], events: [event] })).toBe(
          "committed",
        );
      }
      expect((await replicas[0].auditAfter(0, 10)).map((row) => row.seq)).toEqual([1, 2, 3, 4]);
    });

    it("has the cards of what waits drawn once more that an older program drew", async () => {
      const ended = withdraw(made({ n: 2 }).next, ANN, T0);
      if ("refusal" in ended) throw new Error(ended.refusal.reason);
      for (const [n, { next, event }] of [made({ n: 1 }), ended].entries()) {
        const changes: Change[] = [
          { row: "request", next },
          { row: "card", next: cardFor(n + 1) },
        ];
        await store.commit({ changes, events: [event] });
      }
      const { kysely } = openDatabase(where);
      await kysely.schema.dropIndex("cards_incomplete").execute();
      await kysely.schema.alterTable("cards").dropColumn("incomplete").execute();
      await kysely
        .updateTable("schema_version")
        .set((row) => ({ version: row("version", "-", 1) }))
        .execute();
      await (await openStore(where)).close();
      const rows = await kysely.selectFrom("cards").select(["subject", "incomplete"]).execute();
      expect(rows.toSorted((a, b) => b.incomplete - a.incomplete)).toEqual([
        { subject: rid(1), incomplete: 1 },
        { subject: rid(2), incomplete: 0 },
      ]);
      await kysely.destroy();
    });

    it("is refused, in words, where a newer program has been, and changes nothing", async () => {
      const database = openDatabase(where);
      const now = await database.kysely
        .selectFrom("schema_version")
        .select("version")
        .executeTakeFirstOrThrow();
      await database.kysely.updateTable("schema_version").set({ version: 999 }).execute();
      await expect(openStore(where)).rejects.toThrow(
        `written by a newer Portcullis: it has version 999, and this program knows version ${now.version} at most`,
      );
      expect(await database.kysely.selectFrom("schema_version").select("version").execute()).toEqual([
        { version: 999 },
      ]);
      await database.kysely.destroy();
    });
  });
}
