import { expect } from "vitest";
import type { LockoutId } from "../../src/domain/lockout.ts";
import { SECOND } from "../../src/domain/values.ts";
import { driveLockouts } from "../../src/usecases/lockout/lockout-engine.ts";
import type { Context } from "../../src/usecases/ports.ts";
import { lockoutNow } from "../../src/usecases/lockout/lockout.ts";
import { sweepOnce } from "../../src/usecases/sweep.ts";
import { chainHolds } from "./audit.ts";
import { type Parts, startParts } from "./context.ts";
import {
  activeNow,
  countedItems,
  declared,
  lockoutOf,
  makeKeys,
  policyForIncidents,
  restored,
} from "./lockouts.ts";
import { Killed, stepped } from "./steps.ts";

/** Where to die: at the so manieth time that a sort of call begins, or is done. */
type Death = { call: string; nth: number };

/** Of each sort of call the first, the second and the last, and of the many every so manieth. */
function chosen(calls: readonly string[], every: number): Death[] {
  const bySort = Map.groupBy(calls, (call) => call);
  return [...bySort].flatMap(([call, { length }]) => {
    const times = [0, 1, length - 1, ...Array.from({ length }, (_, i) => i).filter((i) => i % every === 0)];
    return [...new Set(times)].filter((nth) => nth < length).map((nth) => ({ call, nth }));
  });
}

/** A process that dies there: from then on every call fails, as nothing runs any more. */
function dyingAt(context: Context, death: Death): { context: Context; died: () => string | undefined } {
  let met = 0;
  let at: string | undefined;
  const dying = stepped(context, ({ call, when }) => {
    if (at !== undefined) throw new Killed(call);
    if (`${when} ${call}` !== death.call || met++ < death.nth) return;
    at = death.call;
    throw new Killed(call);
  });
  return { context: dying, died: () => at };
}

/** What a run without a death calls, in order. */
async function recorded(parts: Parts): Promise<string[]> {
  const calls: string[] = [];
  const context = stepped(parts.context, ({ call, when }) => void calls.push(`${when} ${call}`));
  await driveLockouts(context);
  return calls;
}

/** Drives until the process dies there, then as the next one does two seconds later. */
async function dieAndGoOn(parts: Parts, death: Death | undefined): Promise<string | undefined> {
  const { context, died } = dyingAt(parts.context, death ?? { call: "none", nth: 0 });
  await driveLockouts(context).catch((error: unknown) => {
    if (!(error instanceof Killed)) throw error;
  });
  parts.clock.advance(2 * SECOND);
  await driveLockouts(parts.context);
  return died();
}

async function allAreDown(parts: Parts, id: LockoutId, count: number, at: string): Promise<void> {
  expect([...(await activeNow(parts.manager)).values()].filter(Boolean), at).toEqual([]);
  const lockout = await lockoutOf(parts, id);
  expect(lockout, at).toMatchObject({ state: "contained", found: count + 1 });
  expect(await countedItems(parts, id), at).toEqual({ verified: count, skipped: 1 });
  expect(lockout.counts, at).toMatchObject({ verified: count, skipped: 1, waiting: 0, locked: 0 });
  // What the card shows is the row, and nothing of it is left over from before the death.
  expect(await lockoutNow(parts.context, id), at).toMatchObject({
    reasons: [{ state: "skipped", reason: "own-key", count: 1 }],
  });
}

/** Locks all keys and brings them back, again and again, dying at another step each time. */
export async function dieAtEverySort({ keys, every }: { keys: number; every: number }): Promise<Set<string>> {
  await using parts = await startParts({ policy: policyForIncidents() });
  const { context, manager } = parts;
  await makeKeys(manager, keys);
  const before = await activeNow(manager);
  const died = new Set<string>();
  const first = await declared(context);
  const locking = chosen(await recorded(parts), every);
  await restored(context, first.id);
  const restoring = chosen(await recorded(parts), every);
  expect(await activeNow(manager)).toEqual(before);
  for (let i = 0; i < Math.max(locking.length, restoring.length); i++) {
    const { id } = await declared(context);
    const at = await dieAndGoOn(parts, locking[i]);
    await allAreDown(parts, id, keys, `${at} while locking`);
    await restored(context, id);
    const then = await dieAndGoOn(parts, restoring[i]);
    await sweepOnce(context);
    expect(await activeNow(manager), `${then} while restoring`).toEqual(before);
    const wasActive = [...before.values()].filter(Boolean).length;
    expect(await countedItems(parts, id), `${then} while restoring`).toEqual({
      restored: wasActive,
      kept: keys - wasActive,
      skipped: 1,
    });
    expect(await lockoutOf(parts, id)).toMatchObject({ state: "restored" });
    for (const each of [at, then]) if (each !== undefined) died.add(each);
  }
  expect(await chainHolds(parts.store)).toBe(true);
  return died;
}
