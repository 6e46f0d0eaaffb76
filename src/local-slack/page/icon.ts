import { html } from "htm/preact";

const paths = {
  cross: "M6 6l12 12M18 6L6 18",
  more: "M12 5v.01M12 12v.01M12 19v.01",
  bolt: "M13 3L5 14h6l-1 7 8-11h-6z",
  send: "M4 12l16-8-5 16-3-7z",
  menu: "M4 6h16M4 12h16M4 18h16",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M5 11h14v9H5z",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  hash: "M9 4L7 20M17 4l-2 16M4 9h17M3 15h17",
  archive: "M4 8v12h16V8M3 4h18v4H3zM9 12h6",
  caret: "M7 10l5 5 5-5",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  reply: "M20 18v-2a5 5 0 0 0-5-5H5M9 7l-4 4 4 4",
  warning: "M12 4L2 20h20zM12 10v4M12 17v.01",
};

/** A line drawing, invisible to screen readers: the control that holds it has a name. */
export function Icon({ name }: { name: keyof typeof paths }) {
  return html`<svg class=${`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d=${paths[name]} />
  </svg>`;
}
