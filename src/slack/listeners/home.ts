import { homeFor, noteHomeAnswered, openHome } from "../../usecases/home.ts";
import type { Bot, Click, Conversation } from "../interaction.ts";
import { publish } from "../modal.ts";
import { homeView } from "../views/home.ts";
import { saying, type Words } from "../words/words.ts";

/** Everybody's own page: what needs them first. It is published by whichever replica gets to it. */
export const home: Conversation = {
  home: async ({ context }, { by }) => openHome(context, by),
};

/** Answers what was pressed in somebody's Home, there, with what has become of the rest. */
export async function answerInHome(
  { context, clients }: Bot,
  { by, reply }: Pick<Click, "by" | "reply">,
  note: Words,
): Promise<void> {
  const { store, log } = context;
  const head = await store.auditHead();
  try {
    await publish(clients, by, homeView(await homeFor(context, by), note));
    await noteHomeAnswered(context, by, head);
  } catch (error) {
    // What was pressed is done, whatever the Home shows: it is drawn again with the next change.
    log.warn({ err: error, by }, "a Home could not be brought up to date");
    await reply(saying(note));
  }
}
