import { html } from "htm/preact";
import type { Overflow } from "@slack/types";
import { Icon } from "../icon.ts";
import { Menu } from "../menu.ts";
import { plainText } from "../mrkdwn-view.ts";
import { useElement, type Slot } from "../use-element.ts";

export function OverflowElement({ element, slot }: { element: Overflow; slot: Slot }) {
  const { act } = useElement(element, slot);
  const items = element.options.map((option, at) => ({
    key: String(at),
    label: plainText(option.text),
    description: option.description && plainText(option.description),
    choose: () => {
      const { url, ...selected } = option;
      if (url !== undefined && /^https?:\/\//i.test(url)) window.open(url, "_blank", "noopener,noreferrer");
      void act({ selected_option: selected });
    },
  }));
  return html`<${Menu}
    label="More options"
    icon=${html`<${Icon} name="more" />`}
    items=${items}
    class="bordered"
  />`;
}
