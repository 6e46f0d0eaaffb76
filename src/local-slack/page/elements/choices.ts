import { html } from "htm/preact";
import { useId } from "preact/hooks";
import type { Checkboxes, Option, RadioButtons } from "@slack/types";
import { InlineText } from "../mrkdwn-view.ts";
import { useElement, type Slot } from "../use-element.ts";

/** Checkboxes and radio buttons: a group of options with their descriptions. */
export function ChoicesElement({ element, slot }: { element: Checkboxes | RadioButtons; slot: Slot }) {
  const { held, set } = useElement(element, slot);
  const id = useId();
  const many = element.type === "checkboxes";
  const chosen = many ? ((held ?? []) as Option[]) : held ? [held as Option] : [];
  const isChosen = (option: Option) => chosen.some(({ value }) => value === option.value);

  const toggle = (option: Option) => (event: Event) => {
    // The box shows what is held: a confirm dialog may yet be denied.
    if (event.currentTarget instanceof HTMLInputElement) event.currentTarget.checked = isChosen(option);
    const next = element.options.filter((other) => (other === option) !== isChosen(other));
    void set(many ? next : option);
  };
  return html`<div
    class="choices"
    role=${many ? "group" : "radiogroup"}
    aria-labelledby=${slot.labelledBy}
    aria-label=${slot.labelledBy === undefined ? slot.label : undefined}
    aria-describedby=${slot.describedBy}
  >
    ${element.options.map(
      (option, at) =>
        html`<div class="choice" key=${option.value}>
          <input
            type=${many ? "checkbox" : "radio"}
            id=${`${id}-${at}`}
            name=${id}
            checked=${isChosen(option)}
            aria-describedby=${option.description ? `${id}-${at}-more` : undefined}
            aria-invalid=${slot.invalid ? "true" : undefined}
            data-autofocus=${element.focus_on_load && at === 0 ? "" : undefined}
            onChange=${toggle(option)}
          />
          <label for=${`${id}-${at}`}><${InlineText} text=${option.text} /></label>
          ${
            option.description &&
            html`<span class="description" id=${`${id}-${at}-more`}
              ><${InlineText} text=${option.description}
            /></span>`
          }
        </div>`,
    )}
  </div>`;
}
