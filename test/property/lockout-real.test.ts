import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LockoutId } from "../../src/domain/lockout.ts";
import { type KeyId, SECOND } from "../../src/domain/values.ts";
import { lockKey, compromiseKey, unlockKey } from "../../src/usecases/keys/change-key.ts";
import { driveLockouts } from "../../src/usecases/lockout/lockout-engine.ts";
import { sweepOnce } from "../../src/usecases/sweep.ts";
import { chainHolds } from "../support/audit.ts";
import { type Parts, startParts } from "../support/context.ts";
import {
  countedItems,
  declared,
  emi,
  farid,
  lockoutOf,
  makeKeys,
  policyForIncidents,
  restored,
} from "../support/lockouts.ts";

let parts: Parts;
beforeAll(async () => {
  parts = await startParts({ policy: policyForIncidents() });
});
afterAll(async () => parts[Symbol.asyncDispose]());

/** Five keys in each run, of which the last is locked in the manager from the start. */
const KEYS = 5;
const which = fc.integer({ min: 0, max: KEYS - 1 });
const some = fc.uniqueArray(which, { minLength: 1, maxLength: KEYS });
const by = fc.constantFrom("emi" as const, "farid" as const);
const PEOPLE = { emi, farid };
const command = fc.oneof(
  { weight: 3, arbitrary: fc.record({ does: fc.constant("declare" as const), keys: some }) },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant("restore" as const),
      lockout: fc.nat({ max: 5 }),
      part: fc.option(some),
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("lock" as const), key: which, by }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("unlock" as const), key: which, by }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("mark" as const), key: which }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("drive" as const) }) },
);

let runs = 0;

test("over the real store and manager too", async () => {
  const { context, manager, store, clock } = parts;
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 12 }), async (commands) => {
      runs += 1;
      const keys = (await makeKeys(manager, KEYS, `run-${runs}`)).map(({ id }) => id);
      const at = (i: number): KeyId => keys[i] ?? fail();
      const wanted = await Promise.all(keys.map(async (id) => (await manager.describeKey(id))?.active));
      const held: Set<string>[] = keys.map(() => new Set());
      const lockouts: { id: LockoutId; keys: number[] }[] = [];
      for (const each of commands) {
        const clickedAt = context.clock();
        switch (each.does) {
          case "declare": {
            const scope = { query: "", criteria: [], keys: each.keys.map(at) };
            const { id } = await declared(context, { scope });
            await driveLockouts(context);
            lockouts.push({ id, keys: each.keys });
            for (const i of each.keys) held[i]?.add(id);
            break;
          }
          case "restore": {
            const lockout = lockouts[each.lockout];
            if (lockout === undefined) break;
            const part = each.part ?? lockout.keys;
            const only = (some: number[]) => ({ kind: "keys" as const, keys: some.map(at) });
            const asked = each.part === null ? undefined : only(part);
            // Refused where nothing of it is held any more, or all of it is on its way back; a part, where not all is.
            const answer = await restored(context, lockout.id, asked).catch(String);
            const back = part.filter((i) => held[i]?.has(lockout.id));
            const refused = back.length < (each.part?.length ?? 1);
            expect(answer.startsWith("Error"), answer).toBe(refused);
            if (refused && back.length > 0) await restored(context, lockout.id, only(back));
            for (const i of back) held[i]?.delete(lockout.id);
            break;
          }
          case "lock": {
            const key = at(each.key);
            const lock = { key, by: PEOPLE[each.by], clickedAt, because: "odd" };
            expect(await lockKey(context, lock)).toHaveProperty("record");
            held[each.key]?.add(each.by);
            break;
          }
          case "unlock": {
            const key = at(each.key);
            const before = (await store.key(key))?.value.holds;
            const unlocked = await unlockKey(context, { key, by: PEOPLE[each.by], clickedAt });
            // Locked in the manager, and held by nobody here: a responder may free it.
            if (before === undefined && "record" in unlocked) wanted[each.key] = true;
            held[each.key]?.delete(each.by === "emi" ? "farid" : "emi");
            break;
          }
          case "mark":
            await compromiseKey(context, { key: at(each.key), by: farid, clickedAt });
            held[each.key]?.add("compromised");
            break;
          case "drive":
            await driveLockouts(context);
        }
      }
      for (let i = 0; i < 2; i++) {
        await driveLockouts(context);
        clock.advance(11 * SECOND);
        await sweepOnce(context);
      }
      const now = await Promise.all(keys.map(async (id) => (await manager.describeKey(id))?.active));
      expect(now).toEqual(held.map((each, i) => each.size === 0 && wanted[i]));
      for (const { id } of lockouts) {
        const { counts } = await lockoutOf(parts, id);
        const stated = Object.entries(counts).filter(([, count]) => count > 0);
        expect(Object.fromEntries(stated)).toEqual(await countedItems(parts, id));
      }
    }),
    { numRuns: 60 },
  );
  expect(await chainHolds(store)).toBe(true);
}, 180_000);

function fail(): never {
  throw new Error("no such key");
}
