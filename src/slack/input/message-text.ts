import { personId, type PersonId } from "../../domain/values.ts";

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

/** No message of Slack's goes deeper, and what does shall not take the stack. */
const DEEPEST = 100;

/** Everything that can be read in a message, wherever in it that stands. */
export function textIn(message: unknown): string {
  const found: string[] = [];
  const look = (part: unknown, name: string, depth: number): void => {
    if (depth > DEEPEST) return;
    if (typeof part === "string") {
      if (WORDS.has(name)) found.push(part);
    } else if (Array.isArray(part)) for (const each of part) look(each, name, depth + 1);
    else if (typeof part === "object" && part !== null)
      for (const [key, each] of Object.entries(part)) look(each, key, depth + 1);
  };
  look(message, "", 0);
  return found.join("\n");
}

/** The person who wrote it; nobody where it was a bot. */
export function authorOf(message: unknown): { author?: PersonId } {
  const user =
    typeof message === "object" && message !== null && "user" in message ? message.user : undefined;
  const author = personId.safeParse(user);
  return author.success ? { author: author.data } : {};
}
