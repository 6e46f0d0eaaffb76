import { boolean, byType, type Check, integer, list, number, object, oneOf, string, type } from "./schema.ts";

const style = object(
  {},
  Object.fromEntries(
    ["bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"].map(
      (name) => [name, boolean],
    ),
  ),
);

const inline: Record<string, Check> = {
  text: object({ type, text: string({ min: 1 }) }, { style }),
  link: object({ type, url: string({ min: 1 }) }, { text: string(), unsafe: boolean, style }),
  emoji: object({ type, name: string({ min: 1 }) }, { unicode: string(), url: string(), style }),
  user: object({ type, user_id: string({ min: 1 }) }, { style }),
  usergroup: object({ type, usergroup_id: string({ min: 1 }) }, { style }),
  channel: object({ type, channel_id: string({ min: 1 }) }, { style }),
  team: object({ type, team_id: string({ min: 1 }) }, { style }),
  broadcast: object({ type, range: oneOf("here", "channel", "everyone") }, { style }),
  color: object({ type, value: string({ min: 1 }) }, { style }),
  date: object(
    { type, timestamp: number, format: string({ min: 1 }) },
    { url: string(), fallback: string(), style },
  ),
};

const border = integer({ min: 0, max: 1 });
const section = object({ type, elements: list(byType(inline)) });

/** What stands in a rich text block. */
export const richTextElement = byType({
  rich_text_section: section,
  rich_text_list: object(
    { type, elements: list(byType({ rich_text_section: section })), style: oneOf("bullet", "ordered") },
    { indent: integer({ min: 0, max: 8 }), offset: integer({ min: 0 }), border },
  ),
  rich_text_quote: object({ type, elements: list(byType(inline)) }, { border }),
  rich_text_preformatted: object(
    { type, elements: list(byType(inline, ["text", "link"])) },
    { border, language: string() },
  ),
});
