import type { PrivateNote } from "../../usecases/ports.ts";
import { refusedByManager } from "../words/settling-words.ts";
import { code, type Message, saying } from "../words/words.ts";

/** A short line to one person. */
export function privateNote(note: PrivateNote): Message {
  switch (note.kind) {
    case "secret-void":
      return saying(
        [
          "If a secret for ",
          code(note.keyName),
          " has appeared above, it is worthless: I could not be sure that it reached you, and made it void.",
        ],
        ["Press the button again to get another."],
      );
    case "name-taken":
      return saying([
        "The key ",
        code(note.keyName),
        " keeps its name: the manager has another key called ",
        code(note.wanted),
        ".",
      ]);
    case "refused":
      return saying(refusedByManager(note.keyName, note.member));
  }
}
