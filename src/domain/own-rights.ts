import type { Role } from "./wants.ts";

const keys = "platformRights.apikeyRights";
const roles = "platformRights.administratorRoleRights";

/** The rights that calls of ours ask for, by their paths in a role (contract 2.4, 4.3). */
export const RIGHT = {
  viewKeys: `${keys}.canViewApiKeys`,
  createKeys: `${keys}.canCreateNewApiKeys`,
  editKeys: `${keys}.canEditApiKeyProperties`,
  deleteKeys: `${keys}.canDeleteApiKeys`,
  viewRoles: `${roles}.canViewAdministratorRoles`,
  createRoles: `${roles}.canCreateNewAdministratorRoles`,
  editRoles: `${roles}.canEditAdministratorRoleProperties`,
  deleteRoles: `${roles}.canDeleteAdministratorRoles`,
} as const;

/** The name of our own key, unless an operator gives it another. */
export const OWN_KEY = "portcullis";
/** The name of the role that is made for it. */
export const OWN_ROLE = "Portcullis";

/** What Portcullis's own key needs for everything but changing roles. */
export const NEEDED: readonly string[] = [
  RIGHT.viewKeys,
  RIGHT.createKeys,
  RIGHT.editKeys,
  RIGHT.deleteKeys,
  RIGHT.viewRoles,
];

/** What a role lacks of what our own key needs; nothing is the usual answer. */
export function lackingRights(role: Role): string[] {
  return NEEDED.filter((right) => !role.rights.includes(right));
}

/** Only Full Access can hand out every right: a manager lets nobody grant what he lacks (contract 2.4). */
export function mayChangeRoles(role: Role): boolean {
  return role.immutable;
}

/**
 * Whether a role is kept for our own key, so that nobody can ask for it. Full Access is
 * everybody's: the policy's rules decide about that one.
 */
export function isReserved(role: Role, ownRole: number): boolean {
  return role.id === ownRole && !role.immutable;
}
