import type { Button } from "@slack/types";
import { type Holds, mayLift } from "../../domain/hold.ts";
import type { KeyId, PersonId } from "../../domain/values.ts";
import { button, confirm } from "./buttons.ts";

/** What can be done to one key, from wherever it is shown; the value is the key's ID. */
export const KEY = {
  show: "key.show",
  edit: "key.edit",
  extend: "key.extend",
  role: "key.role",
  rotate: "key.rotate",
  lock: "key.lock",
  unlock: "key.unlock",
  assign: "key.assign",
  delete: "key.delete",
  compromised: "key.compromised",
  cleared: "key.cleared",
} as const;

/** What a reader is to a key; without `reader` nobody's own lock can be told from another's. */
export type May = { owner: boolean; responder: boolean; auditor: boolean; reader?: PersonId };

/** As much of a key as decides which actions make sense now. */
export type Actionable = {
  id: KeyId | number;
  active: boolean;
  /** Absent: never expires, so that its life cannot be longer. */
  expiresAt?: number | undefined;
  holds?: Holds | undefined;
};

/**
 * The buttons that this reader may use on this key, and no others; all without `show`, for a page
 * that is that already. Rights are checked again at the click.
 */
export function keyActions(may: May, key: Actionable): Button[] {
  const value = String(key.id);
  const acts = may.owner || may.responder;
  const reasons = key.holds?.reasons ?? [];
  const lockedOut = reasons.some((each) => each.kind === "lockout");
  const compromised = reasons.some((each) => each.kind === "compromised");
  const offered: [boolean, Button][] = [
    [acts, button(KEY.edit, "Edit…", value)],
    [may.owner && !lockedOut && key.expiresAt !== undefined, button(KEY.extend, "Extend…", value)],
    [may.owner && !lockedOut, button(KEY.role, "Change role…", value)],
    [acts && !lockedOut, button(KEY.rotate, "Rotate…", value)],
    [acts, button(KEY.lock, "Lock…", value, { style: "danger" })],
    [acts && !compromised, compromisedButton(value)],
    [compromised && may.responder, button(KEY.cleared, "False alarm", value)],
    [mayUnlock(may, key), button(KEY.unlock, "Unlock", value)],
    [acts && !lockedOut, button(KEY.assign, "Hand over…", value)],
    [acts && !lockedOut, button(KEY.delete, "Delete…", value, { style: "danger" })],
  ];
  return offered.filter(([shown]) => shown).map(([, each]) => each);
}

/** A lock of ours that this reader may lift, or a key that the manager itself has locked. */
function mayUnlock(may: May, { active, holds }: Actionable): boolean {
  if (holds === undefined) return !active && may.responder;
  return holds.reasons.some(
    (each) =>
      each.kind === "lock" &&
      (may.reader === undefined
        ? each.as === "owner"
          ? may.owner
          : may.responder
        : mayLift(each, may.reader, may)),
  );
}

/** Its secret got out: the key goes down until its owner has been shown another one. */
export function compromisedButton(key: string): Button {
  const sure = confirm(
    "Mark it as compromised?",
    "The key goes down now, and comes back when its owner has been shown a new secret.",
    "Mark it",
  );
  return button(KEY.compromised, "Secret got out", key, { style: "danger", confirm: sure });
}
