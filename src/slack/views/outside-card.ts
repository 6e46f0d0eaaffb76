import type { KnownBlock } from "@slack/types";
import type { Happening } from "../../domain/report.ts";
import { SHOWN_KEYS } from "../../usecases/cards.ts";
import type { KeyNow, ReportCard } from "../../usecases/card-content.ts";
import { expiryInWords, stateOfKey } from "../words/key-words.ts";
import { owner } from "../words/wants-words.ts";
import {
  bold,
  code,
  fallback,
  field,
  lines,
  type Message,
  person,
  plain,
  shorten,
  time,
  type Words,
} from "../words/words.ts";
import { button, buttons } from "./buttons.ts";
import { KEY } from "./key-actions.ts";

/** `seen` carries the report's id. */
export const OUTSIDE = { seen: "outside.seen" } as const;

/** To the responders: what happened to keys in the manager without us, and what to do about it. */
export function outsideCard({ report, keys, now }: ReportCard): Message {
  const { happenings, seen, at } = report;
  const title =
    happenings.length === 1 ? titleOf(happenings[0]) : `${happenings.length} keys changed outside`;
  const shown = happenings.slice(0, SHOWN_KEYS);
  const rest = happenings.length - shown.length;
  const blocks: KnownBlock[] = [
    { type: "header", text: plain(title, 150) },
    lines(["Somebody did this in the manager itself, not here. I saw it ", time(at), "."]),
    ...shown.flatMap((each) => happeningBlocks(each, keys.get(each.key), now)),
    ...(rest > 0
      ? [lines([`And ${rest} more. To see all that nobody owns: `, code("/apikey list has:no-owner")])]
      : []),
    ...(seen === undefined
      ? [buttons(button(OUTSIDE.seen, "I have looked at it", report.id))]
      : [lines(["Looked at by ", person(seen.by), " (", time(seen.at), ")"])]),
  ];
  return { text: fallback([title]), blocks };
}

/** Characters of a text that stand in a report; the whole stands on the key's page. */
const LONGEST = 60;

function titleOf(happening: Happening | undefined): string {
  switch (happening?.what) {
    case "made":
      return `A key was made outside: ${happening.name}`;
    case "deleted":
      return `A key was deleted outside: ${happening.name}`;
    case "changed":
    case undefined:
      return `A key was changed outside: ${happening?.name ?? ""}`;
  }
}

function happeningBlocks(happening: Happening, key: KeyNow | undefined, now: number): KnownBlock[] {
  const { name, key: id, what, changes } = happening;
  const said: Words[] = [
    [bold(shorten(name, LONGEST)), ` (ID ${id}) was ${what}`],
    ...changes.map(({ member, from, to }) =>
      field(MEMBERS[member], [`${inWords(member, from)} → ${inWords(member, to)}`]),
    ),
  ];
  if (key === undefined) return [lines(...said, what === "deleted" ? [] : ["The manager has it no more."])];
  const held = (key.holds?.reasons ?? []).slice(0, 2);
  return [
    lines(
      ...said,
      field("Now", [
        `${key.roleName}, `,
        ...stateOfKey(key, held),
        ", expires: ",
        ...expiryInWords(key.expiresAt, now),
        ", owner: ",
        ...owner(key.owner),
      ]),
    ),
    buttons(
      button(KEY.show, "Show", String(id)),
      button(KEY.lock, "Lock…", String(id), { style: "danger" }),
      button(KEY.assign, key.owner === undefined ? "Adopt…" : "Hand over…", String(id)),
    ),
  ];
}

const MEMBERS: Record<Happening["changes"][number]["member"], string> = {
  name: "Name",
  description: "Description",
  role: "Role",
  active: "State",
  expiresAt: "Expires",
  locale: "Language",
  timeZone: "Time zone",
};

function inWords(member: keyof typeof MEMBERS, value: Happening["changes"][number]["from"]): string {
  if (member === "active") return value === true ? "active" : "locked";
  if (member === "expiresAt") {
    return typeof value === "number" ? new Date(value).toISOString().slice(0, 16).replace("T", " ") : "never";
  }
  if (member === "role") return `ID ${String(value)}`;
  return value === "" || value === undefined ? "nothing" : `"${shorten(String(value), LONGEST)}"`;
}
