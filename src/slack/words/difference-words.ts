import { roleDiff } from "../../domain/role-diff.ts";
import { areaOf } from "../../domain/role-draft.ts";
import type { Role, RoleDraft, Wants } from "../../domain/wants.ts";
import { areaInWords, dangerousRights, rightInWords, some } from "./role-words.ts";
import { field, shorten, type Words } from "./words.ts";

/** Rights of each side that a card names; the others stand behind a button. */
const NAMED = 8;
/** Characters of a text that a card shows. */
const SHOWN = 200;
/** Characters of a text that stand in one line of the whole difference. */
const WHOLE = 900;

type After = Role | RoleDraft;

/**
 * What a role may do after a change that it could not before, and the other way, as far as a card
 * has room; `patterns`: of rights that the policy calls dangerous.
 */
export function differenceInBrief(
  before: Role | undefined,
  after: After,
  patterns: readonly string[],
): Words[] {
  const { gains, loses } = roleDiff(before, after);
  const dangerous = dangerousRights(gains, patterns);
  return [
    ...side(before === undefined ? "May do" : "May do then, but not now", gains, NAMED),
    ...(dangerous.length === 0 ? [] : [field("Dangerous", [some(dangerous, NAMED)])]),
    ...side("May do now, but not then", loses, NAMED),
    ...otherwise(before, after).map(({ label, from, to }) =>
      field(label, [
        from === undefined ? shorten(to, SHOWN) : `${shorten(from, SHOWN)} → ${shorten(to, SHOWN)}`,
      ]),
    ),
  ];
}

/** The same of two roles for one key, which are called otherwise in any case. */
export function exchangeInBrief(from: Role | undefined, to: Role, patterns: readonly string[]): Words[] {
  return differenceInBrief(
    from,
    from === undefined ? to : { ...to, name: from.name, description: from.description },
    patterns,
  );
}

/** The whole of it, one line for each right. */
export function differenceInFull(before: Role | undefined, after: After): Words[] {
  const { gains, loses } = roleDiff(before, after);
  return [
    ...gains.map((right): Words => [`+ ${rightWithArea(right)}`]),
    ...loses.map((right): Words => [`− ${rightWithArea(right)}`]),
    ...otherwise(before, after).flatMap(({ label, from, to }) =>
      from === undefined
        ? wrapped(label, to)
        : [...wrapped(`${label} now`, from), ...wrapped(`${label} then`, to)],
    ),
  ];
}

/** A text in lines that Slack shows whole. */
function wrapped(label: string, text: string): Words[] {
  const points = [...text];
  const pieces = Array.from({ length: Math.max(1, Math.ceil(points.length / WHOLE)) }, (_, i) =>
    points.slice(i * WHOLE, (i + 1) * WHOLE).join(""),
  );
  return pieces.map((piece, i) => field(i === 0 ? label : `${label}, on`, [piece]));
}

/** Whether a card leaves something of it out. */
export function isLong(before: Role | undefined, after: After): boolean {
  const { gains, loses } = roleDiff(before, after);
  const texts = otherwise(before, after).flatMap(({ from = "", to }) => [from, to]);
  return gains.length > NAMED || loses.length > NAMED || texts.some((text) => text.length > SHOWN);
}

/** The two sides of a request that changes what somebody may do; `undefined`: it changes nothing of that. */
export function sidesOf(
  wants: Wants,
  roles: ReadonlyMap<number, Role>,
): { before: Role | undefined; after: After } | undefined {
  switch (wants.kind) {
    case "role-change": {
      const [before, after] = [roles.get(wants.roleId), roles.get(wants.toRoleId)];
      return before === undefined || after === undefined ? undefined : { before, after };
    }
    case "role-edit": {
      const before = roles.get(wants.roleId);
      return before === undefined ? undefined : { before, after: wants.draft };
    }
    case "new-role":
      return { before: undefined, after: wants.draft };
    case "new-key":
    case "rotation":
    case "longer-life":
    case "new-owner":
    case "role-delete":
    case "restore":
      return undefined;
  }
}

function side(label: string, rights: readonly string[], most: number): Words[] {
  return [field(label, [rights.length === 0 ? "nothing more" : some(rights.map(rightInWords), most)])];
}

/** "platformRights.apikeyRights.canViewApiKeys" as "view API keys (API key)": the same words stand in several areas. */
function rightWithArea(path: string): string {
  const area = areaOf(path);
  return area === "" ? rightInWords(path) : `${rightInWords(path)} (${areaInWords(area)})`;
}

/** What else of a role differs; texts of people's as they stand. */
function otherwise(
  before: Role | undefined,
  after: After,
): { label: string; from: string | undefined; to: string }[] {
  return ASPECTS.map(({ label, of }) => ({ label, from: before && of(before), to: of(after) })).filter(
    ({ from, to }) => from !== to,
  );
}

const ASPECTS: readonly { label: string; of: (role: After) => string }[] = [
  { label: "Name", of: ({ name }) => name },
  { label: "Description", of: ({ description }) => description || "none" },
  { label: "Computers", of: ({ allComputers, computerIds }) => (allComputers ? "all" : ids(computerIds)) },
  {
    label: "Groups of computers",
    of: ({ allComputers, computerGroupIds }) => (allComputers ? "all" : ids(computerGroupIds)),
  },
  { label: "Policies", of: ({ allPolicies, policyIds }) => (allPolicies ? "all" : ids(policyIds)) },
  { label: "User interface", of: ({ allowUserInterface }) => yes(allowUserInterface) },
  { label: "Web services", of: ({ allowWebService }) => yes(allowWebService) },
  {
    label: "Only users with equal or fewer rights",
    of: ({ onlyEqualOrLesserUsers }) => yes(onlyEqualOrLesserUsers),
  },
];

function ids(each: readonly number[]): string {
  return each.length === 0 ? "none" : `IDs ${each.join(", ")}`;
}

function yes(allowed: boolean): string {
  return allowed ? "yes" : "no";
}
