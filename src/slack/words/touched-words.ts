import type { Touched } from "../../usecases/roles/roles.ts";
import { code, field, list, person, time, type Words } from "./words.ts";

/** Instead of what only the inventory says. */
export const NOT_READ = "not known yet: I am still reading the manager's keys";

/** Keys and owners that are called by name; of more, their number says enough. */
const NAMED = 8;

/** Which keys a role is on, and whose they are. */
export function touchedInWords(touched: Touched | undefined): Words[] {
  if (touched === undefined) return [field("Keys with this role", [NOT_READ])];
  const { keys, names, owners, more, asOf } = touched;
  const asSeen: Words = [" (as of ", time(asOf), ")"];
  if (keys === 0) return [field("Keys with this role", ["none", ...asSeen])];
  const unknown = more ? ", and perhaps others" : "";
  const whose: Words =
    owners.length === 0
      ? [more ? "not known" : "nobody"]
      : [...first(owners.map((owner) => [person(owner)])), unknown];
  return [
    field("Keys with this role", [
      `${keys}: `,
      ...first(
        names.map((name) => [code(name)]),
        keys,
      ),
      ...asSeen,
    ]),
    field("Their owners", whose),
  ];
}

function first(each: readonly Words[], of = each.length): Words {
  const shown = each.slice(0, NAMED);
  const rest = of - shown.length;
  return list(rest > 0 ? [...shown, [`${rest} more`]] : shown);
}
