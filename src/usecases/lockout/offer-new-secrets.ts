import { Fault } from "../../domain/fault.ts";
import type { LockoutId } from "../../domain/lockout.ts";
import { type KeyId, MINUTE, requestId } from "../../domain/values.ts";
import type { Context } from "../ports.ts";
import { rotateKey } from "../keys/rotate.ts";

/**
 * Keys that a lockout has let go and that are marked as compromised: each owner is offered a new
 * secret, whose delivery brings the key back. Where that cannot be done now, the owner can still
 * ask for it.
 */
export async function offerNewSecrets(context: Context, id: LockoutId): Promise<void> {
  const kept = await context.store.lockoutItems(id, {
    after: 0,
    states: ["kept"],
    limit: Number.MAX_SAFE_INTEGER,
  });
  for (const { key, reason } of kept) if (reason === "compromised") await offer(context, key);
}

/** Lockouts that are looked at, the newest first, and how often. */
const LOOKED_AT = 20;
const AGAIN = MINUTE;

/** What could not be offered when keys came back, since Slack or the manager was away, is offered later. */
export async function offerLater(context: Context): Promise<void> {
  const now = context.clock();
  if (!(await context.store.takeTurn("offers", now, now + AGAIN))) return;
  for (const { value } of await context.store.lockouts(LOOKED_AT))
    if (value.restores.length > 0 && value.counts.kept > 0) await offerNewSecrets(context, value.id);
}

async function offer(context: Context, key: KeyId): Promise<void> {
  const record = (await context.store.key(key))?.value;
  const reasons = record?.holds?.reasons ?? [];
  const marked = reasons.length > 0 && reasons.every(({ kind }) => kind === "compromised");
  if (record?.owner === undefined || !marked) return;
  if ((await context.store.claimOn(key)) !== undefined) return;
  try {
    const asked = { id: requestId.parse(context.newId()), key, by: record.owner, clickedAt: context.clock() };
    await rotateKey(context, asked);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    context.log.warn({ code: error.code, key }, "a new secret could not be offered");
  }
}
