import type { Role } from "../manager/wire.ts";
import { FULL_ACCESS, holds, rightsWithin } from "./rights.ts";

const FLAGS = [
  "allowUserInterface",
  "allowWebService",
  "allowManageWorkloadSecurityLink",
  "allowMigration",
] as const satisfies (keyof Role)[];

/** Where the limit to equals matters: with none of these, a role without it can hand nothing out. */
const HANDS_OUT = [
  "apikeyRights.canCreateNewApiKeys",
  "apikeyRights.canEditApiKeyProperties",
  "administratorRights.canCreateNewAdministrators",
  "administratorRights.canEditAdministratorProperties",
  "administratorRoleRights.canCreateNewAdministratorRoles",
  "administratorRoleRights.canEditAdministratorRoleProperties",
];

/**
 * Whether a role has a right, a scope or a kind of access that the caller's lacks, or is free of the
 * limit to equals where the caller is not. Full Access is bounded by nothing (contract 2.4).
 */
export function exceeds(role: Role, caller: Role): boolean {
  if (caller.ID === FULL_ACCESS) return false;
  return (
    !rightsWithin(role.rights, caller.rights) ||
    FLAGS.some((flag) => role[flag] === true && caller[flag] !== true) ||
    reachesBeyond(role.allComputers, role.computerIDs, caller.allComputers, caller.computerIDs) ||
    reachesBeyond(role.allComputers, role.computerGroupIDs, caller.allComputers, caller.computerGroupIDs) ||
    reachesBeyond(role.allPolicies, role.policyIDs, caller.allPolicies, caller.policyIDs) ||
    (limitedToEquals(caller) &&
      !limitedToEquals(role) &&
      HANDS_OUT.some((right) => holds(role, `platformRights.${right}`)))
  );
}

/** Whether a role may deal only with users and keys whose roles hold no more than itself. */
export function limitedToEquals(role: Role): boolean {
  return role.canOnlyManipulateUsersWithEqualOrLesserRights;
}

function reachesBeyond(
  all: boolean,
  ids: number[] = [],
  callerAll: boolean,
  callerIDs: number[] = [],
): boolean {
  if (callerAll) return false;
  return all || ids.some((id) => !callerIDs.includes(id));
}
