import type { KnownBlock } from "@slack/types";
import type { CardContent } from "../../usecases/ports.ts";
import { lifeInWords, rulesInWords, stateInWords, stillMissing, whoDecides } from "../request-words.ts";
import { dangerousRights, roleInWords, some } from "../role-words.ts";
import { fallback, field, lines, type Message, person, plain, time, type Words } from "../words.ts";
import { button, buttons, confirm } from "./buttons.ts";

/** Its buttons carry the request's id. */
export const DECIDE = { approve: "decide.approve", deny: "decide.deny" } as const;

/** The approvers' card: what is asked for and where it stands, the same for everybody who sees it. */
export function requestCard({ request: { value: request }, role, groups, demands }: CardContent): Message {
  const { wants } = request;
  const pending = request.state === "pending";
  const unchecked: Words[] =
    pending && request.nameUnchecked ? [["Still being checked with the manager: the name."]] : [];
  const description: Words[] = wants.description === "" ? [] : [field("Description", [wants.description])];
  const more = stillMissing(request, demands, groups);
  const missing: Words[] = more.length === 0 ? [] : [field("Still missing", more)];
  const blocks: KnownBlock[] = [
    { type: "header", text: plain(`API key: ${wants.keyName}`, 150) },
    lines(field("State", stateInWords(request)), ...unchecked),
    lines(
      field("Asked for by", [person(request.asker), " on ", time(request.askedAt)]),
      field("Role", [wants.roleName]),
      ...rights(role),
      field("Life", lifeInWords(wants.life)),
      field("Reason", [request.reason]),
      ...description,
      field("Language and time zone", [`${wants.locale}, ${wants.timeZone}`]),
    ),
    lines(
      field("Rules", rulesInWords(request.rules)),
      field("Who decides", whoDecides(demands, groups)),
      ...missing,
    ),
  ];
  if (pending) blocks.push(decision(request.id, wants.keyName));
  const asked: Words = [`An API key is asked for: ${wants.keyName} as ${wants.roleName}.`];
  return { text: fallback(asked, stateInWords(request)), blocks };
}

/** Approve and Deny, with the question that goes before an approval. */
export function decision(request: string, keyName: string): KnownBlock {
  const sure = confirm(
    "Approve this request?",
    `${keyName}: the secret is shown to the person who asked once everybody needed has approved.`,
    "Approve",
  );
  return buttons(
    button(DECIDE.approve, "Approve", request, { style: "primary", confirm: sure }),
    button(DECIDE.deny, "Deny…", request, { style: "danger" }),
  );
}

function rights(role: CardContent["role"]): Words[] {
  if (role === undefined) {
    return [field("What it may do", ["not known now: the manager does not answer, or the role is gone"])];
  }
  const dangerous = dangerousRights(role);
  const warning: Words[] = dangerous.length === 0 ? [] : [field("Dangerous", [some(dangerous, 10)])];
  return [field("What it may do", [roleInWords(role)]), ...warning];
}
