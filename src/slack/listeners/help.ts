import { nearestNames } from "../../domain/near-names.ts";
import type { Conversation } from "../interaction.ts";
import { help, helpOn } from "../views/help.ts";
import type { Message } from "../words/words.ts";

/** What one can do, told by the conversations themselves; the empty word stands for every unknown one too. */
export function helping(conversations: readonly Conversation[]): Conversation {
  const helps = new Map(conversations.flatMap((each) => Object.entries(each.help ?? {})));
  const all = help(helps);
  const on = (text: string): Message => {
    const typed = text.trim();
    const known = helps.get(typed.toLowerCase());
    if (known !== undefined) return helpOn(known);
    return typed === "" || typed.toLowerCase() === "help"
      ? all
      : help(helps, { typed, near: nearestNames(typed, [...helps.keys()], 3) });
  };
  return { answers: { "": on, help: on } };
}
