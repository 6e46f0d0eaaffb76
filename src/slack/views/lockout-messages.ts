import { z } from "zod";
import type { AuditRow } from "../../domain/audit.ts";
import type { OwnerLockoutCard, TimelineCard } from "../../usecases/card-content.ts";
import { eventInWords } from "../words/event-words.ts";
import {
  bold,
  code,
  fallback,
  field,
  lines,
  list,
  type Message,
  shorten,
  time,
  toTheSecond,
  type Words,
} from "../words/words.ts";
import { lineBlocks } from "./line-blocks.ts";

/** Lines of a timeline that a message has room for; the report has all of them. */
const SHOWN = 40;
/** Keys that an owner's message names. */
const NAMED = 20;
/** Characters of a text. */
const LONGEST = 300;

/** Below a lockout's card: what happened, the last of it where it is long. */
export function timelineCard({ timeline, lockout }: TimelineCard): Message {
  const rest = timeline.length - SHOWN;
  const said = timeline.slice(-SHOWN).map((row) => happened(row, lockout.drill));
  return {
    text: fallback([`Timeline of ${lockout.incident}`]),
    blocks: [
      lines([bold("Timeline")], ...(rest > 0 ? [[`${rest} earlier events stand in the report.`]] : [])),
      ...lineBlocks(said, 40),
    ],
  };
}

/** One event, with how many keys it happened to. */
function happened(row: AuditRow, drill: boolean): Words {
  const { keys } = several.parse(JSON.parse(row.evidence));
  const count = keys === undefined ? [] : [` (${keys.length} ${keys.length === 1 ? "key" : "keys"})`];
  const [, ...what] = eventInWords(row, drill);
  return [toTheSecond(row.at), ...what, ...count];
}

const several = z.object({ keys: z.array(z.unknown()).optional().catch(undefined) });

/** To one owner: which of their keys are locked, why, and what they can do. */
export function ownerLockoutCard({ held, keys }: OwnerLockoutCard): Message {
  const { incident, because, at, until } = held;
  const locked = keys.filter((each) => each.locked);
  const back = keys.length - locked.length;
  const title =
    locked.length === 0
      ? "Your API keys are locked no longer"
      : `${locked.length === 1 ? "An API key" : `${locked.length} API keys`} of yours ${locked.length === 1 ? "is" : "are"} locked`;
  const named = locked
    .slice(0, NAMED)
    .map(({ name, key }): Words => [code(shorten(name, 100)), ` (ID ${key})`]);
  const rest = locked.length - named.length;
  return {
    text: fallback([`${title}: ${incident}`]),
    blocks: [
      lines(
        [bold(title)],
        field("Incident", [shorten(incident, 100), " (", time(at), ")"]),
        field("Why", [shorten(because, LONGEST)]),
        ...(named.length === 0
          ? []
          : [field("Locked", list([...named, ...(rest > 0 ? [[`${rest} more`]] : [])]))]),
        ...(back === 0 ? [] : [[`${back} of yours ${back === 1 ? "is" : "are"} no longer held by it.`]]),
        ...(locked.length === 0
          ? []
          : [
              [
                "You need not do anything: what was active comes back as it was when the incident is over",
                ...(until === undefined ? [] : [", which is planned for ", time(until)]),
                ". If one of them is needed before, talk to the incident responders.",
              ],
            ]),
      ),
    ],
  };
}
