import type { Showing } from "../../usecases/ports.ts";
import { bold, code, lines, type Message, type Words } from "../words/words.ts";
import { button, buttons } from "./buttons.ts";

export const SECRET = { stored: "claim.stored" } as const;

/**
 * The one message that carries a secret: in a block of its own, and nowhere else; `text` is what
 * notifications show, so it says nothing (R36). The button deletes the message (R34).
 */
export function secretMessage({ secret, keyName, key, claim, managerUrl }: Showing): Message {
  const heading: Words = [
    bold("The secret of "),
    code(keyName),
    ` (key ${key}). It is shown this once, to you alone, and kept nowhere.`,
  ];
  const use = [
    "read -rs PORTCULLIS_SECRET",
    `curl -H "api-secret-key: $PORTCULLIS_SECRET" -H "api-version: v1" ${managerUrl}/apikeys/current`,
  ].join("\n");
  return {
    text: "Your secret is here, for you alone.",
    blocks: [
      lines(heading),
      preformatted(secret.reveal()),
      lines([
        "Store it where it belongs now. To try it without leaving it in your shell's history, run the first line, paste the secret, press Enter; then the second:",
      ]),
      preformatted(use),
      buttons(button(SECRET.stored, "I have stored it", claim, { style: "primary" })),
    ],
  };
}

function preformatted(text: string): Message["blocks"][number] {
  return {
    type: "rich_text",
    elements: [{ type: "rich_text_preformatted", elements: [{ type: "text", text }] }],
  };
}
