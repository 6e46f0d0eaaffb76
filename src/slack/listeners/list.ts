import type { PersonId } from "../../domain/values.ts";
import { listKeys, type Turn } from "../../usecases/keys/browse-keys.ts";
import { unescaped } from "../input/clauses.ts";
import { explainMissing, explainRefusal } from "../words/explain.ts";
import type { Bot, Click, Command, Conversation, Help, Submission } from "../interaction.ts";
import { openModal, pushModal } from "../modal.ts";
import { button, buttons } from "../views/buttons.ts";
import { keysList, LIST, readTurn } from "../views/keys-list.ts";
import { saidModal } from "../views/saying-modal.ts";
import { readSearch, SEARCH, searchModal } from "../views/search-modal.ts";
import { type Message, saying } from "../words/words.ts";

const LISTING: Help = {
  topic: "find",
  does: "List API keys",
  who: "anyone their own; incident responders and auditors all",
  lines: ["list", "list owner:@me", "list expires<30d"],
};
const SEARCHING: Help = {
  topic: "find",
  does: "Find API keys, with one line or a form",
  who: "anyone among their own; incident responders and auditors among all",
  lines: [
    "search",
    "search ci* role:auditor locked",
    "search expires<30d unused>90d owner:@me",
    "search created>2026-01-01 has:no-expiry failures>3",
  ],
};

/** Lists and searches: a line, or the form that builds one; pages turn in place. */
export const list: Conversation = {
  commands: {
    list: async (bot, command) => command.reply(await page(bot, command.by, unescaped(command.text))),
    search,
  },
  help: { list: LISTING, search: SEARCHING },
  clicks: {
    [LIST.open]: async (bot, click) => click.reply(await page(bot, click.by, click.value)),
    [LIST.search]: async (bot, click) => openSearch(bot, click, click.value),
    [LIST.previous]: turn,
    [LIST.next]: turn,
  },
  submissions: { [SEARCH.modal]: submit },
};

async function search(bot: Bot, command: Command): Promise<void> {
  const line = unescaped(command.text).trim();
  if (line === "") return openSearch(bot, command, "");
  await command.reply(await page(bot, command.by, line));
}

async function openSearch({ clients }: Bot, asked: Command | Click, line: string): Promise<void> {
  const inModal = "view" in asked && asked.view !== undefined;
  const open = inModal ? pushModal : openModal;
  const opened = await open(clients, asked.trigger, searchModal(line));
  if (opened === undefined)
    await asked.reply(saying(["Slack was too slow to open the form. Please try again."]));
}

async function turn(bot: Bot, click: Click): Promise<void> {
  const to = readTurn(click.value);
  if (to === undefined) return click.reply(saying(explainMissing()));
  await (click.replace ?? click.reply)(await page(bot, click.by, to.line, to.turn));
}

/** The answer takes the form's place: a form has no message to answer in (R7). */
async function submit(bot: Bot, { by, view, answer }: Submission): Promise<void> {
  const read = readSearch(view.values);
  await answer("errors" in read ? read : { view: saidModal(await page(bot, by, read.line)) });
}

async function page({ context }: Bot, by: PersonId, line: string, at?: Turn): Promise<Message> {
  const found = await listKeys(context, { by, line, ...(at === undefined ? {} : { turn: at }) });
  if ("keys" in found) return keysList(found);
  const said = saying(explainRefusal(found.refusal));
  if (found.refusal.reason !== "bad-query") return said;
  return { ...said, blocks: [...said.blocks, buttons(button(LIST.search, "Use a form", ""))] };
}
