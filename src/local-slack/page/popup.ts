import { useLayoutEffect, useRef } from "preact/hooks";

/**
 * Shows an element in the browser's top layer, under (or over) what it belongs to: no scrolling
 * box cuts it off, and it works inside a modal dialog. Returns refs for the two.
 */
export function usePopup<A extends HTMLElement, P extends HTMLElement>(open: boolean, onOutside: () => void) {
  const anchor = useRef<A>(null);
  const popup = useRef<P>(null);
  const outside = useRef(onOutside);
  outside.current = onOutside;

  useLayoutEffect(() => {
    const [from, shown] = [anchor.current, popup.current];
    if (!open || from === null || shown === null) return undefined;
    shown.showPopover();
    place(from, shown);
    const resized = new ResizeObserver(() => place(from, shown));
    resized.observe(shown);
    const pressed = ({ target }: Event) => {
      if (target instanceof Node && !from.contains(target) && !shown.contains(target)) outside.current();
    };
    const scrolled = ({ target }: Event) => {
      if (target instanceof Node && !shown.contains(target)) place(from, shown);
    };
    document.addEventListener("pointerdown", pressed, true);
    document.addEventListener("scroll", scrolled, true);
    window.addEventListener("resize", scrolled);
    return () => {
      resized.disconnect();
      document.removeEventListener("pointerdown", pressed, true);
      document.removeEventListener("scroll", scrolled, true);
      window.removeEventListener("resize", scrolled);
    };
  }, [open]);
  return { anchor, popup };
}

function place(from: HTMLElement, shown: HTMLElement): void {
  const box = from.getBoundingClientRect();
  shown.style.minWidth = `${Math.min(box.width, window.innerWidth - 16)}px`;
  const below = window.innerHeight - box.bottom - 12;
  const above = box.top - 12;
  const up = below < Math.min(shown.scrollHeight, 240) && above > below;
  shown.style.maxHeight = `${Math.min(520, up ? above : below)}px`;
  const { width, height } = shown.getBoundingClientRect();
  shown.style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - width - 8))}px`;
  shown.style.top = `${up ? box.top - height - 4 : box.bottom + 4}px`;
}
