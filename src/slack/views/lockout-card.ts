import type { KnownBlock } from "@slack/types";
import { countIn, isInForce, type Lockout } from "../../domain/lockout.ts";
import { RESTORING } from "../../domain/lockout-item.ts";
import type { LockoutCard } from "../../usecases/card-content.ts";
import {
  fallback,
  field,
  lines,
  list,
  type Message,
  person,
  plain,
  shorten,
  time,
  toTheSecond,
  type Words,
} from "../words/words.ts";
import { button, buttons } from "./buttons.ts";

/** Each carries the lockout's id. */
export const LOCKOUT = {
  restore: "lockout.restore",
  note: "lockout.note",
  report: "lockout.report",
} as const;

/** Characters of what people typed that stand on the card; the whole is in its timeline. */
const LONGEST = 300;
/** Squares of the progress bar. */
const BAR = 20;
/** Reasons that are named; more are counted together. */
const MOST_REASONS = 8;

/** To the responders: how far a lockout has come, by what the manager has answered. */
export function lockoutCard({ lockout, reasons, rate }: LockoutCard): Message {
  const title = `${titleOf(lockout)}: ${lockout.incident}`;
  const blocks: KnownBlock[] = [
    { type: "header", text: plain(title, 150) },
    lines(
      [...stateInWords(lockout)],
      field("Keys", [`${progress(lockout)} `, countsInWords(lockout)]),
      ...clockInWords(lockout, rate),
      ...reasonsInWords(reasons),
      field("Scope", [
        lockout.scope.query === "" ? "all keys" : shorten(lockout.scope.query, LONGEST),
        ...(lockout.scope.keys === undefined ? [] : [`, of a list of ${lockout.scope.keys.length}`]),
        ...(lockout.scope.spare === undefined
          ? []
          : [`, except ${shorten(lockout.scope.spare.query, LONGEST)}`]),
      ]),
      field("Declared", ["by ", person(lockout.declaredBy), " (", time(lockout.at), ")"]),
      ...(lockout.until === undefined ? [] : [field("Until", [time(lockout.until)])]),
      field("Because", [shorten(lockout.because, LONGEST)]),
    ),
  ];
  return { text: fallback([`${title}. ${countsInWords(lockout)}`]), blocks: [...blocks, actions(lockout)] };
}

function actions(lockout: Lockout): KnownBlock {
  const { id } = lockout;
  const note = button(LOCKOUT.note, "Add a note…", id);
  const taken = button(LOCKOUT.report, "Report", id);
  return isInForce(lockout)
    ? buttons(button(LOCKOUT.restore, "Restore…", id, { style: "primary" }), note, taken)
    : buttons(note, taken);
}

function titleOf({ drill }: Lockout): string {
  return drill ? "Drill" : "Lockout";
}

function stateInWords(lockout: Lockout): Words {
  const { state, drill, clock } = lockout;
  const open = countIn(lockout, ["waiting", "locked", "loose"]);
  switch (state) {
    case "declared":
      return [drill ? "Being rehearsed: nothing is locked." : "Keys are being locked."];
    case "contained":
      return drill
        ? ["The drill is over. Nothing was locked."]
        : [
            "Contained: every key in scope was read back as locked.",
            ...(open === 0
              ? []
              : [
                  ` Since then ${open} ${open === 1 ? "has" : "have"} come or been unlocked, and ${open === 1 ? "is" : "are"} not yet read back.`,
                ]),
          ];
    case "ending":
      return ["Its time is over. It stays in force until somebody has it restored."];
    case "restoring":
      return ["Keys are coming back."];
    case "restored":
      return clock.restoredAt === undefined ? ["Restored."] : ["Restored (", time(clock.restoredAt), ")."];
  }
}

function progress(lockout: Lockout): string {
  const { found, coming, counts, state } = lockout;
  const all = found + coming - counts.skipped;
  const back = state === "restoring" || state === "restored" || countIn(lockout, RESTORING) > 0;
  const done = back ? counts.restored + counts.kept : countIn(lockout, ["locked", "verified"]);
  const full = all === 0 ? 0 : Math.floor((BAR * Math.min(done, all)) / all);
  return "▓".repeat(full) + "░".repeat(BAR - full);
}

