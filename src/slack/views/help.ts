import { bold, code, type Message, saying, type Words } from "../words.ts";
import { button, buttons } from "./buttons.ts";
import { REQUEST } from "./request-modal.ts";
import { REQUESTS } from "./requests-list.ts";

/** What one can do, as buttons; with what was typed, if it was not understood. */
export function help(notUnderstood?: string): Message {
  const first: Words[] =
    notUnderstood === undefined ? [] : [["I do not know ", code(notUnderstood), ". This is what I can do:"]];
  const message = saying(
    ...first,
    [
      bold("Ask for an API key: "),
      code("/apikey request"),
      ", or in one line: ",
      code("/apikey request ci-deploy as Auditor for 90 days because nightly report"),
    ],
    [bold("See your requests, and what waits for you: "), code("/apikey requests")],
    [bold("See the key that I work with myself (incident responders): "), code("/apikey whoami")],
  );
  const choices = buttons(
    button(REQUEST.open, "Ask for an API key", "", { style: "primary" }),
    button(REQUESTS.open, "Requests", ""),
  );
  return { ...message, blocks: [...message.blocks, choices] };
}
