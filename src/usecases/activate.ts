import { activated } from "../domain/claim-end.ts";
import { Fault } from "../domain/fault.ts";
import type { ClaimId, KeyId } from "../domain/values.ts";
import { changeKnown, one } from "./change.ts";
import { failBoth, heldNow, loadClaim } from "./claim-state.ts";
import type { Context } from "./ports.ts";
import { setActive } from "./set-active.ts";

/**
 * Makes a delivered key active, unless a lockout holds it: then it is locked, whatever an attempt
 * that was cut off may have left. What fails here the sweep takes up.
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
  await setActive(context, key, heldBy === undefined);
  if (heldBy === undefined && (await commitActive(context, id, key)) === "held") {
    await setActive(context, key, false);
  }
}

/** The commit that says so reads the gate: a lockout declared while the manager was answering wins. */
async function commitActive(context: Context, id: ClaimId, key: KeyId): Promise<"done" | "held"> {
  const settled = await changeKnown<undefined>(context, async () => {
    const now = await loadClaim(context, id);
    if (now === undefined) return { refusal: { reason: "not-found", what: "claim" } };
    const { gate, heldBy } = await heldNow(context, now, key);
    if (heldBy !== undefined) return { refusal: { reason: "locked-out", incident: heldBy.incident } };
    const step = activated(now.claim.value, context.clock());
    if ("refusal" in step) return step;
    const commit = one({ row: "claim", before: now.claim, next: step.next }, step.event);
    return { commit: { ...commit, gate: { read: gate } }, result: undefined };
  });
  return "refusal" in settled && settled.refusal.reason === "locked-out" ? "held" : "done";
}
