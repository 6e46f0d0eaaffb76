import { afterEach, beforeEach, expect, test } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import { type KeyId, lockoutId, SECOND } from "../../src/domain/values.ts";
import { declareLockout } from "../../src/usecases/lockout/lockout.ts";
import {
  type Changed,
  deleteKey,
  type Edit,
  editKey,
  lockKey,
  unlockKey,
} from "../../src/usecases/keys/change-key.ts";
import { shown } from "../../src/usecases/keys/find-key.ts";
import { seenOf } from "../../src/usecases/keys/seen-key.ts";
import { claimSecret } from "../../src/usecases/claims/claim-secret.ts";
import type { Context, KeyChange } from "../../src/usecases/ports.ts";
import { settleDueKey } from "../../src/usecases/keys/settle-key.ts";
import { sweepOnce } from "../../src/usecases/sweep.ts";
import { EVERYTHING } from "../../src/domain/lockout-scope.ts";
import { eventsOf } from "../support/audit.ts";
import { openClaim, type Parts, personNamed, startParts } from "../support/context.ts";

let parts: Parts;
const ada = personNamed("ada");
const farid = personNamed("farid");

beforeEach(async () => {
  parts = await startParts();
});
afterEach(async () => parts[Symbol.asyncDispose]());

async function aKey(): Promise<KeyId> {
  const claim = await openClaim(parts, "ci-deploy");
  const claimed = await claimSecret(parts.context, { claim, by: ada, clickedAt: parts.clock.now() });
  if (!("shown" in claimed)) throw new Error(JSON.stringify(claimed));
  return claimed.shown;
}

const on = (key: KeyId) => ({ key, by: ada, clickedAt: parts.clock.now() });
const isActive = async (key: KeyId) => (await parts.manager.describeKey(key))?.active;

/** The manager, whose next answer to a change comes only after something else has happened. */
function slowAnswer(meanwhile: (change: KeyChange) => Promise<void>, when: "before" | "after"): Context {
  const { context } = parts;
  let waiting = true;
  const modifyKey: Context["manager"]["modifyKey"] = async (id, change) => {
    const first = waiting && change.active !== undefined;
    if (first) waiting = false;
    if (first && when === "before") await meanwhile(change);
    const answer = await context.manager.modifyKey(id, change);
    if (first && when === "after") await meanwhile(change);
    return answer;
  };
  return { ...context, manager: { ...context.manager, modifyKey } };
}

const drop = async (): Promise<void> => {
  const declared = await declareLockout(parts.context, {
    by: farid,
    scope: EVERYTHING,
    incident: "INC-1",
    typed: "INC-1",
    because: "leak",
  });
  expect("lockout" in declared && lockoutId.safeParse(declared.lockout.id).success).toBe(true);
};

test("a lockout that is declared while a key is being unlocked wins: the key is down, and is not called unlocked", async () => {
  const key = await aKey();
  await lockKey(parts.context, { ...on(key), because: "a break" });
  const unlocked = await unlockKey(slowAnswer(drop, "after"), on(key));
  expect(unlocked).toMatchObject({ manager: "held" });
  expect(await isActive(key)).toBe(false);
});

test("so it does when the attempt was cut off after the manager had made the key active", async () => {
  const key = await aKey();
  await lockKey(parts.context, { ...on(key), because: "a break" });
  const dying = slowAnswer(async () => {
    throw new Error("killed");
  }, "after");
  await expect(unlockKey(dying, on(key))).rejects.toThrow("killed");
  expect(await isActive(key)).toBe(true);
  await drop();
  await settleDueKey(parts.context, key);
  expect(await isActive(key)).toBe(false);
});

test("a lock wins over an unlock whose call reaches the manager only after the lock's", async () => {
  const key = await aKey();
  await lockKey(parts.context, { ...on(key), because: "a break" });
  const late = slowAnswer(async () => {
    const locked = await lockKey(parts.context, { ...on(key), because: "odd calls" });
    expect(locked).toMatchObject({ manager: "settled" });
  }, "before");
  await unlockKey(late, on(key));
  expect((await parts.store.key(key))?.value.holds?.reasons).toHaveLength(1);
  expect(await isActive(key)).toBe(false);
});

