import { parseDuration } from "../domain/duration.ts";
import { DAY } from "../domain/values.ts";
import type { Filled } from "./views/request-modal.ts";

/** What a line says; `role` as it was typed, and `unclear` what was not understood. */
export type RequestLine = Omit<Filled, "role"> & { role?: string; unclear: string[] };

const OPENING = /["“”„‟«»]/u;
const CLAUSE = /^(?:as|for|until|because)$/i;

/**
 * `NAME as ROLE for 90 days because REASON`, or `until 2027-03-01`; each part may be missing, and
 * names with spaces are quoted. Slack may escape &, < and >, and curl quotes (R8).
 */
export function readRequestLine(escaped: string): RequestLine {
  const line = escaped.replace(
    /&(amp|lt|gt);/g,
    (_, name: string) => ({ amp: "&", lt: "<", gt: ">" })[name] ?? "",
  );
  const read: RequestLine = { unclear: [] };
  for (const { clause, text } of clauses(line)) {
    if (text === "") continue;
    if (clause === "name") read.keyName = text;
    else if (clause === "as") read.role = text;
    else if (clause === "because") read.reason = text;
    else if (!readLife(read, clause, text)) read.unclear.push(`${clause} ${text}`);
  }
  return read;
}

type Clause = { clause: string; text: string };

/** Cuts at the clause words that stand outside quotes; the reason is the rest, as it was typed. */
function clauses(line: string): Clause[] {
  const found: Clause[] = [{ clause: "name", text: "" }];
  const words = /[“”„‟«»"]([^“”„‟«»"]*)[“”„‟«»"]|\S+/gu;
  for (let match = words.exec(line); match !== null; match = words.exec(line)) {
    const [word, quoted] = match;
    const current = found.at(-1);
    if (quoted === undefined && CLAUSE.test(word)) {
      const clause = word.toLowerCase();
      if (clause === "because") return [...found, { clause, text: unquote(line.slice(words.lastIndex)) }];
      found.push({ clause, text: "" });
    } else if (current !== undefined) {
      current.text = `${current.text} ${quoted ?? word}`.trim();
    }
  }
  return found;
}

function unquote(text: string): string {
  const trimmed = text.trim();
  const ends = [trimmed[0], trimmed.at(-1)];
  return trimmed.length > 1 && ends.every((end) => end !== undefined && OPENING.test(end))
    ? trimmed.slice(1, -1).trim()
    : trimmed;
}

function readLife(read: RequestLine, clause: string, text: string): boolean {
  if (clause === "until") {
    if (!isDate(text)) return false;
    read.life = { kind: "until" };
    read.date = text;
    return true;
  }
  const length = parseDuration(text);
  if (length === undefined) return false;
  read.life = { kind: "days", days: Math.min(Math.ceil(length / DAY), 36_500) };
  return true;
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  try {
    return Temporal.PlainDate.from(text).toString() === text;
  } catch {
    return false;
  }
}
