import type { Role, RoleDraft } from "./wants.ts";

const FLAGS = [
  "allComputers",
  "allPolicies",
  "allowUserInterface",
  "allowWebService",
  "onlyEqualOrLesserUsers",
] as const;
type Flag = (typeof FLAGS)[number];

/** Rights by path, sorted; flags that change, with what they become. */
export type RoleDiff = { gains: string[]; loses: string[]; flags: Partial<Record<Flag, boolean>> };

/** What a role would allow that it does not allow now, and the other way; against nothing, all that it allows. */
export function roleDiff(before: Role | undefined, after: RoleDraft | Role): RoleDiff {
  const had = new Set(before?.rights);
  const has = new Set(after.rights);
  const changed = FLAGS.filter((flag) => (before?.[flag] ?? false) !== after[flag]);
  return {
    gains: [...has.difference(had)].toSorted(),
    loses: [...had.difference(has)].toSorted(),
    flags: Object.fromEntries(changed.map((flag) => [flag, after[flag]])),
  };
}

/** Everything of a role that can be set, in one form: sorted, each once, and no lists where "all" makes them mean nothing (contract 4.2). */
export function draftOf(role: Role | RoleDraft): RoleDraft {
  const { allComputers, allPolicies } = role;
  return {
    name: role.name,
    description: role.description,
    rights: [...new Set(role.rights)].toSorted(),
    allComputers,
    allPolicies,
    allowUserInterface: role.allowUserInterface,
    allowWebService: role.allowWebService,
    onlyEqualOrLesserUsers: role.onlyEqualOrLesserUsers,
    computerIds: allComputers ? [] : ascending(role.computerIds),
    computerGroupIds: allComputers ? [] : ascending(role.computerGroupIds),
    policyIds: allPolicies ? [] : ascending(role.policyIds),
  };
}

/** What of a role differs, by its member; nothing where the two allow and say the same. */
export function changedMembers(before: Role | RoleDraft, after: Role | RoleDraft): (keyof RoleDraft)[] {
  const [one, other] = [draftOf(before), draftOf(after)];
  const members = Object.keys(one) as (keyof RoleDraft)[];
  return members.filter((member) => JSON.stringify(one[member]) !== JSON.stringify(other[member]));
}

function ascending(ids: readonly number[]): number[] {
  return [...new Set(ids)].toSorted((a, b) => a - b);
}