test("an unlock wins over a lock whose call reaches the manager only after the unlock's", async () => {
  const key = await aKey();
  const late = slowAnswer(async () => {
    expect(await unlockKey(parts.context, on(key))).toMatchObject({ manager: "settled" });
  }, "before");
  await lockKey(late, { ...on(key), because: "a break" });
  expect((await parts.store.key(key))?.value.holds).toBeUndefined();
  expect(await isActive(key)).toBe(true);
});

test("a key that is locked before the manager has heard that it is active stays down until the lock is lifted", async () => {
  const claim = await openClaim(parts, "ci-deploy");
  let silent = true;
  const setActive: Context["manager"]["setActive"] = (id, active) => {
    if (silent) throw new Fault("manager-unreachable", "silent");
    return parts.context.manager.setActive(id, active);
  };
  const context = { ...parts.context, manager: { ...parts.context.manager, setActive } };
  const claimed = await claimSecret(context, { claim, by: ada, clickedAt: parts.clock.now() });
  if (!("shown" in claimed)) throw new Error(JSON.stringify(claimed));
  await lockKey(context, { ...on(claimed.shown), because: "a break" });
  silent = false;
  await later(context);
  expect(await isActive(claimed.shown)).toBe(false);
  expect((await parts.store.claim(claim))?.value).not.toHaveProperty("activeSince");
  await unlockKey(context, on(claimed.shown));
  await later(context);
  expect(await isActive(claimed.shown)).toBe(true);
  expect((await parts.store.claim(claim))?.value).toHaveProperty("activeSince");
});

test("a lock that comes while the manager answers to the activation wins", async () => {
  const claim = await openClaim(parts, "ci-deploy");
  const setActive: Context["manager"]["setActive"] = async (id, active) => {
    const answer = await parts.context.manager.setActive(id, active);
    if (active) await lockKey(parts.context, { ...on(id), because: "a break" });
    return answer;
  };
  const context = { ...parts.context, manager: { ...parts.context.manager, setActive } };
  const claimed = await claimSecret(context, { claim, by: ada, clickedAt: parts.clock.now() });
  if (!("shown" in claimed)) throw new Error(JSON.stringify(claimed));
  expect(await isActive(claimed.shown)).toBe(false);
  await unlockKey(parts.context, on(claimed.shown));
  expect(await isActive(claimed.shown)).toBe(true);
});

test("a responder's lock that comes while the secret is on the way holds the key that becomes the asker's", async () => {
  const claim = await openClaim(parts, "ci-deploy");
  const { messages } = parts.context;
  const showSecret: typeof messages.showSecret = async (secret) => {
    await lockKey(parts.context, { ...on(secret.key), by: farid, because: "odd calls" });
    return messages.showSecret(secret);
  };
  const context = { ...parts.context, messages: { ...messages, showSecret } };
  const claimed = await claimSecret(context, { claim, by: ada, clickedAt: parts.clock.now() });
  if (!("shown" in claimed)) throw new Error(JSON.stringify(claimed));
  await later(context);
  expect((await parts.store.key(claimed.shown))?.value).toMatchObject({
    owner: ada,
    origin: { kind: "request" },
    holds: { baseActive: true, reasons: [{ kind: "lock", by: farid }] },
  });
  expect(await isActive(claimed.shown)).toBe(false);
});

/** A manager that answers no to some changes: `refuses` throws for them. What people are told stands in `told`. */
function refusing(refuses: (change: KeyChange) => boolean): { context: Context; told: unknown[] } {
  const { context } = parts;
  const told: unknown[] = [];
  const modifyKey: Context["manager"]["modifyKey"] = async (id, change) => {
    if (refuses(change)) throw new Fault("manager-rejected", `POST /apikeys/${id} (400)`);
    return context.manager.modifyKey(id, change);
  };
  const tell: Context["messages"]["tell"] = async (person, note) => void told.push({ person, note });
  return {
    told,
    context: {
      ...context,
      manager: { ...context.manager, modifyKey },
      messages: { ...context.messages, tell },
    },
  };
}

