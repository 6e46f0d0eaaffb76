import { Secret } from "../../src/domain/secret.ts";
import type { Terminal } from "../../src/cli/terminal.ts";

/** A terminal that answers questions from a list, by the words in them; without a list nobody is there. */
export function scriptedTerminal(answers?: Record<string, string>) {
  const printed: string[] = [];
  const said: string[] = [];
  const asked: string[] = [];
  const answerTo = (question: string): string => {
    asked.push(question);
    const found = Object.entries(answers ?? {}).find(([words]) => question.includes(words));
    if (found === undefined) throw new Error(`nobody answers: ${question}`);
    return found[1];
  };
  const terminal: Terminal = {
    print: (text) => void printed.push(text),
    say: (text) => void said.push(text),
    interactive: answers !== undefined,
    ask: async (question) => answerTo(question),
    askHidden: async (question) => new Secret(answerTo(question)),
  };
  return {
    terminal,
    asked,
    printed: () => printed.join(""),
    said: () => said.join(""),
  };
}
