import { letGo, type Reminder, secretSince } from "../../domain/reminder.ts";
import type { KeyRecord } from "../../domain/key.ts";
import type { Refusal } from "../../domain/refusal.ts";
import type { Instant, PersonId } from "../../domain/values.ts";
import { change, one } from "../change.ts";
import { recordNow } from "./change-key.ts";
import { mayDo, refuseOwnKey, standing } from "./find-key.ts";
import { asMember, DECIDING, lateClick, recordRefusal } from "../people.ts";
import type { Context, ManagedKey } from "../ports.ts";

/** Owner or responder want nobody to be reminded any more of what a card reminds of. Throws manager and Slack faults. */
export async function letItGo(
  context: Context,
  { reminder: id, by, clickedAt }: { reminder: string; by: PersonId; clickedAt: Instant },
): Promise<{ letGo: true } | { refusal: Refusal }> {
  const found = await context.store.reminder(id);
  const attempt = () =>
    change<true>(context, async () => {
      const wrong = lateClick(context, clickedAt);
      if (wrong !== undefined) return { refusal: wrong };
      const member = await asMember(context, by, DECIDING);
      if ("refusal" in member) return member;
      if (found === undefined) return { refusal: { reason: "not-found", what: "reminder" } };
      const before = await context.store.key(found.key);
      if (!mayDo("edit", await standing(context, by, before?.value, DECIDING))) {
        return { refusal: { reason: "not-your-key", does: "let-go" } };
      }
      const managed = await context.manager.describeKey(found.key);
      if (managed === undefined) return { refusal: { reason: "key-deleted" } };
      const own = await refuseOwnKey(context, { key: found.key, record: before?.value }, "edit");
      if (own !== undefined) return { refusal: own };
      const record = recordNow(before?.value, managed);
      const stale = changedSince(found, managed, record);
      if (stale !== undefined) return { refusal: stale };
      const step = letGo(record, found, by, context.clock());
      if ("refusal" in step) return step;
      const row = { row: "key" as const, next: step.next, ...(before === undefined ? {} : { before }) };
      return { commit: one(row, step.event), result: true };
    });
  let settled = await attempt();
  // Two people acted on a key without a record at once: the second finds it now.
  if (settled === "exists") settled = await attempt();
  if (typeof settled === "string") throw new Error(`letting go answered ${settled}`);
  if ("result" in settled) return { letGo: true };
  await recordRefusal(
    context,
    by,
    found === undefined ? `person:${by}` : `key:${found.key}`,
    settled.refusal,
  );
  return settled;
}

/** The card was about an end or a secret that the key no longer has. */
function changedSince({ what, of }: Reminder, managed: ManagedKey, record: KeyRecord): Refusal | undefined {
  if (what === "expiry") {
    return managed.expiresAt === of ? undefined : { reason: "page-stale", changed: ["expiresAt"] };
  }
  return secretSince(managed, record) === of ? undefined : { reason: "page-stale", changed: ["secret"] };
}
