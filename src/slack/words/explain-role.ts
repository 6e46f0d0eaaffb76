import type { Refusal } from "../../domain/refusal.ts";
import { some } from "./role-words.ts";
import { code, list, type Words } from "./words.ts";

/** The refusals that only changes to roles meet. */
type RoleRefusal = Extract<
  Refusal,
  {
    reason:
      | "only-approvers"
      | "own-key-too-weak"
      | "role-name-form"
      | "role-name-taken"
      | "unknown-rights"
      | "draft-gone"
      | "role-stale";
  }
>;

/** What a "no" to a change of a role means, and what to do next. */
export function explainRoleRefusal(refusal: RoleRefusal): Words {
  switch (refusal.reason) {
    case "only-approvers":
      return refusal.groups.length === 0
        ? ["Only approvers may ask for changes to roles, and the policy names none."]
        : [
            "Only approvers may ask for changes to roles. Ask one of them: ",
            ...list(
              refusal.groups.map((group) => [group]),
              "or",
            ),
            ".",
          ];
    case "own-key-too-weak":
      return [
        `My own key has the role ${refusal.role}. The manager lets nobody hand out rights that they lack, so only a key with Full Access can change roles. Whoever runs this program can give my key that role; `,
        code("/apikey whoami"),
        " shows what it has.",
      ];
    case "role-name-form":
      return [
        "A role's name is not a bare number (that would be an ID), has no < or >, no space at its ends, and nothing that cannot be seen.",
      ];
    case "role-name-taken":
      return ["There is a role with this name already. Choose another name."];
    case "unknown-rights":
      return [`The manager has no such rights: ${some(refusal.rights, 3)}. Choose from the list.`];
    case "draft-gone":
      return [
        "What you had put together is gone: it is kept for a day, and for you alone. Please start again.",
      ];
    case "role-stale":
      return [
        `The role has changed in the manager since you opened it: its ${refusal.changed.map((each) => MEMBERS[each] ?? each).join(", ")}. Nothing was asked for; open it again and decide anew.`,
      ];
  }
}

const MEMBERS: Record<string, string> = {
  allComputers: "reach over all computers",
  allPolicies: "reach over all policies",
  allowUserInterface: "access to the user interface",
  allowWebService: "access to web services",
  onlyEqualOrLesserUsers: "limit to users with equal or fewer rights",
  computerIds: "computers",
  computerGroupIds: "groups of computers",
  policyIds: "policies",
};
