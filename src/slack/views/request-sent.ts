import type { ModalView } from "@slack/types";
import type { Request } from "../../domain/request.ts";
import { titleOf } from "../../domain/wants.ts";
import { stateInWords } from "../words/request-words.ts";
import { aimInWords, wishInWords } from "../words/wants-words.ts";
import { code, type Message, saying, type Words } from "../words/words.ts";
import { button, buttons } from "./buttons.ts";
import { REQUEST } from "./request-modal.ts";
import { sayingModal } from "./saying-modal.ts";

/**
 * What the form says once its request is made; the same when it was sent twice. With `changed`,
 * it was sent again with other content, which counts for nothing: people may have decided already.
 */
export function sentInWords(request: Request, changed = false): Words[] {
  const name = code(titleOf(request.wants));
  if (changed) {
    return [
      ["This form had been sent before, and the request for ", name, " stays as it was made then."],
      [stateInWords(request), ["."]].flat(),
      ["To change it, withdraw it and ask again: ", code("/apikey requests")],
    ];
  }
  if (request.state === "applied") {
    return [
      ["Done: the rules grant it at once, and it is carried out: ", ...wishInWords(request.wants), "."],
    ];
  }
  if (request.state === "approved" && request.claim === undefined) {
    return [
      [
        "It is approved: the rules grant it at once. It is being carried out, and I shall write to you when it is done.",
      ],
    ];
  }
  if (request.state === "approved") {
    return [
      ["Your request for ", name, " is approved: the rules grant it at once."],
      ["I have sent you a message with a button that shows the secret, once."],
    ];
  }
  return [
    [
      "Your request for ",
      ...(request.wants.kind === "new-key" ? [name] : aimInWords(request.wants)),
      " is made.",
    ],
    [stateInWords(request), ["."]].flat(),
    [
      "I shall write to you here in Slack when it is decided. To see or withdraw it: ",
      code("/apikey requests"),
    ],
  ];
}

/** When Slack was too slow to open the form: a button that opens it with all that was typed (R2). */
export function openAgain(line: string): Message {
  const message = saying([
    "Slack was too slow to open the form. Nothing is lost: this button opens it as you asked.",
  ]);
  return {
    ...message,
    blocks: [...message.blocks, buttons(button(REQUEST.open, "Open the form", line, { style: "primary" }))],
  };
}

/** When the form could not be prepared: why, and a button that tries again with all that was typed. */
export function tryAgain(title: string, problem: Words, line: string): ModalView {
  const modal = sayingModal(title, problem, ["Nothing that you typed is lost."]);
  const retry = buttons(button(REQUEST.again, "Try again", line, { style: "primary" }));
  return { ...modal, blocks: [...modal.blocks, retry] };
}
