import type { InputBlock, ModalView, PlainTextOption } from "@slack/types";
import { type Measure, parseQuery, printQuery, type Term } from "../../domain/query.ts";
import { personId } from "../../domain/values.ts";
import type { Values } from "../interaction.ts";
import { asPlain, code, lines, plain, shorten, type Words } from "../words/words.ts";
import { textField } from "./fields.ts";
import type { FieldErrors } from "./request-form.ts";

/** Ids of the form that builds a query; a field's block and element share one. */
export const SEARCH = {
  modal: "search.modal",
  name: "search.name",
  role: "search.role",
  whose: "search.whose",
  owner: "search.owner",
  state: "search.state",
  expires: "search.expires",
  unused: "search.unused",
  created: "search.created",
  failures: "search.failures",
} as const;
type Field = Exclude<keyof typeof SEARCH, "modal">;

const CHOICES = {
  whose: [
    ["", "Anybody or nobody"],
    ["owner:@me", "Me"],
    ["has:no-owner", "Nobody"],
    ["has:owner", "Anybody"],
  ],
  state: [
    ["", "In any state"],
    ["is:active", "Active"],
    ["is:locked", "Locked"],
    ["is:held", "Held by a lock or lockout from here"],
    ["is:expired", "Expired"],
  ],
  expires: [
    ["", "At any time, or never"],
    ["expires<7d", "Within 7 days"],
    ["expires<30d", "Within 30 days"],
    ["expires<90d", "Within 90 days"],
    ["has:no-expiry", "Never"],
  ],
} as const satisfies Record<string, readonly (readonly [string, string])[]>;

/** The form; what a line says already is filled in, as far as the form has fields for it. */
export function searchModal(line: string, problem?: Words): ModalView {
  const query = parseQuery(line);
  const terms = "terms" in query ? query.terms : [];
  const filled = new Map(terms.flatMap((term) => placeOf(term)));
  const chosen = (field: keyof typeof CHOICES): InputBlock => select(field, filled.get(field));
  const typed = (field: Field): string | undefined => filled.get(field);
  return {
    type: "modal",
    callback_id: SEARCH.modal,
    title: plain("Search for keys", 24),
    submit: plain("Search", 24),
    close: plain("Cancel", 24),
    blocks: [
      ...(problem === undefined ? [] : [lines(problem)]),
      lines([
        "All that is filled in must hold. The same in one line: ",
        code("/apikey search ci* locked unused>90d"),
      ]),
      text("name", "Name", typed("name"), "ci* finds all that begin with ci; letter case does not count."),
      text("role", "Role", typed("role"), "A role's name; * stands for any letters."),
      chosen("whose"),
      person(typed("owner")),
      chosen("state"),
      chosen("expires"),
      text("unused", "Not used for longer than", typed("unused"), "A length of time such as 90d or 2 weeks."),
      text("created", "Made since", typed("created"), "A day such as 2026-01-31, or an age such as 30d."),
      text("failures", "More failed attempts than", typed("failures"), "A number."),
    ],
  };
}

/** The line that the form makes, or what is wrong at which field. */
export function readSearch(values: Values): { line: string } | { errors: FieldErrors } {
  const errors: FieldErrors = {};
  const terms = (Object.keys(SEARCH) as (Field | "modal")[]).flatMap((field): Term[] => {
    if (field === "modal") return [];
    const written = writtenIn(field, values);
    if (written === "") return [];
    const query = parseQuery(written);
    if ("terms" in query) return [...query.terms];
    errors[SEARCH[field]] = asPlain([`I expected ${query.mistake.expected}.`]);
    return [];
  });
  return Object.keys(errors).length > 0 ? { errors } : { line: printQuery({ terms }) };
}

function writtenIn(field: Field, values: Values): string {
  const given = values[SEARCH[field]]?.[SEARCH[field]];
  const chosen = given?.selected_option?.value;
  const text = (given?.value ?? chosen ?? given?.selected_user ?? "").trim();
  if (text === "" || chosen === "any") return "";
  switch (field) {
    case "name":
    case "role":
      // A bare number is always a key's ID, here too.
      if (field === "name" && /^\d{1,10}$/.test(text)) return text;
      return printQuery({ terms: [{ kind: field, pattern: text }] });
    case "owner":
      return `owner:<@${text}>`;
    case "unused":
      return `unused>${text.replace(/\s+/g, "")}`;
    case "created":
      // A length is an age: younger than that.
      return /^\d{4}-/.test(text) ? `created>${text}` : `created<${text.replace(/\s+/g, "")}`;
    case "failures":
      return `failures>${text}`;
    case "whose":
    case "state":
    case "expires":
      return text;
  }
}

/** The field that a term fills in; a term that no field can say is left out. */
function placeOf(term: Term): [Field, string][] {
  const written = printQuery({ terms: [term] });
  for (const field of ["whose", "state", "expires"] as const) {
    if (CHOICES[field].some(([value]) => value === written)) return [[field, written]];
  }
  switch (term.kind) {
    case "name":
    case "role":
      return [[term.kind, term.pattern]];
    case "id":
      return [["name", String(term.id)]];
    case "owner":
      return personId.safeParse(term.who).success ? [["owner", term.who]] : [];
    case "unused":
      return term.side === ">" ? [["unused", lengthIn(term.than)]] : [];
    case "created":
      return (term.side === ">") === (term.than.kind === "day") ? [["created", term.than.text]] : [];
    case "failures":
      return term.side === ">" ? [["failures", String(term.than)]] : [];
    case "expires":
    case "is":
    case "has":
      return [];
  }
}

function lengthIn(than: Measure): string {
  return than.text;
}

function select(field: keyof typeof CHOICES, chosen: string | undefined): InputBlock {
  const labels = { whose: "Owner", state: "State", expires: "Expires" };
  const options = CHOICES[field].map(([value, label]): PlainTextOption => ({
    text: plain(label, 75),
    value: value === "" ? "any" : value,
  }));
  const initial = options.find(({ value }) => value === (chosen ?? "any"));
  return {
    type: "input",
    block_id: SEARCH[field],
    label: plain(labels[field], 2000),
    element: {
      type: "static_select",
      action_id: SEARCH[field],
      options,
      ...(initial === undefined ? {} : { initial_option: initial }),
    },
  };
}

function person(chosen: string | undefined): InputBlock {
  return {
    type: "input",
    block_id: SEARCH.owner,
    optional: true,
    label: plain("Owned by", 2000),
    element: {
      type: "users_select",
      action_id: SEARCH.owner,
      ...(chosen === undefined ? {} : { initial_user: chosen }),
    },
  };
}

function text(field: Field, label: string, value: string | undefined, hint: string): InputBlock {
  return textField(SEARCH[field], label, value === undefined ? undefined : shorten(value, 100), {
    most: 100,
    hint,
    optional: true,
  });
}
