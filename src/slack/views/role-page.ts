import type { KnownBlock } from "@slack/types";
import { areaOf } from "../../domain/role-draft.ts";
import type { RoleSeen } from "../../usecases/roles/roles.ts";
import { areaInWords, dangerousRights, reach, rightInWords, roleInBrief, some } from "../words/role-words.ts";
import { touchedInWords } from "../words/touched-words.ts";
import { fallback, field, lines, type Message, plain, type Words } from "../words/words.ts";
import { button, buttons } from "./buttons.ts";
import { lineBlocks } from "./line-blocks.ts";
import { ROLE } from "./roles-list.ts";

/** A message has 50 blocks; these are left for the rights. */
const MOST_BLOCKS = 40;

/** All that is known of a role, with what this reader may ask for about it. */
export function rolePage({ role, touched, mayAsk, dangerous: patterns }: RoleSeen): Message {
  const dangerous = dangerousRights(role.rights, patterns);
  const description: Words[] = role.description === "" ? [] : [field("Description", [role.description])];
  const blocks: KnownBlock[] = [
    { type: "header", text: plain(`Role: ${role.name}`, 150) },
    lines(
      field("ID", [String(role.id)]),
      ...description,
      field("Reaches", [reach(role).replace(/^on /, "")]),
      field("User interface", [role.allowUserInterface ? "yes" : "no"]),
      field("Web services", [role.allowWebService ? "yes" : "no"]),
      field("Only users with equal or fewer rights", [role.onlyEqualOrLesserUsers ? "yes" : "no"]),
      ...(dangerous.length === 0 ? [] : [field("Dangerous", [some(dangerous, 10)])]),
    ),
    lines(...touchedInWords(touched)),
    ...lineBlocks(rightsByArea(role.rights), MOST_BLOCKS),
  ];
  if (role.immutable)
    blocks.push(lines(["This role is the manager's own: it can be neither changed nor deleted."]));
  else if (mayAsk) {
    blocks.push(
      buttons(
        button(ROLE.edit, "Edit…", String(role.id)),
        button(ROLE.delete, "Delete…", String(role.id), { style: "danger" }),
      ),
    );
  }
  return { text: fallback([`Role ${role.name}: ${roleInBrief(role)}`]), blocks };
}

/** One line for each area: "computer: view other computers, tag computers". */
function rightsByArea(rights: readonly string[]): Words[] {
  if (rights.length === 0) return [["It has no rights."]];
  return Object.entries(Object.groupBy(rights, areaOf)).map(([area, each = []]) =>
    field(areaInWords(area), [each.map(rightInWords).join(", ")]),
  );
}
