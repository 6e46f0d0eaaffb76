import type { ModalView } from "@slack/types";
import { containsSecret } from "../../domain/secret.ts";
import { MOST } from "../../domain/typed.ts";
import type { Refusal } from "../../domain/refusal.ts";
import type { RequestId } from "../../domain/values.ts";
import type { Values } from "../interaction.ts";
import { lines, plain, shorten, type Words } from "../words/words.ts";

export const DENY = { modal: "decide.deny-modal", because: "decide.because" } as const;

/** Asks the approver why; the asker is told. After a try that failed: why it did, and the reason as it was typed. */
export function denyModal(request: RequestId, failed?: { problem: Words; because: string }): ModalView {
  return {
    type: "modal",
    callback_id: DENY.modal,
    private_metadata: request,
    title: plain("Deny a request", 24),
    submit: plain("Deny", 24),
    close: plain("Keep it open", 24),
    blocks: [
      ...(failed === undefined ? [] : [lines(failed.problem)]),
      {
        type: "input",
        block_id: DENY.because,
        label: plain("Why?", 2000),
        hint: plain("The person who asked reads this, and it stays in the audit trail.", 2000),
        element: {
          type: "plain_text_input",
          action_id: DENY.because,
          multiline: true,
          max_length: MOST.reason,
          ...(failed === undefined ? {} : { initial_value: shorten(failed.because, MOST.reason) }),
        },
      },
    ],
  };
}

/** The reason given, or what is wrong with it. */
export function readDenial(values: Values): { because: string } | { refusal: Refusal } {
  const because = values[DENY.because]?.[DENY.because]?.value?.trim() ?? "";
  if (because === "") return { refusal: { reason: "reason-too-short", atLeast: 1 } };
  if (containsSecret(because)) return { refusal: { reason: "contains-secret", field: "reason" } };
  return [...because].length > MOST.reason
    ? { refusal: { reason: "too-long", field: "reason", most: MOST.reason } }
    : { because };
}
