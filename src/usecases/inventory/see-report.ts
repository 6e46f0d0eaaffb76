import { seeReport as seen } from "../../domain/report.ts";
import type { Refusal } from "../../domain/refusal.ts";
import type { Instant, PersonId } from "../../domain/values.ts";
import { changeKnown, one } from "../change.ts";
import { asResponder, DECIDING, lateClick, recordRefusal } from "../people.ts";
import type { Context } from "../ports.ts";

/** A responder says that they have looked at what happened outside. Throws Slack's faults. */
export async function seeReport(
  context: Context,
  { report: id, by, clickedAt }: { report: string; by: PersonId; clickedAt: Instant },
): Promise<{ seen: true } | { refusal: Refusal }> {
  const settled = await changeKnown<true>(context, async () => {
    const late = lateClick(context, clickedAt);
    if (late !== undefined) return { refusal: late };
    const responder = await asResponder(context, by, DECIDING);
    if ("refusal" in responder) return responder;
    const before = await context.store.report(id);
    if (before === undefined) return { refusal: { reason: "not-found", what: "report" } };
    const step = seen(before.value, by, context.clock());
    if ("refusal" in step) return step;
    return { commit: one({ row: "report", before, next: step.next }, step.event), result: true };
  });
  if ("result" in settled) return { seen: true };
  await recordRefusal(context, by, `report:${id}`, settled.refusal);
  return settled;
}
