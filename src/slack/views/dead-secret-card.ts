import { titleOf } from "../../domain/wants.ts";
import type { RequestCard } from "../../usecases/card-content.ts";
import { code, type Message, person, saying } from "../words/words.ts";

/** To the responders: a rotation is over, its old secret is dead, and nobody has a new one. */
export function deadSecretCard({ request: { value: request }, claim }: RequestCard): Message {
  const key = "key" in request.wants ? ` (key ${request.wants.key})` : "";
  return saying(
    ["Nobody has a working secret for ", code(titleOf(request.wants)), `${key} any more.`],
    [
      "Its rotation failed after the old secret had died, and ",
      person(claim?.value.owner ?? request.asker),
      " did not ask for the new one in time. Whatever uses this key stands still.",
    ],
    ["Rotate it again when its owner is there: ", code("/apikey rotate")],
  );
}
