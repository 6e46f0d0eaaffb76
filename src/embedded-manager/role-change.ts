import type { z } from "zod";
import { roleInput as plainInput, type Role } from "../manager/wire.ts";
import { Refused } from "./refused.ts";
import { auditorRights, mergedRights, rightsInput } from "./rights.ts";
import { validName, validText } from "./text-values.ts";

export const roleInput = plainInput.extend({ rights: rightsInput.optional() });
export type RoleInput = z.infer<typeof roleInput>;

/** A role with the lists that answers leave out while "all" is true (contract 4.2). */
export type StoredRole = Role & { computerIDs: number[]; computerGroupIDs: number[]; policyIDs: number[] };

/** A new role before its caller's wishes: as one made in the vendor's console (contract 4.2). */
export function newRole(name: string, limitedToEquals: boolean): Omit<StoredRole, "ID" | "urn"> {
  return {
    name,
    description: "",
    immutable: false,
    // Whoever is limited cannot make a role that is not, so it is limited unless said otherwise.
    canOnlyManipulateUsersWithEqualOrLesserRights: limitedToEquals,
    allComputers: true,
    allPolicies: true,
    allowUserInterface: true,
    allowWebService: false,
    allowManageWorkloadSecurityLink: false,
    allowMigration: false,
    rights: auditorRights,
    computerIDs: [],
    computerGroupIDs: [],
    policyIDs: [],
  };
}

/** A role as it is after a change; members that the change leaves out stay, rights one by one. */
export function changedRole<R extends Omit<StoredRole, "ID" | "urn">>(role: R, change: RoleInput): R {
  if (change.name !== undefined && !validName(change.name)) throw new Refused("badValue", "name");
  if (change.description !== undefined && !validText(change.description))
    throw new Refused("badValue", "description");
  const { rights = {}, ...members } = change;
  const sent = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
  return { ...role, ...sent, rights: mergedRights(role.rights, rights) };
}
