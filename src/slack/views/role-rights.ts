import type { InputBlock, PlainTextOption } from "@slack/types";
import { areaOf, withChosen } from "../../domain/role-draft.ts";
import type { Values } from "../interaction.ts";
import { areaInWords, rightInWords } from "../words/role-words.ts";
import { plain } from "../words/words.ts";

/** The block of the rights names their area too, so that another area is another field (R27). */
export const RIGHTS = { area: "role.area", chosen: "role.rights" } as const;

/** What the list of areas calls all of them. */
const ALL = "all";
/** Options that Slack takes at once, chosen or offered (R40). */
const MOST_OPTIONS = 100;

/** The area that is shown, and the rights to choose in it: where they are more than one list takes, area by area. */
export function rightsFields(
  rights: readonly string[],
  all: readonly string[],
  area: string | undefined,
): InputBlock[] {
  // One that there is not (any more) is none.
  const known = [...all, ...rights].some((right) => areaOf(right) === area);
  const shown = known ? area : firstArea(rights);
  return [areaField(rights, all, shown), rightsField(rights, shown)];
}

function firstArea(rights: readonly string[]): string | undefined {
  const [first] = rights.filter(isOffered);
  return rights.length > MOST_OPTIONS && first !== undefined ? areaOf(first) : undefined;
}

function areaField(rights: readonly string[], all: readonly string[], shown: string | undefined): InputBlock {
  const areas = Object.entries(Object.groupBy([...new Set([...all, ...rights])].filter(isOffered), areaOf));
  const chosen = new Set(rights);
  const whole = { text: plain(`All areas (${rights.length} chosen)`, 75), value: ALL };
  const options = areas.slice(0, MOST_OPTIONS - 1).map(([area, each = []]) => ({
    text: plain(
      `${areaInWords(area)} (${each.filter((right) => chosen.has(right)).length} of ${each.length})`,
      75,
    ),
    value: area,
  }));
  const offered = rights.length > MOST_OPTIONS ? options : [whole, ...options];
  const initial = offered.find(({ value }) => value === (shown ?? ALL));
  return {
    type: "input",
    block_id: RIGHTS.area,
    dispatch_action: true,
    label: plain("Area of rights", 2000),
    hint: plain("What you have chosen in another area stays chosen.", 2000),
    optional: true,
    element: {
      type: "static_select",
      action_id: RIGHTS.area,
      options: offered.length === 0 ? [whole] : offered,
      ...(initial === undefined ? {} : { initial_option: initial }),
    },
  };
}

function rightsField(rights: readonly string[], shown: string | undefined): InputBlock {
  const chosen = rights
    .filter((right) => isOffered(right) && (shown === undefined || areaOf(right) === shown))
    .slice(0, MOST_OPTIONS)
    .map(rightOption);
  return {
    type: "input",
    block_id: `${RIGHTS.chosen}/${shown ?? ""}`,
    label: plain("Rights", 2000),
    hint: plain("What it may do; everything else it may not.", 2000),
    optional: true,
    element: {
      type: "multi_external_select",
      action_id: RIGHTS.chosen,
      min_query_length: 0,
      max_selected_items: MOST_OPTIONS,
      placeholder: plain("Search the manager's rights", 150),
      ...(chosen.length === 0 ? {} : { initial_options: chosen }),
    },
  };
}

/** The rights to choose from, by area; `block` is the id of the list's block, which says of which area. */
export function rightGroups(
  all: readonly string[],
  { typed, block }: { typed: string; block: string },
): { label: PlainTextOption["text"]; options: PlainTextOption[] }[] {
  const area = areaOfBlock(block);
  const wanted = typed.trim().toLowerCase();
  const found = all.filter((right) => {
    const words = `${areaInWords(areaOf(right))} ${rightInWords(right)} ${right}`.toLowerCase();
    return isOffered(right) && (area === undefined || areaOf(right) === area) && words.includes(wanted);
  });
  return Object.entries(Object.groupBy(found, areaOf))
    .slice(0, MOST_OPTIONS)
    .map(([of, each = []]) => ({
      label: plain(areaInWords(of), 75),
      options: each.slice(0, MOST_OPTIONS).map(rightOption),
    }));
}

function rightOption(right: string): PlainTextOption {
  return { text: plain(rightInWords(right), 75), value: right };
}

/** Slack takes values of 150 characters; a right that cannot be offered stays as it is. */
function isOffered(right: string): boolean {
  return /^\w+(\.\w+)+$/.test(right) && right.length <= 150;
}

function areaOfBlock(block: string): string | undefined {
  return block.slice(RIGHTS.chosen.length + 1) || undefined;
}

/** The rights after what stands in the form; those of other areas stay as they were. */
export function readRights(values: Values, rights: readonly string[]): string[] {
  const block = Object.keys(values).find((id) => id.startsWith(`${RIGHTS.chosen}/`));
  if (block === undefined) return [...rights];
  const chosen = values[block]?.[RIGHTS.chosen]?.selected_options ?? [];
  const kept = rights.filter((right) => !isOffered(right));
  return withChosen(rights, [...kept, ...chosen.map(({ value }) => value)], areaOfBlock(block));
}

/** The area that a choice in the list of areas means. */
export function areaChosen(value: string): string | undefined {
  return value === ALL ? undefined : value;
}
