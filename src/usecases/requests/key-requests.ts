import { holding } from "../../domain/lockout.ts";
import type { Verdict } from "../../domain/verdict.ts";
import type { Refusal } from "../../domain/refusal.ts";
import {
  endOfLife,
  type Instant,
  type KeyId,
  type Life,
  type PersonId,
  type RequestId,
  roleId,
} from "../../domain/values.ts";
import { beneficiary, type Role, type Wants } from "../../domain/wants.ts";
import { checkLife, checkReasonText } from "../../domain/typed.ts";
import { asRefusal, holderOf } from "../claims/claim-state.ts";
import { judgeNow } from "./demands.ts";
import { effectNow } from "./effect.ts";
import { type Doing, mayDo, shown, standing } from "../keys/find-key.ts";
import { asMember, DECIDING, lateClick, refused, unreachable } from "../people.ts";
import { type Made, madeBefore, placeRequest } from "./place-request.ts";
import type { Context, ManagedKey } from "../ports.ts";
import { changedSince, type Seen } from "../keys/seen-key.ts";
import { refuseOwn } from "../whoami.ts";

/** Somebody asks for something about a key that there is. */
export type Asking = {
  /** The nonce of the form or line. */
  id: RequestId;
  /** The line, or the form as it was sent: a length in it is reckoned from now, and means another moment each time. */
  act: string;
  key: KeyId;
  by: PersonId;
  clickedAt: Instant;
  reason: string;
  /** The page that was looked at; absent where a line was typed. */
  seen?: Seen | undefined;
  wish: KeyWish;
};

/** What is wished for; everything else about the key is read when it is asked for. */
export type KeyWish =
  | { kind: "role-change"; toRole: number }
  | { kind: "longer-life"; life: Life }
  /** Judged as if the new owner asked for this role and this life, whoever hands the key over. */
  | { kind: "new-owner"; to: PersonId };

const DOING = { "role-change": "role", "longer-life": "extend", "new-owner": "assign" } as const;

/** The owner asks for another role or a longer life, or owner or responder for a new owner. Throws manager and Slack faults. */
export async function askAboutKey(
  context: Context,
  { id, act, key, by, clickedAt, reason, seen, wish }: Asking,
): Promise<Made | { refusal: Refusal }> {
  const no = async (refusal: Refusal): Promise<{ refusal: Refusal }> =>
    refused(context, by, `key:${key}`, refusal);
  const earlier = await madeBefore(context, { id, act, by, subject: `key:${key}` });
  if (earlier !== undefined) return earlier;
  const wrong =
    lateClick(context, clickedAt) ??
    checkReasonText(reason, context.policy().policy.limits["reason-at-least"]);
  if (wrong !== undefined) return no(wrong);
  const wished = await wantsNow(context, { key, by, wish, seen });
  if ("refusal" in wished) return no(wished.refusal);
  const effect = await effectNow(context, wished, by);
  if ("gone" in effect) return no(asRefusal(effect.gone));
  return placeRequest(context, { id, act, reason, effect: { ...effect, asker: by } });
}

/** Which rule applies and whether anybody could decide; writes nothing. Throws manager and Slack faults. */
export async function previewKeyWish(
  context: Context,
  { key, by, wish }: Pick<Asking, "key" | "by" | "wish">,
): Promise<{ wants: Wants; verdict: Verdict; open?: Refusal } | { refusal: Refusal }> {
  const wants = await wantsNow(context, { key, by, wish });
  if ("refusal" in wants) return wants;
  const effect = await effectNow(context, wants, by);
  if ("gone" in effect) return { refusal: asRefusal(effect.gone) };
  const { verdict } = await judgeNow(context, effect, by, context.clock());
  if (verdict.outcome !== "needs") return { wants, verdict };
  const open = await unreachable(context, verdict.demands, [by, beneficiary(wants, by)]);
  return open === undefined ? { wants, verdict } : { wants, verdict, open };
}

