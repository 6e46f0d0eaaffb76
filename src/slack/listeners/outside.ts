import { seeReport } from "../../usecases/inventory/see-report.ts";
import { explainRefusal } from "../words/explain.ts";
import type { Bot, Click, Conversation } from "../interaction.ts";
import { OUTSIDE } from "../views/outside-card.ts";
import { saying } from "../words/words.ts";

/** What happened in the manager without us; its keys' own buttons are theirs. */
export const outside: Conversation = { clicks: { [OUTSIDE.seen]: see } };

async function see({ context }: Bot, { by, at, value, reply }: Click): Promise<void> {
  const seen = await seeReport(context, { report: value, by, clickedAt: at });
  // The card itself says who has looked; only a "no" needs words of its own.
  if ("refusal" in seen) await reply(saying(explainRefusal(seen.refusal)));
}
