import type { KnownBlock } from "@slack/types";
import type { DepartedCard } from "../../usecases/card-content.ts";
import { expiryInWords, stateOfKey } from "../words/key-words.ts";
import { calling } from "../words/request-words.ts";
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
import { keyAgain } from "./key-form.ts";

/** Characters of a key's name that stand in the list. */
const LONGEST = 100;
/** Keys with another owner that are named. */
const MOST_TAKEN = 20;

/** To the responders: an owner was deactivated, what is theirs still, and who could take it over. */
export function departedCard(content: DepartedCard): Message {
  const { departure, left, taken, calls, groups } = content;
  const { person: who, at, returnedAt, total } = departure;
  const open = returnedAt === undefined && left > 0;
  const title = left === 1 ? "1 key has lost its owner" : `${left} keys have lost their owner`;
  const heading = open ? title : "The keys of somebody who had left";
  const blocks: KnownBlock[] = [
    { type: "header", text: plain(heading, 150) },
    lines(
      [person(who), " is deactivated in Slack. I saw it ", time(at), `; they owned ${keys(total)} then.`],
      ...(returnedAt === undefined ? [] : [["They are back since ", time(returnedAt), "."]]),
      ...(left === 0 ? [["None of them is theirs any more."]] : []),
      ...(open && calls.length > 0 ? [[...calling(calls, groups), ": please see to them."]] : []),
    ),
    ...(open ? ownedBlocks(content) : []),
    ...takenBlocks(taken),
  ];
  return { text: fallback([`${heading}.`]), blocks };
}

function keys(count: number): string {
  return count === 1 ? "1 key" : `${count} keys`;
}

function ownedBlocks({ owned, left, departure, now }: DepartedCard): KnownBlock[] {
  const rest = left - owned.length;
  return [
    ...owned.flatMap(({ key, heir }): KnownBlock[] => {
      const id = String(key.id);
      // The form opens with the proposal filled in; whoever sends it may choose somebody else.
      const line = JSON.stringify({ text: id, typed: heir === undefined ? {} : { to: heir } });
      const proposed: Words =
        heir === undefined ? ["nobody that I know of"] : [person(heir), ", who knows it from its requests"];
      return [
        lines(
          [bold(shorten(key.name, LONGEST)), ` (ID ${key.id}), ${shorten(key.roleName, LONGEST)}`],
          field("State", stateOfKey(key, (key.holds?.reasons ?? []).slice(0, 2))),
          field("Expires", expiryInWords(key.expiresAt, now)),
          field("Proposed owner", proposed),
        ),
        buttons(
          button(keyAgain("assign"), "Hand over…", line),
          button(KEY.lock, "Lock…", id, { style: "danger" }),
          button(KEY.show, "Show", id),
        ),
      ];
    }),
    ...(rest > 0
      ? [lines([`And ${rest} more: `, code("/apikey search owner:"), " and ", person(departure.person)])]
      : []),
  ];
}

function takenBlocks(taken: DepartedCard["taken"]): KnownBlock[] {
  if (taken.length === 0) return [];
  const each = taken
    .slice(0, MOST_TAKEN)
    .map((one): Words => [code(shorten(one.name, LONGEST)), ": ", ...owner(one.owner)]);
  return [lines([bold("With another owner now")], ...each)];
}
