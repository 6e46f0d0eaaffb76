import type { KnownBlock } from "@slack/types";
import type { Claim } from "../../domain/claim.ts";
import { type ClaimId, claimId, requestId, type RequestId } from "../../domain/values.ts";
import type { RequestCard } from "../../usecases/card-content.ts";
import { titleOf, type Wants } from "../../domain/wants.ts";
import { explainFailure, explainUndoing } from "../words/explain-failure.ts";
import { stateInWords } from "../words/request-words.ts";
import { code, fallback, lines, type Message, saying, time, type Words } from "../words/words.ts";
import { button, buttons } from "./buttons.ts";

/** Its button carries the ids of claim and request. */
export const CLAIM = { show: "claim.show" } as const;

/** The lasting message to the asker with the one chance to see the secret. */
export function claimCard({ request: { value: request }, claim }: RequestCard): Message {
  const { wants } = request;
  const words = claim === undefined ? [stateInWords(request)] : claimInWords(claim.value, wants);
  const name = titleOf(wants);
  const title = wants.kind === "rotation" ? "A new secret for your API key " : "Your API key ";
  const blocks: KnownBlock[] = [lines([title, code(name)], ...words)];
  if (claim !== undefined && claim.value.state === "open")
    blocks.push(showButton(claim.value.id, request.id));
  return { text: fallback([`${title}${name}.`], ...words), blocks };
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

function claimInWords(claim: Claim, wants: Wants): Words[] {
  const rotation = wants.kind === "rotation";
  switch (claim.state) {
    case "open":
      return [...lastTry(claim), ...(rotation ? oldSecret(claim) : [NEW]), window(claim)];
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
      return delivered(claim, rotation);
    case "lapsed":
      return rotation ? [over(claim)] : [over(claim), AGAIN];
    case "voided":
      return [["The key changed hands (", time(claim.at), "), so there is no secret for you here any more."]];
    case "failed":
      return [["It could not be made (", time(claim.at), "). ", explainFailure(claim.because)]];
  }
}

const AGAIN: Words = ["Ask for a new key if it is still wanted: ", code("/apikey request")];
const NEW: Words = [
  "It was approved. Its secret is shown to you once, here, and kept nowhere: have the place ready where it shall be stored.",
];

/** What the old secret is still good for: it dies when the new one is made. */
function oldSecret({ oldSecretDead }: Claim): Words[] {
  return oldSecretDead === undefined
    ? [
        [
          "The secret that you have goes on working until you press the button. Then it is dead at once, and the new one is shown to you once, here: have the place ready where it shall be stored.",
        ],
      ]
    : [
        [
          "The old secret may be dead already, so whatever uses this key stands still: press the button soon.",
        ],
      ];
}

function lastTry(claim: Extract<Claim, { state: "open" }>): Words[] {
  if (claim.undone === undefined) return [];
  return [
    [
      "The last try was undone (",
      time(claim.undone.at),
      "). ",
      explainUndoing(claim.undone.because),
      " Try again.",
    ],
  ];
}

function window({ lapsesAt }: Claim): Words {
  return ["The button works until ", time(lapsesAt), "."];
}

function over(claim: Extract<Claim, { state: "lapsed" }>): Words {
  const start: Words = ["The time to see its secret was over (", time(claim.at), ")"];
  if (claim.purpose.kind === "new-key") return [...start, ", and no key was made."];
  return claim.oldSecretDead === undefined
    ? [...start, ". Nothing has changed: the secret that you have goes on working."]
    : [
        ...start,
        ". The old secret is dead, so nobody can use this key: rotate it again. ",
        code("/apikey rotate"),
      ];
}

function delivered(claim: Extract<Claim, { state: "delivered" }>, rotation: boolean): Words[] {
  const shown: Words = [
    rotation ? "The new secret was shown on " : "Its secret was shown on ",
    time(claim.at),
    `; the key's number is ${claim.key}.`,
  ];
  const state: Words = rotation
    ? ["The old one is dead since then."]
    : claim.activeSince === undefined
      ? ["The key is being activated."]
      : ["The key is active since ", time(claim.activeSince), "."];
  const lost: Words = [
    "Lost the secret? It cannot be shown again: get a new one with ",
    code(`/apikey rotate ${claim.key}`),
    ". If it was not you who saw it, tell the incident responders now.",
  ];
  return [shown, state, lost];
}
