import type { KnownBlock } from "@slack/types";
import type { Leak, Proof, Sighting } from "../../domain/leak.ts";
import type { LeakCard } from "../../usecases/card-content.ts";
import { expiryInWords, stateOfKey, useInWords } from "../words/key-words.ts";
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
import { button, buttons, confirm } from "./buttons.ts";
import { compromisedButton, KEY } from "./key-actions.ts";

/** `close` carries the leak's id. */
export const LEAK = { close: "leak.close" } as const;

/** Messages that are named; of more, their number says enough. */
const NAMED = 5;
/** Characters of a name. */
const LONGEST = 100;

/** To the responders: a secret stood in a message, whose it is, and what to do about it. */
export function leakCard({ leak, listed, now }: LeakCard): Message {
  const title = titleOf({ leak, listed });
  const blocks: KnownBlock[] = [
    { type: "header", text: plain(title, 150) },
    lines(...sightingsInWords(leak), field("Its secret", proofInWords(leak.proof, leak.own))),
    ...keyBlocks({ leak, listed, now }),
    ...(leak.closed === undefined
      ? [buttons(notOurs(leak))]
      : [lines(["Put aside by ", person(leak.closed.by), " (", time(leak.closed.at), ")"])]),
  ];
  return { text: fallback([title]), blocks };
}

/** To the key's owner. */
export function ownerLeakCard({ leak, listed, now }: LeakCard): Message {
  const name = listed === undefined ? "your API key" : `your API key ${shorten(listed.name, LONGEST)}`;
  const title = `A secret of ${name} stood in a message`;
  const down = listed?.active === false;
  const blocks: KnownBlock[] = [
    { type: "header", text: plain(title, 150) },
    lines(...sightingsInWords(leak), field("Its secret", proofInWords(leak.proof, leak.own))),
    lines([
      down
        ? "The key is down. Rotate it, and it works again with the new secret."
        : "Whoever has seen the message may use it. Rotate the key, and delete the message if it is yours.",
    ]),
    ...(leak.closed === undefined
      ? []
      : [
          lines([
            "An incident responder has put it aside: ",
            person(leak.closed.by),
            " (",
            time(leak.closed.at),
            ")",
          ]),
        ]),
    ...(listed === undefined
      ? []
      : [lines(...keyInWords(listed, now)), buttons(...actions(String(listed.id), listed))]),
  ];
  return { text: fallback([title]), blocks };
}

function titleOf({ leak, listed }: Pick<LeakCard, "leak" | "listed">): string {
  if (leak.own) return "My own secret stood in a message";
  if (listed === undefined) return "A secret stood in a message";
  return `A secret stood in a message: ${shorten(listed.name, LONGEST)}`;
}

function keyBlocks({ leak, listed, now }: Pick<LeakCard, "leak" | "listed" | "now">): KnownBlock[] {
  if (leak.own) {
    return [
      lines([
        "It opens the key that I work with. Replace it at once: ",
        code("npm run portcullis -- first-key --replace"),
      ]),
    ];
  }
  if (listed === undefined) {
    return [
      lines([
        leak.key === undefined
          ? "I do not know whose it is."
          : `The manager has no key with the ID ${leak.key} now.`,
      ]),
    ];
  }
  return [
    lines(...keyInWords(listed, now)),
    buttons(button(KEY.show, "Show", String(listed.id)), ...actions(String(listed.id), listed)),
  ];
}

function actions(id: string, { holds }: NonNullable<LeakCard["listed"]>) {
  const compromised = holds?.reasons.some((each) => each.kind === "compromised") ?? false;
  return [
    button(KEY.rotate, "Rotate…", id, { style: "primary" }),
    button(KEY.lock, "Lock…", id, { style: "danger" }),
    ...(compromised ? [button(KEY.cleared, "False alarm", id)] : [compromisedButton(id)]),
  ];
}

function keyInWords(key: NonNullable<LeakCard["listed"]>, now: number): Words[] {
  return [
    [bold(shorten(key.name, LONGEST)), ` (ID ${key.id}), ${shorten(key.roleName, LONGEST)}`],
    field("Owner", owner(key.owner)),
    field("State", stateOfKey(key, (key.holds?.reasons ?? []).slice(0, 2))),
    field("Expires", expiryInWords(key.expiresAt, now)),
    field("Use", useInWords(key)),
  ];
}

function sightingsInWords({ sightings, seen }: Leak): Words[] {
  const rest = seen - Math.min(sightings.length, NAMED);
  return [
    ...sightings.slice(-NAMED).map((each) => field("Seen", sightingInWords(each))),
    ...(rest > 0 ? [[`And ${rest} more times before.`]] : []),
  ];
}

function sightingInWords({ at, by, channel, author }: Sighting): Words {
  const where: Words = channel === undefined ? [] : [" in ", { type: "channel", channel_id: channel }];
  const who: Words = author === undefined ? [] : [", written by ", person(author)];
  const how: Words = by === "portcullis" ? [", seen by me"] : [", reported by ", person(by)];
  return [time(at), ...where, ...who, ...how];
}

function proofInWords(proof: Proof, own: boolean): Words {
  switch (proof.is) {
    case "trying":
      return ["is being tried"];
    case "works":
      return [
        own ? "opened my own key when I tried it once (" : "works: I tried it once (",
        time(proof.at),
        ")",
      ];
    case "refused":
      return [
        "was refused by the manager when I tried it once (",
        time(proof.at),
        "); that of a locked key is refused too",
      ];
    case "untried":
      return [UNTRIED[proof.because]];
  }
}

const UNTRIED = {
  policy: "was not tried: the policy does not let me",
  "no-key": "was not tried: the manager has no key with its ID",
  failures: "was not tried: wrong ones of this key have been, and one more may lock it",
  hour: "was not tried: another one of this key was within the hour",
  manager: "may work: the manager did not answer when I tried it",
  stopped: "may work: I could not say in time whether it does. Treat it as one that works",
} as const;

function notOurs({ id }: Leak) {
  const sure = confirm(
    "Put this aside?",
    "It is not ours, or nothing to worry about. The same secret, seen again, opens it anew.",
    "Put aside",
  );
  return button(LEAK.close, "Not ours", id, { confirm: sure });
}
