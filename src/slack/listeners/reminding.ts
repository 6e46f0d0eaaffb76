import { letItGo } from "../../usecases/keys/let-go.ts";
import { explainRefusal } from "../words/explain.ts";
import type { Bot, Click, Conversation } from "../interaction.ts";
import { REMINDER } from "../views/key-reminder-card.ts";
import { saying } from "../words/words.ts";

/** What somebody was reminded of; the other buttons of its card are the key's own. */
export const reminding: Conversation = { clicks: { [REMINDER.letGo]: letGo } };

async function letGo({ context }: Bot, { by, at, value, reply }: Click): Promise<void> {
  const done = await letItGo(context, { reminder: value, by, clickedAt: at });
  // The card itself says who lets it go; only a "no" needs words of its own.
  if ("refusal" in done) await reply(saying(explainRefusal(done.refusal)));
}
