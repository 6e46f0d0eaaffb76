import type { ModalView } from "@slack/types";
import { lineBlocks } from "./line-blocks.ts";
import { lines, plain, type Words } from "../words/words.ts";

/** Slack shows 100 blocks in a modal. */
const MOST_BLOCKS = 90;

/** All of a difference that a card is too short for, one line for each right. */
export function differenceModal(title: string, difference: readonly Words[]): ModalView {
  const blocks = lineBlocks(difference, MOST_BLOCKS);
  const shown = blocks.length === 0 ? [lines(["There is no difference."])] : blocks;
  return {
    type: "modal",
    title: plain("What would change", 24),
    close: plain("Close", 24),
    blocks: [
      { type: "header", text: plain(title, 150) },
      ...shown,
      lines(["+ is what it may do then, − what it may do no longer. An approval covers all of it."]),
    ],
  };
}
