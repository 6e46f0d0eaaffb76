import { activated } from "../../domain/claim-end.ts";
import { Fault } from "../../domain/fault.ts";
import type { Holds } from "../../domain/hold.ts";
import type { ClaimId, KeyId } from "../../domain/values.ts";
import { changeKnown, one } from "../change.ts";
import { failBoth, heldNow, loadClaim } from "./claim-state.ts";
import type { Context } from "../ports.ts";
import { setActive } from "../keys/set-active.ts";

/**
 * Makes a delivered key active, unless a lockout or a lock holds it: then it is locked, whatever an
 * attempt that was cut off may have left. What fails here the sweep takes up.
 */
export async function activate(context: Context, id: ClaimId): Promise<void> {
  try {
    await tryToActivate(context, id);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (error.code === "manager-not-found") return failBoth(context, id, "key-gone");
    context.log.warn({ code: error.code, claim: id }, "making a key active goes on later");
  }
}

async function tryToActivate(context: Context, id: ClaimId): Promise<void> {
  const loaded = await loadClaim(context, id);
  if (loaded?.claim.value.state !== "delivered" || loaded.claim.value.activeSince !== undefined) return;
  const { key } = loaded.claim.value;
  const { heldBy } = await heldNow(context, loaded, key);
  if (heldBy !== undefined || (await holdsOn(context, key)) !== undefined) return keepDown(context, key);
  await setActive(context, key, true);
  if ((await commitActive(context, id, key)) === "held") await setActive(context, key, false);
}

/** Locks may stand for weeks: a key that is down already is not written to again and again. */
async function keepDown(context: Context, key: KeyId): Promise<void> {
  const managed = await context.manager.describeKey(key);
  if (managed?.active !== false) await setActive(context, key, false);
}

async function holdsOn({ store }: Context, key: KeyId): Promise<Holds | undefined> {
  return (await store.key(key))?.value.holds;
}

/** The commit that says so looks at gate and holds: what came while the manager was answering wins. */
async function commitActive(context: Context, id: ClaimId, key: KeyId): Promise<"done" | "held"> {
  const settled = await changeKnown<undefined>(context, async () => {
    const now = await loadClaim(context, id);
    if (now === undefined) return { refusal: { reason: "not-found", what: "claim" } };
    const { gate, heldBy } = await heldNow(context, now, key);
    if (heldBy !== undefined) return { refusal: { reason: "locked-out", incident: heldBy.incident } };
    const holds = await holdsOn(context, key);
    if (holds !== undefined)
      return { refusal: { reason: "held", by: holds.reasons.map(({ kind }) => kind) } };
    const step = activated(now.claim.value, context.clock());
    if ("refusal" in step) return step;
    const commit = one({ row: "claim", before: now.claim, next: step.next }, step.event);
    return { commit: { ...commit, gate: { read: gate } }, result: undefined };
  });
  const stopped = "refusal" in settled ? settled.refusal.reason : undefined;
  return stopped === "locked-out" || stopped === "held" ? "held" : "done";
}
