import { isJson, type Json } from "../json.ts";
import { limits } from "./limits.ts";
import {
  boolean,
  byType,
  type Check,
  list,
  object,
  oneOf,
  type Problem,
  string,
  type,
  url,
} from "./schema.ts";

type Limit = { readonly min?: number; readonly max?: number };

export const plainText = (limit: Limit): Check =>
  byType({ plain_text: object({ type, text: string(limit) }, { emoji: boolean }) });

const mrkdwn = (limit: Limit): Check =>
  byType({ mrkdwn: object({ type, text: string(limit) }, { verbatim: boolean }) });

export const mrkdwnText = mrkdwn;

export const anyText = (limit: Limit): Check =>
  byType({ plain_text: plainText(limit), mrkdwn: mrkdwn(limit) });

export const style = oneOf("primary", "danger");

export const confirm = object(
  { text: anyText(limits.confirmText) },
  {
    title: plainText(limits.confirmTitle),
    confirm: plainText(limits.confirmButton),
    deny: plainText(limits.confirmButton),
    style,
  },
);

const optionWith = (text: Check, more: Record<string, Check> = {}): Check =>
  object({ text, value: string(limits.optionValue) }, { description: anyText(limits.optionText), ...more });

export const plainOption = optionWith(plainText(limits.optionText));
export const richOption = optionWith(anyText(limits.optionText));
export const overflowOption = optionWith(plainText(limits.optionText), { url: url(limits.url) });

export const optionGroup = object({
  label: plainText(limits.groupLabel),
  options: list(plainOption, limits.selectOptions),
});

const imageSource = { image_url: url(limits.url), slack_file: object({}, { id: string(), url: string() }) };

export const hasImageSource = (value: Json): boolean =>
  (value["image_url"] === undefined) !== (value["slack_file"] === undefined);

export const imageFields = { ...imageSource };

/** The initial choice must be among the options, written alike. */
export function initialAmongOptions(field: "initial_option" | "initial_options") {
  return (value: Json, pointer: string, report: (problem: Problem) => void): void => {
    const groups = Array.isArray(value["option_groups"]) ? value["option_groups"].filter(isJson) : [];
    const options = [value["options"], ...groups.map((group) => group["options"])].flat().filter(isJson);
    for (const chosen of [value[field]].flat().filter(isJson))
      if (!options.some((option) => option["value"] === chosen["value"] && textOf(option) === textOf(chosen)))
        report({
          pointer: `${pointer}/${field}`,
          message: "must be one of the given options",
          constraint: { type: "initial_option", got: chosen["value"] },
        });
  };
}

const textOf = ({ text }: Json): unknown => (isJson(text) ? text["text"] : undefined);
