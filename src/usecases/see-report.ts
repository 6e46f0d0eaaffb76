import { seeReport as seen } from "../domain/report.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { PersonId } from "../domain/values.ts";
import { changeKnown, one } from "./change.ts";
import { asMember, DECIDING, isIn, recordRefusal } from "./people.ts";
import type { Context } from "./ports.ts";

/** A responder says that they have looked at what happened outside. Throws Slack's faults. */
export async function seeReport(
  context: Context,
  { report: id, by }: { report: string; by: PersonId },
): Promise<{ seen: true } | { refusal: Refusal }> {
  const settled = await changeKnown<true>(context, async () => {
    const member = await asMember(context, by, DECIDING);
    if ("refusal" in member) return member;
    const { responders } = context.policy().policy;
    if (!(await isIn(context, responders, by, DECIDING))) return { refusal: { reason: "not-a-responder" } };
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
