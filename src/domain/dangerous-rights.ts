import { fits } from "./stars.ts";
import type { Role, Wants } from "./wants.ts";

/** Rights with which a key could make, change or free itself and others, unless the policy says which are dangerous. */
export const DANGEROUS_RIGHTS: readonly string[] = [
  ...["apikeyRights", "administratorRights", "administratorRoleRights", "samlidentityProviderRights"].flatMap(
    (area) => ["Create", "Edit", "Delete"].map((verb) => `platformRights.${area}.can${verb}*`),
  ),
  ...["CreateTenants", "DeleteTenants", "ManageTenantAPIKeys", "SignInAsTenant"].map(
    (right) => `platformRights.multiTenantRights.can${right}`,
  ),
  "platformRights.settingRights.canEdit*",
  "platformRights.expertSettingRights.canEdit*",
];

/** Those of these rights that are dangerous, each once, in the order of the patterns; `*` is any run of characters. */
export function dangerousAmong(
  rights: readonly string[],
  patterns: readonly string[] = DANGEROUS_RIGHTS,
): string[] {
  const found = patterns.flatMap((pattern) => rights.filter((path) => fits(pattern, path)));
  return [...new Set(found)];
}

/**
 * The rights by which a request is dangerous or not: of the role that somebody would get, and of a
 * role that is edited both before and after. `roles`: those that `wants` touches, as they are now.
 */
export function rightsJudged(wants: Wants, roles: readonly Role[]): string[] {
  const draft = "draft" in wants ? wants.draft.rights : [];
  const judged = wants.kind === "role-change" ? roles.filter(({ id }) => id === wants.toRoleId) : roles;
  return [...judged.flatMap(({ rights }) => rights), ...draft];
}
