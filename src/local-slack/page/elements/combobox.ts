import { html } from "htm/preact";
import { useEffect, useId, useState } from "preact/hooks";
import { Icon } from "../icon.ts";
import { usePopup } from "../popup.ts";
import { controlAttributes, type Slot } from "../use-element.ts";
import type { Choice, ChoiceGroup } from "./option-source.ts";
import { useChoices, type Found } from "./use-choices.ts";

type Props = {
  slot: Slot;
  chosen: Choice[];
  many: boolean;
  /** At most so many may be chosen. */
  most?: number;
  minQuery: number;
  placeholder: string;
  autofocus: boolean;
  /** Milliseconds without typing before it asks. */
  debounce: number;
  find: (query: string) => Promise<ChoiceGroup[] | undefined>;
  choose: (choices: Choice[]) => void;
};

/** A text field with a list of choices, after the ARIA combobox pattern: focus stays in the field. */
export function Combobox(props: Props) {
  const { slot, chosen, many, most, minQuery, placeholder, autofocus, debounce, find, choose } = props;
  const [query, setQuery] = useState<string>();
  const open = query !== undefined;
  const [active, setActive] = useState(0);
  const close = () => setQuery(undefined);
  const { anchor, popup } = usePopup<HTMLDivElement, HTMLDivElement>(open, close);
  const listId = useId();
  const found = useChoices(open, query ?? "", minQuery, debounce, find);
  const choices = found.state === "found" ? found.groups.flatMap((group) => group.choices) : [];
  const at = Math.min(active, choices.length - 1);
  useEffect(() => setActive(0), [query]);
  useEffect(() => {
    popup.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [at, open, popup]);

  const isChosen = (choice: Choice) => chosen.some(({ key }) => key === choice.key);
  const pick = (choice: Choice) => {
    if (!many) choose([choice]);
    else if (isChosen(choice)) choose(chosen.filter(({ key }) => key !== choice.key));
    else if (most === undefined || chosen.length < most) choose([...chosen, choice]);
    if (many) setQuery("");
    else close();
  };
  const show = () => setQuery((now) => now ?? "");
  const onKeyDown = (event: KeyboardEvent) => {
    const choice = choices[at];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!open) show();
      else
        setActive((at + (event.key === "ArrowDown" ? 1 : choices.length - 1)) % Math.max(1, choices.length));
    } else if (event.key === "Enter") {
      if (!open) show();
      else if (choice !== undefined) pick(choice);
    } else if (event.key === "Escape" && open) close();
    else if (event.key === "Backspace" && many && !query && chosen.length > 0) choose(chosen.slice(0, -1));
    else return undefined;
    event.preventDefault();
    return event.stopPropagation();
  };
  const single = many ? undefined : chosen[0];
  return html`<div class="combobox" ref=${anchor}>
    ${
      many &&
      chosen.map(
        (choice) =>
          html`<span class="chip" key=${choice.key}>
            ${choice.text}
            <button
              type="button"
              aria-label=${`Remove ${choice.text}`}
              onClick=${() => choose(chosen.filter(({ key }) => key !== choice.key))}
            >
              <${Icon} name="cross" />
            </button>
          </span>`,
      )
    }
    <input
      type="text"
      role="combobox"
      autocomplete="off"
      spellcheck=${false}
      ...${controlAttributes(slot)}
      aria-expanded=${open}
      aria-controls=${open ? listId : undefined}
      aria-autocomplete="list"
      aria-activedescendant=${open && at >= 0 ? `${listId}-${at}` : undefined}
      data-autofocus=${autofocus ? "" : undefined}
      placeholder=${single?.text ?? (many && chosen.length > 0 ? "" : placeholder)}
      class=${single === undefined ? "" : "has-value"}
      value=${query ?? single?.text ?? ""}
      onClick=${show}
      onInput=${(event: Event) => setQuery((event.currentTarget as HTMLInputElement).value)}
      onBlur=${close}
      onKeyDown=${onKeyDown}
    />
    ${
      single &&
      slot.optional &&
      html`<button
        type="button"
        class="clear"
        aria-label=${`Clear ${slot.label}`}
        onClick=${() => choose([])}
      >
        <${Icon} name="cross" />
      </button>`
    }
    <span class="caret"><${Icon} name="caret" /></span>
    ${
      open &&
      html`<div
        ref=${popup}
        id=${listId}
        class="popup"
        popover="manual"
        role="listbox"
        aria-label=${slot.label}
        aria-multiselectable=${many}
        onMouseDown=${(event: Event) => event.preventDefault()}
      >
        ${
          found.state === "found" && choices.length > 0
            ? drawGroups(found.groups, { listId, at, isChosen, pick })
            : html`<p class="popup-empty" role="status">${inWords(found, minQuery)}</p>`
        }
      </div>`
    }
  </div>`;
}

type Drawing = {
  listId: string;
  at: number;
  isChosen: (choice: Choice) => boolean;
  pick: (choice: Choice) => void;
};

function drawGroups(groups: ChoiceGroup[], drawing: Drawing) {
  let before = 0;
  return groups.map(({ label, choices }) => {
    const start = before;
    before += choices.length;
    const options = choices.map((choice, index) => drawOption(choice, start + index, drawing));
    if (label === undefined) return options;
    return html`<div role="group" aria-label=${label}>
      <div class="popup-label" aria-hidden="true">${label}</div>
      ${options}
    </div>`;
  });
}

function drawOption(choice: Choice, index: number, { listId, at, isChosen, pick }: Drawing) {
  return html`<div
    key=${choice.key}
    id=${`${listId}-${index}`}
    role="option"
    aria-selected=${index === at}
    class=${isChosen(choice) ? "popup-item chosen" : "popup-item"}
    onClick=${() => pick(choice)}
  >
    <span>${choice.text}</span>
    ${choice.description && html`<span class="description">${choice.description}</span>`}
  </div>`;
}

function inWords(found: Found, minQuery: number): string {
  if (found.state === "too-short") return `Type at least ${minQuery} character${minQuery === 1 ? "" : "s"}`;
  if (found.state === "loading") return "Loading…";
  return found.state === "failed" ? "The app gave no answer. Try again." : "Nothing matches";
}
