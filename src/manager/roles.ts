import { z } from "zod";
import { RIGHT } from "../domain/own-rights.ts";
import { NO_ROLE } from "../domain/values.ts";
import type { Role, RoleDraft } from "../domain/wants.ts";
import type { Looking, Manager } from "../usecases/ports.ts";
import { role, roleList } from "./answers.ts";
import { UNASKED, treeOf } from "./role-writing.ts";
import { call, get, maybe, type Transport } from "./transport.ts";

/** Reading, making and changing roles (contract 4.1, 4.2). */
export function roleCalls(
  transport: Transport,
): Pick<Manager, "roles" | "role" | "createRole" | "modifyRole" | "deleteRole"> {
  /** What was read last of each role, so that many cards of one role cost one call. */
  const seen = new Map<number, { found: Role | undefined; at: number }>();
  const one = async (id: number, looking: Looking = {}): Promise<Role | undefined> => {
    if (id === NO_ROLE) return undefined;
    const found = await maybe(transport, get(`/roles/${id}`, role, { right: RIGHT.viewRoles, ...looking }));
    seen.set(id, { found, at: performance.now() });
    return found;
  };
  return {
    roles: async (looking = {}) =>
      (await call(transport, get("/roles", roleList, { right: RIGHT.viewRoles, ...looking }))).roles,
    role: async (id, { noOlderThan = 0, ...looking } = {}) => {
      const known = seen.get(id);
      return known !== undefined && performance.now() - known.at < noOlderThan
        ? known.found
        : one(id, looking);
    },
    createRole: async (draft) =>
      call(transport, {
        method: "POST",
        path: "/roles",
        body: toInput(draft, UNASKED),
        read: role,
        retries: 0,
        right: RIGHT.createRoles,
      }),
    // Rights that are not named stay as they are (contract 4.2), so those to be taken away are named.
    modifyRole: async (id, draft) => {
      const changed = await call(transport, {
        method: "POST",
        path: `/roles/${id}`,
        body: toInput(draft, (await one(id))?.rights ?? []),
        read: role,
        retries: 1,
        right: RIGHT.editRoles,
      });
      seen.delete(id);
      return changed;
    },
    deleteRole: async (id) => {
      await maybe(transport, {
        method: "DELETE",
        path: `/roles/${id}`,
        read: z.undefined(),
        retries: 0,
        right: RIGHT.deleteRoles,
      });
    },
  };
}

/** `had`: the rights that are there unless they are taken away. */
function toInput(draft: RoleDraft, had: readonly string[]): object {
  const { name, description, allComputers, allPolicies, allowUserInterface, allowWebService } = draft;
  return {
    name,
    description,
    allComputers,
    allPolicies,
    allowUserInterface,
    allowWebService,
    canOnlyManipulateUsersWithEqualOrLesserRights: draft.onlyEqualOrLesserUsers,
    rights: treeOf(had, draft.rights),
    // Ignored while the flag says all (contract 4.2).
    ...(allComputers ? {} : { computerIDs: draft.computerIds, computerGroupIDs: draft.computerGroupIds }),
    ...(allPolicies ? {} : { policyIDs: draft.policyIds }),
  };
}
