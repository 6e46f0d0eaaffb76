const OPENING = /["“”„‟«»]/u;

type Clause = { readonly word: string; readonly text: string };
export type Line = {
  /** What stands before the first clause word. */
  head: string;
  clauses: readonly Clause[];
};

/** What was typed, before Slack escaped &, < and > in it (R8). */
export function unescaped(line: string): string {
  return line.replace(/&(amp|lt|gt);/g, (_, name: string) => ({ amp: "&", lt: "<", gt: ">" })[name] ?? "");
}

/**
 * Cuts a line at the words that open a clause (`NAME as ROLE for 90 days because REASON`), in
 * whatever order they come; they do not count inside quotes. The reason is the rest, as it was
 * typed. Slack may escape &, < and >, and curl quotes (R8).
 */
export function readClauses(escaped: string, words: readonly string[]): Line {
  const line = unescaped(escaped);
  const found: { word: string; parts: string[] }[] = [{ word: "", parts: [] }];
  const tokens = /[“”„‟«»"]([^“”„‟«»"]*)[“”„‟«»"]|\S+/gu;
  for (let match = tokens.exec(line); match !== null; match = tokens.exec(line)) {
    const [token, quoted] = match;
    const word = token.toLowerCase();
    const current = found.at(-1);
    if (quoted === undefined && words.includes(word)) {
      if (word === "because") {
        found.push({ word, parts: [unquote(line.slice(tokens.lastIndex))] });
        break;
      }
      found.push({ word, parts: [] });
    } else current?.parts.push(quoted ?? token);
  }
  // Put together once: a line of many words would take as long as their number squared.
  const [first, ...clauses] = found.map(({ word, parts }) => ({ word, text: parts.join(" ").trim() }));
  return { head: first?.text ?? "", clauses };
}

function unquote(text: string): string {
  const trimmed = text.trim();
  const ends = [trimmed[0], trimmed.at(-1)];
  return trimmed.length > 1 && ends.every((end) => end !== undefined && OPENING.test(end))
    ? trimmed.slice(1, -1).trim()
    : trimmed;
}
