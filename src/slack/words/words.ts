import type { KnownBlock, PlainTextElement, RichTextBlock, RichTextElement } from "@slack/types";
import { clean } from "../../domain/clean.ts";
import type { Instant, PersonId } from "../../domain/values.ts";

/**
 * What people read, before it is put into blocks. Strings, ours and people's alike, become rich
 * text elements, where nothing is markup: no mention, link or channel ping can be smuggled in.
 */
export type Words = readonly (string | RichTextElement)[];

/** A message as Slack takes it: `text` stands in notifications and wherever blocks are not shown (R36). */
export type Message = { text: string; blocks: KnownBlock[] };

/** Code points that one run of text may have; Slack limits whole blocks to a few thousand. */
const LONGEST_RUN = 1000;

/** Cuts to so many code points, which is how Slack counts; the last one says that something is missing. */
export function shorten(text: string, most: number): string {
  const points = [...text];
  return points.length <= most ? text : `${points.slice(0, most - 1).join("")}…`;
}

/** A plain text object; emoji codes in it stay as they were typed. */
export function plain(text: string, most: number): PlainTextElement {
  return { type: "plain_text", text: shorten(clean(text), most) || " ", emoji: false };
}

export function bold(text: string): RichTextElement {
  return { type: "text", text: text === "" ? " " : text, style: { bold: true } };
}

/** Text that is to be read letter by letter. */
export function code(text: string): RichTextElement {
  return { type: "text", text: shorten(clean(text), LONGEST_RUN) || " ", style: { code: true } };
}

/** A moment, which Slack shows to each reader in their own time zone. */
export function time(at: Instant): RichTextElement {
  const fallback = `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return {
    type: "date",
    timestamp: Math.floor(at / 1000),
    format: "{date_short} at {time}",
    fallback,
  };
}

/** A moment of an incident, in which seconds count. */
export function toTheSecond(at: Instant): RichTextElement {
  const fallback = `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  return { type: "date", timestamp: Math.floor(at / 1000), format: "{date_short} {time_secs}", fallback };
}

/** A day, without the time, which Slack shows in the reader's own time zone. */
export function day(at: Instant): RichTextElement {
  const fallback = new Date(at).toISOString().slice(0, 10);
  return { type: "date", timestamp: Math.floor(at / 1000), format: "{date_short}", fallback };
}

export function person(id: PersonId): RichTextElement {
  return { type: "user", user_id: id };
}

/** "a, b and c". */
export function list(each: readonly Words[], last = "and"): Words {
  return each.flatMap((words, i) => {
    const between = i === 0 ? [] : [i === each.length - 1 ? ` ${last} ` : ", "];
    return [...between, ...words];
  });
}

/** A labelled line. */
export function field(label: string, words: Words): Words {
  return [bold(`${label}: `), ...words];
}

/** Lines below one another, in one section: how Slack spaces several is not said anywhere. */
export function lines(...each: readonly Words[]): RichTextBlock {
  const elements = each
    .map((words) => words.map(element).filter((one) => one.type !== "text" || one.text !== ""))
    .filter((line) => line.length > 0)
    .flatMap((line, i): RichTextElement[] => (i === 0 ? line : [{ type: "text", text: "\n" }, ...line]))
    .reduce<RichTextElement[]>(joined, []);
  const shown: RichTextElement[] = elements.length === 0 ? [{ type: "text", text: " " }] : elements;
  return { type: "rich_text", elements: [{ type: "rich_text_section", elements: shown }] };
}

/** With what comes next, in one element where neither has a form of its own: few elements are sent sooner than many. */
function joined(before: RichTextElement[], next: RichTextElement): RichTextElement[] {
  const last = before.at(-1);
  if (last?.type !== "text" || last.style || next.type !== "text" || next.style) return [...before, next];
  const text = last.text + next.text;
  return text.length > LONGEST_RUN ? [...before, next] : [...before.slice(0, -1), { type: "text", text }];
}

/** A message of such lines. */
export function saying(...each: readonly Words[]): Message {
  return { text: fallback(...each), blocks: [lines(...each)] };
}

/** The same as mrkdwn, for a message's `text`: escaped, then cut. */
export function fallback(...each: readonly Words[]): string {
  const escaped = each
    .map((words) => asPlain(words).trim())
    .join(" ")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;");
  return shorten(escaped, LONGEST_RUN);
}

/** The same without any form, for places that take plain text only; people are not named in it. */
export function asPlain(words: Words): string {
  return words
    .map((word) => {
      const one = element(word);
      if (one.type === "text") return one.text;
      if (one.type === "date") return one.fallback ?? "";
      return one.type === "usergroup" ? "a group" : "somebody";
    })
    .join("");
}

function element(word: string | RichTextElement): RichTextElement {
  return typeof word === "string" ? { type: "text", text: shorten(clean(word), LONGEST_RUN) } : word;
}
