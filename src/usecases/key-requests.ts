import { holding } from "../domain/lockout.ts";
import { lockoutOver } from "../domain/key.ts";
import type { Refusal } from "../domain/refusal.ts";
import {
  endOfLife,
  type Instant,
  type KeyId,
  type Life,
  type PersonId,
  type RequestId,
  roleId,
} from "../domain/values.ts";
import { checkLife, type Role, type Wants } from "../domain/wants.ts";
import { checkReason } from "./change-key.ts";
import { asRefusal } from "./claim-state.ts";
import { effectNow } from "./effect.ts";
import { type Doing, mayDo, standing } from "./find-key.ts";
import { asMember, DECIDING, lateClick, refused } from "./people.ts";
import { type Made, placeRequest } from "./place-request.ts";
import type { Context, ManagedKey } from "./ports.ts";
import { changedSince, type Seen } from "./seen-key.ts";
import { refuseOwn } from "./whoami.ts";

/** Somebody asks for something about a key that there is. */
export type Asking = {
  /** The nonce of the form or line. */
  id: RequestId;
  key: KeyId;
  by: PersonId;
  clickedAt: Instant;
  reason: string;
  /** The page that was looked at; absent where a line was typed. */
  seen?: Seen;
};

/** The owner asks for another role. Throws manager and Slack faults. */
export async function askRoleChange(
  context: Context,
  { toRole, ...asking }: Asking & { toRole: number },
): Promise<Made | { refusal: Refusal }> {
  return askAbout(context, asking, "role", async ({ key, now }) => {
    const to = await context.manager.role(toRole);
    if (to === undefined) return { refusal: { reason: "role-gone" } };
    if (to.id === now.roleId) return { refusal: { reason: "no-change" } };
    const own = refuseOwn(await context.manager.describeCurrent(), { role: to });
    if (own !== undefined) return { refusal: own };
    const life = lifeOf(key);
    const wrong = checkLife(life, context.policy().policy.limits, context.clock());
    if (wrong !== undefined) return { refusal: wrong };
    return { kind: "role-change", ...now, toRoleId: roleId.parse(to.id), toRoleName: to.name, life };
  });
}

/** The owner asks for a later end, or for none. */
export async function askLongerLife(
  context: Context,
  { life, ...asking }: Asking & { life: Life },
): Promise<Made | { refusal: Refusal }> {
  return askAbout(context, asking, "extend", async ({ key, now }) => {
    const at = context.clock();
    const wrong = checkLife(life, context.policy().policy.limits, at);
    if (wrong !== undefined) return { refusal: wrong };
    const end = endOfLife(life, at);
    if (key.expiresAt === undefined || (end !== undefined && end <= key.expiresAt)) {
      return { refusal: { reason: "not-later" } };
    }
    // A length is reckoned from now: what is approved is a date.
    return { kind: "longer-life", ...now, life: end === undefined ? life : { kind: "until", at: end } };
  });
}

/** Owner or responder hand a key over: judged as if the new owner asked for this role and this life. */
export async function askNewOwner(
  context: Context,
  { to, ...asking }: Asking & { to: PersonId },
): Promise<Made | { refusal: Refusal }> {
  return askAbout(context, asking, "assign", async ({ key, now }) => {
    if (to === now.owner) return { refusal: { reason: "no-change" } };
    const { limits } = context.policy().policy;
    const member = await asMember(context, to, DECIDING);
    if ("refusal" in member) {
      const { refusal } = member;
      return {
        refusal: refusal.reason === "not-a-member" ? { ...refusal, reason: "owner-cannot" } : refusal,
      };
    }
    const limit = limits["keys-per-person"];
    if ((await context.store.countKeysOf(to)) >= limit) {
      return { refusal: { reason: "too-many-keys", limit, of: to } };
    }
    const life = lifeOf(key);
    const wrong = checkLife(life, limits, context.clock());
    return wrong === undefined ? { kind: "new-owner", ...now, to, life } : { refusal: wrong };
  });
}

type Facts = {
  key: ManagedKey;
  /** Which key is meant, as it is now: what every wish about a key begins with. */
  now: {
    key: KeyId;
    keyName: string;
    owner?: PersonId;
    roleId: ReturnType<typeof roleId.parse>;
    roleName: string;
  };
};

/** What every wish about a key needs, in the order in which it is told. */
async function askAbout(
  context: Context,
  { id, key: keyId, by, clickedAt, reason, seen }: Asking,
  doing: Doing,
  wish: (facts: Facts) => Promise<Wants | { refusal: Refusal }>,
): Promise<Made | { refusal: Refusal }> {
  const no = async (refusal: Refusal): Promise<{ refusal: Refusal }> =>
    refused(context, by, `key:${keyId}`, refusal);
  // A form that was sent twice is one request, whatever has come of it meanwhile.
  const earlier = await context.store.request(id);
  if (earlier !== undefined) {
    const mine = earlier.value.asker === by;
    return mine ? { made: earlier, again: true, same: true } : no({ reason: "not-yours", what: "request" });
  }
  const wrong =
    lateClick(context, clickedAt) ?? checkReason(reason, context.policy().policy.limits["reason-at-least"]);
  if (wrong !== undefined) return no(wrong);
  const loaded = await keyToChange(context, { key: keyId, by, doing });
  if ("refusal" in loaded) return no(loaded.refusal);
  const { managed, owner, role } = loaded;
  const stale = seen === undefined ? [] : changedSince(seen, managed, owner);
  if (stale.length > 0) return no({ reason: "page-stale", changed: stale });
  const whose = owner === undefined ? {} : { owner };
  const named = { key: keyId, keyName: managed.name, ...whose };
  const now = { ...named, roleId: roleId.parse(managed.role), roleName: role?.name ?? `ID ${managed.role}` };
  const asked = await wish({ key: managed, now });
  if ("refusal" in asked) return no(asked.refusal);
  const effect = await effectNow(context, asked, by);
  if ("gone" in effect) return no(asRefusal(effect.gone));
  return placeRequest(context, { id, reason, effect: { ...effect, asker: by } });
}

/** The key as it is now, if this person may do this to it, it is not ours and no lockout holds it. */
export async function keyToChange(
  context: Context,
  { key, by, doing }: { key: KeyId; by: PersonId; doing: Doing },
): Promise<
  { managed: ManagedKey; owner: PersonId | undefined; role: Role | undefined } | { refusal: Refusal }
> {
  const member = await asMember(context, by, DECIDING);
  if ("refusal" in member) return member;
  const record = (await context.store.key(key))?.value;
  if (!mayDo(doing, await standing(context, by, record, DECIDING))) {
    return { refusal: { reason: "not-your-key", does: doing } };
  }
  const managed = await context.manager.describeKey(key);
  if (managed === undefined) return { refusal: { reason: "key-deleted" } };
  const own = refuseOwn(await context.manager.describeCurrent(), { key });
  if (own !== undefined) return { refusal: own };
  const { lockouts } = await context.store.gate();
  const lockout = holding(lockouts, { owner: record?.owner, role: managed.role, key });
  const held = lockout === undefined ? record && lockoutOver(record) : undefined;
  if (lockout !== undefined) return { refusal: { reason: "locked-out", incident: lockout.incident } };
  if (held !== undefined) return { refusal: held };
  return { managed, owner: record?.owner, role: await context.manager.role(managed.role) };
}

function lifeOf({ expiresAt }: ManagedKey): Life {
  return expiresAt === undefined ? { kind: "unlimited" } : { kind: "until", at: expiresAt };
}
