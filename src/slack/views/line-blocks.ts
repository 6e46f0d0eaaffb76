import type { RichTextBlock } from "@slack/types";
import { asPlain, lines, type Words } from "../words/words.ts";

/** Characters in one block; Slack limits a block to a few thousand. */
const LONGEST = 2500;

/** Many lines, in as few blocks as take them; `most` of them, and the last says how much is left out. */
export function lineBlocks(each: readonly Words[], most: number): RichTextBlock[] {
  const groups: Words[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const words of each) {
    const more = asPlain(words).length + 1;
    if (length + more > LONGEST) {
      groups.push([]);
      length = 0;
    }
    groups.at(-1)?.push(words);
    length += more;
  }
  if (groups.length <= most) return groups.map((group) => lines(...group));
  const left = groups.slice(most - 1).flat().length;
  return [
    ...groups.slice(0, most - 1).map((group) => lines(...group)),
    lines([`There are ${left} more lines than Slack can show here.`]),
  ];
}
