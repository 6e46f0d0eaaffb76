import { actOf } from "../../domain/acts.ts";
import { Fault } from "../../domain/fault.ts";
import type { Refusal } from "../../domain/refusal.ts";
import {
  type Life,
  type Locale,
  MINUTE,
  type PersonId,
  type RequestId,
  roleId,
} from "../../domain/values.ts";
import type { Verdict } from "../../domain/verdict.ts";
import { type Role, type Wants } from "../../domain/wants.ts";
import { checkLife, checkTexts, checkTimeZone } from "../../domain/typed.ts";
import { judgeNow } from "./demands.ts";
import { asMember, refused, unreachable } from "../people.ts";
import { type Made, madeBefore, placeRequest } from "./place-request.ts";
import type { Context, OwnKey } from "../ports.ts";
import { refuseOwn } from "../whoami.ts";

/** A modal is answered within 3 s (R1): the manager has this many milliseconds of them. */
const MANAGER_PATIENCE = 1500;

/** What the asker typed and chose, before anything of it is believed. */
export type Draft = {
  keyName: string;
  roleId: number | undefined;
  life: Life;
  reason: string;
  description: string;
  locale: Locale;
  timeZone: string;
};

/** What would happen if this were asked for now. */
export type Preview = { role: Role; verdict: Verdict; open?: Refusal } | { refusal: Refusal };

/** Which rule applies and whether anybody could decide; writes nothing. Throws manager and Slack faults. */
export async function preview(
  context: Context,
  asker: PersonId,
  { roleId, life }: Pick<Draft, "roleId" | "life">,
): Promise<Preview> {
  const [role, own] = await Promise.all([roleWith(context, roleId), ownKey(context)]);
  if (role === undefined) return { refusal: { reason: "role-gone" } };
  const reserved = refuseOwn(own, { role });
  if (reserved !== undefined) return { refusal: reserved };
  const nameless = { keyName: "", description: "", reason: "", locale: "en-US", timeZone: "UTC" } as const;
  const asked = wantsOf({ ...nameless, roleId, life }, role);
  const { verdict } = await judgeNow(context, { asked, roles: [role] }, asker, context.clock());
  if (verdict.outcome !== "needs") return { role, verdict };
  const open = await unreachable(context, verdict.demands, [asker]);
  return open === undefined ? { role, verdict } : { role, verdict, open };
}

/** The manager's roles whose name has this text in it, those that begin with it first; at most 100 (R40). */
export async function findRoles(context: Context, text: string): Promise<Role[]> {
  const wanted = text.trim().toLowerCase();
  const rank = (role: Role): number => role.name.toLowerCase().indexOf(wanted);
  return (await context.manager.roles({ timeout: MANAGER_PATIENCE }))
    .filter((role) => rank(role) >= 0)
    .toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
    .slice(0, 100);
}

/**
 * Somebody asks for a key. Nothing is stored unless everything holds. The request's id is the
 * modal's nonce, so that the same submission delivered twice is one request (`again`).
 */
export async function ask(
  context: Context,
  { id, asker, draft }: { id: RequestId; asker: PersonId; draft: Draft },
): Promise<Made | { refusal: Refusal }> {
  const subject = `request:${id}`;
  const act = actOf(id, draft, context.seal);
  const earlier = await madeBefore(context, { id, act, by: asker, subject });
  if (earlier !== undefined) return earlier;
  const { policy } = context.policy();
  const now = context.clock();
  const no = (refusal: Refusal): Promise<{ refusal: Refusal }> => refused(context, asker, subject, refusal);

  const wrong =
    checkTexts(draft, policy.limits) ??
    checkLife(draft.life, policy.limits, now) ??
    checkTimeZone(draft.timeZone);
  if (wrong !== undefined) return no(wrong);
  const member = await asMember(context, asker, MINUTE);
  if ("refusal" in member) return no(member.refusal);
  const [role, name, own] = await Promise.all([
    roleWith(context, draft.roleId),
    checkName(context, draft.keyName),
    ownKey(context),
  ]);
  if (role === undefined) return no({ reason: "role-gone" });
  const reserved = refuseOwn(own, { role, keyName: draft.keyName });
  if (reserved !== undefined) return no(reserved);
  if (typeof name !== "string") return no(name);
  const effect = { asked: wantsOf(draft, role), asker, roles: [role] };
  return placeRequest(context, {
    id,
    act,
    reason: draft.reason,
    effect,
    nameUnchecked: name === "unchecked",
  });
}

function wantsOf(draft: Draft, role: Pick<Role, "id" | "name">): Wants {
  return {
    kind: "new-key",
    keyName: draft.keyName,
    roleId: roleId.parse(role.id),
    roleName: role.name,
    life: draft.life,
    description: draft.description.trim(),
    locale: draft.locale,
    timeZone: draft.timeZone,
  };
}

async function roleWith(context: Context, id: number | undefined): Promise<Role | undefined> {
  if (id === undefined) return undefined;
  return (await context.manager.roles({ timeout: MANAGER_PATIENCE })).find((role) => role.id === id);
}

async function ownKey({ manager }: Context): Promise<OwnKey> {
  return manager.describeCurrent({ timeout: MANAGER_PATIENCE });
}

/** A manager that is slow to answer does not hold the request up: the sweep asks again, and the card says so. */
async function checkName(context: Context, name: string): Promise<"free" | "unchecked" | Refusal> {
  if (await context.store.nameReserved(name)) return { reason: "name-taken", by: "request" };
  try {
    const key = await context.manager.keyNamed(name, { timeout: MANAGER_PATIENCE });
    return key === undefined ? "free" : { reason: "name-taken", by: "key" };
  } catch (error) {
    if (error instanceof Fault) return "unchecked";
    throw error;
  }
}
