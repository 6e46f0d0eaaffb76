import type { KnownBlock } from "@slack/types";
import type { Claim } from "../../domain/claim.ts";
import type { Policy } from "../../domain/policy.ts";
import type { Request } from "../../domain/request.ts";
import { titleOf } from "../../domain/wants.ts";
import type { RequestsFor } from "../../usecases/requests/browse.ts";
import type { Missing } from "../../usecases/requests/missing.ts";
import { stateInWords, stillMissing } from "../words/request-words.ts";
import { wishInWords } from "../words/wants-words.ts";
import { fallback, lines, type Message, person, plain, type Words } from "../words/words.ts";
import { button, buttons, confirm } from "./buttons.ts";
import { showButton } from "./claim-card.ts";
import { whyButton } from "./why.ts";
import { decision } from "./request-card.ts";

/** `withdraw` carries the request's id. */
export const REQUESTS = { open: "requests.open", withdraw: "requests.withdraw" } as const;

/** Items of each part that a message has room for (50 blocks). */
const MOST = 10;

/** User groups and people by group of the policy. */
type Groups = Policy["groups"];

/** One's own requests, and those that wait for one's decision; `note` says what the last click did. */
export function requestsList(listed: RequestsFor, groups: Groups, note?: Words): Message {
  const { mine, waiting } = listed;
  const blocks: KnownBlock[] = [
    ...(note === undefined ? [] : [lines(note)]),
    ...waitingBlocks(listed, groups),
    ...ownBlocks(listed, groups),
  ];
  const count: Words = [`${waiting.length} waiting for your decision, ${mine.length} of your own`];
  return { text: fallback(count), blocks };
}

/** What waits for one's decision, each with its buttons: 22 blocks at most. */
export function waitingBlocks({ waiting, more }: RequestsFor, groups: Groups): KnownBlock[] {
  return [
    { type: "header", text: plain("Waiting for your decision", 150) },
    ...waiting
      .slice(0, MOST)
      .flatMap(({ request: { value }, missing }) => [
        lines(title(value), [person(value.asker), ": ", value.reason], ...state(value, missing, groups)),
        decision(value, whyButton(value)),
      ]),
    ...rest(waiting.length, more.waiting, "Nothing waits for you."),
  ];
}

/** What one has asked for, with what can be done about it: 22 blocks at most. */
export function ownBlocks({ mine, more }: RequestsFor, groups: Groups): KnownBlock[] {
  return [
    { type: "header", text: plain("Your requests", 150) },
    ...mine
      .slice(0, MOST)
      .flatMap(({ request: { value }, missing, claim }) => [
        lines(title(value), ...state(value, missing, groups)),
        ...mineCan(value, claim?.value),
      ]),
    ...rest(mine.length, more.mine, "You have made no requests."),
  ];
}

function state(request: Request, missing: Missing | undefined, groups: Groups): Words[] {
  const lacking = stillMissing(request, missing, groups);
  return [stateInWords(request), lacking.length === 0 ? [] : ["Still missing: ", ...lacking]];
}

function title({ wants }: Request): Words {
  return wishInWords(wants);
}

function mineCan(request: Request, claim: Claim | undefined): KnownBlock[] {
  if (request.state === "pending") {
    const sure = confirm(
      "Withdraw this request?",
      `${titleOf(request.wants)} will not be decided any more.`,
      "Withdraw",
    );
    return [
      buttons(button(REQUESTS.withdraw, "Withdraw", request.id, { confirm: sure }), whyButton(request)),
    ];
  }
  return claim?.state === "open" ? [showButton(claim.id, request.id)] : [];
}

function rest(count: number, more: boolean, none: string): KnownBlock[] {
  if (count === 0) return [lines([none])];
  return more || count > MOST ? [lines([`There are more than these ${Math.min(count, MOST)}.`])] : [];
}
