import { html } from "htm/preact";
import type { Slot } from "../use-element.ts";
import type { ActionsBlockElement, InputBlockElement, SectionBlockAccessory } from "@slack/types";
import { ButtonElement } from "./button.ts";
import { ChoicesElement } from "./choices.ts";
import { ImageView } from "../image.ts";
import { OverflowElement } from "./overflow.ts";
import { PickerElement } from "./pickers.ts";
import { SelectElementView } from "./select.ts";
import { TextInputElement } from "./text-input.ts";

type Props = { element: ActionsBlockElement | InputBlockElement | SectionBlockAccessory; slot: Slot };

/** Draws an element of whatever kind. */
export function Element({ element, slot }: Props) {
  switch (element.type) {
    case "button":
      return html`<${ButtonElement} element=${element} slot=${slot} />`;
    case "overflow":
      return html`<${OverflowElement} element=${element} slot=${slot} />`;
    case "checkboxes":
    case "radio_buttons":
      return html`<${ChoicesElement} element=${element} slot=${slot} />`;
    case "datepicker":
    case "timepicker":
    case "datetimepicker":
      return html`<${PickerElement} element=${element} slot=${slot} />`;
    case "plain_text_input":
    case "number_input":
    case "email_text_input":
    case "url_text_input":
    case "rich_text_input":
      return html`<${TextInputElement} element=${element} slot=${slot} />`;
    case "image":
      return html`<${ImageView} image=${element} class="accessory-image" />`;
    case "file_input":
    case "workflow_button":
      return html`<p class="undrawn">Local Slack does not offer “${element.type}”.</p>`;
    case "static_select":
    case "external_select":
    case "users_select":
    case "conversations_select":
    case "channels_select":
    case "multi_static_select":
    case "multi_external_select":
    case "multi_users_select":
    case "multi_conversations_select":
    case "multi_channels_select":
      return html`<${SelectElementView} element=${element} slot=${slot} />`;
  }
}
