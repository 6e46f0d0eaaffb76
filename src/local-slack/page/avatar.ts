import { html } from "htm/preact";

/** Initials on a person's or an app's colour. Decoration: the name stands beside it. */
export function Avatar({
  name,
  color,
  class: className = "",
}: {
  name: string;
  color: string;
  class?: string;
}) {
  const initials = name
    .split(/\s+/)
    .map((word) => word[0] ?? "")
    .slice(0, 2)
    .join("");
  return html`<span
    class=${`avatar ${className}`}
    style=${{ backgroundColor: darkened(color) }}
    aria-hidden="true"
  >
    ${initials.toUpperCase()}
  </span>`;
}

/** Dark enough for white letters (AA), whatever the colour. */
function darkened(color: string): string {
  const hex = /^#?([0-9a-f]{6})$/i.exec(color)?.[1] ?? "5b5b66";
  const parts = [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  const linear = parts.map((part) => (part / 255) ** 2.2);
  const light = 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
  const factor = Math.min(1, (0.17 / Math.max(light, 0.01)) ** (1 / 2.2));
  return `rgb(${parts.map((part) => Math.round(part * factor)).join(" ")})`;
}
