import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { clean } from "../domain/clean.ts";
import type { Refusal } from "../domain/refusal.ts";
import { Secret } from "../domain/secret.ts";
import { explainRefusal } from "../slack/words/explain.ts";
import { asPlain } from "../slack/words/words.ts";

/** What an operator's command talks to: its streams, and whether somebody is there to answer. */
export type Terminal = {
  /** For results, a secret among them, and nothing else. */
  print(text: string): void;
  /** For everything that is said about them. */
  say(text: string): void;
  /** Whether questions can be asked. */
  interactive: boolean;
  /** The answer, trimmed. Throws `Interrupted` when the person would rather leave. */
  ask(question: string): Promise<string>;
  /** As `ask`, without showing what is typed. */
  askHidden(question: string): Promise<Secret>;
};

/** Ctrl-C or the end of the input, at a question. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

type Streams = {
  input: NodeJS.ReadableStream;
  output: Writable & { isTTY?: boolean };
  errors: Writable;
  interactive: boolean;
};

/** Questions go to the stream for errors, so that results can be sent to a file or another program. */
export function openTerminal({ input, output, errors, interactive }: Streams): Terminal {
  const ask = async (question: string, echo: boolean): Promise<string> => {
    if (!echo) errors.write(question);
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const line = createInterface({ input, output: echo ? errors : nowhere, terminal: interactive });
    const leave = new AbortController();
    line.once("SIGINT", () => leave.abort()).once("close", () => leave.abort());
    try {
      return await line.question(echo ? question : "", { signal: leave.signal });
    } catch {
      throw new Interrupted("nothing was answered");
    } finally {
      line.close();
      if (!echo) errors.write("\n");
    }
  };
  return {
    // A name from the manager must not command the terminal; a file or a program gets it as it is.
    print: (text) => void output.write(output.isTTY ? clean(text) : text),
    say: (text) => void errors.write(clean(text)),
    interactive,
    ask: async (question) => (await ask(question, true)).trim(),
    askHidden: async (question) => new Secret(await ask(question, false)),
  };
}

/** Says what a line lacks, or has wrong in it; answers the exit code. */
export function missing(terminal: Terminal, wrong: readonly string[]): 2 {
  terminal.say(`Something is missing or wrong:\n${wrong.map((each) => `  ${each}\n`).join("")}`);
  return 2;
}

/** Says a refusal in the words that Slack has for it; answers the exit code. */
export function refused(terminal: Terminal, refusal: Refusal): 1 {
  terminal.say(`${asPlain(explainRefusal(refusal))} Nothing was done.\n`);
  return 1;
}
