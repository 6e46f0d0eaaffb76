import type { Request } from "../../domain/request.ts";
import { beneficiary, roleJudged } from "../../domain/wants.ts";
import type { Evidence, Outcomes } from "../../usecases/requests/evidence.ts";
import { useInWords } from "./key-words.ts";
import { NOT_READ } from "./touched-words.ts";
import { code, day, field, list, shorten, type Words } from "./words.ts";

/** Characters of a name in a card. */
const LONGEST = 100;

/** What an approver would look up before deciding; it calls nobody whom the card has not named above. */
export function evidenceInWords({ wants, asker }: Request, { others, key, before }: Evidence): Words[] {
  const use: Words[] = key === undefined ? [] : [field("Use of the key", useInWords(key))];
  const whose = beneficiary(wants, asker) === asker ? "The asker's other keys" : "The new owner's other keys";
  const last: Words = before.last === undefined ? [] : [", the last asked for on ", day(before.last.askedAt)];
  return [
    ...use,
    field(whose, keysInWords(others)),
    field(`The same with the role ${shorten(roleJudged(wants), LONGEST)} before`, [
      `for the asker ${tally(before.asker)}`,
      ...last,
      `; for everybody ${tally(before.all)}`,
    ]),
  ];
}

function keysInWords(others: Evidence["others"]): Words {
  if (others === undefined) return [NOT_READ];
  const first = others.first.map((each): Words => [
    code(shorten(each.name, LONGEST)),
    ` (${shorten(each.roleName, LONGEST)})`,
  ]);
  const rest = others.count - others.first.length;
  return others.count === 0 ? ["none"] : list([...first, ...(rest > 0 ? [[`${rest} more`]] : [])]);
}

function tally({ granted, denied }: Outcomes): string {
  return granted + denied === 0 ? "nothing decided" : `${granted} granted, ${denied} denied`;
}
