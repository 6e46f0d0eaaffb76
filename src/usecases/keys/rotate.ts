import type { Refusal } from "../../domain/refusal.ts";
import type { Instant, KeyId, PersonId, RequestId } from "../../domain/values.ts";
import type { Wants } from "../../domain/wants.ts";
import { asRefusal } from "../claims/claim-state.ts";
import { effectNow } from "../requests/effect.ts";
import { keyToChange } from "../requests/key-requests.ts";
import { asMember, DECIDING, lateClick, refused } from "../people.ts";
import { type Made, madeBefore, placeRequest } from "../requests/place-request.ts";
import type { Context } from "../ports.ts";

/**
 * Owner or responder want a new secret for a key. Its owner alone gets the claim; the old secret
 * works until the claim is used. Throws manager and Slack faults.
 */
export async function rotateKey(
  context: Context,
  { id, key, by, clickedAt }: { id: RequestId; key: KeyId; by: PersonId; clickedAt: Instant },
): Promise<Made | { refusal: Refusal }> {
  const no = async (refusal: Refusal): Promise<{ refusal: Refusal }> =>
    refused(context, by, `key:${key}`, refusal);
  const earlier = await madeBefore(context, { id, act: id, by, subject: `key:${key}` });
  if (earlier !== undefined) return earlier;
  const late = lateClick(context, clickedAt);
  if (late !== undefined) return no(late);
  const loaded = await keyToChange(context, { key, by, doing: "rotate" });
  if ("refusal" in loaded) return no(loaded.refusal);
  const { managed, owner, role } = loaded;
  const wrong = await whyNobodyClaims(context, key, owner);
  if (wrong !== undefined || owner === undefined) return no(wrong ?? { reason: "no-owner" });
  const asked: Wants = {
    kind: "rotation",
    key,
    keyName: managed.name,
    owner,
    roleId: managed.role,
    roleName: role?.name ?? `ID ${managed.role}`,
  };
  const effect = await effectNow(context, asked, by);
  if ("gone" in effect) return no(asRefusal(effect.gone));
  return placeRequest(context, { id, act: id, reason: "", effect: { ...effect, asker: by } });
}

/** A new secret needs somebody to show it to, and one chance at a time is enough. */
async function whyNobodyClaims(
  context: Context,
  key: KeyId,
  owner: PersonId | undefined,
): Promise<Refusal | undefined> {
  if (owner === undefined) return { reason: "no-owner" };
  const member = await asMember(context, owner, DECIDING);
  if ("refusal" in member) {
    const { refusal } = member;
    return refusal.reason === "not-a-member" ? { ...refusal, reason: "owner-cannot" } : refusal;
  }
  const open = await context.store.claimOn(key);
  return open === undefined ? undefined : { reason: "rotation-open", at: open.value.openedAt };
}
