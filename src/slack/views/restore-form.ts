import type { ModalView } from "@slack/types";
import { z } from "zod";
import type { LockoutId } from "../../domain/lockout.ts";
import { lockoutId, type RequestId, requestId } from "../../domain/values.ts";
import { MOST } from "../../domain/typed.ts";
import type { Which } from "../../usecases/lockout/restore.ts";
import type { Values } from "../interaction.ts";
import { keyIdsIn } from "../input/key-ids.ts";
import { lines, plain, shorten, type Words } from "../words/words.ts";
import { textField } from "./fields.ts";

/** A field's block and element share one id. */
export const RESTORE = {
  modal: "restore.ask",
  which: "restore.which",
  line: "restore.line",
  because: "restore.because",
} as const;

/** `modal`: a responder's note on a lockout. */
export const NOTE = { modal: "lockout.note-form", text: "lockout.note-text" } as const;

const WHICH = [
  ["all", "All that it holds"],
  ["query", "Keys that a search finds"],
  ["keys", "Keys with these IDs"],
] as const;

/** Asks that keys of a lockout come back. */
export function restoreForm(
  about: { id: RequestId; lockout: LockoutId; incident: string; held: number },
  problem?: Words,
): ModalView {
  const options = WHICH.map(([value, label]) => ({ text: plain(label, 75), value }));
  const [first] = options;
  return {
    type: "modal",
    callback_id: RESTORE.modal,
    private_metadata: JSON.stringify({ id: about.id, lockout: about.lockout }),
    title: plain("Restore keys", 24),
    submit: plain("Ask for it", 24),
    close: plain("Cancel", 24),
    blocks: [
      ...(problem === undefined ? [] : [lines(["This did not work. ", ...problem])]),
      lines(
        [`${shorten(about.incident, 100)} holds ${about.held} ${about.held === 1 ? "key" : "keys"}.`],
        [
          "Somebody who did not declare it has to approve. Then exactly what was active comes back: what was locked before, or is held by something else, stays down.",
        ],
      ),
      {
        type: "input",
        block_id: RESTORE.which,
        label: plain("Which keys", 150),
        element: {
          type: "static_select",
          action_id: RESTORE.which,
          options,
          ...(first === undefined ? {} : { initial_option: first }),
        },
      },
      textField(RESTORE.line, "Search, or IDs", undefined, {
        most: 1000,
        optional: true,
        hint: "For a part of it: role:auditor owner:@ada, or 12, 15, 20.",
      }),
      textField(RESTORE.because, "Why", undefined, { most: MOST.reason, multiline: true }),
    ],
  };
}

const metadata = z.object({ id: requestId, lockout: lockoutId });

/** What somebody asks for; `undefined` where the form is none of ours. */
export function readRestore(
  carried: string,
  values: Values,
): (z.infer<typeof metadata> & { which: Which; line: string; reason: string }) | undefined {
  const read = metadata.safeParse(parsed(carried));
  if (!read.success) return undefined;
  const chosen = values[RESTORE.which]?.[RESTORE.which]?.selected_option?.value;
  const line = (values[RESTORE.line]?.[RESTORE.line]?.value ?? "").trim();
  const reason = (values[RESTORE.because]?.[RESTORE.because]?.value ?? "").trim();
  const which: Which =
    chosen === "query"
      ? { kind: "query", line }
      : chosen === "keys"
        ? { kind: "keys", keys: keyIdsIn(line) }
        : { kind: "all" };
  return { ...read.data, which, line, reason };
}

export function noteForm(lockout: string, problem?: Words): ModalView {
  return {
    type: "modal",
    callback_id: NOTE.modal,
    private_metadata: lockout,
    title: plain("Add a note", 24),
    submit: plain("Add", 24),
    close: plain("Cancel", 24),
    blocks: [
      ...(problem === undefined ? [] : [lines(problem)]),
      textField(NOTE.text, "Note", undefined, {
        most: MOST.reason,
        multiline: true,
        hint: "It stands in the timeline, in the report and in the audit trail.",
      }),
    ],
  };
}

export function readNote(values: Values): string {
  return (values[NOTE.text]?.[NOTE.text]?.value ?? "").trim();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
