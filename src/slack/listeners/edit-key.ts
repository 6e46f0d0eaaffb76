import { type Instant, locale } from "../../domain/values.ts";
import { MOST } from "../../domain/typed.ts";
import { type Edit, editKey } from "../../usecases/keys/change-key.ts";
import { shown } from "../../usecases/keys/find-key.ts";
import { type Settling } from "../../usecases/keys/settle-key.ts";
import type { ManagedKey } from "../../usecases/ports.ts";
import { findZones } from "../input/calendar.ts";
import { keyConversation } from "../key-conversation.ts";
import type { Unread } from "../key-task.ts";
import { refusedByManager } from "../words/settling-words.ts";
import { readWhen } from "../words/when.ts";
import { initialText, languageField, textField, zoneField } from "../views/fields.ts";
import { keyField, type Typed } from "../views/key-form.ts";
import { zoneOptions } from "../views/request-options.ts";
import { code, type Words } from "../words/words.ts";

const WORDS = ["name", "description", "language", "zone", "expires"];

/** What a key is called and how it reckons; an expiry only moves nearer here. */
export const edit = keyConversation({
  doing: "edit",
  title: "Edit a key",
  submit: "Save",
  help: {
    topic: "change",
    does: "Change a key's name, description, language or time zone, or let it expire earlier",
    who: "the key's owner and incident responders",
    lines: ["edit ci-deploy", "edit ci-deploy name ci-release", "edit ci-deploy expires in 7 days"],
    form: true,
    key: true,
  },
  words: WORDS,
  complete: (typed) => WORDS.some((word) => (typed[word] ?? "") !== ""),
  check: unread,
  fields: async (_, { found: { key }, typed }) => ({
    inputs: [
      textField(keyField("edit", "name"), "Name", typed["name"] ?? key.name, { most: MOST.name }),
      textField(keyField("edit", "description"), "Description", typed["description"] ?? key.description, {
        most: MOST.description,
        optional: true,
      }),
      textField(keyField("edit", "expires"), "Expires earlier", typed["expires"], {
        most: 60,
        hint: "in 7 days, tomorrow, 2027-03-01; empty: as it is now. For a later end: /apikey extend",
        optional: true,
      }),
      languageField(keyField("edit", "language"), languageOf(typed["language"]) ?? key.locale),
      zoneField(keyField("edit", "zone"), typed["zone"] ?? key.timeZone),
    ],
  }),
  at: {
    "name-form": "name",
    "name-taken": "name",
    "own-key": "name",
    "unknown-time-zone": "zone",
    "extend-instead": "expires",
    "expiry-in-past": "expires",
    "no-change": "name",
  },
  suggestions: { zone: async (_, { typed }) => zoneOptions(findZones(typed)) },
  carryOut: async ({ context }, { typed, person, seen = {}, ...on }) => {
    const key = await context.manager.describeKey(on.key);
    const to = editOf(key === undefined ? typed : withoutUntouched(typed, shown(key)), {
      now: context.clock(),
      zone: person.timeZone,
    });
    const changed = await editKey(context, { ...on, to, seen });
    if ("refusal" in changed) return changed;
    return { said: editedWords(changed.record.value.name, changed.manager) };
  },
});

function editedWords(keyName: string, manager: Settling): Words[] {
  const name = code(keyName);
  if (manager === "settled") return [[name, " is changed."]];
  if (typeof manager === "object")
    return [
      ...manager.refused.map((member) => refusedByManager(keyName, member)),
      ["Anything else that you have changed with it is not affected."],
    ];
  return [["The change to ", name, " is on record, and will be made as soon as the manager answers."]];
}

function unread(typed: Typed, when: { now: Instant; zone: string }): Unread {
  const expires = (typed["expires"] ?? "").trim();
  const language = typed["language"] ?? "";
  const end = expires === "" ? undefined : readWhen(expires, when);
  return {
    ...(expires === "" || (end !== undefined && "at" in end)
      ? {}
      : {
          expires: [
            end === undefined
              ? `I cannot read "${expires}" as a time. Write in 7 days, tomorrow or 2027-03-01.`
              : "A life without end needs an approval: /apikey extend",
          ],
        }),
    ...(language === "" || languageOf(language) !== undefined
      ? {}
      : { language: ["The manager knows two languages: en-US and ja-JP."] }),
  };
}

function editOf(typed: Typed, when: { now: Instant; zone: string }): Edit {
  const { name, description, language, zone, expires = "" } = typed;
  const chosen = languageOf(language);
  const end = expires.trim() === "" ? undefined : readWhen(expires, when);
  return {
    ...(name === undefined ? {} : { name: name.trim() }),
    ...(description === undefined ? {} : { description: description.trim() }),
    ...(chosen === undefined ? {} : { locale: chosen }),
    ...(zone === undefined || zone === "" ? {} : { timeZone: zone }),
    ...(end !== undefined && "at" in end ? { expiresAt: end.at } : {}),
  };
}

/** A field may have shown less of a text than there is, or shown it on one line: left as it was, it changes nothing. */
function withoutUntouched(typed: Typed, key: Pick<ManagedKey, "name" | "description">): Typed {
  const untouched = (["name", "description"] as const).filter(
    (word) =>
      typed[word] !== undefined && onOneLine(typed[word]) === onOneLine(initialText(key[word], MOST[word])),
  );
  return Object.fromEntries(
    Object.entries(typed).filter(([word]) => !untouched.some((each) => each === word)),
  );
}

function onOneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** "ja", "ja-JP", "Japanese". */
function languageOf(typed = ""): Edit["locale"] {
  const text = typed.trim().toLowerCase();
  const known = locale.options.find((each) => each.toLowerCase() === text || each.slice(0, 2) === text);
  if (known !== undefined) return known;
  return text === "english" ? "en-US" : text === "japanese" ? "ja-JP" : undefined;
}
