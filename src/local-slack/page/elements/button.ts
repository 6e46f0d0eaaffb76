import { html } from "htm/preact";
import type { Button } from "@slack/types";
import { plainText } from "../mrkdwn-view.ts";
import { useElement, type Slot } from "../use-element.ts";

export function ButtonElement({ element, slot }: { element: Button; slot: Slot }) {
  const { act, waiting } = useElement(element, slot);
  const press = () => void act(element.value === undefined ? {} : { value: element.value });
  const attributes = {
    class: `button ${element.style ?? ""} ${waiting ? "waiting" : ""}`,
    "aria-label": element.accessibility_label,
    "aria-busy": waiting ? "true" : undefined,
    onClick: press,
  };
  const text = plainText(element.text);
  if (element.url !== undefined && /^https?:\/\//i.test(element.url)) {
    return html`<a ...${attributes} href=${element.url} target="_blank" rel="noopener noreferrer"
      >${text}</a
    >`;
  }
  return html`<button type="button" ...${attributes}>${text}</button>`;
}
