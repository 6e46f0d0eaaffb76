import { keyId } from "../../domain/values.ts";
import { showHistory, showKey } from "../../usecases/keys/show-key.ts";
import { readClauses } from "../input/clauses.ts";
import { explainMissing, explainRefusal } from "../words/explain.ts";
import type { Bot, Click, Command, Conversation, Help } from "../interaction.ts";
import { KEY } from "../views/key-actions.ts";
import { historyPage, KEY_PAGE, keyPage, readHistory, whichKey } from "../views/key-page.ts";
import { saying } from "../words/words.ts";

const HELP: Help = {
  topic: "find",
  does: "See all that is known of an API key, and what you may do to it",
  who: "the key's owner, incident responders and auditors",
  lines: ["show ci-deploy", "show 42"],
  key: true,
};

/** A key's page, from a line and from every list. */
export const show: Conversation = {
  commands: { show: byLine },
  help: { show: HELP },
  clicks: {
    [KEY.show]: async (bot, click) => answer(bot, click, click.value),
    [KEY_PAGE.history]: older,
  },
};

async function byLine(bot: Bot, command: Command): Promise<void> {
  const { head } = readClauses(command.text, []);
  await (head === "" ? command.reply(whichKey()) : answer(bot, command, head));
}

async function answer({ context }: Bot, { by, reply }: Command | Click, text: string): Promise<void> {
  const seen = await showKey(context, { by, text });
  await reply("refusal" in seen ? saying(explainRefusal(seen.refusal)) : keyPage(seen));
}

async function older({ context }: Bot, { by, value, reply }: Click): Promise<void> {
  const read = readHistory(value);
  const key = keyId.safeParse(read?.key);
  if (read === undefined || !key.success) return reply(saying(explainMissing()));
  const found = await showHistory(context, { by, key: key.data, before: read.before });
  await reply("refusal" in found ? saying(explainRefusal(found.refusal)) : historyPage(found.key, found));
}
