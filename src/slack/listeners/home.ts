import type { PersonId } from "../../domain/values.ts";
import { homeFor, noteHomeAnswered, openHome } from "../../usecases/home.ts";
import type { Bot, Conversation } from "../interaction.ts";
import { publish } from "../modal.ts";
import { homeView } from "../views/home.ts";
import type { Words } from "../words.ts";

/** Everybody's own page: what needs them first. It is published by whichever replica gets to it. */
export const home: Conversation = {
  home: async ({ context }, { by }) => openHome(context, by),
};

/** Answers what was pressed in somebody's Home, there, with what has become of the rest. */
export async function answerInHome({ context, clients }: Bot, by: PersonId, note: Words): Promise<void> {
  const head = await context.store.auditHead();
  await publish(clients, by, homeView(await homeFor(context, by), note));
  await noteHomeAnswered(context, by, head);
}
