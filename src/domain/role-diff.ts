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
