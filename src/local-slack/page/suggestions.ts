import { conversationName, type Directory } from "./directory.ts";

export type Suggestion = { key: string; text: string; description: string; insert: string };
/** What could stand instead of `text.slice(from, to)`. */
export type Suggestions = { from: number; to: number; items: Suggestion[] };

/** What a person may be about to type: a command at the start, `@somebody` or `#somewhere` in the text. */
export function suggestionsFor(text: string, caret: number, directory: Directory): Suggestions | undefined {
  const before = text.slice(0, caret);
  const found = /^(\/)([\w-]*)$/.exec(before) ?? /(?:^|\s)([@#])([\w.-]*)$/.exec(before);
  const [, sign, typed = ""] = found ?? [];
  if (sign === undefined) return undefined;
  const all = sign === "/" ? commands(directory) : sign === "@" ? people(directory) : channels(directory);
  const wanted = typed.toLowerCase();
  const items = all
    .filter(
      (item) =>
        item.insert.slice(1).startsWith(wanted) || (sign !== "/" && item.text.toLowerCase().includes(wanted)),
    )
    .slice(0, 8);
  return items.length === 0 ? undefined : { from: caret - typed.length - 1, to: caret, items };
}

function commands({ workspace }: Directory): Suggestion[] {
  return workspace.apps.flatMap((app) =>
    app.commands.map(({ command, description, usageHint }) => ({
      key: `${app.id} ${command}`,
      text: usageHint === "" ? command : `${command} ${usageHint}`,
      description: `${description} · ${app.name}`,
      insert: command,
    })),
  );
}

function people({ workspace }: Directory): Suggestion[] {
  const persons = workspace.people.filter(({ kind }) => kind !== "bot" && kind !== "deactivated");
  return [
    ...persons.map(({ id, name, realName, title }) => ({
      key: id,
      text: realName,
      description: title,
      insert: `@${name}`,
    })),
    ...workspace.groups.map(({ id, handle, name }) => ({
      key: id,
      text: `@${handle}`,
      description: name,
      insert: `@${handle}`,
    })),
  ];
}

function channels(directory: Directory): Suggestion[] {
  return directory.conversations
    .filter((conversation) => conversation.kind === "channel")
    .map((channel) => ({
      key: channel.id,
      text: `#${conversationName(directory, channel)}`,
      description: channel.topic,
      insert: `#${channel.name}`,
    }));
}
