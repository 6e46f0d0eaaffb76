import { requestId } from "../../domain/values.ts";
import { titleOf } from "../../domain/wants.ts";
import { requestsFor } from "../../usecases/requests/browse.ts";
import { withdrawRequest } from "../../usecases/requests/decide.ts";
import { explainRefusal } from "../words/explain.ts";
import type { Bot, Click, Command, Conversation } from "../interaction.ts";
import { requestsList, REQUESTS } from "../views/requests-list.ts";
import { code, type Message, saying, type Words } from "../words/words.ts";
import { answerInHome } from "./home.ts";

/** One's own requests, and what waits for one's decision. */
export const requests: Conversation = {
  help: {
    requests: {
      topic: "ask",
      does: "See your requests, and what waits for you",
      who: "everybody",
      lines: ["requests"],
    },
  },
  commands: { requests: show },
  clicks: { [REQUESTS.open]: show, [REQUESTS.withdraw]: withdraw },
};

async function show(bot: Bot, asked: Command | Click): Promise<void> {
  await asked.reply(await listFor(bot, asked));
}

async function withdraw(bot: Bot, click: Click): Promise<void> {
  const request = requestId.safeParse(click.value);
  if (!request.success) return click.reply(saying(explainRefusal({ reason: "not-found", what: "request" })));
  const press = { request: request.data, by: click.by, clickedAt: click.at };
  const withdrawn = await withdrawRequest(bot.context, press);
  const words: Words =
    "refusal" in withdrawn
      ? explainRefusal(withdrawn.refusal)
      : ["You withdrew ", code(titleOf(withdrawn.request.value.wants)), "."];
  await relist(bot, click, words);
}

/** Whether a click has a list around it to bring up to date: a private message's, or the Home's. */
export function inList(click: Click): boolean {
  return click.home === true || click.replace !== undefined;
}

/** Brings the list up to date where it stands, saying what the click did. */
export async function relist(bot: Bot, click: Click, note: Words): Promise<void> {
  if (click.home === true) return answerInHome(bot, click, note);
  await (click.replace ?? click.reply)(await listFor(bot, click, note));
}

async function listFor({ context }: Bot, { by }: Pick<Click, "by">, note?: Words): Promise<Message> {
  const found = await requestsFor(context, by);
  if ("refusal" in found) return saying(explainRefusal(found.refusal));
  const { groups } = context.policy().policy;
  return requestsList(found, groups, note);
}
