import { expect, test } from "vitest";
import { driveLockouts } from "../../src/usecases/lockout/lockout-engine.ts";
import { timelineOf } from "../../src/usecases/lockout/lockout.ts";
import { drawCards } from "../../src/usecases/sweep.ts";
import { startParts } from "../support/context.ts";
import {
  activeNow,
  countActive,
  countedItems,
  declared,
  lockoutOf,
  makeKeys,
  policyForIncidents,
} from "../support/lockouts.ts";

test("a lockout locks every key but our own, reads them back, and keeps the clock", async () => {
  await using parts = await startParts({ policy: policyForIncidents() });
  const { context, manager } = parts;
  await makeKeys(manager, 30);
  const { id } = await declared(context);
  await driveLockouts(context);
  expect([...(await activeNow(manager)).values()]).toEqual(Array.from({ length: 30 }, () => false));
  expect((await manager.describeCurrent()).active).toBe(true);
  const lockout = await lockoutOf(parts, id);
  expect(lockout).toMatchObject({ state: "contained", found: 31, coming: 0, again: 0 });
  expect(await countedItems(parts, id)).toEqual({ verified: 30, skipped: 1 });
  expect(lockout.counts).toMatchObject({ verified: 30, skipped: 1, waiting: 0, locked: 0 });
  const { firstLockedAt = 0, halfLockedAt = 0, lastLockedAt = 0, verifiedAt = 0 } = lockout.clock;
  expect([lockout.at, firstLockedAt, halfLockedAt, lastLockedAt, verifiedAt]).toEqual(
    [lockout.at, firstLockedAt, halfLockedAt, lastLockedAt, verifiedAt].toSorted((a, b) => a - b),
  );
  const events = new Set((await timelineOf(context, id)).map(({ event }) => event));
  expect([...events]).toEqual([
    "lockout.declared",
    "lockout.skipped",
    "lockout.found",
    "lockout.locked",
    "lockout.verified",
    "lockout.contained",
  ]);
  await drawCards(context);
  expect(await countActive(manager)).toBe(0);
});
