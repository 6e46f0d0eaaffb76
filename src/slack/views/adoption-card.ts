import type { KnownBlock } from "@slack/types";
import type { Adoption, Named } from "../../domain/adoption.ts";
import type { AdoptionCard } from "../../usecases/card-content.ts";
import {
  code,
  fallback,
  field,
  lines,
  list,
  type Message,
  person,
  plain,
  shorten,
  time,
  type Words,
} from "../words/words.ts";
import { button, buttons, confirm } from "./buttons.ts";

/** Both carry the adoption's id. */
export const ADOPTION = { confirm: "adoption.confirm", decline: "adoption.decline" } as const;

/** Keys that are named; the command that proposed it lists them all. */
const NAMED = 20;
/** Characters of a key's name. */
const LONGEST = 100;

/** To the responders: whose keys these are, by what we once wrote at them; nothing is believed before they say so. */
export function adoptionCard({ adoption }: AdoptionCard): Message {
  const { proposals, copied, forged, unmarked, known, id } = adoption;
  const title = `Owners for ${keys(proposals.length)} of a lost database`;
  const blocks: KnownBlock[] = [
    { type: "header", text: plain(title, 150) },
    lines(
      [
        "My records do not know these keys, but each bears my marker: who asked for it, sealed with my marker key.",
      ],
      ...(proposals.length === 0 ? [["There is none."]] : []),
      ...proposals
        .slice(0, NAMED)
        .map(({ owner, request, ...key }): Words => [
          ...keyInWords(key),
          " to ",
          person(owner),
          `, by the request ${request}`,
        ]),
      ...rest(proposals.length),
    ),
    ...doubtBlocks(copied, forged),
    lines([`Not touched: ${keys(unmarked)} without a marker, ${keys(known)} on record already.`]),
    lines(field("State", stateInWords(adoption))),
  ];
  if (adoption.decided === undefined && proposals.length > 0) {
    const sure = confirm(
      `Adopt ${keys(proposals.length)}?`,
      "Each gets the owner that its marker names, who may then rotate, extend or delete it.",
      "Adopt",
    );
    blocks.push(
      buttons(
        button(ADOPTION.confirm, `Adopt ${keys(proposals.length)}`, id, { style: "primary", confirm: sure }),
        button(ADOPTION.decline, "Leave them be", id),
      ),
    );
  }
  return { text: fallback([title]), blocks };
}

function doubtBlocks(copied: Adoption["copied"], forged: Adoption["forged"]): KnownBlock[] {
  const twice = copied
    .slice(0, NAMED)
    .map(({ request, keys: alike }): Words => [
      `The request ${request}: `,
      ...list(alike.slice(0, NAMED).map(keyInWords)),
      ...(alike.length > NAMED ? [` and ${alike.length - NAMED} more`] : []),
    ]);
  return [
    ...(twice.length === 0
      ? []
      : [
          lines(
            field("One marker on several keys", ["somebody copied it, so none of them is proposed."]),
            ...twice,
            ...rest(copied.length),
          ),
        ]),
    ...(forged.length === 0
      ? []
      : [
          lines(
            field("Markers that are not mine", ["they look like mine, and their seal does not hold."]),
            ...forged.slice(0, NAMED).map(keyInWords),
            ...rest(forged.length),
          ),
        ]),
  ];
}

function stateInWords({ decided, done, proposals }: Adoption): Words {
  if (decided === undefined)
    return [proposals.length === 0 ? "Nothing to decide" : "Waiting for an incident responder"];
  const who: Words = [person(decided.by), " (", time(decided.at), ")"];
  if (decided.as === "declined") return ["Left be by ", ...who];
  if (done === undefined) return ["Confirmed by ", ...who, "; being carried out"];
  const left: Words =
    done.left.length === 0
      ? []
      : [
          "; left, since they had gone or changed meanwhile: ",
          ...list(done.left.slice(0, NAMED).map(keyInWords)),
          ...rest(done.left.length).flat(),
        ];
  return ["Confirmed by ", ...who, `; ${keys(done.adopted)} adopted `, time(done.at), ...left];
}

function keyInWords({ key, name }: Named): Words {
  return [code(shorten(name, LONGEST)), ` (ID ${key})`];
}

function rest(count: number): Words[] {
  return count > NAMED ? [[` and ${count - NAMED} more`]] : [];
}

function keys(count: number): string {
  return count === 1 ? "1 key" : `${count} keys`;
}
