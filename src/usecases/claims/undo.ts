import { type Claim, giveUp, reopen, type Undoing } from "../../domain/claim.ts";
import { dropStray } from "../../domain/claim-end.ts";
import { Fault } from "../../domain/fault.ts";
import type { AttemptId, ClaimId, KeyId } from "../../domain/values.ts";
import { titleOf } from "../../domain/wants.ts";
import { changeKnown, one } from "../change.ts";
import { removeLeftovers } from "./mint.ts";
import type { Context } from "../ports.ts";

type Attempted = Extract<Claim, { state: "minting" | "showing" }>;

/**
 * Gives an attempt up and removes what it left, in that order: once `undoing` is committed,
 * nobody can deliver its secret any more, so the key may go. What fails here the sweep takes up.
 */
export async function undo(
  context: Context,
  { id, attempt }: Attempted,
  { because, key }: { because: Undoing; key?: KeyId },
): Promise<{ undone: Undoing }> {
  await changeKnown<undefined>(context, async () => {
    const before = await context.store.claim(id);
    if (before === undefined) return { refusal: { reason: "not-found", what: "claim" } };
    const at = context.clock();
    const known = key === undefined ? {} : { key };
    const step = giveUp(before.value, { attempt: attempt.id, at, because, ...known });
    if ("refusal" in step) return step;
    return { commit: one({ row: "claim", before, next: step.next }, step.event), result: undefined };
  });
  try {
    await finishUndo(context, id);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    context.log.warn({ code: error.code, claim: id }, "undoing an attempt goes on later");
  }
  return { undone: because };
}

/** Removes the key of an attempt that was given up, then opens the claim again. Throws manager faults. */
export async function finishUndo(context: Context, id: ClaimId): Promise<void> {
  const before = await context.store.claim(id);
  if (before === undefined || before.value.state !== "undoing") return;
  const { value: claim } = before;
  const keyName = await nameOf(context, claim);
  // A rotation leaves nothing: its secret is dead as soon as the next one is made.
  if (claim.purpose.kind === "new-key") {
    await removeLeftovers(context, origin(claim, claim.attempt.id), { keyName, known: claim.key });
  }
  const settled = await changeKnown<undefined>(context, async () => {
    const now = await context.store.claim(id);
    if (now === undefined) return { refusal: { reason: "not-found", what: "claim" } };
    const step = reopen(now.value, { attempt: claim.attempt.id, at: context.clock() });
    if ("refusal" in step) return step;
    return { commit: one({ row: "claim", before: now, next: step.next }, step.event), result: undefined };
  });
  // Slack may have shown a secret that is void now; the card says so too, for whoever misses this line.
  const mayHaveBeenSeen = claim.because === "slack-uncertain" || claim.because === "timed-out";
  if ("refusal" in settled || claim.key === undefined || !mayHaveBeenSeen) return;
  try {
    await context.messages.tell(claim.owner, { kind: "secret-void", claim: id, keyName });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    context.log.warn({ code: error.code, claim: id }, "the word that a secret is void could not be sent");
  }
}

/** Looks a last time for the key of an attempt that never learnt its ID, and stops looking. Throws manager faults. */
export async function searchStrays(context: Context, id: ClaimId): Promise<void> {
  const claim = (await context.store.claim(id))?.value;
  for (const { attempt, until } of claim?.strays ?? []) {
    if (claim === undefined || context.clock() < until) continue;
    const keyName = await nameOf(context, claim);
    const removed = await removeLeftovers(context, origin(claim, attempt), { keyName, known: undefined });
    await changeKnown<undefined>(context, async () => {
      const before = await context.store.claim(id);
      if (before === undefined) return { refusal: { reason: "not-found", what: "claim" } };
      const step = dropStray(before.value, attempt, context.clock(), removed);
      if ("refusal" in step) return step;
      return { commit: one({ row: "claim", before, next: step.next }, step.event), result: undefined };
    });
  }
}

function origin(claim: Claim, attempt: AttemptId): Parameters<typeof removeLeftovers>[1] {
  return { request: claim.request, attempt, owner: claim.owner };
}

async function nameOf(context: Context, claim: Claim): Promise<string> {
  const request = await context.store.request(claim.request);
  if (request === undefined) throw new Error(`claim ${claim.id} has no request`);
  return titleOf(request.value.wants);
}
