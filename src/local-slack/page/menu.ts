import { html } from "htm/preact";
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useState } from "preact/hooks";
import { usePopup } from "./popup.ts";

export type MenuItem = {
  /** Given where the menu is a choice: whether this is what is chosen now. */
  current?: boolean;
  key: string;
  label: ComponentChildren;
  description?: ComponentChildren;
  choose: () => void;
};

type Props = { label: string; icon: ComponentChildren; items: MenuItem[]; empty?: string; class?: string };

/** A button that opens a menu: arrows, Home and End move, Enter chooses, Escape goes back to the button. */
export function Menu({ label, icon, items, empty = "Nothing here", class: className = "" }: Props) {
  const [open, setOpen] = useState(false);
  const { anchor, popup } = usePopup<HTMLButtonElement, HTMLDivElement>(open, () => setOpen(false));
  const id = useId();
  // With the drawing itself, so that a key pressed right after it reaches the menu.
  useLayoutEffect(() => {
    if (open) entries(popup.current)[0]?.focus();
  }, [open, popup]);

  const close = () => {
    setOpen(false);
    anchor.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const all = entries(popup.current);
    const at = all.findIndex((entry) => entry === document.activeElement);
    const moves: Record<string, number> = {
      ArrowDown: (at + 1) % all.length,
      ArrowUp: (at - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    };
    const to = moves[event.key];
    if (to !== undefined) all[to]?.focus();
    else if (event.key === "Escape") close();
    else if (event.key === "Tab") return setOpen(false);
    else return undefined;
    event.preventDefault();
    return event.stopPropagation();
  };
  return html`<button
      type="button"
      ref=${anchor}
      class=${`icon-button ${className}`}
      aria-label=${label}
      title=${label}
      aria-haspopup="menu"
      aria-expanded=${open}
      aria-controls=${open ? id : undefined}
      onClick=${() => setOpen(!open)}
    >
      ${icon}
    </button>
    ${
      open &&
      html`<div
        ref=${popup}
        id=${id}
        class="popup"
        popover="manual"
        role="menu"
        aria-label=${label}
        onKeyDown=${onKeyDown}
      >
        ${items.length === 0 && html`<p class="popup-empty">${empty}</p>`}
        ${items.map(
          (item) =>
            html`<button
              key=${item.key}
              type="button"
              role=${item.current === undefined ? "menuitem" : "menuitemradio"}
              aria-checked=${item.current}
              tabindex="-1"
              class="popup-item"
              onClick=${() => {
                close();
                item.choose();
              }}
            >
              <span>${item.label}</span>
              ${item.description && html`<span class="description">${item.description}</span>`}
            </button>`,
        )}
      </div>`
    }`;
}

function entries(menu: HTMLElement | null): HTMLElement[] {
  return [...(menu?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
}
