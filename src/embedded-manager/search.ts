import type { SQLInputValue } from "node:sqlite";
import { type Order, type SearchCriterion, searchFilter } from "../manager/wire.ts";
import { fold } from "./database.ts";
import { SETTINGS } from "./decisions.ts";
import { readAs } from "./exchange.ts";
import { Refused } from "./refused.ts";

/** A field that can be searched: its kind of test, and the SQL that yields its value (strings folded). */
export type SearchField = { kind: "String" | "Numeric" | "Boolean" | "Date"; sql: string };

/** What of a table is wanted; `where` holds placeholders for `values`, never anything a caller wrote. */
export type Search = { where: string; values: SQLInputValue[]; limit: number };

type Clause = { sql: string; values: SQLInputValue[] };

const SIGN: Record<Order, string> = {
  equal: "=",
  "not-equal": "<>",
  "less-than": "<",
  "less-than-or-equal": "<=",
  "greater-than": ">",
  "greater-than-or-equal": ">=",
};

/** The members of a criterion that belong to each kind of test (contract 7). */
const MEMBERS = {
  ID: ["idTest", "idValue"],
  Numeric: ["numericTest", "numericValue"],
  String: ["stringTest", "stringValue", "stringWildcards"],
  Boolean: ["booleanTest"],
  Choice: ["choiceTest", "choiceValue"],
  Date: ["firstDateValue", "firstDateInclusive", "lastDateValue", "lastDateInclusive"],
  Null: ["nullTest"],
  Version: ["versionTest", "versionValue"],
} as const satisfies Record<string, readonly (keyof SearchCriterion)[]>;
type Kind = keyof typeof MEMBERS;
const KINDS: readonly Kind[] = ["ID", "Numeric", "String", "Boolean", "Choice", "Date", "Null", "Version"];

/**
 * Turns a search filter into SQL (contract 7). No body means everything; anything in it that is not
 * understood is refused, because ignoring a criterion would find too much.
 */
export function compileSearch(
  body: unknown,
  fields: ReadonlyMap<string, SearchField>,
  idSql: string,
): Search {
  const filter = readAs(searchFilter, body ?? {});
  const criteria = filter.searchCriteria ?? [];
  if (criteria.length > SETTINGS.searchCriteria) throw new Refused("badSearch");
  const clauses = criteria.map((criterion) => compileCriterion(criterion, fields, idSql));
  const wanted = filter.maxItems ?? 0;
  return {
    where: clauses.length === 0 ? "TRUE" : clauses.map(({ sql }) => `(${sql})`).join(" AND "),
    values: clauses.flatMap(({ values }) => values),
    limit: wanted > 0 ? Math.min(wanted, SETTINGS.searchPage) : SETTINGS.searchPage,
  };
}

function compileCriterion(
  criterion: SearchCriterion,
  fields: ReadonlyMap<string, SearchField>,
  idSql: string,
): Clause {
  const kinds = KINDS.filter((kind) => MEMBERS[kind].some((member) => criterion[member] !== undefined));
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) throw new Refused("badSearch");
  if (kind === "ID") {
    if (criterion.fieldName !== undefined && criterion.fieldName !== "ID") throw new Refused("badSearch");
    return compare(idSql, criterion.idTest, criterion.idValue);
  }
  const field = fields.get(criterion.fieldName ?? "");
  if (field === undefined) throw new Refused("badSearch");
  if (kind === "Null")
    return { sql: `${field.sql} IS ${criterion.nullTest === true ? "" : "NOT "}NULL`, values: [] };
  if (field.kind !== kind) throw new Refused("badSearch");
  switch (field.kind) {
    case "Numeric":
      return compare(field.sql, criterion.numericTest, criterion.numericValue);
    case "Boolean":
      return { sql: `${field.sql} = ?`, values: [criterion.booleanTest === false ? 0 : 1] };
    case "String":
      return compareText(field.sql, criterion);
    case "Date":
      return within(field.sql, criterion);
  }
}

function compare(sql: string, test: Order = "equal", value: number | undefined): Clause {
  if (value === undefined) throw new Refused("badSearch");
  return { sql: `${sql} ${SIGN[test]} ?`, values: [value] };
}

/** Wildcards are on unless switched off, and are SQL's own: `%` any run, `_` one character. */
function compareText(sql: string, criterion: SearchCriterion): Clause {
  const value = criterion.stringValue;
  // SQLite stops at a NUL and refuses overlong patterns; neither can be in a stored text.
  if (value === undefined || value.length > SETTINGS.descriptionLength || value.includes("\0"))
    throw new Refused("badSearch");
  const equal = criterion.stringTest !== "not-equal";
  // Most look-ups by name leave wildcards on and have none; an index finds those.
  const wild = criterion.stringWildcards !== false && /[%_]/.test(value);
  const sign = wild ? (equal ? "LIKE" : "NOT LIKE") : equal ? "=" : "<>";
  return { sql: `${sql} ${sign} ?`, values: [fold(value)] };
}

/** A range in milliseconds, inclusive unless said otherwise, a missing bound open; no date, no match. */
function within(sql: string, criterion: SearchCriterion): Clause {
  const { firstDateValue: first, lastDateValue: last } = criterion;
  const clause: Clause = { sql: `${sql} IS NOT NULL`, values: [] };
  if (first !== undefined) {
    clause.sql += ` AND ${sql} ${criterion.firstDateInclusive === false ? ">" : ">="} ?`;
    clause.values.push(first);
  }
  if (last !== undefined) {
    clause.sql += ` AND ${sql} ${criterion.lastDateInclusive === false ? "<" : "<="} ?`;
    clause.values.push(last);
  }
  return clause;
}
