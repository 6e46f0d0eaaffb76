import type { InputBlock, ModalView } from "@slack/types";
import { clean } from "../../domain/clean.ts";
import { type Locale, locale } from "../../domain/values.ts";
import { MOST } from "../../domain/typed.ts";
import type { Values } from "../interaction.ts";
import { lines, plain, shorten, type Words } from "../words/words.ts";
import { LANGUAGES, zoneOption } from "./request-options.ts";

export const WHOAMI = {
  open: "whoami.open",
  modal: "whoami.modal",
  name: "whoami.name",
  description: "whoami.description",
  locale: "whoami.locale",
  zone: "whoami.zone",
} as const;

/** What can be changed about our own key. */
export type OwnForm = { name: string; description: string; locale: Locale; timeZone: string };

const TITLE = "The key I work with";

/** Opened at once, because a trigger lives for three seconds (R3). */
export function whoamiLoading(): ModalView {
  return {
    type: "modal",
    callback_id: WHOAMI.modal,
    title: plain(TITLE, 24),
    close: plain("Cancel", 24),
    blocks: [lines(["One moment: I am asking the manager."])],
  };
}

/** The form, with what went wrong above it. */
export function whoamiModal(filled: OwnForm, problem?: Words): ModalView {
  const language = LANGUAGES.find((each) => each.value === filled.locale);
  return {
    ...whoamiLoading(),
    submit: plain("Change", 24),
    blocks: [
      ...(problem === undefined ? [] : [lines(problem)]),
      text(WHOAMI.name, "Name", filled.name, { most: MOST.name, optional: false }),
      text(WHOAMI.description, "Description", filled.description, { most: MOST.description, optional: true }),
      {
        type: "input",
        block_id: WHOAMI.locale,
        label: plain("Language", 2000),
        element: {
          type: "static_select",
          action_id: WHOAMI.locale,
          options: LANGUAGES,
          ...(language === undefined ? {} : { initial_option: language }),
        },
      },
      {
        type: "input",
        block_id: WHOAMI.zone,
        label: plain("Time zone", 2000),
        element: {
          type: "external_select",
          action_id: WHOAMI.zone,
          min_query_length: 0,
          initial_option: zoneOption(filled.timeZone),
        },
      },
    ],
  };
}

function text(
  id: string,
  label: string,
  value: string,
  { most, optional }: { most: number; optional: boolean },
): InputBlock {
  const initial = shorten(clean(value), most);
  return {
    type: "input",
    block_id: id,
    label: plain(label, 2000),
    optional,
    element: {
      type: "plain_text_input",
      action_id: id,
      max_length: most,
      ...(initial === "" ? {} : { initial_value: initial }),
    },
  };
}

/** What stands in the form; undefined where a list has nothing chosen. */
export function readOwnForm(values: Values): OwnForm | undefined {
  const typed = (id: string): string => values[id]?.[id]?.value?.trim() ?? "";
  const chosen = (id: string): string | undefined => values[id]?.[id]?.selected_option?.value;
  const language = locale.safeParse(chosen(WHOAMI.locale)).data;
  const timeZone = chosen(WHOAMI.zone);
  if (language === undefined || timeZone === undefined) return undefined;
  return { name: typed(WHOAMI.name), description: typed(WHOAMI.description), locale: language, timeZone };
}
