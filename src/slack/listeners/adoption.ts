import { decideOnAdoption } from "../../usecases/inventory/adoption.ts";
import { explainRefusal } from "../words/explain.ts";
import type { Bot, Click, Conversation } from "../interaction.ts";
import { ADOPTION } from "../views/adoption-card.ts";
import { saying } from "../words/words.ts";

/** What is proposed for the keys of a lost database: `npm run portcullis -- adopt` asks for it. */
export const adoption: Conversation = {
  clicks: {
    [ADOPTION.confirm]: async (bot, click) => decide(bot, click, "confirmed"),
    [ADOPTION.decline]: async (bot, click) => decide(bot, click, "declined"),
  },
};

async function decide(
  { context }: Bot,
  { by, at, value, reply }: Click,
  as: "confirmed" | "declined",
): Promise<void> {
  const decided = await decideOnAdoption(context, { adoption: value, as, by, clickedAt: at });
  // The card itself says who decided; only a "no" needs words of its own.
  if ("refusal" in decided) await reply(saying(explainRefusal(decided.refusal)));
  else context.nudge();
}
