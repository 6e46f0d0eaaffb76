import { explainRequest } from "../../usecases/requests/why.ts";
import { explainRefusal } from "../words/explain.ts";
import type { Bot, Click, Command, Conversation } from "../interaction.ts";
import { WHY, whichRequest, whyMessage } from "../views/why.ts";
import { saying } from "../words/words.ts";

/** Why a request is decided as it is, and by whom: from a line, from its card and from lists. */
export const why: Conversation = {
  help: {
    why: {
      topic: "ask",
      does: "See which rules decide a request, who could still decide, and what happens if nobody does",
      who: "who asked, who may decide, incident responders and auditors",
      lines: ["why ci-deploy", "why 8QK2V7M4TXB1"],
    },
  },
  commands: {
    why: (bot, command) =>
      command.text.trim() === ""
        ? command.reply(whichRequest())
        : answer(bot, command, { text: command.text, typed: true }),
  },
  clicks: { [WHY.open]: (bot, click) => answer(bot, click, { text: click.value, typed: false }) },
};

async function answer(
  { context }: Bot,
  { by, reply }: Command | Click,
  asked: { text: string; typed: boolean },
): Promise<void> {
  const found = await explainRequest(context, { by, ...asked });
  await reply("refusal" in found ? saying(explainRefusal(found.refusal)) : whyMessage(found));
}
