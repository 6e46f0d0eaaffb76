import { expect, test } from "vitest";
import { DAY, MINUTE, NO_ROLE, requestId } from "../../src/domain/values.ts";
import { syncInventory } from "../../src/usecases/inventory/inventory.ts";
import { noting } from "../../src/usecases/inventory/noting.ts";
import { listKeys } from "../../src/usecases/keys/browse-keys.ts";
import { lockKey, unlockKey } from "../../src/usecases/keys/change-key.ts";
import { driveLockouts } from "../../src/usecases/lockout/lockout-engine.ts";
import type { Context, ManagedKey } from "../../src/usecases/ports.ts";
import { askAboutKey } from "../../src/usecases/requests/key-requests.ts";
import { type Parts, startParts } from "../support/context.ts";
import {
  activeNow,
  countActive,
  countedItems,
  declared,
  emi,
  farid,
  makeKeys,
  policyForIncidents,
  restored,
} from "../support/lockouts.ts";

/** The manager says this of one key, whoever asks. */
function saying({ manager, context, store, clock }: Parts, name: string, odd: Partial<ManagedKey>): Context {
  const as = (key: ManagedKey): ManagedKey => (key.name === name ? { ...key, ...odd } : key);
  const told = {
    ...manager,
    keysAfter: async (...given: Parameters<typeof manager.keysAfter>) =>
      (await manager.keysAfter(...given)).map(as),
    describeKey: async (...given: Parameters<typeof manager.describeKey>) => {
      const key = await manager.describeKey(...given);
      return key && as(key);
    },
  };
  return { ...context, manager: noting(told, { store, clock: clock.now, log: context.log }) };
}

test("a key without a role is locked out with all others, and comes back with them", async () => {
  await using parts = await startParts({ policy: policyForIncidents() });
  await makeKeys(parts.manager, 10);
  const before = await activeNow(parts.manager);
  const context = saying(parts, "key-4", { role: NO_ROLE });
  const { id } = await declared(context);
  await driveLockouts(context);
  expect(await countActive(parts.manager)).toBe(0);
  expect(await countedItems(parts, id)).toEqual({ verified: 10, skipped: 1 });
  await restored(context, id);
  await driveLockouts(context);
  expect(await activeNow(parts.manager)).toEqual(before);
});

test("a key without a role is listed, locked and unlocked, and asking about it says what is missing", async () => {
  await using parts = await startParts({ policy: policyForIncidents() });
  const key = (await makeKeys(parts.manager, 4)).at(-1);
  if (key === undefined) throw new Error("no key was made");
  const context = saying(parts, key.name, { role: NO_ROLE, expiresAt: parts.clock.now() + DAY });
  await syncInventory(context);
  const page = await listKeys(context, { by: farid, line: `name:${key.name}` });
  expect(page).toMatchObject({ keys: [{ id: key.id, role: NO_ROLE, roleName: "ID 0" }] });
  const act = { key: key.id, by: farid, clickedAt: parts.clock.now() };
  expect(await lockKey(context, { ...act, because: "odd" })).toMatchObject({ manager: "settled" });
  expect((await parts.store.key(key.id))?.value).toMatchObject({ role: NO_ROLE });
  expect(await countActive(parts.manager)).toBe(3);
  expect(await unlockKey(context, { ...act, by: emi })).toMatchObject({ manager: "settled" });
  expect(await countActive(parts.manager)).toBe(4);
  const asked = await askAboutKey(context, {
    ...act,
    id: requestId.parse(context.newId()),
    act: "extend",
    reason: "used every night",
    wish: { kind: "new-owner", to: farid },
  });
  expect(asked).toMatchObject({ refusal: { reason: "role-gone" } });
});

test("what cannot be read again is not written: the key stays as it was, and all keys are read on", async () => {
  await using parts = await startParts({ policy: policyForIncidents() });
  const [key] = await makeKeys(parts.manager, 2);
  if (key === undefined) throw new Error("no key was made");
  // The manager's edge lets no such moment in; should one come by another way, nothing is committed.
  const context = saying(parts, key.name, { createdAt: -1 });
  const act = { key: key.id, by: farid, clickedAt: parts.clock.now() };
  await expect(lockKey(context, { ...act, because: "odd" })).rejects.toThrow("expected number to be >=0");
  expect(await parts.store.key(key.id)).toBeUndefined();
  expect(await parts.store.auditHead()).toBe(0);
  await syncInventory(parts.context);
  parts.clock.advance(5 * MINUTE);
  expect(await syncInventory(parts.context)).toBeDefined();
  expect(
    await lockKey(parts.context, { ...act, clickedAt: parts.clock.now(), because: "odd" }),
  ).toMatchObject({
    manager: "settled",
  });
});
