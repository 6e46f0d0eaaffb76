import { z } from "zod";
import type { AuditRow } from "../../domain/audit.ts";
import { instant } from "../../domain/values.ts";
import type { AuditPage } from "../../usecases/audit/ask-audit.ts";
import type { AuditPlace } from "../../usecases/store-port.ts";
import { eventInWords } from "../words/event-words.ts";
import { code, fallback, lines, type Message, plain, type Words } from "../words/words.ts";
import { button, buttons } from "./buttons.ts";

/** `older` says where its page begins; `newest` carries the query alone. */
export const AUDIT = { older: "audit.older", newest: "audit.newest" } as const;

/** A button's value has room for so many characters (slack-rules.md 2.5). */
const LONGEST_VALUE = 2000;

/** One page of the trail, the newest first. */
export function auditPage({ line, rows, older, first }: AuditPage): Message {
  const turns = [
    ...(first ? [] : [button(AUDIT.newest, "Newest", JSON.stringify({ line }))]),
    ...(older === undefined ? [] : [button(AUDIT.older, "Older", JSON.stringify({ line, before: older }))]),
  ].filter(({ value }) => (value ?? "").length <= LONGEST_VALUE);
  return {
    text: fallback([`Audit trail: ${rows.length} events`]),
    blocks: [
      { type: "header", text: plain("Audit trail", 150) },
      ...(line === "" ? [] : [lines([code(line)])]),
      ...(rows.length === 0
        ? [lines([first ? "Nothing like this has happened." : "There are no older events."])]
        : []),
      ...rows.map((row) => lines(eventInWords(row), about(row))),
      ...(turns.length === 0 ? [] : [buttons(...turns)]),
    ],
  };
}

/** What happened by its name, to what, and where it stands in the trail. */
function about({ seq, subject, event, evidence }: AuditRow): Words {
  const { reason } = refusal.parse(JSON.parse(evidence));
  const why: Words = event === "refused" && reason !== undefined ? [" (", code(reason), ")"] : [];
  return [`${seq}: `, code(event), ...why, ", ", code(subject)];
}

const refusal = z.object({ reason: z.string().optional().catch(undefined) });

const turn = z.object({
  line: z.string(),
  before: z.object({ at: instant, seq: z.int().positive() }).exactOptional(),
});

/** The page that a button turns to; `undefined` where its value is none of ours. */
export function readAuditTurn(value: string): { line: string; before?: AuditPlace } | undefined {
  try {
    return turn.safeParse(JSON.parse(value)).data;
  } catch {
    return undefined;
  }
}
