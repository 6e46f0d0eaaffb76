import { expect, test } from "vitest";
import { keyId, MINUTE, requestId } from "../../src/domain/values.ts";
import { lockKey } from "../../src/usecases/keys/change-key.ts";
import { approveRequest } from "../../src/usecases/requests/decide.ts";
import { driveLockouts } from "../../src/usecases/lockout/lockout-engine.ts";
import { askRestore } from "../../src/usecases/lockout/restore.ts";
import { sweepOnce } from "../../src/usecases/sweep.ts";
import { personNamed, startParts } from "../support/context.ts";
import {
  activeNow,
  askedBack,
  countActive,
  countedItems,
  declared,
  emi,
  farid,
  lockoutOf,
  makeKeys,
  policyForIncidents,
  restored,
} from "../support/lockouts.ts";

test("a restore brings back exactly what was: what was locked before, or locked besides, stays down", async () => {
  await using parts = await startParts({ policy: policyForIncidents() });
  const { context, manager } = parts;
  const keys = await makeKeys(manager, 20);
  const before = await activeNow(manager);
  const { id } = await declared(context);
  await driveLockouts(context);
  const [besides] = keys;
  if (besides === undefined) throw new Error("no key");
  const lock = { key: besides.id, by: emi, clickedAt: context.clock(), because: "looks odd" };
  expect(await lockKey(context, lock)).toHaveProperty("record");
  const request = await restored(context, id);
  await driveLockouts(context);
  expect(await activeNow(manager)).toEqual(before.set(besides.id, false));
  expect(await countedItems(parts, id)).toEqual({ restored: 15, kept: 5, skipped: 1 });
  expect(await lockoutOf(parts, id)).toMatchObject({ state: "restored", counts: { restored: 15, kept: 5 } });
  expect((await parts.store.request(request))?.value.state).toBe("applied");
  expect((await parts.store.key(besides.id))?.value.holds?.reasons).toMatchObject([{ kind: "lock" }]);
  // Nothing is left to be done, by anybody.
  const after = await activeNow(manager);
  parts.clock.advance(MINUTE);
  await sweepOnce(context);
  await driveLockouts(context);
  expect(await activeNow(manager)).toEqual(after);
});

test("who declared it, and who asks, cannot approve; a part comes back, and the rest stays", async () => {
  await using parts = await startParts({ policy: policyForIncidents() });
  const { context, manager } = parts;
  const keys = await makeKeys(manager, 10);
  const { id } = await declared(context);
  await driveLockouts(context);
  const part = keys.filter(({ active }) => active).slice(0, 3);
  const which = { kind: "keys" as const, keys: part.map((key) => key.id) };
  const request = await askedBack(context, id, { by: emi, which });
  const press = (name: string) => ({ request, by: personNamed(name), clickedAt: context.clock() });
  expect(await approveRequest(context, press("farid"))).toMatchObject({
    refusal: { reason: "own-request" },
  });
  expect(await approveRequest(context, press("emi"))).toMatchObject({ refusal: { reason: "own-request" } });
  expect(await approveRequest(context, press("ada"))).toMatchObject({
    refusal: { reason: "not-an-approver" },
  });
  await driveLockouts(context);
  expect(await countActive(manager)).toBe(0);
  expect(await approveRequest(context, press("chiara"))).toHaveProperty("request");
  await driveLockouts(context);
  expect(await countActive(manager)).toBe(3);
  for (const { id } of part) expect((await manager.describeKey(id))?.active).toBe(true);
  expect(await lockoutOf(parts, id)).toMatchObject({
    state: "contained",
    counts: { restored: 3, verified: 7 },
  });
  expect((await parts.store.request(request))?.value.state).toBe("applied");
  // What came back is the lockout's no more; what is made meanwhile is.
  await parts.store.wakeLockouts();
  await driveLockouts(context);
  expect(await countActive(manager)).toBe(3);
});

test("an approval is for the keys that were asked for: when others are held by then, it has to be asked anew", async () => {
  await using parts = await startParts({ policy: policyForIncidents() });
  const { context, manager } = parts;
  await makeKeys(manager, 3);
  const { id } = await declared(context);
  await driveLockouts(context);
  const request = await askedBack(context, id, { by: farid });
  await makeKeys(manager, 1, "late");
  await parts.store.wakeLockouts();
  await driveLockouts(context);
  const press = { request, by: emi, clickedAt: context.clock() };
  expect(await approveRequest(context, press)).toMatchObject({ refusal: { reason: "effect-changed" } });
  await restored(context, id);
  await driveLockouts(context);
  expect(await lockoutOf(parts, id)).toMatchObject({ state: "restored" });
});

test("only a responder asks, for a lockout that is in force, and never for a drill", async () => {
  await using parts = await startParts({ policy: policyForIncidents() });
  const { context, manager } = parts;
  await makeKeys(manager, 3);
  const drill = await declared(context, { drill: true });
  await driveLockouts(context);
  expect(await countActive(manager)).toBe(3);
  expect(await lockoutOf(parts, drill.id)).toMatchObject({
    state: "contained",
    counts: { verified: 3, skipped: 1 },
  });
  expect((await lockoutOf(parts, drill.id)).clock.verifiedAt).toBeGreaterThan(0);
  await expect(askedBack(context, drill.id, { by: farid })).rejects.toThrow("wrong-state");
  const { id } = await declared(context);
  await driveLockouts(context);
  await expect(askedBack(context, id, { by: personNamed("ada") })).rejects.toThrow("not-a-responder");
  await expect(
    askedBack(context, id, { by: farid, which: { kind: "query", line: "nothing-like-it" } }),
  ).rejects.toThrow("no-change");
});

test("keys that the lockout does not hold, or has let go, are refused by ID, and nothing is asked for", async () => {
  await using parts = await startParts({ policy: policyForIncidents() });
  const { context, manager } = parts;
  const [one, two] = await makeKeys(manager, 3);
  if (one === undefined || two === undefined) throw new Error("no keys");
  const { id } = await declared(context);
  await driveLockouts(context);
  await restored(context, id, { kind: "keys", keys: [one.id] });
  await driveLockouts(context);
  const keys = [one.id, two.id, ...[9999, 9999].map((each) => keyId.parse(each))];
  const asked = { id: requestId.parse(context.newId()), lockout: id, by: farid, clickedAt: context.clock() };
  expect(
    await askRestore(context, { ...asked, which: { kind: "keys", keys }, reason: "it is over now" }),
  ).toEqual({ refusal: { reason: "not-held", keys: [one.id, 9999] } });
  expect(await parts.store.request(asked.id)).toBeUndefined();
});
