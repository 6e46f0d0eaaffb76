import { afterEach, beforeEach, expect, test } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import { DAY, keyId, MINUTE } from "../../src/domain/values.ts";
import { claimSecret } from "../../src/usecases/claims/claim-secret.ts";
import { lockKey, unlockKey } from "../../src/usecases/keys/change-key.ts";
import { syncInventory } from "../../src/usecases/inventory/inventory.ts";
import { noting } from "../../src/usecases/inventory/noting.ts";
import type { Context, KeyMaking, Manager } from "../../src/usecases/ports.ts";
import { trail } from "../support/audit.ts";
import { openClaim, type Parts, personNamed, startParts } from "../support/context.ts";
import { given } from "../support/roles.ts";

let parts: Parts;
let context: Context;
beforeEach(async () => {
  parts = await startParts();
  ({ context } = parts);
});
afterEach(async () => parts[Symbol.asyncDispose]());

const making = (name: string): KeyMaking => ({
  name,
  description: "",
  role: 2,
  locale: "en-US",
  timeZone: "UTC",
  active: true,
});
/** As somebody who does not go through Portcullis. */
const makeOutside = async (name: string) => (await parts.manager.createKey(making(name))).key;
const names = async () => (await context.store.findKeys([], { limit: 100 })).keys.map(({ name }) => name);
/** Five minutes later, the next sync is due. */
const sync = async (over: Context = context) => {
  parts.clock.advance(5 * MINUTE);
  return syncInventory(over);
};
const eventsNamed = async (name: string) =>
  (await trail(context.store)).filter(({ event }) => event === name);
const withManager = (change: Partial<Manager>): Context => ({
  ...context,
  manager: { ...context.manager, ...change },
});

test("what was made, changed and deleted in the manager is known after a sync", async () => {
  await sync();
  const { id } = await makeOutside("made-outside");
  expect(await names()).not.toContain("made-outside");
  await sync();
  expect(await names()).toContain("made-outside");
  await parts.manager.modifyKey(id, { name: "renamed-outside" });
  await sync();
  expect(await names()).toContain("renamed-outside");
  await parts.manager.deleteKey(id);
  await sync();
  expect(await names()).not.toContain("renamed-outside");
});

/** As another replica would have it, whose manager answers for roles as `role` says. */
const withRoles = (role: Manager["role"]): Context => ({
  ...context,
  manager: noting({ ...parts.manager, role }, { ...context, clock: parts.clock.now }),
});

test("our own unlock is nobody else's, though no role can be read at that moment", async () => {
  const ada = { by: personNamed("ada"), clickedAt: parts.clock.now() };
  const claimed = await claimSecret(context, { claim: await openClaim(parts, "unlocked-here"), ...ada });
  if (!("shown" in claimed)) throw new Error(JSON.stringify(claimed));
  const id = claimed.shown;
  await sync();
  const act = () => ({ key: id, ...ada, clickedAt: parts.clock.now() });
  expect(await lockKey(context, { ...act(), because: "a while" })).toMatchObject({ manager: "settled" });
  await sync();
  let asked = 0;
  const other = withRoles(async () => {
    asked += 1;
    throw new Fault("manager-rate-limited", "GET /roles/2 (no turn in time)");
  });
  expect(await unlockKey(other, act())).toMatchObject({ manager: "settled" });
  expect(await context.store.findKeys([{ on: "id", is: id }], { limit: 1 })).toMatchObject({
    keys: [{ active: true, roleName: "Auditor" }],
  });
  // The list knows its name.
  expect(asked).toBe(0);
  await sync();
  expect((await trail(context.store)).map(({ event }) => event)).not.toContain("outside.reported");
});

test("a role's name that no list knows is asked for by a change, for a second at most, once the change is noted", async () => {
  await sync();
  const role = await given(parts.manager, "Rare");
  const limits: unknown[] = [];
  const noted = async () =>
    (await context.store.findKeys([{ on: "roleId", is: role.id }], { limit: 1 })).keys;
  const slow = withRoles(async (_, options) => {
    expect(await noted()).toMatchObject([{ name: "rare-role", roleName: `ID ${role.id}` }]);
    limits.push(options?.timeout);
    throw new Fault("manager-timeout", "GET /roles/ID");
  });
  const { key } = await slow.manager.createKey({ ...making("rare-role"), role: role.id });
  expect(limits).toEqual([1000]);
  await withRoles(async (...given) => parts.manager.role(...given)).manager.setActive(key.id, false);
  expect(await noted()).toMatchObject([{ active: false, roleName: "Rare" }]);
});

