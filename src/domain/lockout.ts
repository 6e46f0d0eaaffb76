import { z } from "zod";
import type { AuditEvent } from "./audit.ts";
import { instant, keyId, lockoutId, personId, type KeyId, type PersonId, roleId } from "./values.ts";

/** Which keys a lockout holds. */
export const scope = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("everything") }),
  z.object({ kind: z.literal("role"), role: roleId }),
  z.object({ kind: z.literal("owner"), owner: personId }),
  z.object({ kind: z.literal("keys"), keys: z.array(keyId) }),
]);
export type Scope = z.infer<typeof scope>;

/** An incident: from its commit on, no claim in scope is delivered and no key in scope becomes active. */
export const lockout = z.object({
  id: lockoutId,
  state: z.literal("declared"),
  scope,
  incident: z.string(),
  because: z.string(),
  declaredBy: personId,
  at: instant,
});
export type Lockout = z.infer<typeof lockout>;

/** Declares a lockout; the commit that stores it bumps the gate. */
export function declare(declared: Omit<Lockout, "state">): { next: Lockout; event: AuditEvent } {
  const next: Lockout = { ...declared, state: "declared" };
  const evidence = { incident: next.incident, because: next.because, scope: next.scope };
  const subject = `lockout:${next.id}`;
  return {
    next,
    event: { at: next.at, actor: next.declaredBy, subject, event: "lockout.declared", evidence },
  };
}

/** What of a key, or of a key to come, a scope looks at. */
export type Held = { owner: PersonId | undefined; role: number; key?: KeyId };

/** The first lockout that holds this key down, if any does. */
export function holding(lockouts: readonly Lockout[], held: Held): Lockout | undefined {
  return lockouts.find((each) => covers(each.scope, held));
}

function covers(by: Scope, held: Held): boolean {
  switch (by.kind) {
    case "everything":
      return true;
    case "role":
      return by.role === held.role;
    case "owner":
      return by.owner === held.owner;
    case "keys":
      return held.key !== undefined && by.keys.includes(held.key);
  }
}
