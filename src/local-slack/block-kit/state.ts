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

const isText = (value: unknown): boolean => typeof value === "string";
const isOption = (value: unknown): boolean => isJson(value) && typeof value["value"] === "string";
const every = (holds: (value: unknown) => boolean) => (value: unknown) =>
  Array.isArray(value) && value.every(holds);
const like = (form: RegExp) => (value: unknown) => typeof value === "string" && form.test(value);

/** Slack's own clients send nothing else, so apps need not expect it. */
const shapes: Record<string, (value: unknown) => boolean> = {
  value: isText,
  rich_text_value: isJson,
  selected_option: isOption,
  selected_options: every(isOption),
  selected_user: isText,
  selected_users: every(isText),
  selected_conversation: isText,
  selected_conversations: every(isText),
  selected_channel: isText,
  selected_channels: every(isText),
  selected_date: like(/^\d{4}-\d{2}-\d{2}$/),
  selected_time: like(/^([01]\d|2[0-3]):[0-5]\d$/),
  selected_date_time: Number.isInteger,
  files: every(isJson),
};

/** The element's value from what a client sent, in R26's shape: options whole, nothing typed as null. */
export function readValue(element: Json, given: Json): ElementValue {
  const type = String(element["type"]);
  const rule = fields[type];
  if (rule === undefined) return { type };
  const value = given[rule.field];
  const empty = rule.many === true ? [] : null;
  const read = value === "" || shapes[rule.field]?.(value) !== true ? empty : value;
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

/** Fills the elements that start with the conversation on the screen, whatever else they would start with. */
export function chooseConversation(blocks: readonly unknown[], values: ViewValues, id: string): void {
  for (const { blockId, element } of elementsOf(blocks)) {
    const held = values[blockId]?.[String(element["action_id"])];
    const field = valueField(element);
    if (held === undefined || field === undefined || element["default_to_current_conversation"] !== true)
      continue;
    held[field] = fields[String(element["type"])]?.many === true ? [id] : id;
  }
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
