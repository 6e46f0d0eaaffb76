import type { Conversation } from "../interaction.ts";
import { help } from "../views/help.ts";

/** What one can do; the empty word also stands for every word that is not known. */
export const helping: Conversation = {
  commands: {
    "": async (_, { text, reply }) => reply(help(text === "" ? undefined : text)),
    help: async (_, { reply }) => reply(help()),
  },
};
