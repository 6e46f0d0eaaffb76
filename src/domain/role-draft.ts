import { z } from "zod";
import type { Refusal } from "./refusal.ts";
import { instant, personId, requestId } from "./values.ts";
import { roleDraft, type RoleDraft } from "./wants.ts";
import { checkText } from "./typed.ts";

/** A role that somebody is putting together, kept between the steps of its form. */
export const roleDrafting = z.object({
  /** Of the request that it becomes. */
  id: requestId,
  by: personId,
  startedAt: instant,
  does: z.enum(["make", "edit", "delete"]),
  /** The role as it was when the form was opened; absent for a new one. */
  before: roleDraft.extend({ id: z.int() }).optional(),
  draft: roleDraft,
  reason: z.string(),
});
export type RoleDrafting = z.infer<typeof roleDrafting>;

/** The first thing wrong with a role's texts; one that stays as it is may be as odd as it likes. */
export function checkRoleTexts(
  after: Pick<RoleDraft, "name" | "description">,
  before?: Pick<RoleDraft, "name" | "description">,
): Refusal | undefined {
  for (const field of ["name", "description"] as const) {
    const text = after[field];
    if (text === before?.[field]) continue;
    const wrong = checkText(field, text);
    if (wrong !== undefined) return wrong;
  }
  // A bare number is an ID, and what nobody can see must tell no two roles apart.
  const odd = /^\d*$|\p{C}|[<>]|^\s|\s$/u.test(after.name);
  return odd && after.name !== before?.name ? { reason: "role-name-form" } : undefined;
}

/** "3, 17 20" as IDs; `undefined` where it is something else. Group 0 is a group (contract 4.2). */
export function readIds(text: string): number[] | undefined {
  const words = text.split(/[\s,;]+/).filter((word) => word !== "");
  if (!words.every((word) => /^\d{1,10}$/.test(word) && Number(word) <= 2_147_483_647)) return undefined;
  return [...new Set(words.map(Number))].toSorted((a, b) => a - b);
}

/** The area that a right belongs to, by its path: what of the tree people choose by. */
export function areaOf(right: string): string {
  return right.slice(0, Math.max(0, right.lastIndexOf(".")));
}

/** Rights after somebody has chosen those of one area; without an area, all of them. */
export function withChosen(
  rights: readonly string[],
  chosen: readonly string[],
  area: string | undefined,
): string[] {
  const others = area === undefined ? [] : rights.filter((right) => areaOf(right) !== area);
  const inArea = area === undefined ? chosen : chosen.filter((right) => areaOf(right) === area);
  return [...new Set([...others, ...inArea])].toSorted();
}

/** What a new role is before anybody has chosen: nothing but what a key needs to sign in (contract 2.4). */
export const NEW_ROLE: RoleDraft = {
  name: "",
  description: "",
  rights: [],
  allComputers: false,
  allPolicies: false,
  allowUserInterface: false,
  allowWebService: true,
  onlyEqualOrLesserUsers: true,
  computerIds: [],
  computerGroupIds: [],
  policyIds: [],
};
