import { describe, expect, test } from "vitest";
import { Fault, type FaultCode } from "../../src/domain/fault.ts";
import { HOUR, keyId, SECOND } from "../../src/domain/values.ts";
import { driveLockouts } from "../../src/usecases/lockout/lockout-engine.ts";
import { lockoutNow, noteOn, timelineOf } from "../../src/usecases/lockout/lockout.ts";
import type { Context, Manager } from "../../src/usecases/ports.ts";
import { scopeOf, surveyLockout } from "../../src/usecases/lockout/survey-lockout.ts";
import { sweepAndDraw, startParts, type Parts } from "../support/context.ts";
import {
  activeNow,
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

/** Numbers that look random and are the same in each run. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** A manager of whose calls nearly a third go wrong: before or after it did what was asked. */
function faulty(context: Context, code: FaultCode, roll: () => number): Context {
  const { manager } = context;
  const broken = new Proxy(manager, {
    get(target, property, receiver) {
      const value: unknown = Reflect.get(target, property, receiver);
      if (typeof value !== "function") return value;
      return async (...given: never[]): Promise<unknown> => {
        const fate = roll();
        if (fate < 0.15) throw new Fault(code, `${String(property)}, not done`);
        const answer: unknown = await (value as (...given: never[]) => unknown).apply(target, given);
        if (fate < 0.3) throw new Fault(code, `${String(property)}, done and not heard of`);
        return answer;
      };
    },
  });
  return { ...context, manager: broken };
}

/** Time passes, and the engine goes on whenever something is due. */
async function until(parts: Parts, context: Context, done: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 300; i++) {
    await driveLockouts(context);
    if (await done()) return;
    parts.clock.advance(SECOND);
  }
  throw new Error("it never came to an end");
}

describe("with 30 % of the manager's answers", () => {
  const sorts: [string, FaultCode][] = [
    ["failed", "manager-failed"],
    ["too slow", "manager-timeout"],
    ["cut off", "manager-unreachable"],
    ["429", "manager-rate-limited"],
  ];
  test.each(sorts)("%s, every key is locked and brought back, and counted once", async (_, code) => {
    await using parts = await startParts({ policy: policyForIncidents() });
    const { manager } = parts;
    const keys = 100;
    await makeKeys(manager, keys);
    const before = await activeNow(manager);
    const context = faulty(parts.context, code, dice(7));
    const { id } = await declared(parts.context);
    await until(parts, context, async () => (await lockoutOf(parts, id)).state === "contained");
    expect(await countActive(manager)).toBe(0);
    expect(await countedItems(parts, id)).toEqual({ verified: keys, skipped: 1 });
    await restored(parts.context, id);
    await until(parts, context, async () => (await lockoutOf(parts, id)).state === "restored");
    expect(await activeNow(manager)).toEqual(before);
    const failing = (await timelineOf(parts.context, id)).filter(({ event }) => event === "lockout.failing");
    expect(JSON.stringify(failing)).toContain(code);
  });
});

test("a key that the manager lists twice is held once, and all others with it", async () => {
  await using parts = await startParts({ policy: policyForIncidents() });
  await makeKeys(parts.manager, 5);
  const { manager } = parts.context;
  const keysAfter = async (id: number, limit: number) =>
    (await manager.keysAfter(id, limit)).flatMap((key) => [key, key]);
  const context = { ...parts.context, manager: { ...manager, keysAfter } };
  const { id } = await declared(context);
  await until(parts, context, async () => (await lockoutOf(parts, id)).state === "contained");
  expect(await countActive(parts.manager)).toBe(0);
  expect(await countedItems(parts, id)).toEqual({ verified: 5, skipped: 1 });
});

test("a lockout that was restored is worked on no more, even if the last step could not be told to everybody", async () => {
  await using parts = await startParts({ policy: policyForIncidents() });
  await makeKeys(parts.manager, 5);
  const { id } = await declared(parts.context);
  await driveLockouts(parts.context);
  await restored(parts.context, id);
  const { store, clock } = parts;
  const lockoutItems: typeof store.lockoutItems = async (lockout, of) => {
    if (of.states?.[0] === "kept") throw new Fault("store-busy", "for a test");
    return store.lockoutItems(lockout, of);
  };
  await driveLockouts({ ...parts.context, store: { ...store, lockoutItems } });
  expect(await lockoutOf(parts, id)).toMatchObject({ state: "restored" });
  clock.advance(SECOND);
  await driveLockouts(parts.context);
  clock.advance(HOUR);
  expect(await store.leaseLockouts(clock.now(), clock.now() + SECOND, "somebody")).toEqual([]);
});