/** What a wish means for the key as it is now, or why it cannot be asked for. */
async function wantsNow(
  context: Context,
  { key, by, wish, seen }: Pick<Asking, "key" | "by" | "wish"> & { seen?: Seen | undefined },
): Promise<Wants | { refusal: Refusal }> {
  const loaded = await keyToChange(context, { key, by, doing: DOING[wish.kind] });
  if ("refusal" in loaded) return loaded;
  const { managed, owner, role } = loaded;
  const stale = seen === undefined ? [] : changedSince(seen, shown(managed), owner);
  if (stale.length > 0) return { refusal: { reason: "page-stale", changed: stale } };
  const whose = owner === undefined ? {} : { owner };
  const named = { key, keyName: managed.name, ...whose };
  const now = { ...named, roleId: managed.role, roleName: role?.name ?? `ID ${managed.role}` };
  switch (wish.kind) {
    case "role-change":
      return roleChange(context, { key: managed, now }, wish.toRole);
    case "longer-life":
      return longerLife(context, { key: managed, now }, wish.life);
    case "new-owner":
      return newOwner(context, { key: managed, now }, wish.to);
  }
}

async function roleChange(
  context: Context,
  { key, now }: Facts,
  toRole: number,
): Promise<Wants | { refusal: Refusal }> {
  const to = await context.manager.role(toRole);
  if (to === undefined) return { refusal: { reason: "role-gone" } };
  if (to.id === now.roleId) return { refusal: { reason: "no-change" } };
  const own = refuseOwn(await context.manager.describeCurrent(), { role: to });
  if (own !== undefined) return { refusal: own };
  const life = lifeOf(key);
  const wrong = checkLife(life, context.policy().policy.limits, context.clock());
  if (wrong !== undefined) return { refusal: wrong };
  return { kind: "role-change", ...now, toRoleId: roleId.parse(to.id), toRoleName: to.name, life };
}

function longerLife(context: Context, { key, now }: Facts, life: Life): Wants | { refusal: Refusal } {
  const at = context.clock();
  const wrong = checkLife(life, context.policy().policy.limits, at);
  if (wrong !== undefined) return { refusal: wrong };
  const end = endOfLife(life, at);
  if (key.expiresAt === undefined || (end !== undefined && end <= key.expiresAt)) {
    return { refusal: { reason: "not-later" } };
  }
  // A length is reckoned from now: what is approved is a date.
  return { kind: "longer-life", ...now, life: end === undefined ? life : { kind: "until", at: end } };
}

async function newOwner(
  context: Context,
  { key, now }: Facts,
  to: PersonId,
): Promise<Wants | { refusal: Refusal }> {
  if (to === now.owner) return { refusal: { reason: "no-change" } };
  const { limits } = context.policy().policy;
  const member = await asMember(context, to, DECIDING);
  if ("refusal" in member) {
    const { refusal } = member;
    return { refusal: refusal.reason === "not-a-member" ? { ...refusal, reason: "owner-cannot" } : refusal };
  }
  const limit = limits["keys-per-person"];
  if ((await context.store.countKeysOf(to)) >= limit) {
    return { refusal: { reason: "too-many-keys", limit, of: to } };
  }
  const life = lifeOf(key);
  const wrong = checkLife(life, limits, context.clock());
  return wrong === undefined ? { kind: "new-owner", ...now, to, life } : { refusal: wrong };
}

type Facts = {
  key: ManagedKey;
  /** Which key is meant, as it is now: what every wish about a key begins with. */
  now: {
    key: KeyId;
    keyName: string;
    owner?: PersonId;
    roleId: number;
    roleName: string;
  };
};

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
  const role = await context.manager.role(managed.role);
  const { lockouts } = await context.store.gate(key);
  const inScope = holding(lockouts, { ...managed, owner: record?.owner, roleName: role?.name });
  const heldBy = inScope ?? (await holderOf(context, record));
  if (heldBy !== undefined) return { refusal: { reason: "locked-out", incident: heldBy.incident } };
  return { managed, owner: record?.owner, role };
}

function lifeOf({ expiresAt }: ManagedKey): Life {
  return expiresAt === undefined ? { kind: "unlimited" } : { kind: "until", at: expiresAt };
}
