import type { Role } from "../../domain/wants.ts";
import type { RequestCard } from "../../usecases/card-content.ts";
import { differenceInBrief, exchangeInBrief } from "../words/difference-words.ts";
import { lifeInWords } from "../words/request-words.ts";
import { dangerousRights, roleInWords, some } from "../words/role-words.ts";
import { owner, whichComeBack } from "../words/wants-words.ts";
import { touchedInWords } from "../words/touched-words.ts";
import { code, field, person, type Words } from "../words/words.ts";

/** What is asked for, in labelled lines: for each kind what its approvers have to weigh. */
export function wishFields({
  request,
  roles,
  touched,
  dangerous,
}: Pick<RequestCard, "request" | "roles" | "touched" | "dangerous">): Words[] {
  const { wants } = request.value;
  switch (wants.kind) {
    case "new-key": {
      const description: Words[] =
        wants.description === "" ? [] : [field("Description", [wants.description])];
      return [
        field("Role", [wants.roleName]),
        ...rights(roles.get(wants.roleId), dangerous),
        field("Life", lifeInWords(wants.life)),
        ...description,
        field("Language and time zone", [`${wants.locale}, ${wants.timeZone}`]),
      ];
    }
    case "role-change":
      return [
        field("Key", [code(wants.keyName), ` (ID ${wants.key})`]),
        field("From the role", [wants.roleName]),
        field("To the role", [wants.toRoleName]),
        ...exchange(roles.get(wants.roleId), roles.get(wants.toRoleId), dangerous),
        field("Life", lifeInWords(wants.life)),
      ];
    case "longer-life":
      return [
        field("Key", [code(wants.keyName), ` (ID ${wants.key})`]),
        field("Role", [wants.roleName]),
        ...rights(roles.get(wants.roleId), dangerous),
        field("Life from now on", lifeInWords(wants.life)),
      ];
    case "new-owner":
      return [
        field("Key", [code(wants.keyName), ` (ID ${wants.key})`]),
        field("From", owner(wants.owner)),
        field("To", [person(wants.to)]),
        field("Role", [wants.roleName]),
        ...rights(roles.get(wants.roleId), dangerous),
        field("Life", lifeInWords(wants.life)),
      ];
    case "restore":
      return [
        field("Lockout", [code(wants.incident), ", declared by ", person(wants.declaredBy)]),
        field("Comes back", whichComeBack(wants)),
        field("What stays locked", ["what was locked before, and what anything else holds"]),
      ];
    case "rotation":
      return [field("Key", [code(wants.keyName), ` (ID ${wants.key})`]), field("Role", [wants.roleName])];
    case "new-role":
      return differenceInBrief(undefined, wants.draft, dangerous);
    case "role-edit":
      return [
        field("Role", [wants.roleName]),
        ...difference(roles.get(wants.roleId), wants.draft, dangerous),
        ...touchedInWords(touched),
      ];
    case "role-delete":
      return [
        field("Role", [wants.roleName]),
        ...rights(roles.get(wants.roleId), dangerous),
        ...touchedInWords(touched),
      ];
  }
}

const UNKNOWN = ["not known now: the manager does not answer, or the role is gone"] as const;

function difference(
  before: Role | undefined,
  after: Parameters<typeof differenceInBrief>[1] | undefined,
  patterns: readonly string[],
): Words[] {
  if (before === undefined || after === undefined) return [field("Difference", UNKNOWN)];
  return differenceInBrief(before, after, patterns);
}

function rights(role: Role | undefined, patterns: readonly string[]): Words[] {
  if (role === undefined) return [field("What it may do", UNKNOWN)];
  const dangerous = dangerousRights(role.rights, patterns);
  const warning: Words[] = dangerous.length === 0 ? [] : [field("Dangerous", [some(dangerous, 10)])];
  return [field("What it may do", [roleInWords(role)]), ...warning];
}

function exchange(from: Role | undefined, to: Role | undefined, patterns: readonly string[]): Words[] {
  if (from === undefined || to === undefined) return difference(from, to, patterns);
  return exchangeInBrief(from, to, patterns);
}
