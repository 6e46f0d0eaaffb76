import { groupsOf, satisfied } from "../../domain/approval.ts";
import { newCard } from "../../domain/card.ts";
import { type Claim } from "../../domain/claim.ts";
import { failClaim } from "../../domain/claim-end.ts";
import { type KeyRecord, lockoutOver } from "../../domain/key.ts";
import { holding, type Lockout } from "../../domain/lockout.ts";
import type { Refusal } from "../../domain/refusal.ts";
import { type Failure, type Request } from "../../domain/request.ts";
import { fail } from "../../domain/request-end.ts";
import type { ClaimId, KeyId, PersonId } from "../../domain/values.ts";
import { aboutIn, keyOf, type Wants } from "../../domain/wants.ts";
import { changeKnown } from "../change.ts";
import { demandsNow, factsNow } from "../requests/demands.ts";
import { effectHash, effectNow } from "../requests/effect.ts";
import { membershipsOf } from "../people.ts";
import type { Context } from "../ports.ts";
import type { Change, Versioned } from "../store-port.ts";

export type LoadedClaim = { claim: Versioned<Claim>; request: Versioned<Request> };

/** A claim with the request that it belongs to. */
export async function loadClaim(context: Context, id: ClaimId): Promise<LoadedClaim | undefined> {
  const claim = await context.store.claim(id);
  if (claim === undefined) return undefined;
  const request = await context.store.request(claim.value.request);
  if (request === undefined) throw new Error(`claim ${id} has no request`);
  return { claim, request };
}

/** The gate's version, and a lockout that holds down what this claim makes, read together. */
export async function heldNow(
  context: Context,
  { claim, request }: LoadedClaim,
  key?: KeyId,
): Promise<{ gate: number; heldBy: Lockout | undefined }> {
  return heldWish(context, request.value.wants, claim.value.owner, key);
}

/** The same of what somebody asks for; changes to roles and restores no lockout holds. */
export async function heldWish(
  context: Context,
  wants: Wants,
  owner: PersonId,
  key: KeyId | undefined = keyOf(wants),
): Promise<{ gate: number; heldBy: Lockout | undefined }> {
  const { version, lockouts } = await context.store.gate(key);
  if (!ABOUT_KEYS.has(wants.kind)) return { gate: version, heldBy: undefined };
  const held = { ...aboutIn(wants), owner, id: key };
  const record = key === undefined ? undefined : (await context.store.key(key))?.value;
  return { gate: version, heldBy: holding(lockouts, held) ?? (await holderOf(context, record)) };
}

const ABOUT_KEYS: ReadonlySet<Wants["kind"]> = new Set([
  "new-key",
  "rotation",
  "role-change",
  "longer-life",
  "new-owner",
]);

/** A lockout that has taken hold of this key, whatever its scope would say of the key by now. */
export async function holderOf(
  { store }: Context,
  record: KeyRecord | undefined,
): Promise<Lockout | undefined> {
  const id = record && lockoutOver(record);
  return id === undefined ? undefined : (await store.lockout(id))?.value;
}

/**
 * Why an approval no longer counts: the role is gone or was edited, or the policy now asks for
 * more than was given. What the rules of the making asked for stays given.
 */
export async function noLongerGood(context: Context, request: Request): Promise<Failure | undefined> {
  const effect = await effectNow(context, request.wants, request.asker);
  if ("gone" in effect) return effect.gone;
  if (effectHash(effect) !== request.effectHash) return "effect-changed";
  const now = demandsNow(context, request, await factsNow(context, effect, request.asker));
  if ("ended" in now) return now.ended;
  const added = now.demands.slice(request.demands.length);
  if (added.length === 0) return undefined;
  const people = request.approvals.map((each) => each.by);
  const members = await membershipsOf(context, groupsOf(added), people);
  return satisfied(added, people, members) ? undefined : "policy-refuses";
}

/** The claim and its request end together, and the asker is told. */
export async function failBoth(context: Context, id: ClaimId, because: Failure): Promise<void> {
  await changeKnown<undefined>(context, async () => {
    const loaded = await loadClaim(context, id);
    if (loaded === undefined) return { refusal: { reason: "not-found", what: "claim" } };
    const { claim, request } = loaded;
    const at = context.clock();
    const step = failClaim(claim.value, because, at);
    if ("refusal" in step) return step;
    const changes: Change[] = [{ row: "claim", before: claim, next: step.next }];
    const events = [step.event];
    const whole = fail(request.value, because, at);
    if ("next" in whole) {
      changes.push({ row: "request", before: request, next: whole.next });
      events.push(whole.event);
    }
    if (claim.value.state === "delivered") {
      const record = await context.store.key(claim.value.key);
      if (record !== undefined)
        changes.push({ row: "key", before: record, next: { ...record.value, deletedAt: at } });
    }
    const { id: subject, asker } = request.value;
    changes.push({ row: "card", next: newCard(subject, "outcome", { person: asker }, at) });
    return { commit: { changes, events }, result: undefined };
  });
}

/** A failure in the words of a refusal, for the click that met it. */
export function asRefusal(failure: Failure): Refusal {
  switch (failure) {
    case "role-gone":
      return { reason: "role-gone" };
    case "effect-changed":
      return { reason: "effect-changed" };
    case "name-taken":
      return { reason: "name-taken", by: "key" };
    case "policy-refuses":
    case "key-gone":
    case "rejected":
    case "role-in-use":
    case "forbidden":
      return { reason: "failed", because: failure };
  }
}
