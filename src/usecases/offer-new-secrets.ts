import { Fault } from "../domain/fault.ts";
import type { LockoutId } from "../domain/lockout.ts";
import { type KeyId, requestId } from "../domain/values.ts";
import type { Context } from "./ports.ts";
import { rotateKey } from "./rotate.ts";

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

async function offer(context: Context, key: KeyId): Promise<void> {
  const record = (await context.store.key(key))?.value;
  const marked = record?.holds?.reasons.some(({ kind }) => kind === "compromised") === true;
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
