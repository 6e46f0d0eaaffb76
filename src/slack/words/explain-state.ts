import type { Refusal } from "../../domain/refusal.ts";
import { code, person, time, type Words } from "./words.ts";

/** Where something stands that can no longer be acted on in this way, who brought it there, and what to do next. */
export function explainState({ state, by, at }: Extract<Refusal, { reason: "wrong-state" }>): Words {
  const who: Words = by === undefined ? [] : [" by ", person(by)];
  const when: Words = [...who, " (", time(at), ")"];
  switch (state) {
    case "pending":
      return ["This is still waiting for a decision."];
    case "approved":
    case "denied":
    case "withdrawn":
      return [`This was ${state} already`, ...when, "; there is nothing left to decide."];
    case "fulfilled":
    case "delivered":
      return ["This is done already: the secret was shown (", time(at), ")."];
    case "applied":
      return ["This is done already: it was approved and carried out (", time(at), ")."];
    case "lapsed":
      return ["The time for this was over (", time(at), "). If it is still wanted, ask again."];
    case "failed":
      return ["This could not be carried out (", time(at), "). Ask again."];
    case "voided":
      return ["This was called off (", time(at), "). Ask again."];
    case "open":
      return ["This secret still waits to be shown. Please press its button again."];
    case "minting":
    case "showing":
    case "undoing":
      return ["Your secret is being prepared already. Please wait a moment, then try again."];
    // One that holds keys is refused only what is under way by then; a drill is never restored.
    case "declared":
    case "contained":
    case "ending":
      return [
        "Nothing more of this lockout can come back now: a drill locks no key, and what was approved is on its way. Its card says how it stands.",
      ];
    case "restoring":
      return ["All that this lockout holds is on its way back already. Its card says how far it is."];
    case "restored":
      return ["This lockout is over already, and holds no key any more. Its card says what came back."];
    case "confirmed":
      return ["This was confirmed already", ...when, ". The card says what has come of it."];
    case "declined":
      return ["These keys were left be already", ...when, ". ", ADOPT, " at the server proposes them again."];
    case "done":
      return ["This is done already (", time(at), "). The card says which keys were adopted."];
    case "closed":
      return ["This was put aside already", ...when, ". If the secret is seen again, I say so again."];
    case "seen":
      return ["This was looked at already", ...when, "; there is nothing left to do."];
  }
}

const ADOPT = code("npm run portcullis -- adopt");
