import { nearestNames } from "../../domain/near-names.ts";
import type { Command, Conversation } from "../interaction.ts";
import { help, helpOn } from "../views/help.ts";

/** What one can do, told by the conversations themselves; the empty word stands for every unknown one too. */
export function helping(conversations: readonly Conversation[]): Conversation {
  const helps = new Map(conversations.flatMap((each) => Object.entries(each.help ?? {})));
  const on = async ({ text, reply }: Command): Promise<void> => {
    const typed = text.trim();
    const known = helps.get(typed.toLowerCase());
    if (known !== undefined) return reply(helpOn(known));
    if (typed === "") return reply(help(helps));
    await reply(help(helps, { typed, near: nearestNames(typed, [...helps.keys()], 3) }));
  };
  return {
    commands: { "": async (_, command) => on(command), help: async (_, command) => on(command) },
  };
}