test("a sync that finds nothing new writes no key", async () => {
  await makeOutside("quiet");
  expect(await sync()).toBeGreaterThan(0);
  expect(await sync()).toBe(0);
});

test("a name that no database keeps as it is, is no change from outside at each sync", async () => {
  const failures: number[] = [0, 0, 0, 7];
  const strange = withManager({
    keysAfter: async () => [
      { ...fakeKey(50), name: "half \uD83D", description: "\0\uDE00", failures: failures.shift() ?? 0 },
    ],
  });
  await sync();
  await sync(strange);
  const reported = async (): Promise<number> => (await eventsNamed("outside.reported")).length;
  // That it was made.
  expect(await reported()).toBe(1);
  const written = [await sync(strange), await sync(strange), await sync(strange)];
  expect({ written, reported: await reported() }).toEqual({ written: [0, 0, 1], reported: 1 });
});

test("a key that is used changes its row once a day", async () => {
  const { key, secret } = await parts.manager.createKey(making("busy"));
  const use = async () =>
    fetch(`${parts.managerUrl}/apikeys/current`, {
      headers: { "api-secret-key": secret.reveal(), "api-version": "v1" },
    });
  await sync();
  await use();
  await sync();
  const found = (await context.store.findKeys([{ on: "id", is: key.id }], { limit: 1 })).keys[0];
  expect((found?.lastUsedAt ?? 1) % DAY).toBe(0);
  await use();
  // At most our own key's row, which each sync uses itself, on the day's first sync.
  expect(await sync()).toBe(0);
});

test("our own changes are known at once", async () => {
  await sync();
  await context.manager.createKey(making("made-here"));
  expect(await names()).toContain("made-here");
  const [key] = (await context.store.findKeys([{ on: "name", like: "made-here" }], { limit: 1 })).keys;
  if (key === undefined) throw new Error("the key is not in the inventory");
  const by = personNamed("farid");
  await lockKey(context, { key: key.id, by, clickedAt: context.clock(), because: "odd calls" });
  const [locked] = (await context.store.findKeys([{ on: "held", is: true }], { limit: 1 })).keys;
  expect(locked).toMatchObject({ name: "made-here", active: false });
  await context.manager.deleteKey(key.id);
  expect(await names()).not.toContain("made-here");
});

test("is synced every five minutes, by one replica at a time, and says as of when", async () => {
  expect(await sync()).toBeDefined();
  const state = await context.store.inventoryState();
  expect(state?.asOf).toBeLessThanOrEqual(context.clock());
  expect(await syncInventory(context)).toBeUndefined();
  parts.clock.advance(5 * MINUTE);
  const both = await Promise.all([syncInventory(context), syncInventory(context)]);
  expect(both.filter((each) => each !== undefined)).toHaveLength(1);
});

test("a fault in the middle leaves what stands, with its older time, and the next sync goes on", async () => {
  await makeOutside("before");
  await sync();
  const before = await context.store.inventoryState();
  await makeOutside("behind-the-fault");
  const failing = withManager({
    keysAfter: async () => {
      throw new Fault("manager-unreachable", "POST /apikeys/search");
    },
  });
  await expect(sync(failing)).rejects.toMatchObject({ code: "manager-unreachable" });
  expect(await context.store.inventoryState()).toEqual(before);
  expect(await names()).toContain("before");
  await sync();
  expect(await names()).toContain("behind-the-fault");
});

test("is read by pages, never all at once", async () => {
  const limits: number[] = [];
  const counted = withManager({
    keysAfter: async (id, limit) => {
      limits.push(limit);
      // As if a page were full: the next one is asked for behind its last key.
      return (await context.manager.keysAfter(id, 2)).length < 2 || limits.length > 3
        ? []
        : Array.from({ length: limit }, (_, i) => fakeKey(id + i + 1));
    },
  });
  await Promise.all(["a", "b", "c"].map(makeOutside));
  await sync(counted);
  expect(limits).toEqual([1000, 1000]);
});

function fakeKey(id: number): Awaited<ReturnType<Manager["keysAfter"]>>[number] {
  const { role, locale, timeZone, description, active } = making("x");
  const rest = { expiresAt: undefined, lastUsedAt: undefined, createdAt: 1, failures: 0 };
  return { id: keyId.parse(id), name: `fake-${id}`, role, locale, timeZone, description, active, ...rest };
}