test("a manager that refuses one key says why on the card, and the others are locked", async () => {
  await using parts = await startParts({ policy: policyForIncidents() });
  const { manager, clock } = parts;
  const [stubborn] = await makeKeys(manager, 5);
  const tellActive: Manager["tellActive"] = async (id, active) => {
    if (id === stubborn?.id) throw new Fault("manager-forbidden", "POST /apikeys");
    return manager.tellActive(id, active);
  };
  const context = { ...parts.context, manager: { ...manager, tellActive } };
  const { id } = await declared(parts.context);
  await driveLockouts(context);
  const now = await lockoutNow(parts.context, id);
  expect(now?.reasons).toContainEqual({ state: "waiting", reason: "manager-forbidden", count: 1 });
  expect(now?.lockout).toMatchObject({ state: "declared", counts: { verified: 4, waiting: 1 } });
  await sweepAndDraw(parts.context);
  const session = await parts.slack.as("farid");
  expect(JSON.stringify(await session.messages("#incidents"))).toContain("does not let me");
  // Mended, it is locked with the next try.
  clock.advance(31 * SECOND);
  await driveLockouts(parts.context);
  expect(await lockoutOf(parts, id)).toMatchObject({ state: "contained", counts: { verified: 5 } });
});

test("Slack being unreachable the whole time changes nothing", async () => {
  await using parts = await startParts({ policy: policyForIncidents() });
  const { manager, store, context } = parts;
  await makeKeys(manager, 20);
  // Known since yesterday, which is enough to stop.
  const person = await context.directory.readPerson(farid);
  if (person === undefined) throw new Error("no Farid");
  await store.putPerson(person, context.clock());
  const away = async (): Promise<never> => {
    throw new Fault("slack-unreachable", "away for a test");
  };
  const alone: Context = {
    ...context,
    directory: { readPerson: away, readMembers: away },
    messages: { draw: away, showSecret: away, publishHome: away, postHead: away, tell: away },
  };
  const { id } = await declared(alone);
  await driveLockouts(alone);
  await sweepAndDraw(alone);
  expect(await lockoutOf(parts, id)).toMatchObject({ state: "contained", counts: { verified: 20 } });
  expect(await countActive(manager)).toBe(0);
});

describe("after it is contained", () => {
  test("a key that somebody unlocks in the manager is locked again, and a new one in scope is added", async () => {
    await using parts = await startParts({ policy: policyForIncidents() });
    const { manager, store, context } = parts;
    const [first] = await makeKeys(manager, 5);
    const { id } = await declared(context);
    await driveLockouts(context);
    if (first === undefined) throw new Error("no key");
    await manager.setActive(first.id, true);
    await makeKeys(manager, 1, "late");
    await driveLockouts(context);
    expect(await countActive(manager)).toBe(2);
    // Each sync of the inventory has it look again.
    await store.wakeLockouts();
    await driveLockouts(context);
    expect(await countActive(manager)).toBe(0);
    expect(await lockoutOf(parts, id)).toMatchObject({ again: 1, found: 7, counts: { verified: 6 } });
    const events = (await timelineOf(context, id)).map(({ event }) => event);
    expect(events).toContain("lockout.locked-again");
  });

  test("unless the policy leaves it so; then it is said, and comes back with the others", async () => {
    const policy = policyForIncidents({ lockouts: { relock: false } });
    await using parts = await startParts({ policy });
    const { manager, store, context } = parts;
    const [first] = await makeKeys(manager, 3);
    const { id } = await declared(context);
    await driveLockouts(context);
    if (first === undefined) throw new Error("no key");
    await manager.setActive(first.id, true);
    await store.wakeLockouts();
    await driveLockouts(context);
    expect(await countActive(manager)).toBe(1);
    expect((await lockoutNow(context, id))?.reasons).toContainEqual({
      state: "loose",
      reason: "unlocked-outside",
      count: 1,
    });
    await restored(context, id);
    await driveLockouts(context);
    expect(await lockoutOf(parts, id)).toMatchObject({ state: "restored", counts: { restored: 3 } });
  });

  test("it asks when its time is over, and stays; or restores itself, where the policy says so", async () => {
    for (const itself of [false, true]) {
      const policy = policyForIncidents({ lockouts: { "end-by-themselves": itself } });
      await using parts = await startParts({ policy });
      const { manager, clock, context } = parts;
      await makeKeys(manager, 4);
      const { id } = await declared(context, { until: clock.now() + HOUR });
      await driveLockouts(context);
      clock.advance(HOUR - 60 * SECOND);
      await driveLockouts(context);
      expect(await lockoutOf(parts, id)).toMatchObject({ state: "contained" });
      clock.advance(61 * SECOND);
      await driveLockouts(context);
      expect(await lockoutOf(parts, id)).toMatchObject({ state: itself ? "restored" : "ending" });
      expect(await countActive(manager)).toBe(itself ? 4 : 0);
      if (itself) continue;
      await restored(context, id);
      await driveLockouts(context);
      expect(await countActive(manager)).toBe(4);
    }
  });
});

