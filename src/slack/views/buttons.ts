import type { ActionsBlock, Button, ConfirmationDialog } from "@slack/types";
import { plain, shorten } from "../words/words.ts";

/** Several buttons in a row; their ids differ (slack-rules.md 2.5). */
export function buttons(...elements: Button[]): ActionsBlock {
  return { type: "actions", elements };
}

/** A button; `value` is an id or what was typed, never an authority (R43). */
export function button(
  id: string,
  label: string,
  value: string,
  look: { style?: "primary" | "danger"; confirm?: ConfirmationDialog } = {},
): Button {
  const carried = value === "" ? {} : { value: shorten(value, 2000) };
  return { type: "button", action_id: id, text: plain(label, 75), ...carried, ...look };
}

/** What Slack asks before a click counts. */
export function confirm(title: string, text: string, yes: string): ConfirmationDialog {
  return {
    title: plain(title, 100),
    text: plain(text, 300),
    confirm: plain(yes, 30),
    deny: plain("Not yet", 30),
  };
}
