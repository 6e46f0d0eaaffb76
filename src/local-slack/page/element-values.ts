import type { KnownBlock } from "@slack/types";
import type { ElementValue, ViewValues } from "../client-protocol.ts";

/** Any interactive element, by the fields that all of them share. */
export type AnyElement = { type: string; action_id?: string };

/** Which fields of an element hold its start, and under which name a value carries it (R26). */
const fields: Record<string, { value: string; initial: string; empty: unknown }> = {
  plain_text_input: { value: "value", initial: "initial_value", empty: null },
  number_input: { value: "value", initial: "initial_value", empty: null },
  email_text_input: { value: "value", initial: "initial_value", empty: null },
  url_text_input: { value: "value", initial: "initial_value", empty: null },
  rich_text_input: { value: "rich_text_value", initial: "initial_value", empty: null },
  static_select: { value: "selected_option", initial: "initial_option", empty: null },
  external_select: { value: "selected_option", initial: "initial_option", empty: null },
  radio_buttons: { value: "selected_option", initial: "initial_option", empty: null },
  multi_static_select: { value: "selected_options", initial: "initial_options", empty: [] },
  multi_external_select: { value: "selected_options", initial: "initial_options", empty: [] },
  checkboxes: { value: "selected_options", initial: "initial_options", empty: [] },
  users_select: { value: "selected_user", initial: "initial_user", empty: null },
  multi_users_select: { value: "selected_users", initial: "initial_users", empty: [] },
  conversations_select: { value: "selected_conversation", initial: "initial_conversation", empty: null },
  multi_conversations_select: {
    value: "selected_conversations",
    initial: "initial_conversations",
    empty: [],
  },
  channels_select: { value: "selected_channel", initial: "initial_channel", empty: null },
  multi_channels_select: { value: "selected_channels", initial: "initial_channels", empty: [] },
  datepicker: { value: "selected_date", initial: "initial_date", empty: null },
  timepicker: { value: "selected_time", initial: "initial_time", empty: null },
  datetimepicker: { value: "selected_date_time", initial: "initial_date_time", empty: null },
};

/** The name under which a value of this type carries what was chosen. */
export const valueField = (type: string): string => fields[type]?.value ?? "value";

/** The value of an element that nobody has touched; undefined for one that holds none, as a button. */
export function initialValue(element: AnyElement): ElementValue | undefined {
  const field = fields[element.type];
  if (field === undefined) return undefined;
  const start: Record<string, unknown> = { ...element };
  const zone = element.type === "timepicker" && start["timezone"] ? { timezone: start["timezone"] } : {};
  return { type: element.type, [field.value]: start[field.initial] ?? field.empty, ...zone };
}

/**
 * All values of a surface: what a person entered wins over what the server knows, and that over
 * what the app gave. Ids decide alone, so that a value survives an update that keeps them (R27).
 */
export function currentValues(blocks: KnownBlock[], touched: ViewValues, served: ViewValues): ViewValues {
  const values: ViewValues = {};
  for (const { block_id: block, elements } of blocks.map(interactive)) {
    for (const element of elements) {
      const action = element.action_id;
      const initial = initialValue(element);
      if (block === undefined || action === undefined || initial === undefined) continue;
      const known = [touched, served].map((from) => from[block]?.[action]);
      (values[block] ??= {})[action] = known.find((value) => value?.type === element.type) ?? initial;
    }
  }
  return values;
}

/** Only what stands in these blocks: a field that was taken away has lost its value. */
export function prune(touched: ViewValues, blocks: KnownBlock[]): ViewValues {
  if (Object.keys(touched).length === 0) return touched;
  const kept: ViewValues = {};
  for (const { block_id: block, elements } of blocks.map(interactive)) {
    for (const { action_id: action } of elements) {
      const value = block === undefined || action === undefined ? undefined : touched[block]?.[action];
      if (block !== undefined && action !== undefined && value) (kept[block] ??= {})[action] = value;
    }
  }
  return kept;
}

function interactive(block: KnownBlock): { block_id?: string | undefined; elements: AnyElement[] } {
  const elements = () => {
    if (block.type === "actions") return block.elements;
    if (block.type === "input") return [block.element];
    if (block.type === "section" && block.accessory) return [block.accessory];
    return [];
  };
  return { block_id: block.block_id, elements: elements() };
}
