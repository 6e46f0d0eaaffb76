import { parseDuration } from "../domain/duration.ts";
import { DAY } from "../domain/values.ts";
import { readClauses } from "./clauses.ts";
import type { Filled } from "./views/request-modal.ts";

/** What a line says; `role` as it was typed, and `unclear` what was not understood. */
export type RequestLine = Omit<Filled, "role"> & { role?: string; unclear: string[] };

/** `NAME as ROLE for 90 days because REASON`, or `until 2027-03-01`; each part may be missing. */
export function readRequestLine(line: string): RequestLine {
  const { head, clauses } = readClauses(line, ["as", "for", "until", "because"]);
  const read: RequestLine = { unclear: [] };
  if (head !== "") read.keyName = head;
  for (const { word, text } of clauses) {
    if (text === "") continue;
    if (word === "as") read.role = text;
    else if (word === "because") read.reason = text;
    else if (!readLife(read, word, text)) read.unclear.push(`${word} ${text}`);
  }
  return read;
}

function readLife(read: RequestLine, word: string, text: string): boolean {
  if (word === "until") {
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