test("the dry run says how many, the most dangerous, whose, and what is spared; many have to be confirmed", async () => {
  await using parts = await startParts({ policy: policyForIncidents({ lockouts: { "confirm-over": 5 } }) });
  const { manager, context } = parts;
  const keys = await makeKeys(context.manager, 12);
  await sweepAndDraw(context);
  const [one] = keys;
  const typed = { by: farid, line: "key-*", spareLine: "key-12", spareKeys: [one?.id ?? keyId.parse(1)] };
  const read = await scopeOf(context, typed);
  if ("refusal" in read) throw new Error("refused");
  const survey = await surveyLockout(context, read.scope);
  expect(survey).toMatchObject({ keys: 10, active: 8, mustType: true });
  expect(survey.dangerous[0]?.roleName).toBe("Full Access");
  expect(survey.owners).toEqual([{ owner: undefined, keys: 10 }]);
  expect(survey.spared.map(({ key, why }) => [key.name, why])).toEqual([
    ["key-1", "spared"],
    ["key-12", "spared"],
  ]);
  await expect(declared(context, { scope: read.scope, typed: "no" })).rejects.toThrow("not-confirmed");
  const { id } = await declared(context, { scope: read.scope });
  await driveLockouts(context);
  expect(await lockoutOf(parts, id)).toMatchObject({
    state: "contained",
    counts: { verified: 10, skipped: 2 },
  });
  expect((await manager.keyNamed("key-12"))?.active).toBe(true);
  expect(await scopeOf(context, { by: farid, line: "expires<soon" })).toMatchObject({
    refusal: { reason: "bad-query" },
  });
});

test("two lockouts at once each know their own keys; the last to be restored brings a shared one back", async () => {
  await using parts = await startParts({ policy: policyForIncidents() });
  const { manager, context } = parts;
  await makeKeys(manager, 4, "a");
  await makeKeys(manager, 4, "b");
  const read = await scopeOf(context, { by: emi, line: "a-*" });
  if ("refusal" in read) throw new Error("refused");
  const [part, all] = await Promise.all([
    declared(context, { by: emi, scope: read.scope, incident: "INC-2" }),
    declared(context),
  ]);
  await driveLockouts(context);
  expect(await countActive(manager)).toBe(0);
  expect(await lockoutOf(parts, part.id)).toMatchObject({ counts: { verified: 4 } });
  expect(await lockoutOf(parts, all.id)).toMatchObject({ counts: { verified: 8 } });
  await restored(context, all.id);
  await driveLockouts(context);
  expect(await countActive(manager)).toBe(4);
  expect((await lockoutNow(context, all.id))?.reasons).toContainEqual({
    state: "kept",
    reason: "lockout",
    count: 4,
  });
  expect(
    await noteOn(context, { id: part.id, by: emi, text: "the b keys are back", form: "V1" }),
  ).toHaveProperty("noted");
  expect((await timelineOf(context, part.id)).at(-1)).toMatchObject({ event: "lockout.noted", actor: emi });
  // Emi declared it, so she cannot approve its restore.
  await expect(restored(context, part.id)).rejects.toThrow("own-request");
});
