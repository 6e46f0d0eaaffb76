import type { Policy } from "../../src/domain/policy.ts";
import type { Lockout, LockoutId } from "../../src/domain/lockout.ts";
import { EVERYTHING } from "../../src/domain/lockout-scope.ts";
import { type KeyId, type PersonId, requestId, type RequestId } from "../../src/domain/values.ts";
import { approveRequest } from "../../src/usecases/requests/decide.ts";
import { declareLockout, type Declaring } from "../../src/usecases/lockout/lockout.ts";
import type { Context, ManagedKey, Manager } from "../../src/usecases/ports.ts";
import { askRestore, type Which } from "../../src/usecases/lockout/restore.ts";
import { type Parts, personNamed, testPolicy } from "./context.ts";

/* Lockouts and restores, in the words of the tests. */

export const farid = personNamed("farid");
export const emi = personNamed("emi");

/** Three responders: one declares, one asks, one decides. */
export const policyForIncidents = (change: Record<string, unknown> = {}): Policy =>
  testPolicy({
    groups: {
      security: { people: ["chiara", "dmitri", "emi"].map(personNamed) },
      responders: { people: ["farid", "emi", "chiara"].map(personNamed) },
      auditors: { people: [personNamed("grace")] },
    },
    ...change,
  });

/** Keys straight in the manager, every fifth of them locked there. */
export async function makeKeys(manager: Manager, count: number, prefix = "key"): Promise<ManagedKey[]> {
  const keys: ManagedKey[] = [];
  for (let i = 1; i <= count; i++) {
    const { key } = await manager.createKey({
      name: `${prefix}-${i}`,
      description: "",
      role: i % 3 === 0 ? 1 : 2,
      locale: "en-US",
      timeZone: "UTC",
      active: i % 5 > 0,
    });
    keys.push(key);
  }
  return keys;
}

export async function declared(context: Context, change: Partial<Declaring> = {}): Promise<Lockout> {
  const incident = change.incident ?? "INC-1";
  const settled = await declareLockout(context, {
    by: farid,
    scope: EVERYTHING,
    incident,
    because: "a leaked key",
    typed: incident,
    ...change,
  });
  if ("refusal" in settled) throw new Error(JSON.stringify(settled.refusal));
  return settled.lockout;
}

export async function lockoutOf({ store }: Parts, id: LockoutId): Promise<Lockout> {
  const found = await store.lockout(id);
  if (found === undefined) throw new Error("no such lockout");
  return found.value;
}

/** Which keys work, by ID, as the manager has them; the key that the program itself works with apart. */
export async function activeNow(manager: Manager): Promise<Map<KeyId, boolean>> {
  const own = await manager.describeCurrent();
  const keys = await manager.keysAfter(0, 5000);
  return new Map(keys.filter(({ id }) => id !== own.id).map(({ id, active }) => [id, active]));
}

/** How many of them are active. */
export async function countActive(manager: Manager): Promise<number> {
  return [...(await activeNow(manager)).values()].filter(Boolean).length;
}

/** What the row counts is what the items are. */
export async function countedItems({ store }: Parts, id: LockoutId): Promise<Record<string, number>> {
  const items = await store.lockoutItems(id, { after: 0, limit: 1_000_000 });
  const counts: Record<string, number> = {};
  for (const { state } of items) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** Somebody asks that keys come back. Throws the refusal. */
export async function askedBack(
  context: Context,
  lockout: LockoutId,
  { by = farid, which = { kind: "all" } }: { by?: PersonId; which?: Which } = {},
): Promise<RequestId> {
  const id = requestId.parse(context.newId());
  const clickedAt = context.clock();
  const asked = await askRestore(context, { id, lockout, which, by, clickedAt, reason: "it is over now" });
  if ("refusal" in asked) throw new Error(JSON.stringify(asked.refusal));
  return id;
}

/** Farid asks for it, Emi approves. */
export async function restored(context: Context, lockout: LockoutId, which?: Which): Promise<RequestId> {
  const id = await askedBack(context, lockout, which === undefined ? {} : { which });
  const decided = await approveRequest(context, { request: id, by: emi, clickedAt: context.clock() });
  if ("refusal" in decided) throw new Error(JSON.stringify(decided.refusal));
  return id;
}
