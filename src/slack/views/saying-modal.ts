import type { HomeView, ModalView } from "@slack/types";
import { lines, type Message, plain, type Words } from "../words/words.ts";

/** The modal that holds a private answer where there is no message for it. */
export const SAID = "said.modal";

/** A modal with nothing left to fill in. */
export function sayingModal(title: string, ...each: readonly Words[]): ModalView {
  return { type: "modal", title: plain(title, 24), close: plain("Close", 24), blocks: [lines(...each)] };
}

/** A private answer to something pressed in the App Home, where messages cannot be shown. */
export function saidModal({ blocks }: Message): ModalView {
  return {
    type: "modal",
    callback_id: SAID,
    title: plain("API keys", 24),
    close: plain("Close", 24),
    blocks,
  };
}

/** A Home that says why there is none. */
export function sayingHome({ blocks }: Message): HomeView {
  return { type: "home", blocks };
}
