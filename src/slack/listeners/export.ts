import { type Export, exportKeys } from "../../usecases/keys/export-keys.ts";
import { shareFile } from "../announce.ts";
import { unescaped } from "../input/clauses.ts";
import { explainRefusal } from "../words/explain.ts";
import type { Bot, Click, Command, Conversation, Help } from "../interaction.ts";
import { csvHeader, csvLines } from "../words/keys-csv.ts";
import { LIST } from "../views/keys-list.ts";
import { code, saying } from "../words/words.ts";

const HELP: Help = {
  topic: "find",
  does: "Take a list of keys away as a CSV file",
  who: "auditors",
  lines: ["export", "export has:no-owner", "export unused>90d"],
};

/** A list of keys as a file, for auditors, in our own direct message with them. */
export const exporting: Conversation = {
  commands: { export: async (bot, command) => send(bot, command, unescaped(command.text)) },
  help: { export: HELP },
  clicks: { [LIST.export]: async (bot, click) => send(bot, click, click.value) },
};

async function send(bot: Bot, { by, reply }: Command | Click, line: string): Promise<void> {
  const asked = await exportKeys(bot.context, { by, line });
  if ("refusal" in asked) return reply(saying(explainRefusal(asked.refusal)));
  const { bytes, keys } = await fileOf(asked);
  const day = new Date(bot.context.clock()).toISOString().slice(0, 10);
  const title = asked.line === "" ? "All API keys" : `API keys: ${asked.line}`;
  await shareFile(bot.clients, by, { name: `api-keys-${day}.csv`, title, bytes });
  const what = `${keys} ${keys === 1 ? "key" : "keys"}`;
  await reply(
    saying(
      [`The list of ${what} is a file in our direct message.`],
      ["To read it anew: ", code(`/apikey export ${asked.line}`.trim())],
    ),
  );
}

/** The whole file: an upload needs its length first, and 100,000 keys are some 15 MB. */
async function fileOf({ pages }: Export): Promise<{ bytes: Buffer; keys: number }> {
  const parts = [Buffer.from(csvHeader())];
  let keys = 0;
  for await (const page of pages) {
    parts.push(Buffer.from(csvLines(page)));
    keys += page.length;
  }
  return { bytes: Buffer.concat(parts), keys };
}
