import type { Button, KnownBlock } from "@slack/types";
import type { Request } from "../../domain/request.ts";
import { roleJudged, titleOf, type Wants } from "../../domain/wants.ts";
import type { RequestCard } from "../../usecases/card-content.ts";
import { isLong, sidesOf } from "../words/difference-words.ts";
import { evidenceInWords } from "../words/evidence-words.ts";
import { decidersByRule, rulesInWords, stateInWords, stillMissing } from "../words/request-words.ts";
import { kindInWords } from "../words/wants-words.ts";
import {
  code,
  fallback,
  field,
  lines,
  type Message,
  person,
  plain,
  shorten,
  time,
  type Words,
} from "../words/words.ts";
import { button, buttons, confirm } from "./buttons.ts";
import { whyButton } from "./why.ts";
import { wishFields } from "./request-fields.ts";

/** Its buttons carry the request's id. */
export const DECIDE = {
  approve: "decide.approve",
  deny: "decide.deny",
  difference: "decide.difference",
} as const;

/** The approvers' card: what is asked for and where it stands, the same for everybody who sees it. */
export function requestCard(content: RequestCard): Message {
  const { request: versioned, roles, groups, demands, dangers, missing, evidence } = content;
  const request = versioned.value;
  const { wants } = request;
  const pending = request.state === "pending";
  const title = `${kindInWords(wants)}: ${titleOf(wants)}`;
  const unchecked: Words[] =
    pending && request.nameUnchecked ? [["Still being checked with the manager: the name."]] : [];
  const more = stillMissing(request, missing, groups);
  const lacking: Words[] = more.length === 0 ? [] : [field("Still missing", more)];
  const banner = dangers.map((each) => field("Danger", [shorten(each, 300)]));
  const reason: Words[] = request.reason === "" ? [] : [field("Reason", [request.reason])];
  const blocks: KnownBlock[] = [
    { type: "header", text: plain(title, 150) },
    ...(banner.length === 0 ? [] : [lines(...banner)]),
    lines(field("State", stateInWords(request)), ...unchecked),
    lines(
      field("Asked for by", [person(request.asker), " on ", time(request.askedAt)]),
      ...wishFields(content),
      ...reason,
    ),
    ...differenceButton(request, roles),
    ...(evidence === undefined ? [] : [lines(...evidenceInWords(request, evidence))]),
    lines(
      field("Rules", rulesInWords(request.rules)),
      ...decidersByRule(demands, groups, pending ? request.askedAt : undefined),
      ...lacking,
      field("Request", [code(request.id)]),
    ),
  ];
  if (pending) blocks.push(decision(request, whyButton(request, "Why me?")));
  const asked: Words = [`${askedFor(wants)}: ${titleOf(wants)} as ${roleJudged(wants)}.`];
  return { text: fallback(asked, stateInWords(request)), blocks };
}

function askedFor(wants: Wants): string {
  return wants.kind === "new-key"
    ? "An API key is asked for"
    : `Asked for: ${kindInWords(wants).toLowerCase()}`;
}

/** Approve, Deny and Why, with the question that goes before an approval. */
export function decision({ id, wants }: Request, why: Button): KnownBlock {
  const then =
    wants.kind === "new-key"
      ? "the secret is shown to the person who asked once everybody needed has approved."
      : "it is carried out at once when everybody needed has approved.";
  const sure = confirm("Approve this request?", `${titleOf(wants)}: ${then}`, "Approve");
  return buttons(
    button(DECIDE.approve, "Approve", id, { style: "primary", confirm: sure }),
    button(DECIDE.deny, "Deny…", id, { style: "danger" }),
    why,
  );
}

/** What a card has no room for is behind a button; the approval covers all of it. */
function differenceButton(request: Request, roles: RequestCard["roles"]): KnownBlock[] {
  const sides = sidesOf(request.wants, roles);
  if (sides === undefined || !isLong(sides.before, sides.after)) return [];
  return [buttons(button(DECIDE.difference, "Show all of the difference", request.id))];
}
