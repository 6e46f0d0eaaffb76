import { RIGHT } from "../domain/own-rights.ts";
import type { Role } from "../domain/wants.ts";
import { role } from "./answers.ts";
import { call, type Transport } from "./transport.ts";
import type { Rights } from "./wire.ts";

/** Making and widening the role of a key of ours (contract 4.1, 4.2). */
export type RoleWriting = {
  /** A role for keys alone: it reaches no computers or policies, and cannot open the console. Never retried. */
  createRoleForKeys(making: { name: string; description: string; rights: readonly string[] }): Promise<Role>;
  /** Adds rights, given by their paths; all others stay as they are. */
  grantRights(id: number, rights: readonly string[]): Promise<Role>;
};

/** What a new role may do unless it is told otherwise (contract 4.2). */
export const UNASKED = [
  "platformRights.computerRights.canViewNotRelatedToComputers",
  "platformRights.computerRights.canViewOtherComputers",
  "platformRights.policyRights.canViewOtherPolicies",
];

export function roleWriting(transport: Transport): RoleWriting {
  return {
    createRoleForKeys: async ({ name, description, rights }) =>
      call(transport, {
        method: "POST",
        path: "/roles",
        body: {
          name,
          description,
          allComputers: false,
          allPolicies: false,
          allowUserInterface: false,
          // With it, our key could give out no role that has more rights than its own (contract 2.4).
          canOnlyManipulateUsersWithEqualOrLesserRights: false,
          // Whether a key needs it is open (contract 2.4).
          allowWebService: true,
          rights: treeOf(UNASKED, rights),
        },
        read: role,
        retries: 0,
        right: RIGHT.createRoles,
      }),
    grantRights: async (id, rights) =>
      call(transport, {
        method: "POST",
        path: `/roles/${id}`,
        body: { rights: treeOf([], rights) },
        read: role,
        retries: 1,
        right: RIGHT.editRoles,
      }),
  };
}

/** The part of the tree in which these paths are false and, after that, those are true (contract 4.3). */
export function treeOf(denied: readonly string[], granted: readonly string[]): Rights {
  const tree: Rights = {};
  for (const path of [...denied, ...granted]) {
    const members = path.split(".");
    const leaf = members.pop() ?? "";
    let branch = tree;
    for (const member of members) {
      const next = branch[member];
      branch = typeof next === "object" ? next : (branch[member] = {});
    }
    branch[leaf] = granted.includes(path);
  }
  return tree;
}
