import type { InputBlock, KnownBlock, ModalView } from "@slack/types";
import { z } from "zod";
import type { LockoutId } from "../../domain/lockout.ts";
import { lockoutId, personId, type PersonId } from "../../domain/values.ts";
import { MOST } from "../../domain/typed.ts";
import type { Survey } from "../../usecases/lockout/survey-lockout.ts";
import type { Values } from "../interaction.ts";
import { owner } from "../words/wants-words.ts";
import { bold, code, field, lines, list, plain, shorten, time, type Words } from "../words/words.ts";
import { button, buttons } from "./buttons.ts";
import { personField, textField } from "./fields.ts";

/** A field's block and element share one id. */
export const DECLARE = {
  modal: "lockout.declare",
  open: "lockout.open",
  look: "lockout.look",
  which: "lockout.which",
  line: "lockout.line",
  owner: "lockout.owner",
  spare: "lockout.spare",
  incident: "lockout.incident",
  because: "lockout.because",
  until: "lockout.until",
  typed: "lockout.typed",
} as const;

const WHICH = [
  ["query", "Keys that a search finds"],
  ["role", "Keys with this role"],
  ["owner", "Keys of this person"],
  ["used", "Keys used within this time"],
  ["keys", "Keys with these IDs"],
  ["all", "All keys"],
] as const;
export type WhichKeys = (typeof WHICH)[number][0];

/** What stands in the form. */
export type Declared = {
  id: LockoutId;
  drill: boolean;
  which: WhichKeys;
  line: string;
  owner: PersonId | undefined;
  spare: string;
  incident: string;
  because: string;
  until: string;
  typed: string;
};

const LONGEST_LINE = 1000;
/** Keys and owners that the dry run names. */
const NAMED = 5;

/** `survey`: what it would do by now; in its place, why that cannot be said. */
export type LookedAt = { survey: Survey } | { problem: Words };

/** The dry run with the fields that change it, and what else is needed to declare. */
export function lockoutForm(filled: Declared, looked: LookedAt, problem?: Words): ModalView {
  const { drill } = filled;
  const mustType = "survey" in looked && looked.survey.mustType && !drill;
  const blocks: KnownBlock[] = [
    ...(problem === undefined ? [] : [lines([bold("This did not work. "), ...problem])]),
    ...(drill
      ? [lines([bold("A drill: "), "everything is done but the locking, and the clock is kept."])]
      : []),
    whichField(filled.which),
    ...scopeField(filled),
    textField(DECLARE.spare, "Except", filled.spare, {
      most: LONGEST_LINE,
      optional: true,
      redraws: true,
      hint: "A search of the same kind; what it finds is left alone.",
    }),
    lines([bold("What would be locked")], ...lookedInWords(looked)),
    buttons(button(DECLARE.look, "Look again", "")),
    textField(DECLARE.incident, "Incident", filled.incident, {
      most: 100,
      hint: "Its reference, such as INC-42.",
    }),
    textField(DECLARE.because, "Why", filled.because, { most: MOST.reason, multiline: true }),
    textField(DECLARE.until, "For how long", filled.until, {
      most: 60,
      optional: true,
      hint: "2h, until tomorrow, 2027-03-01; empty: until it is restored.",
    }),
    ...(mustType
      ? [
          textField(DECLARE.typed, "Type the incident's reference once more", filled.typed, {
            most: 100,
            hint: whyTyped(looked.survey),
          }),
        ]
      : []),
  ];
  return {
    type: "modal",
    callback_id: DECLARE.modal,
    private_metadata: JSON.stringify({ id: filled.id, drill }),
    title: plain(drill ? "Lockout drill" : "Declare a lockout", 24),
    submit: plain(drill ? "Start the drill" : "Lock them out", 24),
    close: plain("Cancel", 24),
    blocks,
  };
}

