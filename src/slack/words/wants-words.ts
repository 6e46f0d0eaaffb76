import type { PersonId } from "../../domain/values.ts";
import { type Restore, titleOf, type Wants } from "../../domain/wants.ts";
import { lifeInWords } from "./request-words.ts";
import { some } from "./role-words.ts";
import { code, person, type Words } from "./words.ts";

/** What sort of thing is asked for, as the heading of its card. */
export function kindInWords(wants: Wants): string {
  switch (wants.kind) {
    case "new-key":
      return "API key";
    case "rotation":
      return "New secret";
    case "role-change":
      return "Another role";
    case "longer-life":
      return "Longer life";
    case "new-owner":
      return "New owner";
    case "new-role":
      return "New role";
    case "role-edit":
      return "Change to a role";
    case "role-delete":
      return "Deletion of a role";
    case "restore":
      return "Restore";
  }
}

/** What is asked for, after "Your request for ". */
export function aimInWords(wants: Wants): Words {
  const name = code(titleOf(wants));
  switch (wants.kind) {
    case "new-key":
      return ["the API key ", name];
    case "rotation":
      return ["a new secret for ", name];
    case "role-change":
      return ["another role for ", name];
    case "longer-life":
      return ["a longer life for ", name];
    case "new-owner":
      return ["a new owner for ", name];
    case "new-role":
      return ["the new role ", name];
    case "role-edit":
      return ["a change to the role ", name];
    case "role-delete":
      return ["the deletion of the role ", name];
    case "restore":
      return ["the restore of the lockout ", name];
  }
}

/** What is asked for, in a line of a list. */
export function wishInWords(wants: Wants): Words {
  switch (wants.kind) {
    case "new-key":
      return [code(wants.keyName), ` as ${wants.roleName}, `, ...lifeInWords(wants.life)];
    case "role-change":
      return [code(wants.keyName), `: from the role ${wants.roleName} to ${wants.toRoleName}`];
    case "longer-life":
      return [code(wants.keyName), ` as ${wants.roleName}: a life `, ...lifeInWords(wants.life)];
    case "new-owner":
      return [
        code(wants.keyName),
        ` as ${wants.roleName}: from `,
        ...owner(wants.owner),
        " to ",
        person(wants.to),
      ];
    case "rotation":
    case "new-role":
    case "role-edit":
    case "role-delete":
      return [`${kindInWords(wants)}: `, code(titleOf(wants))];
    case "restore":
      return [code(wants.incident), ": ", ...whatComesBack(wants)];
  }
}

/** Which keys of a lockout an approval brings back. */
function whatComesBack({ whole, keys, query }: Restore): Words {
  const count = keys.length === 1 ? "1 key" : `${keys.length} keys`;
  if (whole) return [`all of it, ${count}`];
  return [count, ...(query === "" ? [] : [" found by ", code(query)])];
}

/** The same, and for a part which keys these are, by ID. */
export function whichComeBack(wants: Restore): Words {
  const which = wants.whole ? "" : `: ${some(wants.keys.map(String), 20)}`;
  return [...whatComesBack(wants), which];
}

/** Whose a key is. */
export function owner(id: PersonId | undefined): Words {
  return id === undefined ? ["nobody"] : [person(id)];
}
