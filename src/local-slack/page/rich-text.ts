import { html } from "htm/preact";
import type { ComponentChildren } from "preact";
import type { RichTextBlock, RichTextBlockElement, RichTextElement } from "@slack/types";
import { useDirectory, type Directory } from "./directory.ts";
import type { Inline } from "./mrkdwn.ts";
import { drawInline } from "./mrkdwn-view.ts";

export function RichText({ block }: { block: RichTextBlock }) {
  const directory = useDirectory();
  return html`<div class="mrkdwn">${block.elements.map((element) => drawPart(element, directory))}</div>`;
}

function drawPart(part: RichTextBlockElement, directory: Directory): ComponentChildren {
  switch (part.type) {
    case "rich_text_section":
      return html`<p class="spaced">${drawAll(part.elements, directory)}</p>`;
    case "rich_text_quote":
      return html`<blockquote class="spaced">${drawAll(part.elements, directory)}</blockquote>`;
    case "rich_text_preformatted":
      return html`<pre>${drawAll(part.elements, directory)}</pre>`;
    case "rich_text_list": {
      const items = part.elements.map((item) => html`<li>${drawAll(item.elements, directory)}</li>`);
      const indent = `indent-${Math.min(part.indent ?? 0, 8)}`;
      return part.style === "ordered"
        ? html`<ol class=${indent}>
            ${items}
          </ol>`
        : html`<ul class=${indent}>
            ${items}
          </ul>`;
    }
  }
}

const drawAll = (elements: RichTextElement[], directory: Directory) =>
  elements.map((element) => styled(element, drawLeaf(element, directory)));

function drawLeaf(element: RichTextElement, directory: Directory): ComponentChildren {
  if (element.type === "text") return element.text;
  if (element.type === "color") return html`<code>${element.value}</code>`;
  const meaning = inlineOf(element);
  return meaning === undefined ? undefined : drawInline(meaning, directory);
}

/** The same thing as mark-up would say it, so that both are drawn by the same code. */
function inlineOf(element: Exclude<RichTextElement, { type: "text" | "color" }>): Inline | undefined {
  switch (element.type) {
    case "link":
      return { is: "link", url: element.url, children: [{ is: "text", text: element.text ?? element.url }] };
    case "emoji":
      return { is: "emoji", name: element.name };
    case "user":
      return { is: "user", id: element.user_id };
    case "channel":
      return { is: "channel", id: element.channel_id };
    case "usergroup":
      return { is: "group", id: element.usergroup_id };
    case "broadcast":
      return { is: "broadcast", range: element.range };
    case "team":
      return { is: "text", text: element.team_id };
    case "date": {
      const { timestamp: seconds, format: template, fallback = "", url } = element;
      return { is: "date", seconds, template, fallback, ...(url === undefined ? {} : { url }) };
    }
  }
}

function styled(element: RichTextElement, drawn: ComponentChildren): ComponentChildren {
  const { bold, italic, strike, underline, code } = element.style ?? {};
  let result = drawn;
  if (code) result = html`<code>${result}</code>`;
  if (underline) result = html`<u>${result}</u>`;
  if (strike) result = html`<s>${result}</s>`;
  if (italic) result = html`<em>${result}</em>`;
  if (bold) result = html`<strong>${result}</strong>`;
  return result;
}
