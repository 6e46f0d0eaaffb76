import { parseDuration } from "./duration.ts";
import { type PersonId, personId } from "./values.ts";

/*
 * One line that finds keys: `ci* role:auditor locked expires<30d unused>90d owner:@me has:no-expiry`.
 * All terms must hold. What a term means is decided once, in `criteria`; the store's SQL and
 * `matches` both read those.
 */

/** A length of time as it was written ("30d"), or a calendar day. */
export type Measure = { kind: "length"; text: string; ms: number } | { kind: "day"; text: string };
type Side = "<" | ">";

export type Term =
  | { kind: "name"; pattern: string }
  | { kind: "id"; id: number }
  | { kind: "role"; pattern: string }
  | { kind: "owner"; who: "me" | "nobody" | PersonId }
  | { kind: "is"; what: "locked" | "active" | "expired" | "held" }
  | { kind: "expires" | "created" | "unused"; side: Side; than: Measure }
  | { kind: "has"; what: "expiry" | "no-expiry" | "owner" | "no-owner" | "use" | "no-use" }
  | { kind: "failures"; side: Side; than: number };
export type Query = { terms: readonly Term[] };

/** Where a line stops making sense, counted in characters from 0, and what was expected there. */
export type Mistake = { at: number; expected: string };

const STATES = ["locked", "active", "expired", "held"] as const;
const HAS = ["expiry", "no-expiry", "owner", "no-owner", "use", "no-use"] as const;

