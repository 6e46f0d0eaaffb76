import type { DueMember } from "../../domain/key.ts";
import { code, type Words } from "./words.ts";

/* What becomes of a change to a key that is on record, while the manager has not done it. */

/** A lock that is on record and that the manager has not carried out; `refused`: it says no to it. */
export function lockOnItsWay(name: Words, { refused }: { refused: boolean }): Words {
  return refused
    ? [
        "The lock on ",
        ...name,
        " is on record, but the manager refuses to lock the key: it may still work. I go on trying, but tell whoever runs this program and the manager at once.",
      ]
    : [
        "The lock on ",
        ...name,
        " is on record, but the manager has not confirmed it yet: until it does, the key may still work. I keep trying, and its page says when it is locked.",
      ];
}

/** What the manager refuses of a key, and what to do next. */
export function refusedByManager(keyName: string, member: DueMember): Words {
  const name = code(keyName);
  if (member === "deleted")
    return [
      "The manager refuses to delete ",
      name,
      ", so the key stays as it was. To stop it: ",
      code("/apikey lock"),
      ". Whoever runs this program can ask the manager's people why.",
    ];
  if (member === "active")
    return [
      "The manager refuses to unlock ",
      name,
      ", so the key stays down. I go on trying; tell whoever runs this program.",
    ];
  return [
    `The manager refuses the new ${CALLED[member]} of `,
    name,
    `, so the key keeps ${member === "expiresAt" ? "its old one" : "what it had"}. ${HINTS[member] ?? ""}Choose another: `,
    code("/apikey edit"),
    ".",
  ];
}

type Value = Exclude<DueMember, "active" | "deleted">;

const CALLED: Record<Value, string> = {
  name: "name",
  description: "description",
  locale: "language",
  timeZone: "time zone",
  expiresAt: "end",
};

const HINTS: Partial<Record<Value, string>> = {
  name: "Something else in the manager may have it. ",
  timeZone: "It may know old names only, such as Asia/Calcutta for Asia/Kolkata. ",
};
