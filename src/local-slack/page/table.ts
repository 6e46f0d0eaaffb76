import { html } from "htm/preact";
import type { TableBlock } from "@slack/types";
import { RichText } from "./rich-text.ts";

/** A table block; its first row heads the columns. */
export function TableView({ block }: { block: TableBlock }) {
  const [head = [], ...rows] = block.rows;
  const align = (column: number) => `align-${block.column_settings?.[column]?.align ?? "left"}`;
  return html`<table>
    <thead>
      <tr>
        ${head.map((cell, at) => html`<th scope="col" class=${align(at)}>${drawCell(cell)}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (row) =>
          html`<tr>
            ${row.map((cell, at) => html`<td class=${align(at)}>${drawCell(cell)}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

const drawCell = (cell: TableBlock["rows"][number][number]) =>
  cell.type === "rich_text" ? html`<${RichText} block=${cell} />` : cell.text;
