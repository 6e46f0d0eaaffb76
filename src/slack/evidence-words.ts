import type { Request } from "../domain/request.ts";
import { beneficiary, roleJudged } from "../domain/wants.ts";
import type { Evidence, Outcomes } from "../usecases/evidence.ts";
import { useInWords } from "./key-words.ts";
import { stateInWords } from "./request-words.ts";
import { kindInWords } from "./wants-words.ts";
import { code, field, list, person, shorten, type Words } from "./words.ts";

/** Characters of a name in a card. */
const LONGEST = 100;

/** What an approver would look up before deciding. */
export function evidenceInWords({ wants, asker }: Request, { others, key, before }: Evidence): Words[] {
  const use: Words[] = key === undefined ? [] : [field("Use of the key", useInWords(key))];
  const first = others.first.map((each): Words => [
    code(shorten(each.name, LONGEST)),
    ` (${shorten(each.roleName, LONGEST)})`,
  ]);
  const rest = others.count - others.first.length;
  const keys: Words =
    others.count === 0 ? ["none"] : list([...first, ...(rest > 0 ? [[`${rest} more`]] : [])]);
  const last: Words =
    before.last === undefined ? [] : ["; the last of theirs: ", ...stateInWords(before.last)];
  return [
    ...use,
    field("Other keys", ["of ", person(beneficiary(wants, asker)), ": ", ...keys]),
    field(
      `Before, ${kindInWords(wants).toLowerCase()} with the role ${shorten(roleJudged(wants), LONGEST)}`,
      [...tally(before.asker), " for ", person(asker), ", ", ...tally(before.all), " for everybody", ...last],
    ),
  ];
}

function tally({ granted, denied }: Outcomes): Words {
  return [granted + denied === 0 ? "nothing decided" : `${granted} granted and ${denied} denied`];
}
