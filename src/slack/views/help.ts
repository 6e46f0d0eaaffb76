import type { Help } from "../interaction.ts";
import { bold, code, fallback, lines, list, type Message, type Words } from "../words/words.ts";
import { button, buttons } from "./buttons.ts";
import { REQUEST } from "./request-modal.ts";
import { REQUESTS } from "./requests-list.ts";

const TOPICS: Readonly<Record<Help["topic"], string>> = {
  ask: "Ask for a key, and see what becomes of it",
  find: "Find keys, and see what happened to them",
  change: "Change a key",
  stop: "Stop keys at once, and let them work again",
  manager: "Look at the manager's roles, and at the key that I work with",
};

export type Helps = ReadonlyMap<string, Help>;

/** What one can do, by topic; with what was typed, if it was not understood. */
export function help(helps: Helps, unknown?: { typed: string; near: readonly string[] }): Message {
  const first: Words =
    unknown === undefined ? ["What I can do for you:"] : notUnderstood(unknown.typed, unknown.near);
  const topics = Object.entries(TOPICS).map(([topic, does]): Words => {
    const words = [...helps].filter(([, each]) => each.topic === topic).map(([word]) => word);
    return [bold(`${does}: `), words.join(", ")];
  });
  return {
    text: fallback(first),
    blocks: [
      lines(first, ...topics, [
        "Type one of these words after ",
        code("/apikey"),
        ". More about it: ",
        code("/apikey help rotate"),
      ]),
      buttons(
        button(REQUEST.open, "Ask for an API key", "", { style: "primary" }),
        button(REQUESTS.open, "Requests", ""),
      ),
    ],
  };
}

/** All about one command. */
export function helpOn({ does, who, lines: typed, form, key }: Help): Message {
  const more = [
    ...(form ? ["What a line leaves out is asked for in a form."] : []),
    ...(key ? ["A key is named by its name or its ID."] : []),
  ];
  const each = typed.map((line): Words => [code(`/apikey ${line}`)]);
  return {
    text: fallback([`${does}.`]),
    blocks: [
      lines([bold(does)], [bold("Who: "), who]),
      lines([bold(typed.length === 1 ? "In a line" : "In lines such as")], ...each),
      ...(more.length === 0 ? [] : [lines([more.join(" ")])]),
    ],
  };
}

function notUnderstood(typed: string, near: readonly string[]): Words {
  const meant: Words =
    near.length === 0
      ? []
      : [
          "Did you mean ",
          ...list(
            near.map((each) => [code(`/apikey ${each}`)]),
            "or",
          ),
          "? ",
        ];
  return ["I do not know ", code(typed), ". ", ...meant, "This is what I can do:"];
}
