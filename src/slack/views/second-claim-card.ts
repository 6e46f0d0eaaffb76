import { titleOf } from "../../domain/wants.ts";
import type { RequestCard } from "../../usecases/card-content.ts";
import { code, type Message, person, saying, time } from "../words/words.ts";

/** To the responders: somebody asks again for a secret that was shown, perhaps not the person who saw it. */
export function secondClaimCard({ request: { value: request }, claim }: RequestCard): Message {
  const shown = claim?.value.state === "delivered" ? [" on ", time(claim.value.at)] : [];
  const key = request.state === "fulfilled" ? `, key ${request.key}` : "";
  return saying(
    ["The secret of ", code(titleOf(request.wants)), key, " was asked for again."],
    [
      "It was shown",
      ...shown,
      " to ",
      person(claim?.value.owner ?? request.asker),
      ". It was not shown a second time.",
    ],
    ["Ask them whether they saw it themselves. If they did not, somebody else has it: lock the key."],
  );
}