const STATES = {
  waiting: "waiting to be locked",
  locked: "locked",
  verified: "locked and read back",
  loose: "unlocked in the manager",
  leaving: "about to come back",
  opening: "being opened",
  opened: "opened",
  restored: "restored and read back",
  kept: "kept down",
  skipped: "left alone",
} as const;

/** In a drill nothing is locked. */
const REHEARSED: Readonly<Record<string, string>> = {
  waiting: "to be rehearsed",
  locked: "rehearsed",
  verified: "rehearsed and read back",
};

function countsInWords({ counts, again, drill }: Lockout): string {
  const said = Object.entries(STATES).flatMap(([state, words]) => {
    const count = counts[state as keyof typeof STATES];
    const said = drill ? (REHEARSED[state] ?? words) : words;
    return count === 0 ? [] : [`${count} ${said}`];
  });
  const more = again === 0 ? [] : [`${again} times one was found active and locked again`];
  return said.length === 0 ? "none found yet" : [...said, ...more].join(", ");
}

function clockInWords({ at, clock, restores, drill }: Lockout, rate: number | undefined): Words[] {
  const moments = [
    [drill ? "first rehearsed" : "first locked", clock.firstLockedAt],
    ["half", clock.halfLockedAt],
    ["last", clock.lastLockedAt],
    [drill ? "read back" : "verified", clock.verifiedAt],
  ] as const;
  const said = moments.flatMap(([what, moment]): Words[] =>
    moment === undefined ? [] : [[`${what} after ${secondsInWords(moment - at)}`]],
  );
  if (said.length === 0) return [];
  const pace = rate === undefined ? [] : [` (${rate.toFixed(rate < 10 ? 1 : 0)} keys a second)`];
  return [field("Clock", [...list(said), ...pace]), ...restoreInWords(restores, clock)];
}

/** How long it took until everything that may had been read back as active. */
function restoreInWords(restores: Lockout["restores"], { restoredAt }: Lockout["clock"]): Words[] {
  const begun = restores.at(-1);
  if (begun === undefined) return [];
  const end = restoredAt === undefined ? [] : [`, read back after ${secondsInWords(restoredAt - begun.at)}`];
  return [field("Restore", [`of ${begun.whole ? "all" : "a part"}, begun `, toTheSecond(begun.at), ...end])];
}

function secondsInWords(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  return seconds < 6000 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** What a code of an item means; faults of the manager by what they are. */
const REASONS: Readonly<Record<string, string>> = {
  "own-key": "the key that I work with myself",
  "last-to-unlock": "the last key that could unlock others",
  spared: "spared on purpose",
  gone: "gone from the manager",
  "was-locked": "was locked before",
  compromised: "marked as compromised: comes back with a new secret",
  lock: "locked by somebody besides",
  lockout: "held by another lockout",
  "not-active": "did not stay active in the manager",
  "unlocked-outside": "unlocked in the manager, and left so",
  "manager-rate-limited": "waiting for the manager's limit of calls",
  "manager-timeout": "the manager did not answer in time",
  "manager-unreachable": "the manager cannot be reached",
  "manager-failed": "the manager failed",
  "manager-forbidden": "the manager does not let me",
  "manager-bad-answer": "the manager's answer does not show it",
};

function reasonsInWords(reasons: LockoutCard["reasons"]): Words[] {
  const said = reasons
    .slice(0, MOST_REASONS)
    .map(({ state, reason, count }): Words => [
      `${count} ${STATES[state]}: ${REASONS[reason] ?? shorten(reason, LONGEST)}${isRetried(state) ? ", being tried again" : ""}`,
    ]);
  const rest = reasons.length - said.length;
  const more: Words[] = rest > 0 ? [[`${rest} other reasons`]] : [];
  return said.length === 0 ? [] : [field("Why", list([...said, ...more]))];
}

function isRetried(state: LockoutCard["reasons"][number]["state"]): boolean {
  return state === "waiting" || state === "opening";
}
