import type { BlockAction } from "@slack/bolt";
import { noteCard } from "../usecases/cards.ts";
import type { Bot } from "./interaction.ts";
import { cardIn } from "./input/read-payload.ts";

/**
 * A card may stand twice where nobody heard that it was posted: whichever is pressed is kept up to date.
 * Never rejects: what was done by the press is done, and the next press notes the copy too.
 */
export async function noteCopy(bot: Bot, body: BlockAction): Promise<void> {
  try {
    await note(bot, body);
  } catch (error) {
    bot.context.log.warn({ err: error }, "a copy of a card could not be noted");
  }
}

async function note({ context }: Bot, body: BlockAction): Promise<void> {
  const { channel_id: channel, message_ts: ts, is_ephemeral: passing = false } = body.container;
  const card = cardIn(body);
  if (typeof channel === "string" && typeof ts === "string" && !passing && card !== undefined)
    await noteCard(context, card, { channel, ts });
}
