import type { InputBlock, PlainTextOption } from "@slack/types";
import { clean } from "../../domain/clean.ts";
import type { Locale, PersonId } from "../../domain/values.ts";
import { plain, shorten } from "../words/words.ts";
import { LANGUAGES, zoneOption } from "./request-options.ts";

/*
 * Fields of forms. A field's block and element share one id, which stays so that input survives a
 * redraw (R27).
 */

type Look = { hint?: string; optional?: boolean };

/** One text; what stands there already is cut to what the field takes. */
export function textField(
  id: string,
  label: string,
  value: string | undefined,
  look: Look & { most: number; multiline?: boolean; placeholder?: string; redraws?: boolean },
): InputBlock {
  const initial = initialText(value ?? "", look.most);
  return {
    ...field(id, label, look),
    ...(look.redraws === true ? { dispatch_action: true } : {}),
    element: {
      type: "plain_text_input",
      action_id: id,
      multiline: look.multiline ?? false,
      max_length: look.most,
      ...(look.placeholder === undefined ? {} : { placeholder: plain(look.placeholder, 150) }),
      ...(initial === "" ? {} : { initial_value: initial }),
    },
  };
}

/** A text as a field of this length shows it. */
export function initialText(text: string, most: number): string {
  return shorten(clean(text), most);
}

/** The manager's roles, searched as one types; a choice redraws the form. */
export function roleField(
  id: string,
  label: string,
  chosen: { id: number; name: string } | undefined,
): InputBlock {
  return {
    ...field(id, label, {}),
    dispatch_action: true,
    element: {
      type: "external_select",
      action_id: id,
      min_query_length: 0,
      placeholder: plain("Search the manager's roles", 150),
      ...(chosen === undefined
        ? {}
        : { initial_option: { text: plain(chosen.name, 75), value: String(chosen.id) } }),
    },
  };
}

/** Somebody of the workspace; a choice redraws the form. */
export function personField(id: string, label: string, chosen: PersonId | undefined): InputBlock {
  return {
    ...field(id, label, {}),
    dispatch_action: true,
    element: {
      type: "users_select",
      action_id: id,
      placeholder: plain("Choose a person", 150),
      ...(chosen === undefined ? {} : { initial_user: chosen }),
    },
  };
}

export function languageField(id: string, chosen: Locale | undefined): InputBlock {
  const initial: PlainTextOption | undefined = LANGUAGES.find((each) => each.value === chosen);
  return {
    ...field(id, "Language", {}),
    element: {
      type: "static_select",
      action_id: id,
      options: LANGUAGES,
      ...(initial === undefined ? {} : { initial_option: initial }),
    },
  };
}

export function zoneField(id: string, chosen: string): InputBlock {
  return {
    ...field(id, "Time zone", {}),
    element: {
      type: "external_select",
      action_id: id,
      min_query_length: 2,
      initial_option: zoneOption(chosen),
    },
  };
}

function field(
  id: string,
  label: string,
  { hint, optional }: Look,
): Pick<InputBlock, "type" | "block_id" | "label" | "hint" | "optional"> {
  return {
    type: "input",
    block_id: id,
    label: plain(label, 2000),
    ...(hint === undefined ? {} : { hint: plain(hint, 2000) }),
    optional: optional ?? false,
  };
}
