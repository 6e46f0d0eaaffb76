import type { ModalView } from "@slack/types";
import { lines, plain, type Words } from "../words.ts";

/** A modal with nothing left to fill in. */
export function sayingModal(title: string, ...each: readonly Words[]): ModalView {
  return { type: "modal", title: plain(title, 24), close: plain("Close", 24), blocks: [lines(...each)] };
}
