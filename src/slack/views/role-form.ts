import type { InputBlock, KnownBlock, ModalView, Option } from "@slack/types";
import { clean } from "../../domain/clean.ts";
import { readIds, type RoleDrafting } from "../../domain/role-draft.ts";
import { type RoleDraft } from "../../domain/wants.ts";
import { MOST } from "../../domain/typed.ts";
import type { Values } from "../interaction.ts";
import { bold, lines, plain, shorten, type Words } from "../words/words.ts";
import type { FieldErrors } from "./request-form.ts";
import { readRights, rightsFields } from "./role-rights.ts";

/** A field's block and element share one id, which stays so that input survives a redraw (R27). */
export const ROLE_FORM = {
  modal: "role.form",
  name: "role.name",
  description: "role.description",
  flags: "role.flags",
  computers: "role.computers",
  groups: "role.groups",
  policies: "role.policies",
} as const;

/** Characters of one text field. */
const MOST_TYPED = 3000;
const FLAGS = [
  ["allComputers", "All computers", "Now and later; the IDs below do not count then"],
  ["allPolicies", "All policies", "Now and later; the IDs below do not count then"],
  ["allowUserInterface", "User interface", "May sign in to the manager's console"],
  ["allowWebService", "Web services", "May use the manager's interface for programs"],
  [
    "onlyEqualOrLesserUsers",
    "Only users with equal or fewer rights",
    "May make no key or user mightier than itself",
  ],
] as const;

const LISTS = [
  ["computers", "computerIds", "allComputers", "Computers"],
  ["groups", "computerGroupIds", "allComputers", "Groups of computers"],
  ["policies", "policyIds", "allPolicies", "Policies"],
] as const;

export type RoleForm = {
  drafting: RoleDrafting;
  /** Every right that the manager knows, by path. */
  all: readonly string[];
  /** Of which the rights are shown; absent: of all. */
  area?: string | undefined;
  problem?: Words | undefined;
};

export const ROLE_TITLE = { make: "A new role", edit: "Change a role", delete: "Delete a role" } as const;

/** Opened before anything else is asked, because a trigger lives for three seconds (R3). */
export function roleLoading(does: RoleDrafting["does"]): ModalView {
  return {
    type: "modal",
    callback_id: ROLE_FORM.modal,
    title: plain(ROLE_TITLE[does], 24),
    close: plain("Cancel", 24),
    blocks: [lines(["One moment: I am asking the manager."])],
  };
}

/** The first step: what the role is to be. The draft's row holds what the shown area leaves out. */
export function roleForm({ drafting, all, area, problem }: RoleForm): ModalView {
  const { draft, does } = drafting;
  return {
    ...roleLoading(does),
    private_metadata: drafting.id,
    submit: plain("Review", 24),
    blocks: [
      ...(problem === undefined ? [] : [lines([bold("This did not work. "), ...problem])]),
      text(ROLE_FORM.name, "Name", draft.name, { most: MOST.name, optional: false }),
      text(ROLE_FORM.description, "Description", draft.description, {
        most: MOST.description,
        optional: true,
      }),
      ...rightsFields(draft.rights, all, area),
      flagsField(draft),
      ...LISTS.map(([field, member, , label]) => idsField(ROLE_FORM[field], label, draft[member])),
      lines(["Next: what this changes, which keys it touches, and who decides."]),
    ],
  };
}

function flagsField(draft: RoleDraft): InputBlock {
  const option = ([flag, label, hint]: (typeof FLAGS)[number]): Option => ({
    text: plain(label, 75),
    description: plain(hint, 75),
    value: flag,
  });
  const set = FLAGS.filter(([flag]) => draft[flag]).map(option);
  return {
    type: "input",
    block_id: ROLE_FORM.flags,
    label: plain("Reach and access", 2000),
    optional: true,
    element: {
      type: "checkboxes",
      action_id: ROLE_FORM.flags,
      options: FLAGS.map(option),
      ...(set.length === 0 ? {} : { initial_options: set }),
    },
  };
}

function idsField(id: string, label: string, ids: readonly number[]): KnownBlock {
  const typed = ids.join(", ");
  // A list that no field takes is not cut: it stays as it is.
  if (typed.length > MOST_TYPED)
    return lines([bold(`${label}: `), `${ids.length} IDs, more than fit here; they stay as they are.`]);
  return text(id, label, typed, { most: MOST_TYPED, optional: true, hint: "IDs, with commas between them." });
}

function text(
  id: string,
  label: string,
  value: string,
  { most, optional, hint }: { most: number; optional: boolean; hint?: string },
): InputBlock {
  // What the manager has already may be longer than what we would let anybody type.
  const room = Math.min(MOST_TYPED, Math.max(most, [...value].length));
  const initial = shorten(clean(value), room);
  return {
    type: "input",
    block_id: id,
    label: plain(label, 2000),
    optional,
    ...(hint === undefined ? {} : { hint: plain(hint, 2000) }),
    element: {
      type: "plain_text_input",
      action_id: id,
      max_length: room,
      ...(initial === "" ? {} : { initial_value: initial }),
    },
  };
}

/** What stands in the form, over what the draft has; and what is wrong with it at which field. */
export function readRoleForm(
  values: Values,
  draft: RoleDraft,
): { change: Partial<RoleDraft>; errors: FieldErrors } {
  const errors: FieldErrors = {};
  const typed = (id: string): string | undefined =>
    values[id] === undefined ? undefined : (values[id][id]?.value ?? "");
  const change: Partial<RoleDraft> = {
    name: typed(ROLE_FORM.name)?.trim() ?? draft.name,
    description: typed(ROLE_FORM.description)?.trim() ?? draft.description,
    rights: readRights(values, draft.rights),
  };
  const flags = values[ROLE_FORM.flags]?.[ROLE_FORM.flags]?.selected_options;
  if (flags !== undefined)
    for (const [flag] of FLAGS) change[flag] = flags?.some(({ value }) => value === flag) ?? false;
  for (const [field, member] of LISTS) {
    const id = ROLE_FORM[field];
    const given = typed(id);
    const ids = given === undefined ? draft[member] : readIds(given);
    if (ids === undefined) errors[id] = "These are not IDs: write whole numbers with commas between them.";
    else change[member] = ids;
  }
  return { change, errors };
}
