import type { ActionsBlock, KnownBlock } from "@slack/types";
import type { RolesPage } from "../../usecases/roles/roles.ts";
import { roleInBrief } from "../words/role-words.ts";
import {
  bold,
  code,
  fallback,
  lines,
  type Message,
  plain,
  saying,
  shorten,
  type Words,
} from "../words/words.ts";
import { button, buttons } from "./buttons.ts";

/** What can be done about roles, from wherever one is shown; the value is the role's ID. */
export const ROLE = {
  list: "roles.list",
  show: "roles.show",
  edit: "roles.edit",
  delete: "roles.delete",
  make: "roles.make",
  previous: "roles.previous",
  next: "roles.next",
} as const;

/** Characters of a role's name, which may be of any length where it was made elsewhere: the others on the page need their room. */
const LONGEST_NAME = 254;

/** A page of the roles that were found, each with a way to all that is known of it. */
export function rolesList({ roles, text, page, pages, total, mayAsk }: RolesPage): Message {
  const title = text === "" ? "Roles" : `Roles with "${text}" in their name`;
  const found: Words = [`${total} ${total === 1 ? "role" : "roles"}, page ${page + 1} of ${pages}.`];
  const turn = [
    ...(page > 0 ? [button(ROLE.previous, "Previous", turnTo(page - 1, text))] : []),
    ...(page < pages - 1 ? [button(ROLE.next, "Next", turnTo(page + 1, text))] : []),
    ...(mayAsk ? [button(ROLE.make, "New role…", "new")] : []),
  ];
  const blocks: KnownBlock[] = [
    { type: "header", text: plain(title, 150) },
    lines(total === 0 ? ["There is no such role."] : found),
    ...roles.flatMap(({ role, keys }): KnownBlock[] => [
      lines(
        [bold(shorten(role.name, LONGEST_NAME)), ` (ID ${role.id})${keysInWords(keys)}`],
        [roleInBrief(role)],
      ),
      buttons(button(ROLE.show, "Show", String(role.id))),
    ]),
    ...(turn.length === 0 ? [] : [buttons(...turn)]),
  ];
  return { text: fallback([`${title}: ${total}`]), blocks };
}

/** The page that a button turns to, and the search that it belongs to. */
export function readTurn(value: string): { page: number; text: string } {
  const [, page = "0", text = ""] = /^(\d{1,6}):(.*)$/s.exec(value) ?? [];
  return { page: Number(page), text };
}

function turnTo(page: number, text: string): string {
  return `${page}:${text}`;
}

function keysInWords(keys: number | undefined): string {
  if (keys === undefined) return "";
  return keys === 0 ? ", on no key" : `, on ${keys} ${keys === 1 ? "key" : "keys"}`;
}

/** Asks for the role that a line left out. */
export function whichRole(does: "show" | "edit" | "delete"): Message {
  const message = saying(["Which role? Next time in one line: ", code(`/apikey roles ${does} NAME`), "."]);
  const menu: ActionsBlock = {
    type: "actions",
    elements: [
      {
        type: "external_select",
        action_id: ROLE[does],
        min_query_length: 0,
        placeholder: plain("Search the manager's roles", 150),
      },
    ],
  };
  return { ...message, blocks: [...message.blocks, menu] };
}
