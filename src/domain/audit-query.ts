import { eventName, type EventName } from "./audit.ts";
import type { Asking } from "./criteria.ts";
import {
  type Measure,
  type Mistake,
  quoted,
  readMeasure,
  readMention,
  readTerms,
  unquoted,
} from "./query.ts";
import { type Actor, DAY, type Instant, lockoutId, type PersonId, requestId } from "./values.ts";

/*
 * One line that asks the audit trail: `by:@ada event:key.locked key:ci-deploy since:7d until:2027-03-01`.
 * All terms must hold, and there is one of each kind at most.
 */

export type AuditTerm =
  | { kind: "by"; who: "me" | "portcullis" | PersonId }
  /** An event, or all that begin with the same word. */
  | { kind: "event"; name: string }
  /** A key's ID or name. */
  | { kind: "key"; key: string }
  | { kind: "request" | "lockout"; id: string }
  | { kind: "since" | "until"; than: Measure };
export type AuditQuery = { terms: readonly AuditTerm[] };

/** What is looked for in the trail: all that is said must hold; at or after `since`, before `until`. */
export type AuditCriteria = {
  actor?: Actor;
  events?: readonly EventName[];
  subjects?: readonly string[];
  since?: Instant;
  until?: Instant;
};

const EXPECTED = "by:, event:, key:, request:, lockout:, since: or until:";

/** Reads a line, or says where it cannot be read and what was expected there; each kind of term stands once. */
export function parseAuditQuery(text: string): AuditQuery | { mistake: Mistake } {
  const seen = new Set<string>();
  return readTerms(text, (word): AuditTerm | Mistake => {
    const term = readTerm(word);
    if ("expected" in term) return term;
    if (seen.has(term.kind)) return { at: 0, expected: `${term.kind}: only once` };
    seen.add(term.kind);
    return term;
  });
}

function readTerm(word: string): AuditTerm | Mistake {
  const [, field = "", value = ""] = /^([a-z]+):(.*)$/is.exec(word) ?? [];
  const kind = field.toLowerCase();
  const at = field.length + 1;
  switch (kind) {
    case "by": {
      const plain = value.toLowerCase();
      if (plain === "@me" || plain === "me") return { kind, who: "me" };
      if (plain === "portcullis") return { kind, who: "portcullis" };
      const who = readMention(value);
      return who === undefined
        ? { at, expected: "@me, portcullis, or a person mentioned with @" }
        : { kind, who };
    }
    case "event": {
      const name = value.toLowerCase().replace(/\.\*$/, "");
      return eventsCalled(name).length === 0
        ? { at, expected: "an event such as key.locked, or all of a kind such as lockout" }
        : { kind, name };
    }
    case "key": {
      const key = unquoted(value);
      return key === "" ? { at, expected: "a key's ID or name" } : { kind, key };
    }
    case "request":
    case "lockout": {
      const id = (kind === "request" ? requestId : lockoutId).safeParse(value.toUpperCase()).data;
      return id === undefined ? { at, expected: `a ${kind}'s twelve characters` } : { kind, id };
    }
    case "since":
    case "until": {
      const than = readMeasure(value, at);
      return "expected" in than ? than : { kind, than };
    }
    default:
      return { at: 0, expected: EXPECTED };
  }
}

function eventsCalled(name: string): EventName[] {
  return eventName.options.filter((each) => each === name || each.startsWith(`${name}.`));
}

/** The line that reads back to the same query. */
export function printAuditQuery({ terms }: AuditQuery): string {
  return terms.map((term) => `${term.kind}:${valueOf(term)}`).join(" ");
}

function valueOf(term: AuditTerm): string {
  switch (term.kind) {
    case "by":
      return term.who === "me" ? "@me" : term.who === "portcullis" ? term.who : `<@${term.who}>`;
    case "event":
      return term.name;
    case "key":
      return quoted(term.key);
    case "request":
    case "lockout":
      return term.id;
    case "since":
    case "until":
      return term.than.text;
  }
}

/** What a query asks of each row, but for the key, request and lockout that it names. A day's `until` is its end. */
export function auditCriteria({ terms }: AuditQuery, asking: Asking): AuditCriteria {
  return Object.assign({}, ...terms.map((term) => criterionOf(term, asking)));
}

function criterionOf(term: AuditTerm, { me, now, startOfDay }: Asking): AuditCriteria {
  switch (term.kind) {
    case "by":
      return { actor: term.who === "me" ? me : term.who };
    case "event":
      return { events: eventsCalled(term.name) };
    case "since":
    case "until": {
      const { than } = term;
      if (than.kind === "length") return { [term.kind]: now - than.ms };
      return { [term.kind]: startOfDay(term.kind === "since" ? than.text : dayAfter(than.text)) };
    }
    case "key":
    case "request":
    case "lockout":
      return {};
  }
}

function dayAfter(day: string): string {
  return new Date(Date.parse(day) + DAY).toISOString().slice(0, 10);
}
