import type { Button, KnownBlock } from "@slack/types";
import { z } from "zod";
import { keyId } from "../../domain/values.ts";
import type { ListedKey } from "../../usecases/inventory-port.ts";
import type { KeysPage, Turn } from "../../usecases/keys/browse-keys.ts";
import { expiryInWords, lockedInWords, useInWords } from "../words/key-words.ts";
import { owner } from "../words/wants-words.ts";
import {
  bold,
  code,
  fallback,
  lines,
  type Message,
  plain,
  shorten,
  time,
  type Words,
} from "../words/words.ts";
import { button, buttons } from "./buttons.ts";
import { KEY } from "./key-actions.ts";
import { DECLARE } from "./lockout-form.ts";

/** `open` carries a query line; `search` too, to begin the form with; the turns say where a page begins. */
export const LIST = {
  open: "list.open",
  search: "list.search",
  previous: "list.previous",
  next: "list.next",
  export: "list.export",
} as const;

/** Characters of a name in a list; the key's page has the whole. */
const LONGEST_NAME = 120;
/** A button's value has room for so many characters (slack-rules.md 2.5). */
const LONGEST_VALUE = 2000;

/** One page of keys, with the way to each and to the pages around it. */
export function keysList(page: KeysPage): Message {
  const { keys, line } = page;
  const title = page.scope === "own" ? "Your API keys" : "API keys";
  const blocks: KnownBlock[] = [
    { type: "header", text: plain(title, 150) },
    lines(...(line === "" ? [] : [[code(line)]]), count(page), asOf(page)),
    ...(keys.length === 0 ? [lines(nothing(page))] : []),
    ...keys.flatMap((key): KnownBlock[] => [
      lines(...keyLines(key, page)),
      buttons(button(KEY.show, "Show", String(key.id))),
    ]),
    buttons(...turns(page), ...others(page)),
  ];
  return { text: fallback([`${title}: ${page.total}`]), blocks };
}

function keyLines(key: ListedKey, { now, scope }: KeysPage): Words[] {
  const whose: Words = scope === "own" ? [] : [", ", ...owner(key.owner)];
  return [
    [
      bold(shorten(key.name, LONGEST_NAME)),
      ` (ID ${key.id}), ${shorten(key.roleName, LONGEST_NAME)}`,
      ...whose,
    ],
    [
      key.active ? "Active" : "Locked",
      ...lockedInWords(key),
      ". Expires: ",
      ...expiryInWords(key.expiresAt, now),
      ". ",
      ...useInWords(key),
      ".",
    ],
  ];
}

function count({ keys, from, total, orMore }: KeysPage): Words {
  if (keys.length === 0) return [];
  const last = from + keys.length - 1;
  const all = orMore ? `more than ${total}` : String(total);
  return [`${from} to ${last} of ${all}.`];
}

function asOf({ asOf: at }: KeysPage): Words {
  return at === undefined ? [] : ["As of ", time(at), ", with changes made here since."];
}

function nothing({ asOf: at, line, scope, from }: KeysPage): Words {
  if (at === undefined) return ["I am still reading the manager's keys. Try again in a moment."];
  if (from > 1) return ["There are no more keys."];
  if (line !== "") {
    return scope === "own"
      ? ["None of your keys is like this."]
      : ["No key is like this. A name is matched whole: ", code("ci*"), " finds all that begin with ci."];
  }
  return scope === "own"
    ? ["You have no API keys yet. To ask for one: ", code("/apikey request")]
    : ["The manager has no keys."];
}

function turns({ keys, line, from, hasNext }: KeysPage): Button[] {
  const [first] = keys;
  const last = keys.at(-1);
  const each: [boolean, string, string, Turn][] = [
    [
      from > 1 && first !== undefined,
      LIST.previous,
      "Previous",
      { from: Math.max(1, from - 10), ...(first && { before: { name: first.name, id: first.id } }) },
    ],
    [
      hasNext && last !== undefined,
      LIST.next,
      "Next",
      { from: from + keys.length, ...(last && { after: { name: last.name, id: last.id } }) },
    ],
  ];
  return each
    .filter(([shown]) => shown)
    .map(([, id, label, turn]) => ({ id, label, value: JSON.stringify({ line, turn }) }))
    .filter(({ value }) => value.length <= LONGEST_VALUE)
    .map(({ id, label, value }) => button(id, label, value));
}

function others({ line, auditor, keys, scope }: KeysPage): Button[] {
  return [
    button(LIST.search, "Search…", line.length > LONGEST_VALUE ? "" : line),
    ...(auditor && keys.length > 0 ? [button(LIST.export, "Export as CSV", line)] : []),
    ...(scope === "all" && line !== "" && line.length <= LONGEST_VALUE && keys.length > 0
      ? [button(DECLARE.open, "Lock all of these out…", line, { style: "danger" })]
      : []),
  ];
}

const cursor = z.object({ name: z.string(), id: keyId });
const turnValue = z.object({
  line: z.string(),
  turn: z.union([
    z.object({ from: z.int().min(1), after: cursor }),
    z.object({ from: z.int().min(1), before: cursor }),
  ]),
});

/** The page that a button turns to; `undefined` where its value is none of ours. */
export function readTurn(value: string): { line: string; turn: Turn } | undefined {
  try {
    return turnValue.safeParse(JSON.parse(value)).data;
  } catch {
    return undefined;
  }
}