/** Words end at spaces outside quotes. Phones curl quotes. */
const WORD = /(?:[^\s"“”„]|"[^"]*"|[“”„][^“”„"]*[“”„"])+(?=\s|$)/y;
/** Between straight quotes a doubled one stands for itself, and all else is as it is. */
const QUOTED = /"([^"]*(?:""[^"]*)*)"|[“”„]([^“”„"]*)[“”„"]/g;

/** Reads a line. Quotes keep a name with spaces together. */
export function parseQuery(text: string): Query | { mistake: Mistake } {
  return readTerms(text, readTerm);
}

/** Nobody means more, and a database would have to nest them all. */
const MOST_TERMS = 100;

/** Reads a line term by term; a mistake is counted from the beginning of the line. */
export function readTerms<Each extends object>(
  text: string,
  read: (word: string) => Each | Mistake,
): { terms: Each[] } | { mistake: Mistake } {
  const terms: Each[] = [];
  for (let at = 0; at < text.length;) {
    if (/\s/.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    WORD.lastIndex = at;
    const [word] = WORD.exec(text) ?? [];
    if (word === undefined) return { mistake: { at, expected: 'a closing "' } };
    if (terms.length === MOST_TERMS)
      return { mistake: { at, expected: `the end, since a search has ${MOST_TERMS} terms at most` } };
    const term = read(word);
    if ("expected" in term) return { mistake: { at: at + term.at, expected: term.expected } };
    terms.push(term);
    at += word.length;
  }
  return { terms };
}

function readTerm(word: string): Term | Mistake {
  const [, field = "", operator = "", rest = ""] = /^([a-z]+)([:<>])(.*)$/is.exec(word) ?? [];
  const name = field.toLowerCase();
  const at = field.length + 1;
  if (operator === ":") return readPair(name, rest, at);
  if (operator !== "") return readComparison(name, operator === "<" ? "<" : ">", rest, at);
  if (isOneOf(STATES, word.toLowerCase()))
    return { kind: "is", what: word.toLowerCase() as (typeof STATES)[number] };
  if (/^\d{1,10}$/.test(word)) return { kind: "id", id: Number(word) };
  return readPattern("name", word, 0);
}

/** No name is as long, and a database reads no pattern of any length. */
export const LONGEST_PATTERN = 1000;

function readPattern(kind: "name" | "role", value: string, at: number): Term | Mistake {
  const pattern = unquoted(value);
  if (pattern === "") return { at, expected: `a ${kind}` };
  return pattern.length > LONGEST_PATTERN
    ? { at, expected: `a ${kind} of ${LONGEST_PATTERN} characters at most` }
    : { kind, pattern };
}

function readPair(name: string, value: string, at: number): Term | Mistake {
  switch (name) {
    case "name":
    case "role":
      return readPattern(name, value, at);
    case "owner":
      return readOwner(value, at);
    case "has":
      return isOneOf(HAS, value)
        ? { kind: "has", what: value }
        : { at, expected: `one of ${HAS.join(", ")}` };
    case "is":
      return isOneOf(STATES, value)
        ? { kind: "is", what: value }
        : { at, expected: `one of ${STATES.join(", ")}` };
    default:
      return {
        at: 0,
        expected: "name:, role:, owner:, is: or has:, or expires, created, unused or failures before < or >",
      };
  }
}

function readOwner(value: string, at: number): Term | Mistake {
  const plain = value.toLowerCase();
  if (plain === "@me" || plain === "me") return { kind: "owner", who: "me" };
  if (plain === "none" || plain === "nobody") return { kind: "owner", who: "nobody" };
  const mentioned = readMention(value);
  return mentioned !== undefined
    ? { kind: "owner", who: mentioned }
    : { at, expected: "@me, nobody, or a person mentioned with @" };
}

/** A person, as Slack writes a mention, or by their id. */
export function readMention(value: string): PersonId | undefined {
  return personId.safeParse(/^<@([^|>]+)(?:\|[^>]*)?>$/.exec(value)?.[1] ?? value).data;
}

function readComparison(name: string, side: Side, value: string, at: number): Term | Mistake {
  if (name === "failures") {
    return /^\d{1,9}$/.test(value)
      ? { kind: "failures", side, than: Number(value) }
      : { at, expected: "a number" };
  }
  if (name !== "expires" && name !== "created" && name !== "unused") {
    return { at: 0, expected: "expires, created, unused or failures before < or >" };
  }
  const than = readMeasure(value, at);
  return "expected" in than ? than : { kind: name, side, than };
}

/** A length or a day; `at`: where it stands in its word. */
export function readMeasure(value: string, at: number): Measure | Mistake {
  const ms = parseDuration(value);
  if (ms !== undefined) return { kind: "length", text: value, ms };
  if (isDay(value)) return { kind: "day", text: value };
  return { at, expected: "a length such as 30d, or a day such as 2027-03-01" };
}

function isOneOf<Known extends string>(known: readonly Known[], text: string): text is Known {
  return known.some((each) => each === text);
}

/** What stands between quotes, and all else as it is. */
export function unquoted(text: string): string {
  return text.replace(
    QUOTED,
    (_, straight?: string, curled?: string) => straight?.replaceAll('""', '"') ?? String(curled),
  );
}

function isDay(text: string): boolean {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** The line that reads back to the same query. */
export function printQuery({ terms }: Query): string {
  return terms.map(printTerm).join(" ");
}

function printTerm(term: Term): string {
  switch (term.kind) {
    case "name":
      return `name:${quoted(term.pattern)}`;
    case "id":
      return String(term.id);
    case "role":
      return `role:${quoted(term.pattern)}`;
    case "owner":
      return `owner:${term.who === "me" ? "@me" : term.who === "nobody" ? "nobody" : `<@${term.who}>`}`;
    case "is":
      return `is:${term.what}`;
    case "has":
      return `has:${term.what}`;
    case "failures":
      return `failures${term.side}${term.than}`;
    case "expires":
    case "created":
    case "unused":
      return `${term.kind}${term.side}${term.than.text}`;
  }
}

/** The same in quotes, where it would not be read back otherwise. */
export function quoted(pattern: string): string {
  return /[\s"“”„]/.test(pattern) ? `"${pattern.replaceAll('"', '""')}"` : pattern;
}