const TYPED: Partial<Record<WhichKeys, { label: string; hint: string }>> = {
  query: {
    label: "Search",
    hint: "ci* role:auditor owner:@me unused<7d created<30d has:no-expiry failures>3. Enter looks again.",
  },
  role: { label: "Role", hint: "Its name, such as Auditor; * stands for any letters." },
  used: { label: "Used within", hint: "7d, 2 weeks, or since a day such as 2026-11-01." },
  keys: { label: "IDs", hint: "Set apart by spaces or commas: 12, 15, 20." },
};

/** What the choice above needs besides; all keys need nothing. */
function scopeField({ which, line, owner: whose }: Declared): InputBlock[] {
  if (which === "owner") return [personField(DECLARE.owner, "Owner", whose)];
  const typed = TYPED[which];
  if (typed === undefined) return [];
  const look = { most: LONGEST_LINE, optional: true, redraws: true, hint: typed.hint };
  return [textField(DECLARE.line, typed.label, line, look)];
}

function whichField(chosen: WhichKeys): InputBlock {
  const options = WHICH.map(([value, label]) => ({ text: plain(label, 75), value }));
  const initial = options.find(({ value }) => value === chosen);
  return {
    type: "input",
    block_id: DECLARE.which,
    label: plain("Which keys", 150),
    dispatch_action: true,
    element: {
      type: "static_select",
      action_id: DECLARE.which,
      options,
      ...(initial === undefined ? {} : { initial_option: initial }),
    },
  };
}

function whyTyped({ keys, asOf }: Survey): string {
  if (asOf === undefined) return "Nobody knows yet how many keys these are.";
  return keys === 1
    ? "The policy lets not even one key go without."
    : `These are ${keys} keys, more than the policy lets go without.`;
}

function lookedInWords(looked: LookedAt): Words[] {
  if ("problem" in looked) return [looked.problem];
  const { keys, active, dangerous, owners, spared, asOf } = looked.survey;
  if (asOf === undefined) return [["I am still reading the manager's keys: the number is not known yet."]];
  const named = dangerous
    .slice(0, NAMED)
    .map((key): Words => [code(shorten(key.name, 60)), ` (${shorten(key.roleName, 60)})`]);
  const whose = owners.slice(0, NAMED).map((each): Words => [...owner(each.owner), ` (${each.keys})`]);
  const left = spared
    .slice(0, NAMED)
    .map(({ key, why }): Words => [
      code(shorten(key.name, 60)),
      why === "own-key" ? " (the key that I work with)" : " (spared by you)",
    ]);
  return [
    [bold(`${keys} ${keys === 1 ? "key" : "keys"}`), `, ${active} of them active, as of `, time(asOf)],
    ...(named.length === 0 ? [] : [field("The most dangerous first", list(more(named, keys)))]),
    ...(whose.length === 0 ? [] : [field("Owners", list(more(whose, owners.length)))]),
    ...(left.length === 0 ? [] : [field("Left alone", list(more(left, spared.length)))]),
    ["What is found in the manager itself decides; keys made meanwhile are locked too."],
  ];
}

function more(named: readonly Words[], all: number): readonly Words[] {
  return all > named.length ? [...named, [`${all - named.length} more`]] : named;
}

const metadata = z.object({ id: lockoutId, drill: z.boolean() });

/** What stands in the form now; `undefined` where it is none of ours. */
export function readDeclared(carried: string, values: Values): Declared | undefined {
  const read = metadata.safeParse(parsed(carried));
  if (!read.success) return undefined;
  const text = (id: string): string => (values[id]?.[id]?.value ?? "").trim();
  const chosen = values[DECLARE.which]?.[DECLARE.which]?.selected_option?.value;
  return {
    ...read.data,
    which: WHICH.find(([value]) => value === chosen)?.[0] ?? "query",
    line: text(DECLARE.line),
    owner: personId.safeParse(values[DECLARE.owner]?.[DECLARE.owner]?.selected_user).data,
    spare: text(DECLARE.spare),
    incident: text(DECLARE.incident),
    because: text(DECLARE.because),
    until: text(DECLARE.until),
    typed: text(DECLARE.typed),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
