import type { KnownBlock } from "@slack/types";
import type { KeyHistory, KeySeen } from "../../usecases/keys/show-key.ts";
import { eventInWords } from "../words/event-words.ts";
import { expiryInWords, stateOfKey, useInWords } from "../words/key-words.ts";
import { stateInWords } from "../words/request-words.ts";
import { dangerousRights, roleInWords, some } from "../words/role-words.ts";
import { owner } from "../words/wants-words.ts";
import {
  bold,
  code,
  day,
  fallback,
  field,
  lines,
  type Message,
  person,
  plain,
  time,
  type Words,
} from "../words/words.ts";
import { button, buttons } from "./buttons.ts";
import { showButton } from "./claim-card.ts";
import { keyActions } from "./key-actions.ts";

/** `history` carries the key's ID and the event before which it goes on. */
export const KEY_PAGE = { history: "key-page.history" } as const;

/** All that is known of a key, and what this reader may do to it; as it is now, not as a list had it. */
export function keyPage(seen: KeySeen): Message {
  const { key, history, may, record } = seen;
  const actions = keyActions(may, { ...key, holds: record?.holds });
  const blocks: KnownBlock[] = [
    { type: "header", text: plain(`API key: ${key.name}`, 150) },
    lines(...facts(seen)),
    lines(...origin(seen)),
    ...claimBlocks(seen),
    ...(actions.length === 0 ? [] : [buttons(...actions)]),
    ...historyBlocks(key.id, history),
  ];
  return { text: fallback([`API key ${key.name}: ${key.active ? "active" : "locked"}`]), blocks };
}

/** More of a key's history, by itself. */
export function historyPage(key: { id: number; name: string }, history: KeyHistory): Message {
  const blocks: KnownBlock[] = [
    { type: "header", text: plain(`API key: ${key.name}`, 150) },
    ...historyBlocks(key.id, history),
  ];
  return { text: fallback([`History of the API key ${key.name}`]), blocks };
}

function facts({ key, record, role, now, dangerous: patterns }: KeySeen): Words[] {
  const dangerous = role === undefined ? [] : dangerousRights(role.rights, patterns);
  return [
    field("ID", [String(key.id)]),
    field("State", stateOfKey(key, record?.holds?.reasons ?? [])),
    field("Owner", owner(record?.owner)),
    field("Role", [role?.name ?? `ID ${key.role} (the manager does not tell its name now)`]),
    ...(role === undefined ? [] : [field("It may", [roleInWords(role, 6)])]),
    ...(dangerous.length === 0 ? [] : [field("Dangerous", [some(dangerous, 5)])]),
    field("Expires", expiryInWords(key.expiresAt, now)),
    field("Use", useInWords(key)),
    ...(key.description === "" ? [] : [field("Description", [key.description])]),
    field("Language and time zone", [`${key.locale}, ${key.timeZone}`]),
  ];
}

function origin({ key, record, request }: KeySeen): Words[] {
  if (record?.origin.kind === "adopted") {
    return [
      field("Origin", [`the request ${record.origin.request} of a database that is lost, by its marker`]),
    ];
  }
  if (record === undefined || record.origin.kind === "outside") {
    return [field("Origin", ["made in the manager, not here, on ", day(key.createdAt)])];
  }
  if (request === undefined) return [field("Origin", ["a request here, which is no longer on record"])];
  return [
    field("Origin", [
      "asked for by ",
      person(request.asker),
      " (",
      time(request.askedAt),
      "): ",
      request.reason,
    ]),
    [bold("The request: "), ...stateInWords(request)],
  ];
}

/** The reader's own secret to see, or that somebody else's waits. */
function claimBlocks({ claim, may }: KeySeen): KnownBlock[] {
  if (claim?.state !== "open") return [];
  const waits: Words = ["A new secret waits for ", person(claim.owner), " until ", time(claim.lapsesAt), "."];
  return may.reader === claim.owner ? [lines(waits), showButton(claim.id, claim.request)] : [lines(waits)];
}

function historyBlocks(key: number, { events, more }: KeyHistory): KnownBlock[] {
  const last = events.at(-1);
  if (last === undefined) return [lines([bold("History: "), "nothing has been done to it here."])];
  const older = more ? [buttons(button(KEY_PAGE.history, "Older", `${key}:${last.seq}`))] : [];
  return [lines([bold("History, the newest first")], ...events.map((row) => eventInWords(row))), ...older];
}

/** Which history goes on where; `undefined` where the value is none of ours. */
export function readHistory(value: string): { key: number; before: number } | undefined {
  const [, key, before] = /^(\d{1,10}):(\d{1,15})$/.exec(value) ?? [];
  return key === undefined || before === undefined ? undefined : { key: Number(key), before: Number(before) };
}

/** Asks for the key that a line left out. */
export function whichKey(): Message {
  const said: Words = [
    "Which key? In one line: ",
    code("/apikey show ci-deploy"),
    ", or by its ID. To find one: ",
  ];
  return { text: fallback(said), blocks: [lines([...said, code("/apikey list")])] };
}
