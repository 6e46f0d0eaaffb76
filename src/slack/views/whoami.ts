import { DAY, type Instant } from "../../domain/values.ts";
import type { Whoami } from "../../usecases/whoami.ts";
import { days } from "../words/explain.ts";
import { rightInWords } from "../words/role-words.ts";
import { code, field, type Message, saying, time, type Words } from "../words/words.ts";
import { button, buttons } from "./buttons.ts";
import { WHOAMI } from "./whoami-modal.ts";

const FIRST_KEY = "npm run portcullis -- first-key";
/** An expiry that is nearer than this is said to be near. */
const SOON = 30 * DAY;

/** The key that we work with ourselves. */
export function whoamiMessage(seen: Whoami, now: Instant): Message {
  const { own } = seen;
  const said: Words[] = [
    ["I work with the key ", code(own.name), ` (ID ${own.id}).`],
    field("Role", roleWords(seen)),
    field("Changes to roles", [
      seen.changesRoles
        ? "I can carry them out: my key has full access."
        : "I refuse them: a manager lets nobody hand out rights that they lack, so that would need a key with full access.",
    ]),
    field("Expires", expiryWords(own.expiresAt, now)),
    field("Language", [own.locale]),
    field("Time zone", [own.timeZone]),
    field("Description", [own.description === "" ? "none" : own.description]),
  ];
  const message = saying(...said);
  return { ...message, blocks: [...message.blocks, buttons(button(WHOAMI.open, "Change…", ""))] };
}

function roleWords({ own, role, lacking }: Whoami): Words {
  const name: Words = role === undefined ? [`ID ${own.role}`] : [code(role.name), ` (ID ${role.id})`];
  if (lacking.length > 0) {
    const missing = lacking.map(rightInWords).join(", ");
    return [...name, `; it lacks what I need to ${missing}. Mend it with `, code(FIRST_KEY), "."];
  }
  return role === undefined
    ? [...name, "; the manager has no such role."]
    : [...name, "; it has every right that I need."];
}

function expiryWords(at: Instant | undefined, now: Instant): Words {
  if (at === undefined) return ["never"];
  if (at - now > SOON) return [time(at)];
  const left = days(Math.max(0, Math.floor((at - now) / DAY)));
  return [time(at), `, in ${left}: replace it in time with `, code(`${FIRST_KEY} --replace`), "."];
}
