import { z } from "zod";
import {
  type Instant,
  keyId,
  type KeyId,
  keyRole,
  life,
  type Life,
  locale,
  lockoutId,
  personId,
  type PersonId,
  roleId,
} from "./values.ts";

/** A new key, as asked for. `keyName` is how the manager will call it. */
export const newKey = z.object({
  kind: z.literal("new-key"),
  keyName: z.string(),
  roleId,
  /** The role's name when it was asked for; the number decides. */
  roleName: z.string(),
  life,
  description: z.string(),
  locale,
  timeZone: z.string(),
});
export type NewKey = z.infer<typeof newKey>;

/** Which key is meant, as it was when it was asked about: what changes of this voids approvals. */
const thisKey = {
  key: keyId,
  keyName: z.string(),
  owner: personId.optional(),
  roleId: keyRole,
  roleName: z.string(),
};

/** A new secret for a key, shown to its owner by a claim; the old one dies when the claim is used. */
const rotation = z.object({ kind: z.literal("rotation"), ...thisKey });
const roleChange = z.object({
  kind: z.literal("role-change"),
  ...thisKey,
  toRoleId: roleId,
  toRoleName: z.string(),
  life,
});
const longerLife = z.object({ kind: z.literal("longer-life"), ...thisKey, life });
/** Judged as if `to` asked for this role and what is left of this life. */
const newOwner = z.object({ kind: z.literal("new-owner"), ...thisKey, to: personId, life });

/** Everything that can be set on a role; rights by path, sorted. */
export const roleDraft = z.object({
  name: z.string(),
  description: z.string(),
  rights: z.array(z.string()),
  allComputers: z.boolean(),
  allPolicies: z.boolean(),
  allowUserInterface: z.boolean(),
  allowWebService: z.boolean(),
  onlyEqualOrLesserUsers: z.boolean(),
  computerIds: z.array(z.int()),
  computerGroupIds: z.array(z.int()),
  policyIds: z.array(z.int()),
});
export type RoleDraft = z.infer<typeof roleDraft>;
const newRole = z.object({ kind: z.literal("new-role"), roleName: z.string(), draft: roleDraft });
const roleEdit = z.object({ kind: z.literal("role-edit"), roleId, roleName: z.string(), draft: roleDraft });
const roleDelete = z.object({ kind: z.literal("role-delete"), roleId, roleName: z.string() });

/** Keys of a lockout come back; exactly these are approved. */
const restore = z.object({
  kind: z.literal("restore"),
  lockout: lockoutId,
  incident: z.string(),
  /** Never decides on it. */
  declaredBy: personId,
  /** All that it holds, which ends it. */
  whole: z.boolean(),
  /** The line that found the keys of a part; empty where they were named or are all. */
  query: z.string(),
  keys: z.array(keyId).min(1),
});
export type Restore = z.infer<typeof restore>;

/** What a request asks for. */
export const wants = z.discriminatedUnion("kind", [
  newKey,
  rotation,
  roleChange,
  longerLife,
  newOwner,
  newRole,
  roleEdit,
  roleDelete,
  restore,
]);
export type Wants = z.infer<typeof wants>;

/** Whom a request would serve, or whose act it would undo, if not the asker: who may not decide on it either. */
export function beneficiary(asked: Wants, asker: PersonId): PersonId {
  if (asked.kind === "restore") return asked.declaredBy;
  return asked.kind === "new-owner" ? asked.to : asker;
}

/** The name that the policy's rules are matched on: of the role that somebody would get, or that would change. */
export function roleJudged(asked: Wants): string {
  if (asked.kind === "restore") return "";
  return asked.kind === "role-change" ? asked.toRoleName : asked.roleName;
}

/** What the policy judges: changes to roles have no life, and rules that look at one do not match them. */
export function lifeJudged(asked: Wants): Life | undefined {
  return "life" in asked ? asked.life : undefined;
}

/** The key that a request is about, where there is one already. */
export function keyOf(asked: Wants): KeyId | undefined {
  return "key" in asked ? asked.key : undefined;
}

/** What of the key, or the key to come, the request itself says: which lockouts would hold it. */
export function aboutIn(asked: Wants): { name: string; role: number; roleName: string } {
  const role = "roleId" in asked ? asked.roleId : 0;
  return { name: titleOf(asked), role, roleName: "roleName" in asked ? asked.roleName : "" };
}

/** What a request is about, in a word: the name of the key or role, or the incident's reference. */
export function titleOf(asked: Wants): string {
  if (asked.kind === "restore") return asked.incident;
  return "keyName" in asked ? asked.keyName : asked.roleName;
}

/** A role as the manager describes it, with each right by its path ("platformRights.apikeyRights.canViewApiKeys"). */
export type Role = {
  id: number;
  name: string;
  description: string;
  /** The paths of the rights that are granted, sorted. */
  rights: readonly string[];
  allComputers: boolean;
  allPolicies: boolean;
  allowUserInterface: boolean;
  allowWebService: boolean;
  onlyEqualOrLesserUsers: boolean;
  computerIds: readonly number[];
  computerGroupIds: readonly number[];
  policyIds: readonly number[];
  /** Full Access only: can be neither changed nor deleted. */
  immutable: boolean;
};

/** What a request would do, read anew: the roles that it touches, and the key as it is now. */
export type Effect = {
  asked: Wants;
  asker: string;
  roles: readonly Role[];
  key?: { owner: PersonId | undefined; role: number; expiresAt: Instant | undefined };
};

/**
 * Exactly what carrying the request out would do, the roles' rights included, as one text: its
 * hash is what an approval is bound to, so an edited role or another owner voids it.
 */
export function effectText({ asked, asker, roles, key }: Effect): string {
  return JSON.stringify([asker, sorted(asked), roles.map(sorted), key === undefined ? null : sorted(key)]);
}

/** Members in one order, so that a value read back from the store gives the same text. */
function sorted(value: object): unknown {
  return Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, each]: [string, unknown]) => [
      name,
      typeof each === "object" && each !== null && !Array.isArray(each) ? sorted(each) : each,
    ]);
}
