import { personId, type PersonId } from "../domain/values.ts";

/** Members of blocks, attachments and files in which people's words stand. */
const WORDS = new Set([
  "text",
  "fallback",
  "pretext",
  "title",
  "footer",
  "value",
  "url",
  "preview",
  "plain_text",
]);

/** Everything that can be read in a message, wherever in it that stands. */
export function textIn(message: unknown): string {
  const found: string[] = [];
  const look = (part: unknown, name = ""): void => {
    if (typeof part === "string") {
      if (WORDS.has(name)) found.push(part);
    } else if (Array.isArray(part)) for (const each of part) look(each, name);
    else if (typeof part === "object" && part !== null)
      for (const [key, each] of Object.entries(part)) look(each, key);
  };
  look(message);
  return found.join("\n");
}

/** The person who wrote it; nobody where it was a bot. */
export function authorOf(message: unknown): { author?: PersonId } {
  const user =
    typeof message === "object" && message !== null && "user" in message ? message.user : undefined;
  const author = personId.safeParse(user);
  return author.success ? { author: author.data } : {};
}
