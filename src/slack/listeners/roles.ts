import type { PlainTextOption } from "@slack/types";
import { findRoles } from "../../usecases/requests/ask.ts";
import { listRoles, showRole } from "../../usecases/roles/roles.ts";
import { readClauses } from "../input/clauses.ts";
import { explainRefusal } from "../words/explain.ts";
import type { Bot, Click, Command, Conversation, Help, Suggestion } from "../interaction.ts";
import { roleOptions } from "../views/request-options.ts";
import { rolePage } from "../views/role-page.ts";
import { readTurn, ROLE, rolesList, whichRole } from "../views/roles-list.ts";
import { type Message, saying } from "../words/words.ts";
import { openRoleChange } from "./role-change.ts";

const HELP: Help = {
  topic: "manager",
  does: "See the manager's roles, and ask for changes to them",
  who: "anyone looks; approvers ask for changes, and other approvers decide",
  lines: [
    "roles",
    "roles search audit",
    "roles show Auditor",
    "roles new",
    "roles edit Auditor",
    "roles delete Auditor",
  ],
};

/** Looking at roles; asking for changes to them begins here too. */
export const roles: Conversation = {
  commands: { roles: answer },
  help: { roles: HELP },
  clicks: {
    [ROLE.list]: async (bot, click) => click.reply(await list(bot, click, { text: "", page: 0 })),
    [ROLE.show]: async (bot, click) => click.reply(await page(bot, click, click.value)),
    [ROLE.edit]: async (bot, click) => openRoleChange(bot, click, { does: "edit", text: click.value }),
    [ROLE.delete]: async (bot, click) => openRoleChange(bot, click, { does: "delete", text: click.value }),
    [ROLE.make]: async (bot, click) => openRoleChange(bot, click, { does: "make", text: "" }),
    [ROLE.previous]: turn,
    [ROLE.next]: turn,
  },
  suggestions: { [ROLE.show]: suggest, [ROLE.edit]: suggest, [ROLE.delete]: suggest },
};

async function answer(bot: Bot, command: Command): Promise<void> {
  const [, verb = "", rest = ""] = /^\s*(\S*)\s*([\s\S]*)$/.exec(command.text) ?? [];
  const text = nameIn(rest);
  switch (verb.toLowerCase()) {
    case "show":
      return command.reply(text === "" ? whichRole("show") : await page(bot, command, text));
    case "new":
      return openRoleChange(bot, command, { does: "make", text });
    case "edit":
    case "delete": {
      const does = verb.toLowerCase() === "edit" ? "edit" : "delete";
      if (text === "") return command.reply(whichRole(does));
      return openRoleChange(bot, command, { does, text });
    }
    case "search":
      return command.reply(await list(bot, command, { text, page: 0 }));
    // Anything else is looked for, which is what "list" and "roles" alone come to as well.
    default: {
      const wanted = verb.toLowerCase() === "list" ? text : nameIn(command.text);
      return command.reply(await list(bot, command, { text: wanted, page: 0 }));
    }
  }
}

async function turn(bot: Bot, click: Click): Promise<void> {
  await (click.replace ?? click.reply)(await list(bot, click, readTurn(click.value)));
}

async function list(
  { context }: Bot,
  { by }: Pick<Click, "by">,
  wanted: { text: string; page: number },
): Promise<Message> {
  const found = await listRoles(context, { by, ...wanted });
  return "refusal" in found ? saying(explainRefusal(found.refusal)) : rolesList(found);
}

async function page({ context }: Bot, { by }: Pick<Click, "by">, text: string): Promise<Message> {
  const seen = await showRole(context, { by, text });
  return "refusal" in seen ? saying(explainRefusal(seen.refusal)) : rolePage(seen);
}

async function suggest({ context }: Bot, { typed }: Suggestion): Promise<PlainTextOption[]> {
  return roleOptions(await findRoles(context, typed));
}

function nameIn(typed: string): string {
  return readClauses(typed, []).head;
}
