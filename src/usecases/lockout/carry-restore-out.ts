import { beginRestore, countIn, type Lockout, type LockoutId, turned } from "../../domain/lockout.ts";
import { HELD, leaving, RESTORING } from "../../domain/lockout-item.ts";
import type { Refusal } from "../../domain/refusal.ts";
import type { Failure, Request } from "../../domain/request.ts";
import type { Actor, KeyId, RequestId } from "../../domain/values.ts";
import type { Restore } from "../../domain/wants.ts";
import { noLongerGood } from "../claims/claim-state.ts";
import type { Context } from "../ports.ts";

const ALL = Number.MAX_SAFE_INTEGER;

/**
 * An approved restore stands in the rows from here on, all of it in one commit: which keys leave, and
 * for the whole, that the lockout holds nothing new. The engine does the rest.
 */
export async function markLeaving(
  context: Context,
  id: LockoutId,
  restore: { request?: RequestId; by: Actor; whole: boolean; keys?: readonly KeyId[] },
): Promise<{ lockout: Lockout } | { refusal: Refusal }> {
  const { store, clock } = context;
  const { request, by, whole } = restore;
  const held = await store.lockoutItems(id, { after: 0, states: HELD, limit: ALL });
  const wanted = restore.keys === undefined ? undefined : new Set(restore.keys);
  const keys = held.map(({ key }) => key).filter((key) => wanted?.has(key) ?? true);
  let refusal: Refusal | undefined;
  const next = await store.commitBatch({ lockout: id, keys, wake: true }, ({ lockout, items }) => {
    const at = clock();
    // What came into it since the keys were read was approved by nobody.
    if (whole && countIn(lockout, HELD) !== keys.length) {
      refusal = { reason: "effect-changed" };
      return undefined;
    }
    const named = request === undefined ? {} : { request };
    const begun = beginRestore(lockout, { ...named, by, at, whole, keys: keys.length });
    if ("refusal" in begun) {
      ({ refusal } = begun);
      return undefined;
    }
    const turns = [...items.values()].map((before) => ({ before, next: leaving(before) }));
    const left = turned(begun.next, turns, at);
    return { ...left, events: [begun.event, ...left.events] };
  });
  context.nudge();
  if (refusal !== undefined) return { refusal };
  if (next === undefined) return { refusal: { reason: "not-found", what: "lockout" } };
  context.log.info({ lockout: id, by, keys: keys.length }, "a lockout lets keys go");
  return { lockout: next };
}

/**
 * Carries an approved restore out: marks the keys, in one commit, and the engine does the rest;
 * `undefined`: that is under way. What was approved must still be exactly what the lockout holds.
 */
export async function carryRestoreOut(
  context: Context,
  request: Request & { wants: Restore },
): Promise<{ applied: undefined } | { failed: Failure } | undefined> {
  const { id, wants } = request;
  const lockout = (await context.store.lockout(wants.lockout))?.value;
  if (lockout?.restores.some((each) => each.request === id) === true) {
    return countIn(lockout, RESTORING) === 0 ? { applied: undefined } : undefined;
  }
  const ended = await noLongerGood(context, request);
  if (ended !== undefined) return { failed: ended };
  const { whole, keys } = wants;
  const by = request.approvals.at(-1)?.by ?? "portcullis";
  const marked = await markLeaving(context, wants.lockout, { request: id, by, whole, keys });
  return "refusal" in marked ? { failed: "effect-changed" } : undefined;
}
