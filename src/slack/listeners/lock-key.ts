import type { KeyRecord } from "../../domain/key.ts";
import type { Instant } from "../../domain/values.ts";
import { MOST } from "../../domain/typed.ts";
import { type Changed, lockKey, unlockKey } from "../../usecases/keys/change-key.ts";
import type { Settling } from "../../usecases/keys/settle-key.ts";
import { keyConversation } from "../key-conversation.ts";
import type { Unread } from "../key-task.ts";
import { holdInWords } from "../words/key-words.ts";
import { lockOnItsWay, refusedByManager } from "../words/settling-words.ts";
import { readFor, readWhen } from "../words/when.ts";
import { textField } from "../views/fields.ts";
import { keyField, type Typed } from "../views/key-form.ts";
import { code, list, time, type Words } from "../words/words.ts";

/** Locks a key at once; for a time, or until somebody unlocks it. */
export const lock = keyConversation({
  doing: "lock",
  title: "Lock a key",
  submit: "Lock",
  help: {
    topic: "stop",
    does: "Stop a key at once, for a time or until it is unlocked",
    who: "the key's owner and incident responders",
    lines: [
      "lock ci-deploy",
      "lock ci-deploy because laptop lost",
      "lock ci-deploy for 2h because deployment freeze",
      "lock 42 until tomorrow because looking into odd calls",
    ],
    form: true,
    key: true,
  },
  words: ["for", "until", "because"],
  complete: ({ because = "" }) => because.trim() !== "",
  check: lockUnread,
  fields: async (_, { typed, found: { may } }) => ({
    explained: [
      may.owner
        ? ["You lock it as its owner: only its owner can lift that."]
        : ["You lock it as an incident responder: another responder than you can lift that."],
    ],
    inputs: [
      textField(keyField("lock", "for"), "For how long", typed["for"] ?? typed["until"], {
        most: 60,
        hint: "2h, 3 days, until tomorrow, until 2027-03-01; empty: until somebody unlocks it.",
        optional: true,
      }),
      textField(keyField("lock", "because"), "Why", typed["because"], { most: MOST.reason, multiline: true }),
    ],
  }),
  at: { "reason-too-short": "because", "expiry-in-past": "for" },
  carryOut: async ({ context }, { typed, person, ...on }) => {
    const until = endOf(typed, { now: context.clock(), zone: person.timeZone });
    const because = (typed["because"] ?? "").trim();
    const changed = await lockKey(context, { ...on, because, ...(until === undefined ? {} : { until }) });
    return "refusal" in changed ? changed : { said: lockedWords(changed, until) };
  },
});

/** Lifts the locks that this person may lift. */
export const unlock = keyConversation({
  doing: "unlock",
  title: "Unlock a key",
  submit: "Unlock",
  help: {
    topic: "stop",
    does: "Lift a lock; the key works again once nothing holds it",
    who: "an owner's lock: the owner; a responder's: another responder than who locked it",
    lines: ["unlock ci-deploy"],
    form: true,
    key: true,
  },
  words: [],
  complete: () => true,
  fields: async () => ({ inputs: [] }),
  carryOut: async ({ context }, on) => {
    const changed = await unlockKey(context, on);
    return "refusal" in changed ? changed : { said: unlockedWords(changed) };
  },
});

function lockUnread(typed: Typed, when: { now: Instant; zone: string }): Unread {
  const text = writtenEnd(typed);
  if (text === "" || endOf(typed, when) !== undefined) return {};
  return { for: [`I cannot read "${text}" as a time. Write 2h, 3 days, tomorrow or 2027-03-01.`] };
}

function writtenEnd(typed: Typed): string {
  return (typed["for"] ?? typed["until"] ?? "").trim().replace(/^until\s+/i, "");
}

function endOf(typed: Typed, when: { now: Instant; zone: string }): Instant | undefined {
  const text = writtenEnd(typed);
  const length = readFor(text);
  if (length !== undefined) return when.now + length;
  const end = text === "" ? undefined : readWhen(text, when);
  return end !== undefined && "at" in end ? end.at : undefined;
}

function lockedWords(
  { record, manager }: Exclude<Changed, { refusal: unknown }>,
  until: Instant | undefined,
): Words[] {
  const name = code(record.value.name);
  const ends: Words = until === undefined ? [] : [" until ", time(until)];
  if (manager === "settled") return [[name, " is locked", ...ends, "."]];
  return [lockOnItsWay([name], { refused: typeof manager === "object" })];
}

function unlockedWords({ record, manager }: Exclude<Changed, { refusal: unknown }>): Words[] {
  const name = code(record.value.name);
  const left = record.value.holds?.reasons ?? [];
  if (left.length > 0) {
    return [["Your lock is lifted. ", name, " stays locked by ", ...list(left.map(holdInWords)), "."]];
  }
  return [freed(record.value, manager, name)];
}

function freed(record: KeyRecord, manager: Settling, name: ReturnType<typeof code>): Words {
  if (typeof manager === "object") return refusedByManager(record.name, "active");
  if (manager === "held") {
    return [
      "Nothing of yours holds ",
      name,
      " any more, but a lockout does: its restore brings the key back.",
    ];
  }
  if (manager === "later") {
    return ["The lock on ", name, " is lifted, and the key will work as soon as the manager answers."];
  }
  return record.due === undefined
    ? [name, " is as it was before it was locked."]
    : ["The lock on ", name, " is lifted."];
}
