import type { ViewValues } from "../client-protocol.ts";
import { asText, type Json } from "../json.ts";
import { valueField } from "./state.ts";
import { elementsOf } from "./walk.ts";

/** What Slack's own client refuses before it sends a submission (R29), by block id. */
export function clientErrors(blocks: readonly unknown[], values: ViewValues): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const { blockId, block, element } of elementsOf(blocks)) {
    const field = valueField(element);
    if (block["type"] !== "input" || field === undefined) continue;
    const value = values[blockId]?.[String(element["action_id"])]?.[field];
    const error = isEmpty(value) ? missing(block) : wrong(element, value);
    if (error) errors[blockId] = error;
  }
  return errors;
}

const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);

const missing = (block: Json): string | false =>
  block["optional"] !== true && "Please complete this required field.";

function wrong(element: Json, value: unknown): string | false {
  if (Array.isArray(value)) return tooMany(element, value.length);
  return typeof value === "string" && wrongText(element, value);
}

function tooMany({ max_selected_items: max, max_files: maxFiles }: Json, count: number): string | false {
  const most = Number(max ?? maxFiles ?? Infinity);
  return count > most && `Please choose at most ${most}.`;
}

function wrongText(element: Json, value: string): string | false {
  switch (element["type"]) {
    case "plain_text_input":
      return wrongLength(element, [...value].length);
    case "number_input":
      return wrongNumber(element, value);
    case "email_text_input":
      return !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value) && "Please enter a valid email address.";
    case "url_text_input":
      return !URL.canParse(value) && "Please enter a valid URL.";
    default:
      return false;
  }
}

function wrongLength(element: Json, length: number): string | false {
  const min = Number(element["min_length"] ?? 0);
  const max = Number(element["max_length"] ?? 3000);
  if (length < min) return `This is too short: at least ${min} characters are needed.`;
  return length > max && `This is too long: at most ${max} characters fit.`;
}

function wrongNumber(element: Json, value: string): string | false {
  const number = Number(value);
  if (value.trim() === "" || !Number.isFinite(number)) return "Please enter a number.";
  if (element["is_decimal_allowed"] !== true && !Number.isInteger(number))
    return "Please enter a whole number.";
  const { min_value: min, max_value: max } = element;
  if (min !== undefined && number < Number(min)) return `Please enter a number of at least ${asText(min)}.`;
  return max !== undefined && number > Number(max) && `Please enter a number of at most ${asText(max)}.`;
}
