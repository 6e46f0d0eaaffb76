import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Criterion, type Findable, matches } from "../../../src/domain/criteria.ts";
import { DAY, keyId, MINUTE, personId, roleId } from "../../../src/domain/values.ts";
import { openStore } from "../../../src/store/store.ts";
import type { ListedKey } from "../../../src/usecases/inventory-port.ts";
import type { Store } from "../../../src/usecases/store-port.ts";
import { aKey, ALL, ANN, T0 } from "../../support/store.ts";
import type { Fixture } from "./store.suite.ts";

/** What the manager says of a key that is made up here. */
function keyPart<Given extends { owner?: unknown; held?: unknown }>(
  given: Given,
): Omit<Given, "owner" | "held"> {
  const { owner: _owner, held: _held, ...rest } = given;
  return rest;
}

/** What the port `Inventory` promises, whatever the database. */
export function inventorySuite({ fresh }: Fixture): void {
  let store: Store;
  beforeEach(async () => {
    store = await openStore(await fresh());
  });
  afterEach(() => store.close());

  const names = async (criteria: Criterion[] = []): Promise<string[]> =>
    (await store.findKeys(criteria, { limit: 100 })).keys.map(({ name }) => name);
  const ownedBy = async (id: number, change: object = {}): Promise<void> => {
    const record = {
      id: keyId.parse(id),
      name: `key-${id}`,
      owner: ANN,
      origin: { kind: "outside" as const },
      role: roleId.parse(2),
      madeAt: T0,
      ...change,
    };
    const before = await store.key(record.id);
    const row = { row: "key" as const, next: record, ...(before === undefined ? {} : { before }) };
    const event = {
      at: T0,
      actor: ANN,
      subject: `key:${id}`,
      event: "key.changed" as const,
      evidence: {},
    };
    expect(await store.commit({ changes: [row], events: [event] })).toBe("committed");
  };

  describe("the inventory", () => {
    it("holds what a page says, writes only what differs, and lets go of what is gone", async () => {
      const keys = [aKey(1), aKey(2), aKey(3)];
      expect(await store.putKeysPage({ ...ALL, keys })).toBe(3);
      expect(await store.putKeysPage({ ...ALL, keys })).toBe(0);
      expect(await store.putKeysPage({ ...ALL, keys: [aKey(1), aKey(3, { name: "other" })] })).toBe(2);
      expect(await names()).toEqual(["key-1", "other"]);
    });

    it("touches nothing outside a page's range", async () => {
      await store.putKeysPage({ ...ALL, keys: [aKey(1), aKey(2), aKey(3)] });
      expect(await store.putKeysPage({ after: 1, through: 2, keys: [], readAt: T0 })).toBe(1);
      expect(await names()).toEqual(["key-1", "key-3"]);
    });

    it("holds a key once, as it was said last, where a page has it twice", async () => {
      const keys = [aKey(1), aKey(2), aKey(1, { name: "again" })];
      expect(await store.putKeysPage({ ...ALL, keys })).toBe(2);
      expect(await names()).toEqual(["again", "key-2"]);
    });

    it("believes what was read of one key later than a page that was asked for before", async () => {
      await store.putKey(aKey(1, { active: false }), T0 + 5);
      await store.putKeysPage({ ...ALL, keys: [aKey(1)], readAt: T0 + 5 });
      expect(await names([{ on: "active", is: false }])).toEqual(["key-1"]);
      await store.putKeysPage({ ...ALL, keys: [], readAt: T0 + 4 });
      expect(await names()).toEqual(["key-1"]);
      await store.putKeysPage({ ...ALL, keys: [aKey(1)], readAt: T0 + 6 });
      expect(await names([{ on: "active", is: true }])).toEqual(["key-1"]);
    });

    it("believes no longer what was noted by a clock that was set back since", async () => {
      await store.putKey(aKey(1, { active: false }), T0 + 2 * MINUTE);
      await store.putKeysPage({ ...ALL, keys: [aKey(1)], readAt: T0 });
      expect(await names([{ on: "active", is: true }])).toEqual(["key-1"]);
      await store.putKey(aKey(1, { active: false }), T0);
      expect(await names([{ on: "active", is: false }])).toEqual(["key-1"]);
    });

    it("names a key's role as other keys with it do, until a page says it", async () => {
      await store.putKeysPage({ ...ALL, keys: [aKey(1, { role: 7, roleName: "Deployer" })] });
      expect(await store.putKey(aKey(2, { role: 7, roleName: undefined }), T0)).toBe(true);
      expect(await store.putKey(aKey(3, { role: 8, roleName: undefined }), T0)).toBe(false);
      expect(await store.putKey(aKey(3, { role: 8, roleName: undefined }), T0 + 1)).toBe(false);
      const roleNames = async () =>
        (await store.findKeys([], { limit: 10 })).keys.map(({ roleName }) => roleName);
      expect(await roleNames()).toEqual(["Deployer", "Deployer", "ID 8"]);
      expect(await store.putKey(aKey(4, { role: 8, roleName: "Reader" }), T0)).toBe(true);
      expect(await store.putKey(aKey(3, { role: 8, roleName: undefined }), T0 + 2)).toBe(true);
      expect(await roleNames()).toEqual(["Deployer", "Deployer", "Reader", "Reader"]);
    });

    it("knows whose a key is and what holds it, whichever came first", async () => {
      await ownedBy(1);
      await store.putKeysPage({ ...ALL, keys: [aKey(1), aKey(2)] });
      const holds = {
        baseActive: true,
        reasons: [{ kind: "lock" as const, by: ANN, as: "owner" as const, because: "x", at: T0 }],
      };
      await ownedBy(2, { holds });
      expect(await names([{ on: "owner", is: ANN }])).toEqual(["key-1", "key-2"]);
      const { keys } = await store.findKeys([{ on: "held", is: true }], { limit: 10 });
      expect(keys).toEqual([{ ...aKey(2), owner: ANN, origin: "outside", holds }]);
    });

    it("forgets a key that was deleted here, though an older page still has it", async () => {
      await store.putKeysPage({ ...ALL, keys: [aKey(1)] });
      await ownedBy(1, { deletedAt: T0 });
      await store.dropKey(keyId.parse(1));
      await store.putKeysPage({ ...ALL, keys: [aKey(1)] });
      await store.putKey(aKey(1), T0 + 9);
      expect(await names()).toEqual([]);
    });

    it("is read by pages in the order of names, letter case aside, there and back", async () => {
      const keys = ["b", "A", "a", "ä", "Z", "z"].map((name, i) => aKey(i + 1, { name }));
      await store.putKeysPage({ ...ALL, keys });
      const seen: ListedKey[] = [];
      for (let after: ListedKey | undefined; ; after = seen.at(-1)) {
        const page = await store.findKeys([], { limit: 2, ...(after === undefined ? {} : { after }) });
        seen.push(...page.keys);
        if (!page.more) break;
      }
      expect(seen.map(({ id, name }) => `${name}${id}`)).toEqual(["A2", "a3", "b1", "Z5", "z6", "ä4"]);
      const last = seen.at(-1);
      if (last === undefined) throw new Error("nothing was seen");
      const back = await store.findKeys([], { limit: 2, before: last });
      expect(back.keys.map(({ name }) => name)).toEqual(["Z", "z"]);
      expect(back.more).toBe(true);
    });

    it("counts no further than it is asked to", async () => {
      await store.putKeysPage({ ...ALL, keys: [1, 2, 3].map((id) => aKey(id)) });
      expect(await store.countKeys([], 2)).toBe(2);
      expect(await store.countKeys([{ on: "id", is: 2 }], 9)).toBe(1);
    });

    it("finds the same keys as the meaning of the criteria says", async () => {
      const odd = ["CI-deploy", "ß", "İ", "K", "é", "\u{10FFFF}", "a'b"];
      const letters = [
        "a",
        "A",
        "b",
        "%",
        "_",
        "\\",
        "*",
        "Σ",
        "σ",
        "😀",
        "\uD83D",
        "\uDC00",
        "\uFFFD",
        "\0",
      ];
      const word = fc.oneof(
        fc.constantFrom(...odd),
        fc.string({ maxLength: 6 }),
        // Few letters, so that patterns are often met: also what is no letter at all.
        fc.array(fc.constantFrom(...letters), { maxLength: 8 }).map((each) => each.join("")),
      );
      const person = fc.constantFrom(ANN, personId.parse("UZOE"));
      const at = fc.integer({ min: 0, max: 5 }).map((n) => T0 + n);
      const key = fc.record({
        name: word,
        role: fc.integer({ min: 1, max: 3 }),
        roleName: word,
        active: fc.boolean(),
        createdAt: at,
        lastUsedAt: fc.option(at, { nil: undefined }),
        expiresAt: fc.option(at, { nil: undefined }),
        failures: fc.nat({ max: 3 }),
        owner: fc.option(person, { nil: undefined }),
        held: fc.boolean(),
      });
      const range = fc.oneof(
        at.map((before) => ({ before })),
        at.map((after) => ({ after })),
      );
      const criterion: fc.Arbitrary<Criterion> = fc.oneof(
        fc.record({ on: fc.constantFrom("id" as const, "roleId" as const), is: fc.nat({ max: 4 }) }),
        fc.record({
          on: fc.constantFrom("name" as const, "role" as const),
          like: fc.oneof(
            word,
            word.map((each) => `${each.slice(0, 2)}*`),
            word.map((each) => `*${each}*`),
            fc.array(word, { minLength: 2, maxLength: 4 }).map((parts) => parts.join("*")),
          ),
        }),
        fc.record({ on: fc.constant("owner" as const), is: fc.option(person) }),
        fc.record({
          on: fc.constantFrom("owner" as const, "expiresAt" as const, "lastUse" as const),
          present: fc.boolean(),
        }),
        fc.record({ on: fc.constantFrom("active" as const, "held" as const), is: fc.boolean() }),
        fc
          .tuple(fc.constantFrom("expiresAt" as const, "createdAt" as const, "lastUse" as const), range)
          .map(([on, bound]) => ({ on, ...bound })),
        fc.oneof(
          fc.nat({ max: 3 }).map((over) => ({ on: "failures" as const, over })),
          fc.nat({ max: 3 }).map((under) => ({ on: "failures" as const, under })),
        ),
      );
      let first = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(key, { maxLength: 12 }),
          fc.array(criterion, { minLength: 1, maxLength: 3 }),
          async (given, criteria) => {
            const start = (first += 100);
            const made = given.map((each, i) => aKey(start + i, keyPart(each)));
            for (const [i, { owner, held }] of given.entries()) {
              const reasons = [{ kind: "lock", by: ANN, as: "owner", because: "", at: T0 }];
              const holds = held ? { holds: { baseActive: true, reasons } } : {};
              if (owner !== undefined || held) await ownedBy(start + i, { owner, ...holds });
            }
            await store.putKeysPage({ ...ALL, keys: made });
            const expected = given
              .map((each, i): Findable => ({
                ...each,
                id: start + i,
              }))
              .filter((each) => matches(criteria, each))
              .map(({ id }) => id);
            const { keys } = await store.findKeys(criteria, { limit: 100 });
            expect(keys.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(expected);
            expect(await store.countKeys(criteria, 100)).toBe(expected.length);
          },
        ),
        { numRuns: 150 },
      );
    });

    it("finds names that are near, among all or among one person's", async () => {
      await store.putKeysPage({
        ...ALL,
        keys: ["ci-deploy", "ci-destroy", "zebra"].map((name, i) => aKey(i + 1, { name })),
      });
      await ownedBy(3);
      expect(await store.nearNames("ci-deplyo", { limit: 1 })).toEqual(["ci-deploy"]);
      expect(await store.nearNames("ci-deplyo", { of: ANN, limit: 5 })).toEqual([]);
      expect(await store.nearNames("zebar", { of: ANN, limit: 5 })).toEqual(["zebra"]);
    });

    it("is synced by one at a time, and counted when that ends", async () => {
      expect(await store.inventoryState()).toBeUndefined();
      expect(await store.beginSync(T0, T0 - 5 * MINUTE)).toBe(true);
      expect(await store.beginSync(T0 + 1, T0 - 1)).toBe(false);
      await ownedBy(1);
      await store.putKeysPage({
        ...ALL,
        keys: [aKey(1, { active: false }), aKey(2, { expiresAt: T0 + DAY, lastUsedAt: T0 })],
      });
      await store.syncEnded({ asOf: T0, soon: T0 + 2 * DAY });
      expect(await store.inventoryState()).toEqual({
        asOf: T0,
        counts: { all: 2, locked: 1, expiringSoon: 1, neverUsed: 1, noOwner: 1 },
      });
      expect(await store.beginSync(T0 + 5 * MINUTE, T0)).toBe(true);
      // The clock was set back since.
      expect(await store.beginSync(T0 + 4 * MINUTE, T0 - MINUTE)).toBe(false);
      expect(await store.beginSync(T0 + 4 * MINUTE - 1, T0 - MINUTE - 1)).toBe(true);
    });
  });
}
