import type { Workspace } from "./workspace.ts";

/** Slack's own markup, which a script may type as it is. */
const markup =
  /<(?:[@#][A-Z0-9]+(?:\|[^<>]*)?|!(?:subteam\^[A-Z0-9]+|here|channel|everyone)|https?:[^<>\s]+)>/g;

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** What a person typed as Slack stores it: `@name` and `#channel` become ids, the rest is escaped. */
export function encodeText(text: string, workspace: Workspace): string {
  let encoded = "";
  let end = 0;
  for (const match of text.matchAll(markup)) {
    encoded += encodePlain(text.slice(end, match.index), workspace) + match[0];
    end = match.index + match[0].length;
  }
  return encoded + encodePlain(text.slice(end), workspace);
}

function encodePlain(text: string, workspace: Workspace): string {
  return escape(text)
    .replaceAll(
      /(?<![\w.])@([\w.-]*\w)/g,
      (whole, name: string) => mention(name.toLowerCase(), workspace) ?? whole,
    )
    .replaceAll(/(?<!\w)#([\w-]+)/g, (whole, name: string) => channelMention(name, workspace) ?? whole);
}

function mention(name: string, workspace: Workspace): string | undefined {
  if (name === "here" || name === "channel" || name === "everyone") return `<!${name}>`;
  for (const person of workspace.people.values()) if (person.name === name) return `<@${person.id}>`;
  for (const group of workspace.groups.values()) if (group.handle === name) return `<!subteam^${group.id}>`;
  return undefined;
}

/** A private channel's name stays out of it (R8). */
function channelMention(name: string, workspace: Workspace): string | undefined {
  for (const one of workspace.conversations.values())
    if (one.kind === "channel" && one.name === name) return `<#${one.id}|${one.private ? "" : one.name}>`;
  return undefined;
}
