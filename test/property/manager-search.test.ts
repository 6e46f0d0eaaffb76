import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Criterion, matches } from "../../src/domain/criteria.ts";
import type { ManagedKey } from "../../src/usecases/ports.ts";
import type { SearchCriterion } from "../../src/manager/wire.ts";
import { openStore } from "../../src/store/store.ts";
import type { Store } from "../../src/usecases/store-port.ts";
import { type RawManager, rawManager } from "../contract/manager/raw-http.ts";

let manager: RawManager;
let store: Store;
let keys: ManagedKey[];
let t: number;

/* Keys that differ in everything that both searches look at. */
beforeAll(async () => {
  manager = await rawManager();
  t = manager.time;
  store = await openStore({ sqlite: ":memory:" });
  const names = ["a", "ab", "AB-c", "b.a", "Éa", "éÉb", "cab", "b", "bab", "ca", "x a", "aBc"];
  for (const [i, keyName] of names.entries()) {
    const made = await manager.make({
      keyName,
      roleID: (i % 2) + 1,
      active: i % 3 !== 0,
      ...(i % 4 === 0 ? {} : { expiryDate: t + 1000 + (i % 5) * 10 }),
    });
    for (let wrong = 0; wrong < i % 3; wrong += 1)
      await manager.as(`${made.ID}:${"A".repeat(43)}=`)("GET", "/apikeys/current");
  }
  keys = await manager.client.keysAfter(0, 100);
  const listed = keys.map((key) => ({ ...key, roleName: `role ${key.role}` }));
  await store.putKeysPage({ after: 0, through: Number.MAX_SAFE_INTEGER, keys: listed, readAt: t });
});
afterAll(async () => {
  await store?.close();
  await manager?.close();
});

/** The same condition in the manager's words (contract 7). */
function asked(criterion: Criterion): SearchCriterion | undefined {
  switch (criterion.on) {
    case "id":
      return { idTest: "equal", idValue: criterion.is };
    case "roleId":
      return { fieldName: "roleID", numericTest: "equal", numericValue: criterion.is };
    case "name":
      return { fieldName: "keyName", stringTest: "equal", stringValue: criterion.like.replaceAll("*", "%") };
    case "active":
      return { fieldName: "active", booleanTest: criterion.is };
    case "failures":
      return criterion.over === undefined
        ? { ...FAILURES, numericTest: "less-than", numericValue: criterion.under }
        : { ...FAILURES, numericTest: "greater-than", numericValue: criterion.over };
    case "expiresAt":
      return "present" in criterion
        ? { fieldName: "expiryDate", nullTest: !criterion.present }
        : { fieldName: "expiryDate", ...between(criterion) };
    case "createdAt":
      return { fieldName: "created", ...between(criterion) };
    // Whose a key is, what holds it and what its role is called only we know; last use we know by the day.
    case "role":
    case "owner":
    case "held":
    case "lastUse":
      return undefined;
  }
}

const FAILURES = { fieldName: "unsuccessfulSignInAttempts" };

function between({ after, before }: { after?: number; before?: number }): SearchCriterion {
  return {
    ...(after === undefined ? {} : { firstDateValue: after, firstDateInclusive: false }),
    ...(before === undefined ? {} : { lastDateValue: before, lastDateInclusive: false }),
  };
}

// Neither `%` nor `_` nor `\`, which stand for something else in the manager's patterns.
const pattern = fc
  .array(fc.constantFrom("a", "b", "c", "A", "É", "é", "-", ".", " ", "*"), { minLength: 1, maxLength: 5 })
  .map((letters) => letters.join(""));
const criterion: fc.Arbitrary<() => Criterion> = fc.oneof(
  fc.nat({ max: 16 }).map((is) => (): Criterion => ({ on: "id", is })),
  fc.integer({ min: 1, max: 3 }).map((is) => (): Criterion => ({ on: "roleId", is })),
  pattern.map((like) => (): Criterion => ({ on: "name", like })),
  fc.boolean().map((is) => (): Criterion => ({ on: "active", is })),
  fc.boolean().map((present) => (): Criterion => ({ on: "expiresAt", present })),
  fc.integer({ min: 990, max: 1050 }).map((n) => (): Criterion => ({ on: "expiresAt", before: t + n })),
  fc.integer({ min: 990, max: 1050 }).map((n) => (): Criterion => ({ on: "expiresAt", after: t + n })),
  fc.integer({ min: -1, max: 1 }).map((n) => (): Criterion => ({ on: "createdAt", before: t + n })),
  fc.integer({ min: -1, max: 1 }).map((n) => (): Criterion => ({ on: "createdAt", after: t + n })),
  fc.nat({ max: 3 }).map((over) => (): Criterion => ({ on: "failures", over })),
  fc.nat({ max: 3 }).map((under) => (): Criterion => ({ on: "failures", under })),
);

test("a query that the manager's search and ours can both evaluate finds the same keys", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(criterion, { minLength: 1, maxLength: 3 }), async (made) => {
      const criteria = made.map((each) => each());
      const searchCriteria = criteria.map(asked).filter((each) => each !== undefined);
      expect(searchCriteria).toHaveLength(criteria.length);
      const theirs: number[] = (
        await manager.call("POST", "/apikeys/search", { searchCriteria })
      ).json.apiKeys.map(({ ID }: { ID: number }) => ID);
      const ours = (await store.findKeys(criteria, { limit: 100 })).keys.map(({ id }) => Number(id));
      const meant = keys
        .filter((key) => matches(criteria, { ...key, roleName: "", owner: undefined, held: false }))
        .map(({ id }) => Number(id));
      expect(ours.toSorted((a, b) => a - b)).toEqual(theirs);
      expect(meant).toEqual(theirs);
    }),
    { numRuns: 300 },
  );
});
