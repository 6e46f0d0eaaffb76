import { gone, isGone, keyEvent, type KeyRecord } from "./key.ts";
import type { Step } from "./request.ts";
import type { Instant } from "./values.ts";

/** The manager has been given what was due. */
export function settleKey(record: KeyRecord, at: Instant): Step<KeyRecord> {
  const { due: given, dueBy, ...rest } = record;
  if (given === undefined) return { refusal: { reason: "not-locked" } };
  const next: KeyRecord = {
    ...rest,
    ...(given.name === undefined ? {} : { name: given.name }),
    ...(given.expiresAt === undefined ? {} : { expiresAt: given.expiresAt }),
    ...(given.deleted === undefined ? {} : { deletedAt: at }),
  };
  return {
    next,
    event: keyEvent(next, dueBy ?? "portcullis", at, "key.settled", { fields: Object.keys(given) }),
  };
}

/** The key is gone from the manager: somebody deleted it there. */
export function goneKey(record: KeyRecord, at: Instant): Step<KeyRecord> {
  if (record.deletedAt !== undefined) return gone(record);
  const { due: _, dueBy: __, ...rest } = record;
  const next: KeyRecord = { ...rest, deletedAt: at };
  return { next, event: keyEvent(next, "portcullis", at, "key.gone", {}) };
}

/**
 * The manager was told `told` while others changed the record: it has to hear once more whether the
 * key is active, as the record has it now. What is due already says so itself.
 */
export function oweActive(record: KeyRecord, told: KeyRecord, at: Instant): Step<KeyRecord> {
  if (isGone(record) || told.due?.active === undefined || record.due?.active !== undefined) {
    return { refusal: { reason: "no-change" } };
  }
  const active = record.holds === undefined && (told.holds?.baseActive ?? told.due.active);
  const next: KeyRecord = { ...record, due: { ...record.due, active } };
  return { next, event: keyEvent(next, "portcullis", at, "key.told-again", { active }) };
}

/** The manager will not have a name that was due; the rest stays due. */
export function dropName(record: KeyRecord, wanted: string, at: Instant): Step<KeyRecord> {
  const { name, ...due } = record.due ?? {};
  if (name === undefined || name !== wanted) return { refusal: { reason: "not-locked" } };
  const { due: _, ...rest } = record;
  const next: KeyRecord = Object.keys(due).length === 0 ? rest : { ...rest, due };
  return { next, event: keyEvent(next, "portcullis", at, "key.name-taken", { name }) };
}
