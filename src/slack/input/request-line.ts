import { DAY, type Instant } from "../../domain/values.ts";
import { addDays } from "./calendar.ts";
import { readClauses } from "./clauses.ts";
import { readFor, readWhen } from "../words/when.ts";
import type { Filled } from "../views/request-modal.ts";

/** What a line says; `role` as it was typed, and `unclear` what was not understood. */
export type RequestLine = Omit<Filled, "role"> & { role?: string; unclear: string[] };

type When = { now: Instant; zone: string };

/** `NAME as ROLE for 90 days because REASON`, or `until 2027-03-01`; each part may be missing. */
export function readRequestLine(line: string, when: When): RequestLine {
  const { head, clauses } = readClauses(line, ["as", "for", "until", "because"]);
  const read: RequestLine = { unclear: [] };
  if (head !== "") read.keyName = head;
  for (const { word, text } of clauses) {
    if (text === "") continue;
    if (word === "as") read.role = text;
    else if (word === "because") read.reason = text;
    else if (!readLife(read, { word, text }, when)) read.unclear.push(`${word} ${text}`);
  }
  return read;
}

/** The form takes whole days: a moment stands for its day, in the asker's own zone. */
function readLife(read: RequestLine, { word, text }: { word: string; text: string }, when: When): boolean {
  const length = word === "for" ? readFor(text) : undefined;
  if (length !== undefined) {
    read.life = { kind: "days", days: Math.ceil(length / DAY) };
    return true;
  }
  const end = word === "until" ? readWhen(text, when) : undefined;
  if (end === undefined) return false;
  read.life = { kind: "at" in end ? "until" : "unlimited" };
  if ("at" in end) read.date = addDays(end.at, 0, when.zone);
  return true;
}
