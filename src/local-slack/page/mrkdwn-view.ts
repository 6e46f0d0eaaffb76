import { html } from "htm/preact";
import type { ComponentChildren, VNode } from "preact";
import type { TextObject } from "@slack/types";
import { channelName, findPerson, useDirectory, type Directory } from "./directory.ts";
import { emojiOf, withEmoji } from "./emoji.ts";
import { parseInline, parseMrkdwn, type Inline, type Paragraph } from "./mrkdwn.ts";
import { dateTemplate } from "./time.ts";

/** Marked-up text in paragraphs, quotes, lists and preformatted blocks. */
export function Mrkdwn({ text, verbatim = false }: { text: string; verbatim?: boolean }) {
  const directory = useDirectory();
  return html`<div class="mrkdwn">
    ${parseMrkdwn(text, { verbatim }).map((paragraph) => drawParagraph(paragraph, directory))}
  </div>`;
}

/** A text object, plain or marked up. */
export function Text({ text }: { text: TextObject }) {
  return text.type === "mrkdwn"
    ? html`<${Mrkdwn} text=${text.text} verbatim=${text.verbatim ?? false} />`
    : html`<div class="plain">${plainText(text)}</div>`;
}

/** A text object inside a line: an option, a description. */
export function InlineText({ text }: { text: TextObject }) {
  const directory = useDirectory();
  if (text.type === "plain_text") return html`<span>${plainText(text)}</span>`;
  return html`<span>${parseInline(text.text).map((inline) => drawInline(inline, directory))}</span>`;
}

/** The characters of a text object, for labels and accessible names. */
export function plainText(text: TextObject): string {
  return text.type === "plain_text" && text.emoji === false ? text.text : withEmoji(text.text);
}

function drawParagraph(paragraph: Paragraph, directory: Directory): VNode {
  switch (paragraph.is) {
    case "text":
      return html`<p>${drawAll(paragraph.children, directory)}</p>`;
    case "quote":
      return html`<blockquote>${drawAll(paragraph.children, directory)}</blockquote>`;
    case "pre":
      return html`<pre>${paragraph.text}</pre>`;
    case "list": {
      const items = paragraph.items.map((item) => html`<li>${drawAll(item, directory)}</li>`);
      return paragraph.ordered
        ? html`<ol>
            ${items}
          </ol>`
        : html`<ul>
            ${items}
          </ul>`;
    }
  }
}

const drawAll = (inlines: Inline[], directory: Directory) =>
  inlines.map((inline) => drawInline(inline, directory));

export function drawInline(inline: Inline, directory: Directory): ComponentChildren {
  switch (inline.is) {
    case "text":
      return inline.text;
    case "break":
      return html`<br />`;
    case "bold":
      return html`<strong>${drawAll(inline.children, directory)}</strong>`;
    case "italic":
      return html`<em>${drawAll(inline.children, directory)}</em>`;
    case "strike":
      return html`<s>${drawAll(inline.children, directory)}</s>`;
    case "code":
      return html`<code>${inline.text}</code>`;
    case "emoji":
      return drawEmoji(inline.name);
    case "link":
      return html`<${Link} url=${inline.url}>${drawAll(inline.children, directory)}<//>`;
    case "user": {
      const name = findPerson(directory, inline.id)?.realName ?? inline.label ?? inline.id;
      return html`<span class=${inline.id === directory.viewer.id ? "mention me" : "mention"}
        >@${name}</span
      >`;
    }
    case "channel": {
      const name = channelName(directory, inline.id) ?? inline.label;
      return html`<span class="mention">#${name ?? "private-channel"}</span>`;
    }
    case "group": {
      const group = directory.workspace.groups.find(({ id }) => id === inline.id);
      const name = group === undefined ? (inline.label ?? inline.id) : group.handle;
      const mine = group?.users.includes(directory.viewer.id) === true;
      return html`<span class=${mine ? "mention me" : "mention"}>@${name.replace(/^@/, "")}</span>`;
    }
    case "broadcast":
      return html`<span class="mention me">@${inline.range}</span>`;
    case "date":
      return drawDate(inline, directory);
  }
}

function drawDate(date: Extract<Inline, { is: "date" }>, { viewer }: Directory): ComponentChildren {
  const at = date.seconds * 1000;
  const words = dateTemplate(date.template, at, Date.now(), viewer.tz);
  const time = html`<time datetime=${new Date(at).toISOString()}>${words}</time>`;
  return date.url === undefined ? time : html`<${Link} url=${date.url}>${time}<//>`;
}

function drawEmoji(name: string): ComponentChildren {
  const character = emojiOf(name);
  return character === undefined
    ? `:${name}:`
    : html`<span class="emoji" role="img" aria-label=${name.replaceAll("_", " ")}>${character}</span>`;
}

/** A link that may leave the page; anything but a web, mail or telephone address stays text. */
function Link({ url, children }: { url: string; children: ComponentChildren }) {
  if (!/^(https?:\/\/|mailto:|tel:)/i.test(url)) return html`<span>${children}</span>`;
  return html`<a href=${url} target="_blank" rel="noopener noreferrer">${children}</a>`;
}
