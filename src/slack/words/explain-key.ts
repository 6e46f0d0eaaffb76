import type { PersonKind, Refusal } from "../../domain/refusal.ts";
import { some } from "./role-words.ts";
import { code, list, person, time, type Words } from "./words.ts";

/** The refusals that only things done to keys and roles meet. */
type KeyRefusal = Extract<
  Refusal,
  {
    reason:
      | "not-held"
      | "done-before"
      | "not-locked"
      | "others-lock"
      | "compromised-already"
      | "not-compromised"
      | "own-alarm"
      | "too-many-reports"
      | "held"
      | "extend-instead"
      | "not-later"
      | "name-not-typed"
      | "key-deleted"
      | "no-such-key"
      | "no-such-request"
      | "no-such-role"
      | "not-your-key"
      | "page-stale"
      | "no-change"
      | "no-owner"
      | "rotation-open"
      | "role-in-use"
      | "role-immutable"
      | "owner-cannot"
      | "bad-query";
  }
>;

/** What a "no" about a key or a role means, and what to do next. */
export function explainKeyRefusal(refusal: KeyRefusal): Words {
  switch (refusal.reason) {
    case "not-held":
      return [`This lockout does not hold ${some(refusal.keys.map(String), 20)}.`];
    case "done-before":
      return ["This reached me twice. It was done the first time, and nothing was done now."];
    case "not-locked":
      return ["This key is not locked, so there is nothing to unlock."];
    case "compromised-already":
      return ["This was said already (", time(refusal.at), "): the key is down until it has another secret."];
    case "not-compromised":
      return ["Nobody has said that the secret of this key got out, so there is no alarm to lift."];
    case "own-alarm":
      return [
        "You said yourself that the secret got out, so another incident responder has to say that it did not.",
      ];
    case "too-many-reports":
      return [
        `That is more than the ${refusal.most} different secrets that I take up from one person within an hour. Tell the incident responders directly.`,
      ];
    case "others-lock":
      return othersLock(refusal);
    case "held":
      return [
        "This key is held down by ",
        ...list(refusal.by.map((each) => [HELD_BY[each]])),
        ", and only the end of that frees it.",
      ];
    case "extend-instead":
      return [
        "This is later than the key expires now. A longer life needs an approval: ",
        code("/apikey extend"),
        ".",
      ];
    case "not-later":
      return [
        "The key lives at least as long already. To let it expire earlier: ",
        code("/apikey edit"),
        ".",
      ];
    case "name-not-typed":
      return ["This is not the key's name, so nothing was deleted. Type it exactly as it stands."];
    case "key-deleted":
      return refusal.at === undefined
        ? ["The manager has no such key any more: it was deleted."]
        : ["This key was deleted (", time(refusal.at), ")."];
    case "no-such-key":
      return noSuch("key", refusal, ". A number is a key's ID; anything else is its exact name.");
    case "no-such-request":
      return noSuch(
        "request",
        refusal,
        ". A name finds your own requests and those that still wait; an ID finds any. To see them: ",
        code("/apikey requests"),
        ".",
      );
    case "no-such-role":
      return noSuch("role", refusal, ".");
    case "not-your-key":
      return [WHO_MAY[refusal.does] ?? "Only the key's owner, or an incident responder, may do this."];
    case "page-stale":
      return [
        `The key has changed since you looked at it: its ${refusal.changed.map(memberInWords).join(", ")}. Nothing was done; look again and decide anew.`,
      ];
    case "no-change":
      return ["This is how it is already, so there is nothing to change."];
    case "no-owner":
      return [
        "This key has no owner, so there is nobody to show a secret to. Give it one first: ",
        code("/apikey assign"),
        ".",
      ];
    case "rotation-open":
      return [
        "Its owner has a button for a new secret already (since ",
        time(refusal.at),
        "), in the direct message with me.",
      ];
    case "role-in-use":
      return [
        `The manager will not delete it while keys have this role (${refusal.keys}). Give them another one first.`,
      ];
    case "role-immutable":
      return ["This role is the manager's own and can be neither changed nor deleted."];
    case "owner-cannot":
      return [OWNER_CANNOT[refusal.kind]];
    case "bad-query":
      return badQuery(refusal);
  }
}

/** The line up to the mistake, and what stands there instead of what was expected. */
function badQuery({ line, at, expected }: Extract<Refusal, { reason: "bad-query" }>): Words {
  const before = line.slice(0, at);
  const there = /^\S*/.exec(line.slice(at))?.[0] ?? "";
  const found: Words = there === "" ? ["the end"] : [code(there)];
  const behind: Words = before.trim() === "" ? [] : ["behind ", code(before.trimEnd()), " "];
  return [
    "I cannot read this search from character ",
    String(at + 1),
    " on: ",
    ...behind,
    "I expected ",
    expected,
    ", and found ",
    ...found,
    ". Nothing was looked for.",
  ];
}

const HELD_BY = {
  lock: "a lock",
  lockout: "a lockout",
  compromised: "a report that its secret got out",
} as const;

const OWNER_CANNOT: Record<PersonKind, string> = {
  member: "This person cannot own keys.",
  guest: "Guests cannot own keys. Choose a full member of the workspace.",
  bot: "Bots cannot own keys. Choose a person.",
  deactivated: "This account is not active in the workspace, so it cannot own keys.",
  stranger: "This person belongs to another workspace, so they cannot own keys here.",
};

/** By what somebody tried to do (`does` of the refusal). */
const WHO_MAY: Record<string, string> = {
  show: "This is somebody else's key. Its owner, incident responders and auditors can look at it.",
  edit: "This is somebody else's key. Its owner or an incident responder can edit it.",
  extend: "Only the key's owner can ask for a longer life.",
  role: "Only the key's owner can ask for another role.",
  rotate: "This is somebody else's key. Its owner or an incident responder can rotate it.",
  lock: "This is somebody else's key. Its owner or an incident responder can lock it.",
  unlock: "This is somebody else's key. Its owner or an incident responder can unlock it.",
  assign: "This is somebody else's key. Its owner or an incident responder can hand it over.",
  delete: "This is somebody else's key. Its owner or an incident responder can delete it.",
  "let-go": "This is somebody else's key. Its owner or an incident responder can let it go.",
};

const MEMBERS: Record<string, string> = { timeZone: "time zone", expiresAt: "expiry", locale: "language" };

/** A member of a key as people call it. */
function memberInWords(member: string): string {
  return MEMBERS[member] ?? member;
}

function othersLock({ by, at, as }: Extract<Refusal, { reason: "others-lock" }>): Words {
  const whose: Words = ["It was locked by ", person(by), " (", time(at), ")"];
  return as === "owner"
    ? [...whose, " as its owner: only its owner can lift that lock."]
    : [...whose, " as an incident responder: another responder than who locked it has to lift that lock."];
}

function noSuch(
  what: string,
  { asked, near }: { asked: string; near: readonly string[] },
  ...hint: Words
): Words {
  return [`I find no ${what} called `, code(asked), ...hint, ...nearTo(near)];
}

function nearTo(near: readonly string[]): Words {
  if (near.length === 0) return [];
  return [
    " Near to it: ",
    ...list(
      near.map((each) => [code(each)]),
      "or",
    ),
    ".",
  ];
}
