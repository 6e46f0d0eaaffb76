import { type CardId, cardId } from "../domain/card.ts";
import type { Message } from "./words/words.ts";

const START = "card ";

/** Says in a card which one it is, so that a message that no row knows is known again by a click on it. */
export function named({ text, blocks }: Message, card: CardId): Message {
  const [first, ...rest] = blocks;
  return { text, blocks: first === undefined ? [] : [{ ...first, block_id: `${START}${card}` }, ...rest] };
}

/** Which card a message was drawn as, by the id of its first block. */
export function cardNamed(blockId: string | undefined): CardId | undefined {
  return blockId?.startsWith(START) === true ? cardId.safeParse(blockId.slice(START.length)).data : undefined;
}
