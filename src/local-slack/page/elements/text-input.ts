import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import type {
  EmailInput,
  NumberInput,
  PlainTextInput,
  RichTextBlock,
  RichTextInput,
  URLInput,
} from "@slack/types";
import { plainText } from "../mrkdwn-view.ts";
import { controlAttributes, useElement, type Slot } from "../use-element.ts";

type TextElement = PlainTextInput | NumberInput | EmailInput | URLInput | RichTextInput;
const kinds = { number_input: "decimal", email_text_input: "email", url_text_input: "url" } as const;
const pause = 300;

/** One line or several; numbers and addresses are typed as text and judged when they are submitted. */
export function TextInputElement({ element, slot }: { element: TextElement; slot: Slot }) {
  const { held, keep, act } = useElement(element, slot);
  const isRich = element.type === "rich_text_input";
  const isLong = isRich || (element.type === "plain_text_input" && element.multiline === true);
  const text = isRich ? textOf(held as RichTextBlock | null) : typeof held === "string" ? held : "";
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const told = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(told.current), []);

  const dispatch = (value: string) => {
    clearTimeout(told.current);
    void act(isRich ? { rich_text_value: richText(value) } : { value });
  };
  const typed = ({ currentTarget }: Event) => {
    const { value } = currentTarget as HTMLInputElement | HTMLTextAreaElement;
    keep(value === "" ? null : isRich ? richText(value) : value);
    if (!slot.dispatches || !triggers.includes("on_character_entered")) return;
    clearTimeout(told.current);
    told.current = setTimeout(() => dispatch(value), pause); // a burst of typing is one message
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.isComposing || isLong) return;
    if (!slot.dispatches || !triggers.includes("on_enter_pressed")) return;
    event.preventDefault(); // Enter tells the app instead of submitting the modal
    dispatch(text);
  };
  const attributes = {
    ...controlAttributes(slot),
    value: text,
    placeholder: element.placeholder && plainText(element.placeholder),
    "data-autofocus": element.focus_on_load ? "" : undefined,
    autocomplete: "off",
    onInput: typed,
    onKeyDown: pressed,
  };
  const control = isLong
    ? html`<textarea rows="4" ...${attributes}></textarea>`
    : html`<input type="text" inputmode=${inputMode(element)} ...${attributes} />`;
  return html`<div class="text-input">${control} ${limit(element, text)}</div>`;
}

function inputMode(element: TextElement): string | undefined {
  if (element.type === "plain_text_input" || element.type === "rich_text_input") return undefined;
  return element.type === "number_input" && !element.is_decimal_allowed ? "numeric" : kinds[element.type];
}

/** How much room is left, once it gets scarce. */
function limit(element: TextElement, text: string) {
  const most = element.type === "plain_text_input" ? element.max_length : undefined;
  if (most === undefined) return undefined;
  const left = most - [...text].length;
  if (left > Math.max(20, most / 5)) return undefined;
  return html`<span class=${left < 0 ? "left over" : "left"} aria-live="polite">${left}</span>`;
}

const richText = (text: string): RichTextBlock => ({
  type: "rich_text",
  elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }],
});

function textOf(block: RichTextBlock | null): string {
  const sections = block?.elements ?? [];
  const leaves = sections.flatMap((section) =>
    section.type === "rich_text_list" ? section.elements : [section],
  );
  const lines = leaves.map(({ elements }) =>
    elements.map((element) => ("text" in element ? (element.text ?? "") : "")).join(""),
  );
  return lines.join("\n");
}
