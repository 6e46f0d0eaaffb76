import type { Button, KnownBlock } from "@slack/types";
import { secretSince } from "../../domain/reminder.ts";
import type { KeyNow, ReminderCard } from "../../usecases/card-content.ts";
import { stateOfKey } from "../words/key-words.ts";
import { calling } from "../words/request-words.ts";
import { owner } from "../words/wants-words.ts";
import {
  code,
  fallback,
  field,
  lines,
  type Message,
  person,
  plain,
  time,
  type Words,
} from "../words/words.ts";
import { button, buttons, confirm } from "./buttons.ts";
import { KEY } from "./key-actions.ts";

/** `letGo` carries the reminder's id. */
export const REMINDER = { letGo: "reminder.let-go" } as const;

/** To the owner of a key, or to their team: its end is near, or its secret old; and what came of it. */
export function keyReminderCard(content: ReminderCard): Message {
  const { reminder, key, record, calls, groups } = content;
  const name = key?.name ?? reminder.name;
  const settled = whatCameOfIt(content);
  const open = settled === undefined;
  const title = `${TITLE[reminder.what][open ? "open" : "settled"]}: ${name}`;
  const called: Words[] =
    open && calls.length > 0 ? [[...calling(calls, groups), ": please see to it."]] : [];
  const blocks: KnownBlock[] = [
    { type: "header", text: plain(title, 150) },
    lines(
      [code(name), ` (ID ${reminder.key})`],
      ...(settled ?? due(content)),
      // In their own direct message nobody needs to be told whose key it is.
      ...(content.card.kind === "key-reminder" || reminder.own ? [] : [field("Owner", owner(record?.owner))]),
      ...called,
    ),
    ...(open && key !== undefined && !reminder.own ? [buttons(...actions(content, key))] : []),
  ];
  return { text: fallback([`${title}.`], ...(settled ?? due(content))), blocks };
}

const TITLE = {
  expiry: { open: "Expires soon", settled: "Expiry" },
  rotation: { open: "Time to rotate", settled: "Rotation" },
} as const;

/** What has become of it, so that nothing has to be done any more; `undefined`: it is as it was. */
function whatCameOfIt({ card, reminder, key, record, now }: ReminderCard): Words[] | undefined {
  const { what, of } = reminder;
  if (key === undefined || record?.deletedAt !== undefined || record?.due?.deleted === true) {
    return [["The key is gone."]];
  }
  if ("person" in card.to && card.to.person !== record?.owner) {
    return [["It belongs to ", ...owner(record?.owner), " now."]];
  }
  const said = record?.upkeep?.letGo?.[what];
  if (what === "expiry" && key.expiresAt !== of) return [anotherEnd(key.expiresAt, record, of)];
  if (what === "rotation" && secretSince(key, record) !== of) {
    return [["It was rotated (", time(secretSince(key, record)), ")."]];
  }
  if (key.expiresAt !== undefined && key.expiresAt <= now)
    return [["It has expired (", time(key.expiresAt), ")."]];
  if (said?.of === of) {
    const until = what === "expiry" ? "before it expires" : "before it is rotated";
    const end: Words[] = what === "expiry" ? [["It expires ", time(of), "."]] : [];
    return [
      ...end,
      [person(said.by), " lets it go (", time(said.at), `): nobody is reminded again ${until}.`],
    ];
  }
  const holds = record?.holds?.reasons ?? [];
  if (key.active && holds.length === 0) return undefined;
  return [
    field("State", stateOfKey(key, holds.slice(0, 2))),
    ["Nobody is reminded of it while it is locked."],
  ];
}

function anotherEnd(now: number | undefined, record: ReminderCard["record"], before: number): Words {
  const by = record?.upkeep?.extended?.by;
  const who: Words = by === undefined ? [] : [", by ", person(by)];
  if (now === undefined) return ["It never expires now", ...who, "."];
  return now > before
    ? ["Extended to ", time(now), ...who, "."]
    : ["It expires earlier now: ", time(now), "."];
}

/** What is to be done, and by when. */
function due({ reminder, key, record }: ReminderCard): Words[] {
  const { what, of, own } = reminder;
  if (own) {
    return [
      ["I work with this key myself: once it has expired (", time(of), "), nothing works here any more."],
      ["Replace it in time: ", code("npm run portcullis -- first-key --replace")],
    ];
  }
  if (what === "rotation") {
    return [
      ["Its secret is the same since ", time(of), ", which is longer than the policy wants."],
      ["Rotate it, or let it go if the secret cannot be changed."],
      ...(key?.expiresAt === undefined ? [] : [field("Expires", [time(key.expiresAt)])]),
    ];
  }
  const end: Words = ["It expires ", time(of), ". Whatever uses it stands still then."];
  if (record?.owner === undefined) return [end, ["Nobody owns it: adopt it if it is still needed."]];
  return [end, ["Extend it if it is still needed, or let it go."]];
}

/** The key's own buttons: who may is decided at the click. */
function actions({ card, reminder, record }: ReminderCard, { id, expiresAt }: KeyNow): Button[] {
  const value = String(id);
  const toOwner = card.kind === "key-reminder";
  const owned = record?.owner !== undefined;
  const sure = confirm(
    "Let it go?",
    reminder.what === "expiry"
      ? `${reminder.name} will expire, and nobody will be reminded again.`
      : `${reminder.name} will keep its secret, and nobody will be reminded again.`,
    "Let it go",
  );
  return [
    ...(toOwner ? [] : [button(KEY.show, "Show", value)]),
    ...(owned ? [button(KEY.rotate, "Rotate…", value)] : []),
    ...(owned && expiresAt !== undefined ? [button(KEY.extend, "Extend…", value)] : []),
    ...(toOwner ? [] : [button(KEY.assign, owned ? "Hand over…" : "Adopt…", value)]),
    button(REMINDER.letGo, "Let it go", reminder.id, { confirm: sure }),
  ];
}
