import type { ElementValue, ViewValues } from "../client-protocol.ts";
import { isJson, type Json } from "../json.ts";
import { elementsOf, optionsOf } from "./walk.ts";

/** For each stateful element: the field of its value in `state.values`, and where its first value stands (R26). */
const fields: Record<string, { field: string; initial: string; many?: true }> = {
  plain_text_input: { field: "value", initial: "initial_value" },
  number_input: { field: "value", initial: "initial_value" },
  email_text_input: { field: "value", initial: "initial_value" },
  url_text_input: { field: "value", initial: "initial_value" },
  rich_text_input: { field: "rich_text_value", initial: "initial_value" },
  static_select: { field: "selected_option", initial: "initial_option" },
  external_select: { field: "selected_option", initial: "initial_option" },
  radio_buttons: { field: "selected_option", initial: "initial_option" },
  checkboxes: { field: "selected_options", initial: "initial_options", many: true },
  multi_static_select: { field: "selected_options", initial: "initial_options", many: true },
  multi_external_select: { field: "selected_options", initial: "initial_options", many: true },
  users_select: { field: "selected_user", initial: "initial_user" },
  multi_users_select: { field: "selected_users", initial: "initial_users", many: true },
  conversations_select: { field: "selected_conversation", initial: "initial_conversation" },
  multi_conversations_select: {
    field: "selected_conversations",
    initial: "initial_conversations",
    many: true,
  },
  channels_select: { field: "selected_channel", initial: "initial_channel" },
  multi_channels_select: { field: "selected_channels", initial: "initial_channels", many: true },
  datepicker: { field: "selected_date", initial: "initial_date" },
  timepicker: { field: "selected_time", initial: "initial_time" },
  datetimepicker: { field: "selected_date_time", initial: "initial_date_time" },
  file_input: { field: "files", initial: "", many: true },
};

/** The field that carries the element's value, undefined where it has none (a button, an overflow menu). */
export function valueField(element: Json): string | undefined {
  return fields[String(element["type"])]?.field;
}

/** The element's value from what a client sent, in R26's shape: options whole, nothing typed as null. */
export function readValue(element: Json, given: Json): ElementValue {
  const type = String(element["type"]);
  const rule = fields[type];
  if (rule === undefined) return { type };
  const value = given[rule.field];
  const empty = rule.many === true ? [] : null;
  const read = value === undefined || value === "" ? empty : value;
  const timezone = type === "timepicker" && element["timezone"] !== undefined;
  return {
    type,
    [rule.field]: wholeOptions(element, read),
    ...(timezone && { timezone: element["timezone"] }),
  };
}

/** The app hears an option as it wrote it, whatever the client made of it; external ones are believed. */
function wholeOptions(element: Json, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => wholeOptions(element, item));
  if (!isJson(value) || value["value"] === undefined) return value;
  return optionsOf(element).find((option) => option["value"] === value["value"]) ?? value;
}

/** Whether each chosen option of a static element is one of its options. */
export function isOffered(element: Json, given: Json): boolean {
  const options = optionsOf(element);
  if (options.length === 0) return true;
  const chosen = [given["selected_option"], given["selected_options"]].flat().filter(isJson);
  return chosen.every(({ value }) => options.some((option) => option["value"] === value));
}

/**
 * All stateful values of a view or message: what was `known` for the same block id and action id (R27),
 * otherwise what the element starts with.
 */
export function valuesOf(blocks: readonly unknown[], known: ViewValues): ViewValues {
  const values: ViewValues = {};
  for (const { blockId, element } of elementsOf(blocks)) {
    const type = String(element["type"]);
    const rule = fields[type];
    if (rule === undefined) continue;
    const actionId = String(element["action_id"]);
    const before = known[blockId]?.[actionId];
    const block = (values[blockId] ??= {});
    block[actionId] =
      before?.type === type
        ? readValue(element, before)
        : readValue(element, { [rule.field]: element[rule.initial] });
  }
  return values;
}
