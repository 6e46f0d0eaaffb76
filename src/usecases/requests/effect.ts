import { createHash } from "node:crypto";
import { isInForce } from "../../domain/lockout.ts";
import { HELD } from "../../domain/lockout-item.ts";
import type { Failure } from "../../domain/request.ts";
import type { KeyId, PersonId } from "../../domain/values.ts";
import { type Effect, effectText, keyOf, type Restore, type Role, type Wants } from "../../domain/wants.ts";
import type { Context } from "../ports.ts";

/** SHA-256 of exactly what a request would do, the roles' rights included. */
export function effectHash(effect: Effect): string {
  return createHash("sha256").update(effectText(effect)).digest("hex");
}

/**
 * What a request would do now, read from the manager and our records; or why it can no longer be
 * done. Throws manager faults.
 */
export async function effectNow(
  context: Context,
  asked: Wants,
  asker: PersonId,
): Promise<Effect | { gone: Failure }> {
  if (asked.kind === "restore") {
    return (await stillHeld(context, asked)) ? { asked, asker, roles: [] } : { gone: "effect-changed" };
  }
  const roles: Role[] = [];
  for (const id of rolesOf(asked)) {
    const role = await context.manager.role(id);
    if (role === undefined) return { gone: "role-gone" };
    roles.push(role);
  }
  const id = keyOf(asked);
  if (id === undefined) return { asked, asker, roles };
  const key = await keyNow(context, id);
  return key === undefined ? { gone: "key-gone" } : { asked, asker, roles, key };
}

/** Whether a lockout holds exactly what would come back; of a part, that at least. */
async function stillHeld({ store }: Context, { lockout: id, keys, whole }: Restore): Promise<boolean> {
  const lockout = (await store.lockout(id))?.value;
  if (lockout === undefined || !isInForce(lockout)) return false;
  const items = await store.lockoutItems(id, { after: 0, states: HELD, limit: Number.MAX_SAFE_INTEGER });
  const held = new Set<number>(items.map(({ key }) => key));
  return keys.every((key) => held.has(key)) && (!whole || held.size === keys.length);
}

/** The roles whose rights matter for the decision: those that are there already. */
export function rolesOf(asked: Wants): readonly number[] {
  switch (asked.kind) {
    case "new-key":
    case "longer-life":
    case "new-owner":
    case "role-edit":
    case "role-delete":
      return [asked.roleId];
    case "role-change":
      return [asked.roleId, asked.toRoleId];
    case "rotation":
    case "new-role":
    case "restore":
      return [];
  }
}

/** What of a key an approval depends on: whose it is, and what it may do and how long. */
async function keyNow(context: Context, id: KeyId): Promise<Effect["key"]> {
  const managed = await context.manager.describeKey(id);
  if (managed === undefined) return undefined;
  const record = await context.store.key(id);
  return { owner: record?.value.owner, role: managed.role, expiresAt: managed.expiresAt };
}
