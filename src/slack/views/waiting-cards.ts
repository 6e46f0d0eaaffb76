import { titleOf } from "../../domain/wants.ts";
import type { RequestCard } from "../../usecases/card-content.ts";
import { decidersByRule, groupInWords, missingInWords, stateInWords } from "../words/request-words.ts";
import { kindInWords } from "../words/wants-words.ts";
import { code, list, type Message, saying, time, type Words } from "../words/words.ts";

/** Below the approvers' card: calls those whose approval is missing, until it is decided. */
export function reminderCard({ request: { value: request }, missing, groups }: RequestCard): Message {
  if (request.state !== "pending") return saying(["No reminder any more. ", ...stateInWords(request)]);
  const whose: Words = missing === undefined ? [] : ["It needs ", ...missingInWords(missing, groups), ". "];
  return saying([
    ...whatOf(request),
    " has waited since ",
    time(request.askedAt),
    ". ",
    ...whose,
    "It lapses on ",
    time(request.lapsesAt),
    ".",
  ]);
}

/** Below the approvers' card: calls those who may decide from now on. */
export function escalationCard({ request: { value: request }, demands, groups }: RequestCard): Message {
  if (request.state !== "pending") return saying(["No longer waiting. ", ...stateInWords(request)]);
  const called = list(request.escalated.map((each) => groupInWords(each, groups)));
  return saying(
    [
      "Nobody has decided on ",
      ...whatOf(request),
      " since ",
      time(request.askedAt),
      ", so ",
      ...called,
      " may decide too.",
    ],
    ...decidersByRule(demands, groups, request.askedAt),
  );
}

/** To approvers and asker: as things are, nobody can approve it. */
export function stuckCard({ request: { value: request } }: RequestCard): Message {
  if (request.state !== "pending") return saying(["No longer waiting. ", ...stateInWords(request)]);
  const { stuck } = request;
  if (stuck === undefined)
    return saying([...whatOf(request), " can be decided again. ", ...stateInWords(request)]);
  return saying(
    [
      "Nobody is left who could approve ",
      ...whatOf(request),
      `: the rule "${stuck.rule}" asks for more people of ${stuck.group} than there are besides who asked (`,
      time(stuck.since),
      ").",
    ],
    [
      "Somebody has to join the group, or the policy has to change. Whoever asked may also withdraw it: ",
      code("/apikey requests"),
    ],
  );
}

function whatOf({ wants }: RequestCard["request"]["value"]): Words {
  return [`${kindInWords(wants)} `, code(titleOf(wants))];
}
