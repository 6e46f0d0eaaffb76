import type { InputBlock, KnownBlock, ModalView } from "@slack/types";
import type { Policy } from "../../domain/policy.ts";
import type { Locale, RequestId } from "../../domain/values.ts";
import { MOST } from "../../domain/typed.ts";
import { languageField, roleField, textField, zoneField } from "./fields.ts";
import { defaultLife, type LifeChoice, lifeOptions, lifeValue } from "./request-options.ts";
import { bold, lines, plain, type Words } from "../words/words.ts";

/** Ids of the modal; a field's block and element share one, which stays so that input survives a redraw (R27). */
export const REQUEST = {
  open: "request.open",
  again: "request.again",
  modal: "request.modal",
  name: "request.name",
  role: "request.role",
  life: "request.life",
  date: "request.date",
  reason: "request.reason",
  description: "request.description",
  locale: "request.locale",
  zone: "request.zone",
} as const;

/** What stands in the form; `life` is the chosen option, with a date beside it where that is `until`. */
export type Filled = {
  keyName?: string;
  role?: { id: number; name: string };
  life?: LifeChoice;
  /** YYYY-MM-DD in the asker's own zone. */
  date?: string;
  reason?: string;
  description?: string;
  locale?: Locale;
  timeZone?: string;
};

export type Form = {
  /** The nonce that makes the submission one request, however often it is delivered. */
  id: RequestId;
  filled: Filled;
  limits: Policy["limits"];
  /** The asker's own zone, in which dates are meant. */
  zone: string;
  /** Which rule applies and who will be asked. */
  preview: readonly Words[];
  /** What went wrong, for no field in particular. */
  problem?: Words | undefined;
};

const TITLE = "Ask for an API key";
/** Opened before anything else is asked, because a trigger lives for three seconds (R3). */
export function loadingModal(): ModalView {
  return {
    type: "modal",
    callback_id: REQUEST.modal,
    title: plain(TITLE, 24),
    close: plain("Cancel", 24),
    blocks: [lines(["One moment: the form is being prepared."])],
  };
}

/** The form, redrawn with every choice of role and life. */
export function requestModal(form: Form): ModalView {
  const { filled, problem } = form;
  const warning: KnownBlock[] =
    problem === undefined ? [] : [lines([bold("This did not work. "), ...problem])];
  return {
    type: "modal",
    callback_id: REQUEST.modal,
    private_metadata: form.id,
    title: plain(TITLE, 24),
    submit: plain("Ask", 24),
    close: plain("Cancel", 24),
    blocks: [
      ...warning,
      textField(REQUEST.name, "Name", filled.keyName, {
        most: MOST.name,
        hint:
          form.limits["key-names"] === undefined
            ? "A letter first; then letters, digits, dots, hyphens and underscores."
            : "Your policy decides which names are allowed.",
      }),
      roleField(REQUEST.role, "Role", filled.role),
      ...lifeFields(form),
      lines([bold("Who will be asked")], ...form.preview),
      textField(REQUEST.reason, "Reason", filled.reason, {
        most: MOST.reason,
        hint: "Approvers decide by this.",
        multiline: true,
        optional: form.limits["reason-at-least"] === 0,
      }),
      textField(REQUEST.description, "Description", filled.description, {
        most: MOST.description,
        hint: "Stands beside the key in the manager.",
        optional: true,
      }),
      languageField(REQUEST.locale, filled.locale),
      zoneField(REQUEST.zone, filled.timeZone ?? form.zone),
    ],
  };
}

function lifeFields({ filled, limits, zone }: Form): InputBlock[] {
  const chosen = filled.life ?? defaultLife(limits);
  const options = lifeOptions(limits, chosen);
  const initial = options.find((each) => each.value === lifeValue(chosen));
  const life: InputBlock = {
    type: "input",
    block_id: REQUEST.life,
    dispatch_action: true,
    label: plain("Expires", 2000),
    hint: plain("Days count from when the secret is shown.", 2000),
    element: {
      type: "static_select",
      action_id: REQUEST.life,
      options,
      ...(initial === undefined ? {} : { initial_option: initial }),
    },
  };
  if (chosen.kind !== "until") return [life];
  const date: InputBlock = {
    type: "input",
    block_id: REQUEST.date,
    dispatch_action: true,
    label: plain("Until the end of", 2000),
    hint: plain(`A day in your time zone, ${zone}.`, 2000),
    element: {
      type: "datepicker",
      action_id: REQUEST.date,
      ...(filled.date === undefined ? {} : { initial_date: filled.date }),
    },
  };
  return [life, date];
}
