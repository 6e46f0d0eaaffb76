import type { ModalView } from "@slack/types";
import { lines, plain, type Words } from "../words.ts";

/** Lines of one block; Slack limits a block to a few thousand characters, and a modal to 100 blocks. */
const IN_A_BLOCK = 25;
const MOST_BLOCKS = 90;

/** All of a difference that a card is too short for, one line for each right. */
export function differenceModal(title: string, difference: readonly Words[]): ModalView {
  const blocks = Array.from({ length: Math.ceil(difference.length / IN_A_BLOCK) }, (_, i) =>
    lines(...difference.slice(i * IN_A_BLOCK, (i + 1) * IN_A_BLOCK)),
  );
  const shown = blocks.length === 0 ? [lines(["There is no difference."])] : blocks.slice(0, MOST_BLOCKS);
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
