import { html } from "htm/preact";
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "./icon.ts";

type Props = {
  title: string;
  /** Which app asks, for its coloured tile. */
  icon?: ComponentChildren;
  class?: string;
  /** A new key is a new content: focus moves to its first field. */
  contentKey?: string;
  /** Escape, and the X where `onDismiss` is not given. */
  onClose: () => void;
  onDismiss?: () => void;
  children: ComponentChildren;
};

/** Where focus goes, in this order; a view beneath the one on top is there too, hidden. */
const wishes = ["[data-autofocus]", "input, textarea, select", "[type=submit]", "button"];

function focusFirst(dialog: HTMLElement | null): void {
  const all = wishes.flatMap((wish) => [...(dialog?.querySelectorAll<HTMLElement>(wish) ?? [])]);
  all.find((element) => element.closest("[hidden]") === null)?.focus();
}

/** Chromium gives a field its focus back without a caret, so that typing there did nothing. */
function takeFocusAnew(): void {
  const field = document.activeElement;
  if (!(field instanceof HTMLElement)) return;
  field.blur();
  field.focus();
}

/** The browser's own modal dialog: it keeps focus inside, makes the rest inert and gives focus back. */
export function Dialog(props: Props) {
  const { title, icon, onClose, onDismiss = onClose, children, contentKey } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const left = useRef(false);
  const titleId = useId();
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => {
      left.current = true;
      shown?.close();
      takeFocusAnew();
    };
  }, []);
  useLayoutEffect(() => focusFirst(dialog.current), [contentKey]);
  const hadFocus = dialog.current?.contains(document.activeElement) === true; // before this drawing
  useLayoutEffect(() => {
    if (hadFocus && document.activeElement === document.body) focusFirst(dialog.current);
  });
  const cancel = (event: Event) => {
    if (event.target !== dialog.current || !event.cancelable) return;
    event.preventDefault(); // it is closed by its owner, after the app has been told
    onClose();
  };
  // A browser lets nobody hold back a second Escape in a row; the owner hears of it all the same.
  const closed = (event: Event) => {
    if (event.target === dialog.current && !left.current) onClose();
  };
  return html`<dialog
    ref=${dialog}
    class=${`dialog ${props.class ?? ""}`}
    aria-labelledby=${titleId}
    onCancel=${cancel}
    onClose=${closed}
  >
    <header class="dialog-header">
      ${icon}
      <h2 id=${titleId}>${title}</h2>
      <button type="button" class="icon-button" aria-label="Dismiss" title="Dismiss" onClick=${onDismiss}>
        <${Icon} name="cross" />
      </button>
    </header>
    ${children}
  </dialog>`;
}