/** A manager whose list of zones is an old one (contract 3.3). */
const withOldZones = () => refusing(({ timeZone }) => timeZone === "Asia/Kolkata");

async function edit(context: Context, key: KeyId, to: Edit): Promise<Changed> {
  const now = await parts.manager.describeKey(key);
  if (now === undefined) throw new Error("the key is gone");
  return editKey(context, { ...on(key), to, seen: seenOf(shown(now), ada) });
}

test("a value that the manager refuses, and was on record, keeps no lock from the key, and is dropped", async () => {
  const key = await aKey();
  const silent = refusing(() => false).context;
  silent.manager.modifyKey = async () => {
    throw new Fault("manager-unreachable", "silent");
  };
  expect(await edit(silent, key, { timeZone: "Asia/Kolkata" })).toMatchObject({ manager: "later" });
  const { context, told } = withOldZones();
  const locked = await lockKey(context, { ...on(key), by: farid, because: "odd calls" });
  expect(locked).toMatchObject({ manager: "settled" });
  expect(await isActive(key)).toBe(false);
  await settleDueKey(context, key);
  expect((await parts.store.key(key))?.value.due).toBeUndefined();
  expect(told).toEqual([
    { person: farid, note: { kind: "refused", keyName: "ci-deploy", member: "timeZone" } },
  ]);
  expect(await eventsOf(parts.store, `key:${key}`)).toContain("key.refused");
});

test("of several values only what the manager refuses is dropped, and who waits for them hears which", async () => {
  const key = await aKey();
  const { context, told } = withOldZones();
  const to = { timeZone: "Asia/Kolkata", locale: "ja-JP", name: "ci-release" } as const;
  expect(await edit(context, key, to)).toMatchObject({ manager: { refused: ["timeZone"] } });
  const zone = expect.not.stringContaining("Kolkata");
  const now = { name: "ci-release", locale: "ja-JP", timeZone: zone };
  expect(await parts.manager.describeKey(key)).toMatchObject(now);
  expect((await parts.store.key(key))?.value).toMatchObject({ name: "ci-release" });
  expect((await parts.store.key(key))?.value.due).toBeUndefined();
  expect(told).toHaveLength(1);
});

test("a lock that the manager refuses is never taken for one, and is tried until it is done", async () => {
  const key = await aKey();
  let refuses = true;
  const { context, told } = refusing(({ active }) => refuses && active === false);
  const locked = await lockKey(context, { ...on(key), because: "odd calls" });
  expect(locked).toMatchObject({ manager: { refused: ["active"] } });
  // Other values reach the manager all the same.
  expect(await edit(context, key, { locale: "ja-JP" })).toMatchObject({ manager: "settled" });
  await later(context);
  expect((await parts.store.key(key))?.value).toMatchObject({ due: { active: false } });
  expect(told).toEqual([]);
  refuses = false;
  await later(context);
  expect(await isActive(key)).toBe(false);
  expect((await parts.store.key(key))?.value.due).toBeUndefined();
});

test("a key that the manager refuses to delete can be locked again", async () => {
  const key = await aKey();
  const { context, told } = refusing(() => false);
  context.manager.deleteKey = async () => {
    throw new Fault("manager-rejected", "DELETE (400)");
  };
  const deleted = await deleteKey(context, { ...on(key), typed: "ci-deploy" });
  expect(deleted).toMatchObject({ manager: { refused: ["deleted"] } });
  expect(told).toMatchObject([{ note: { kind: "refused", member: "deleted" } }]);
  expect(await lockKey(context, { ...on(key), because: "a break" })).toMatchObject({ manager: "settled" });
  expect(await isActive(key)).toBe(false);
});

async function later(context: Context): Promise<void> {
  parts.clock.advance(10 * SECOND);
  await sweepOnce(context);
}
