import type { Button } from "@slack/types";
import type { Request } from "../../domain/request.ts";
import { titleOf } from "../../domain/wants.ts";
import type { Standing, Why } from "../../usecases/requests/why.ts";
import { decidersByRule, missingInWords, rulesInWords, stateInWords } from "../words/request-words.ts";
import { aimInWords, kindInWords } from "../words/wants-words.ts";
import {
  code,
  fallback,
  field,
  lines,
  list,
  type Message,
  person,
  saying,
  time,
  type Words,
} from "../words/words.ts";
import { button } from "./buttons.ts";

/** `open` carries the request's id. */
export const WHY = { open: "why.open" } as const;

export function whyButton({ id }: Request, label = "Why?"): Button {
  return button(WHY.open, label, id);
}

/** Which request is meant, where a line does not say. */
export function whichRequest(): Message {
  return saying([
    "Name the request by its id or by what it is about, such as ",
    code("/apikey why ci-deploy"),
    ". Yours, and those that wait for you, stand in ",
    code("/apikey requests"),
    ".",
  ]);
}

/** To one person: why they see a request, who decides on it, and what happens when nobody does. */
export function whyMessage(why: Why): Message {
  const { request, demands, groups, missing, you } = why;
  const pending = request.state === "pending";
  const title: Words = ["The request for ", ...aimInWords(request.wants), " of ", person(request.asker)];
  const more: Words[] =
    pending && missing !== undefined ? [field("Still needed", missingInWords(missing, groups))] : [];
  return {
    text: fallback([`${kindInWords(request.wants)}: ${titleOf(request.wants)}`]),
    blocks: [
      lines(title, field("You", standingInWords(you, request))),
      lines(
        field("State", stateInWords(request)),
        field("Rules", request.rules.length === 0 ? ["none: it asks nobody"] : rulesInWords(request.rules)),
        ...decidersByRule(demands, groups, pending ? request.askedAt : undefined),
        ...more,
        ...(pending ? [field("Who could still decide", couldInWords(why))] : []),
        field("Called", callsInWords(why)),
        ...(request.state === "pending" ? silenceInWords(request, why) : []),
        field("Request", [code(request.id)]),
      ),
    ],
  };
}

function standingInWords(you: Standing, { wants }: Request): Words {
  switch (you.as) {
    case "asker":
      return ["you asked for it, so others decide"];
    case "beneficiary":
      return ["the key would become yours, so others decide"];
    case "approver":
      return ["you approved it (", time(you.at), ")"];
    case "denier":
      return ["you denied it (", time(you.at), ")"];
    case "decider":
      return list(
        you.through.map(({ rule, group, how }): Words => {
          const called = {
            asked: "",
            quiet: ", without being called",
            escalated: ", since nobody had decided for long",
          };
          return [`you belong to ${group}, who may decide by the rule "${rule}"${called[how]}`];
        }),
      );
    case "onlooker":
      return [`you may see it, and decide nothing on ${titleOf(wants)}`];
  }
}

function couldInWords({ could: { named, more } }: Why): Words {
  if (named.length === 0) return ["nobody"];
  return list([...named.map((each): Words => [person(each)]), ...(more ? [["more"]] : [])]);
}

function callsInWords({ calls }: Why): Words {
  const how = { card: "by the card ", reminder: "by a reminder ", escalation: "by calling others too " };
  return calls.length === 0 ? ["nobody"] : list(calls.map(({ at, by }): Words => [how[by], time(at)]));
}

function silenceInWords(
  { reminders, lapsesAt, stuck, denials }: Extract<Request, { state: "pending" }>,
  { denialsToEnd }: Why,
): Words[] {
  const next: Words =
    reminders === undefined || reminders.next >= lapsesAt || stuck !== undefined
      ? ["nobody is reminded any more, and "]
      : ["those whose approval is missing are reminded ", time(reminders.next), ", and "];
  return [
    field("If nobody decides", [...next, "it lapses ", time(lapsesAt)]),
    field("Denials", [
      denialsToEnd === 1 ? "one ends it" : `${denialsToEnd} end it; so far there are ${denials.length}`,
    ]),
  ];
}
