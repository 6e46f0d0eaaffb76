import { afterAll, beforeAll, expect, test } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import { DAY, type KeyId, MINUTE } from "../../src/domain/values.ts";
import { type ManagerClient, managerClient } from "../../src/manager/client.ts";
import { sharesOf } from "../../src/manager/rate-budget.ts";
import { claimSecret } from "../../src/usecases/claims/claim-secret.ts";
import { syncInventory } from "../../src/usecases/inventory/inventory.ts";
import { editKey, lockKey } from "../../src/usecases/keys/change-key.ts";
import { findKey } from "../../src/usecases/keys/find-key.ts";
import { seenOf } from "../../src/usecases/keys/seen-key.ts";
import { settleDueKey } from "../../src/usecases/keys/settle-key.ts";
import { startLockoutEngine } from "../../src/usecases/lockout/lockout-engine.ts";
import type { Context } from "../../src/usecases/ports.ts";
import { openClaim, type Parts, personNamed, startParts } from "../support/context.ts";
import { until } from "../support/conversation.ts";
import { declared, farid, lockoutOf, makeKeys, policyForIncidents } from "../support/lockouts.ts";

/* Several people together use up every call that is neither for locking nor for unlocking. */

const ada = personNamed("ada");
/** Milliseconds that a call waits for its turn: far longer than a lock may take. */
const TURN = 20_000;
let parts: Parts;

beforeAll(async () => {
  parts = await startParts({ canary: false, policy: policyForIncidents() });
});
afterAll(async () => parts[Symbol.asyncDispose]());

/** The manager by a key of so many calls a minute, of which no ordinary one is left; `seen`: what is called from then on. */
async function flooded(calls: number) {
  const { secret } = await parts.manager.createKey({
    name: `own-${parts.context.newId()}`,
    description: "",
    role: 1,
    locale: "en-US",
    timeZone: "UTC",
    active: true,
  });
  const seen: string[] = [];
  const client: ManagerClient = managerClient({
    url: parts.managerUrl,
    secret,
    timeoutMs: TURN,
    callsPerMinute: calls,
    observe: ({ method, route, result }) => seen.push(`${method} ${route} ${result}`),
  });
  const { ordinary } = sharesOf(calls);
  await Promise.all(Array.from({ length: ordinary }, async () => client.roles()));
  expect(client.budgetLeft()).toMatchObject({ ordinary: 0 });
  seen.length = 0;
  const context: Context = { ...parts.context, manager: client };
  return { client, context, seen, [Symbol.asyncDispose]: async () => client.close() };
}

async function workingKey(name: string): Promise<KeyId> {
  const { context, clock } = parts;
  const claim = await openClaim(parts, name);
  const got = await claimSecret(context, { claim, by: ada, clickedAt: clock.now() });
  if (!("shown" in got)) throw new Error(JSON.stringify(got));
  clock.advance(5 * MINUTE);
  await syncInventory(context);
  return got.shown;
}

async function lockByName(context: Context, key: KeyId, name: string): Promise<number> {
  const began = performance.now();
  const found = await findKey(context, { by: farid, text: name, doing: "lock", noOlderThan: DAY });
  expect(found).toMatchObject({ found: { key: { id: key } } });
  const on = { key, by: farid, clickedAt: context.clock() };
  expect(await lockKey(context, { ...on, because: "misused" })).toMatchObject({ manager: "settled" });
  expect((await parts.manager.describeKey(key))?.active).toBe(false);
  return performance.now() - began;
}

test("a lock takes no longer, and is of the key as the manager has it", async () => {
  const key = await workingKey("ci-flooded");
  await using flood = await flooded(40);
  await lockByName(flood.context, key, "ci-flooded");
  expect(flood.seen).toEqual([
    "POST /apikeys/search ok",
    "GET /apikeys/current ok",
    "GET /apikeys/ID ok",
    "POST /apikeys/ID ok",
  ]);
});

test("nor does one of a key of which the manager has still to hear something else", async () => {
  const key = await workingKey("ci-edited");
  const { context } = parts;
  const modifyKey = async (): Promise<never> => {
    throw new Fault("manager-unreachable", "POST /apikeys/ID");
  };
  const away: Context = { ...context, manager: { ...context.manager, modifyKey } };
  const looked = await findKey(context, { by: ada, text: "ci-edited", doing: "edit" });
  if ("refusal" in looked) throw new Error(JSON.stringify(looked.refusal));
  const on = { key, by: ada, clickedAt: context.clock() };
  const edit = { to: { description: "another one" }, seen: seenOf(looked.found.key, ada) };
  expect(await editKey(away, { ...on, ...edit })).toMatchObject({ manager: "later" });
  await using flood = await flooded(40);
  await lockByName(flood.context, key, "ci-edited");
  expect(flood.seen.filter((each) => !each.endsWith(" ok"))).toEqual([]);
  // The description comes after it, when there are calls again.
  await settleDueKey(context, key);
  expect((await parts.manager.describeKey(key))?.description).toContain("another one");
});

test("looking leaves the lock itself a call: where it has used up its own, it soon goes by what is known", async () => {
  const key = await workingKey("ci-drowned");
  await using flood = await flooded(10);
  expect(await lockByName(flood.context, key, "ci-drowned")).toBeLessThan(TURN / 2);
  expect(flood.seen.at(-1)).toBe("POST /apikeys/ID ok");
  expect(flood.seen.slice(0, -1)).toEqual([
    "POST /apikeys/search ok",
    "GET /apikeys/current manager-rate-limited",
    "GET /apikeys/ID manager-rate-limited",
    "GET /apikeys/current manager-rate-limited",
  ]);
});

test("which key is our own is known from the first time that the manager said it, and that one is never locked", async () => {
  await using flood = await flooded(10);
  const { client, context } = flood;
  const own = await client.ownId({ stopping: true });
  const on = { key: own, by: farid, clickedAt: context.clock() };
  // Without a record there is nothing else to go by, so the manager says that there is such a key.
  const told: Context = {
    ...context,
    manager: { ...client, describeKey: async (id) => parts.manager.describeKey(id) },
  };
  const refusal = { reason: "own-key", what: "name" };
  expect(await lockKey(told, { ...on, because: "misused" })).toEqual({ refusal });
  expect(flood.seen).toEqual(["GET /apikeys/current ok"]);
  expect((await parts.manager.describeKey(own))?.active).toBe(true);
});

test("a lockout locks at once, and is contained", async () => {
  await makeKeys(parts.manager, 10);
  await using flood = await flooded(150);
  const began = performance.now();
  const { id } = await declared(flood.context);
  const engine = startLockoutEngine(flood.context);
  await until(async () => (await lockoutOf(parts, id)).state === "contained");
  expect(performance.now() - began).toBeLessThan(TURN / 2);
  await engine.stop();
  expect(flood.seen.filter((each) => each.endsWith("manager-rate-limited"))).toEqual([]);
});
