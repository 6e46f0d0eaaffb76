import { type Due, due, type DueMember, gone, isGone, keyEvent, type KeyRecord } from "./key.ts";
import type { Step } from "./request.ts";
import type { Instant } from "./values.ts";

/**
 * What the manager is given in one call each, in this order. Whether a key is active it hears alone and
 * first: no other value, which it may refuse, can keep a lock from a key.
 */
export function dueParts({ deleted, active, ...values }: Due): Due[] {
  if (deleted !== undefined) return [{ deleted }];
  const first = active === undefined ? [] : [{ active }];
  return Object.keys(values).length === 0 ? first : [...first, values];
}

/** The manager has been given these of the values that were due. */
export function settleKey(record: KeyRecord, given: Due, at: Instant): Step<KeyRecord> {
  const members = stillDue(record, given);
  if (members.length === 0) return { refusal: { reason: "not-locked" } };
  const next: KeyRecord = {
    ...withoutDue(record, given.deleted === undefined ? members : due.keyof().options),
    ...(given.name === undefined ? {} : { name: given.name }),
    ...(given.expiresAt === undefined ? {} : { expiresAt: given.expiresAt }),
    ...(given.deleted === undefined ? {} : { deletedAt: at }),
  };
  return {
    next,
    event: keyEvent(next, record.dueBy ?? "portcullis", at, "key.settled", { fields: members }),
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

/** The manager will not have a name that was due: another has it. The rest stays due. */
export function dropName(record: KeyRecord, name: string, at: Instant): Step<KeyRecord> {
  const members = stillDue(record, { name });
  if (members.length === 0) return { refusal: { reason: "not-locked" } };
  const next = withoutDue(record, members);
  return { next, event: keyEvent(next, "portcullis", at, "key.name-taken", { name }) };
}

/** The manager refuses these values as they stand, and always will: the key keeps what it has. */
export function dropRefused(record: KeyRecord, refused: Due, at: Instant): Step<KeyRecord> {
  const members = stillDue(record, refused);
  if (members.length === 0) return { refusal: { reason: "no-change" } };
  const next = withoutDue(record, members);
  return { next, event: keyEvent(next, "portcullis", at, "key.refused", { fields: members }) };
}

/** Which of these values are due as they stand here; somebody may have chosen others since. */
function stillDue(record: KeyRecord, values: Due): DueMember[] {
  return membersOf(values).filter((member) => record.due?.[member] === values[member]);
}

/** The values that are named here. */
export function membersOf(values: Due): DueMember[] {
  return due.keyof().options.filter((member) => values[member] !== undefined);
}

function withoutDue(record: KeyRecord, members: readonly DueMember[]): KeyRecord {
  const { due: before, dueBy, ...rest } = record;
  const left = Object.entries({ ...before }).filter(([member]) => !members.some((each) => each === member));
  if (left.length === 0) return rest;
  return { ...rest, due: Object.fromEntries(left), ...(dueBy === undefined ? {} : { dueBy }) };
}
