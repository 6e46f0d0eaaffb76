import type { KnownBlock } from "@slack/types";
import type { Claim } from "../../domain/claim.ts";
import { type ClaimId, claimId, requestId, type RequestId } from "../../domain/values.ts";
import type { CardContent } from "../../usecases/ports.ts";
import { explainFailure, explainUndoing } from "../explain.ts";
import { stateInWords } from "../request-words.ts";
import { code, fallback, lines, type Message, saying, time, type Words } from "../words.ts";
import { button, buttons } from "./buttons.ts";

/** Its button carries the ids of claim and request. */
export const CLAIM = { show: "claim.show" } as const;

/** The lasting message to the asker with the one chance to see the secret. */
export function claimCard({ request: { value: request }, claim }: CardContent): Message {
  const words = claim === undefined ? [stateInWords(request)] : claimInWords(claim.value);
  const blocks: KnownBlock[] = [lines(["Your API key ", code(request.wants.keyName)], ...words)];
  if (claim !== undefined && claim.value.state === "open")
    blocks.push(showButton(claim.value.id, request.id));
  return { text: fallback([`Your API key ${request.wants.keyName}.`], ...words), blocks };
}

/** A click that is too old to prove that somebody is there now is answered with this. */
export function freshButton(claim: ClaimId, request: RequestId): Message {
  const words: Words = [
    "That click reached me too late to be sure that you are still there. Press again, and the secret comes at once.",
  ];
  const message = saying(words);
  return { ...message, blocks: [...message.blocks, showButton(claim, request)] };
}

export function showButton(claim: ClaimId, request: RequestId): KnownBlock {
  return buttons(button(CLAIM.show, "Show my secret once", `${claim} ${request}`, { style: "primary" }));
}

/** Which claim, and of which request, a button stands for. */
export function readClaimButton(value: string): { claim: ClaimId; request: RequestId } | undefined {
  const [first, second] = value.split(" ");
  const claim = claimId.safeParse(first);
  const request = requestId.safeParse(second);
  return claim.success && request.success ? { claim: claim.data, request: request.data } : undefined;
}

function claimInWords(claim: Claim): Words[] {
  const again: Words = ["Ask for a new key if it is still wanted: ", code("/apikey request")];
  switch (claim.state) {
    case "open": {
      const undone: Words[] =
        claim.undone === undefined
          ? []
          : [
              [
                "The last try was undone (",
                time(claim.undone.at),
                "). ",
                explainUndoing(claim.undone.because),
                " Try again.",
              ],
            ];
      return [
        ...undone,
        [
          "It was approved. Its secret is shown to you once, here, and kept nowhere: have the place ready where it shall be stored.",
        ],
        ["The button works until ", time(claim.lapsesAt), "."],
      ];
    }
    case "minting":
    case "showing":
      return [["Your secret is being prepared; it appears below in a moment, for you alone."]];
    case "undoing":
      return [
        [
          "The last try is being undone. ",
          explainUndoing(claim.because),
          " The button comes back in a moment.",
        ],
      ];
    case "delivered":
      return [
        ["Its secret was shown on ", time(claim.at), `; the key's number is ${claim.key}.`],
        claim.activeSince === undefined
          ? ["The key is being activated."]
          : ["The key is active since ", time(claim.activeSince), "."],
        [
          "Lost the secret? It cannot be shown again: ask for a new key. If it was not you who saw it, tell the incident responders now.",
        ],
      ];
    case "lapsed":
      return [["The time to see its secret was over (", time(claim.at), "), and no key was made."], again];
    case "failed":
      return [["It could not be made (", time(claim.at), "). ", explainFailure(claim.because)]];
  }
}
