import { wasDone, withAct } from "../../domain/acts.ts";
import { clearCompromised, markCompromised } from "../../domain/compromised.ts";
import { holding } from "../../domain/lockout.ts";
import type { Refusal } from "../../domain/refusal.ts";
import {
  type Due,
  deleteKey as deleted,
  editKey as edited,
  type KeyRecord,
  lockKey as locked,
  recordOutside,
  unlockKey as unlocked,
} from "../../domain/key.ts";
import type { Step } from "../../domain/request.ts";
import { DAY, type Instant, type KeyId, type PersonId } from "../../domain/values.ts";
import { checkReasonText, checkTexts, checkTimeZone } from "../../domain/typed.ts";
import { after, change, one } from "../change.ts";
import { holderOf } from "../claims/claim-state.ts";
import {
  type Doing,
  isSilence,
  lastSeen,
  type May,
  mayDo,
  refuseOwnKey,
  shown,
  standing,
  STOPPING_PATIENCE,
} from "./find-key.ts";
import { asMember, DECIDING, lateClick, recordRefusal } from "../people.ts";
import type { Context, ManagedKey } from "../ports.ts";
import { changedSince, type Seen } from "./seen-key.ts";
import { type Awaited, settle, type Settling } from "./settle-key.ts";
import type { Versioned } from "../store-port.ts";
import { refuseOwn } from "../whoami.ts";

/**
 * Somebody does something to a key; `clickedAt` when the button or form was sent; `act`: the line, or
 * the form as it was sent, which is carried out once however often it is delivered.
 */
export type OnKey = { key: KeyId; by: PersonId; clickedAt: Instant; act?: string };
/** It is on record and certain; `manager`: whether the manager has confirmed it, or what keeps it from that. */
export type Changed = { record: Versioned<KeyRecord>; manager: Settling } | { refusal: Refusal };

/** New values for a key. */
export type Edit = Pick<Due, "name" | "description" | "locale" | "timeZone" | "expiresAt">;

/** Locks a key: its owner, or a responder, whose groups may be a day old, because stopping must not wait for Slack. */
export async function lockKey(
  context: Context,
  { until, because, ...on }: OnKey & { because: string; until?: Instant },
): Promise<Changed> {
  return onKey(context, { ...on, doing: "lock", noOlderThan: DAY }, ({ record, active, as, at }) => {
    if (as === undefined) return undefined;
    const wrong = checkReasonText(because, 1);
    if (wrong !== undefined) return { refusal: wrong };
    const ends = until === undefined ? {} : { until };
    return locked(record, { by: on.by, as, at, because, activeNow: active, ...ends });
  });
}

/** Lifts what this person may lift; other holds keep the key down. */
export async function unlockKey(context: Context, on: OnKey): Promise<Changed> {
  return onKey(
    context,
    { ...on, doing: "unlock", noOlderThan: DECIDING },
    ({ record, active, may: { owner, responder }, at }) =>
      owner || responder
        ? unlocked(record, { by: on.by, at, owner, responder, activeNow: active })
        : undefined,
  );
}

/** Name, description, language, time zone, an earlier end. `seen`: the page that was looked at. */
export async function editKey(
  context: Context,
  { to, seen, ...on }: OnKey & { to: Edit; seen: Seen },
): Promise<Changed> {
  return onKey(context, { ...on, doing: "edit", noOlderThan: DECIDING }, async (facts) => {
    const { record, managed, as, at } = facts;
    if (as === undefined) return undefined;
    const stale = changedSince(seen, shown(managed), record.owner);
    if (stale.length > 0) return { refusal: { reason: "page-stale", changed: stale } };
    const change = changeOf(to, managed);
    if (Object.keys(change).length === 0) return { refusal: { reason: "no-change" } };
    const wrong = checkEdit(context, change) ?? (await checkNewName(context, change.name, managed));
    return wrong === undefined ? edited(record, change, { by: on.by, as, at }) : { refusal: wrong };
  });
}

/** Deletes a key for good, once its name has been typed. */
export async function deleteKey(
  context: Context,
  { typed, ...on }: OnKey & { typed: string },
): Promise<Changed> {
  return onKey(context, { ...on, doing: "delete", noOlderThan: DECIDING }, async ({ record, as, at }) => {
    if (as === undefined) return undefined;
    const { lockouts } = await context.store.gate(on.key);
    const heldBy = holding(lockouts, record) ?? (await holderOf(context, record));
    return deleted(record, typed, { by: on.by, as, at, heldBy });
  });
}

/**
 * Owner or responder: its secret got out. The key goes down until its owner has been shown another
 * one, or a responder says that the alarm was false.
 */
export async function compromiseKey(context: Context, on: OnKey): Promise<Changed> {
  return onKey(context, { ...on, doing: "lock", noOlderThan: DAY }, ({ record, active, at }) =>
    markCompromised(record, { by: on.by, at, activeNow: active }),
  );
}

/** A responder other than who said so: the secret had not got out. */
export async function clearAlarm(context: Context, on: OnKey): Promise<Changed> {
  return onKey(
    context,
    { ...on, doing: "unlock", noOlderThan: DECIDING },
    ({ record, may: { responder }, at }) =>
      responder ? clearCompromised(record, { by: on.by, at }) : { refusal: { reason: "not-a-responder" } },
  );
}

type Facts = {
  record: KeyRecord;
  managed: ManagedKey;
  /** Whether it works, or will as soon as the manager has heard that it was delivered. */
  active: boolean;
  may: May;
  /** As what the person acts; an owner who is a responder too acts as the owner. */
  as: "owner" | "responder" | undefined;
  at: Instant;
};

/** Authorised at the click, on the key as the manager has it now; then committed, then told to the manager. */
async function onKey(
  context: Context,
  { key: id, act, by, clickedAt, doing, noOlderThan }: OnKey & { doing: Doing; noOlderThan: number },
  decide: (facts: Facts) => Promise<Step<KeyRecord> | undefined> | Step<KeyRecord> | undefined,
): Promise<Changed> {
  const attempt = () =>
    change<Versioned<KeyRecord>>(context, async () => {
      const late = lateClick(context, clickedAt);
      if (late !== undefined) return { refusal: late };
      const member = await asMember(context, by, noOlderThan);
      if ("refusal" in member) return member;
      const before = await context.store.key(id);
      if (act !== undefined && before !== undefined && wasDone(before.value, act))
        return { refusal: { reason: "done-before" } };
      const may = await standing(context, by, before?.value, noOlderThan);
      if (!mayDo(doing, may)) return { refusal: { reason: "not-your-key", does: doing } };
      // Before the manager is asked: what comes alive between the two would be taken for a key that was locked.
      const alive = before !== undefined && (await comesAlive(context, before.value));
      const managed = await readKey(context, id, doing);
      if (managed === undefined) return { refusal: { reason: "key-deleted" } };
      const own = await refuseOwnKey(context, { key: id, record: before?.value }, doing);
      if (own !== undefined) return { refusal: own };
      const as = may.owner ? "owner" : may.responder ? "responder" : undefined;
      const record = recordNow(before?.value, managed);
      const active = managed.active || alive;
      const step = await decide({ record, managed, active, may, as, at: context.clock() });
      if (step === undefined) return { refusal: { reason: "not-your-key", does: doing } };
      if ("refusal" in step) return step;
      const next = act === undefined ? step.next : withAct(step.next, act);
      const row = { row: "key" as const, next, ...(before === undefined ? {} : { before }) };
      return { commit: one(row, step.event), result: after(before, next) };
    });
  let settled = await attempt();
  // Two people acted on a key without a record at once: the second finds it now.
  if (settled === "exists") settled = await attempt();
  if (typeof settled === "string") throw new Error(`a key's commit answered ${settled}`);
  if ("refusal" in settled) {
    await recordRefusal(context, by, `key:${id}`, settled.refusal);
    return settled;
  }
  const manager = await settle(context, id, AWAITED[doing] ?? "active");
  return { record: (await context.store.key(id)) ?? settled.result, manager };
}

const AWAITED: Partial<Record<Doing, Awaited>> = { edit: "values", delete: "deleted" };

/** Its secret was shown, and the manager has still to be told that the key is active: what a lock holds down is that. */
async function comesAlive({ store }: Context, { origin }: KeyRecord): Promise<boolean> {
  const claim = origin.kind === "request" ? (await store.claimOf(origin.request))?.value : undefined;
  return claim?.state === "delivered" && claim.activeSince === undefined;
}

/** The key as the manager has it; a lock does not wait long for one that is silent, if we have seen the key before. */
async function readKey(context: Context, id: KeyId, doing: Doing): Promise<ManagedKey | undefined> {
  const stopping = doing === "lock";
  const known = stopping ? await lastSeen(context, id) : undefined;
  try {
    const timeout = known === undefined ? {} : { timeout: STOPPING_PATIENCE };
    return await context.manager.describeKey(id, { stopping, ...timeout });
  } catch (error) {
    if (known === undefined || !isSilence(error)) throw error;
    return known;
  }
}

/** Only what differs from what the key has already. */
function changeOf(to: Edit, managed: ManagedKey): Edit {
  const now: Edit = shown(managed);
  return Object.fromEntries(
    Object.entries(to).filter(
      ([member, value]) => value !== undefined && now[member as keyof Edit] !== value,
    ),
  );
}

/** The first thing wrong with new values; a name that is not changed may be what people cannot choose here. */
function checkEdit(context: Context, { name, description = "", timeZone }: Edit): Refusal | undefined {
  const { limits } = context.policy().policy;
  const any = name === undefined ? { "key-names": ".*" } : {};
  return (
    checkTexts(
      { keyName: name ?? "unchanged", description, reason: "" },
      { ...limits, ...any, "reason-at-least": 0 },
    ) ?? (timeZone === undefined ? undefined : checkTimeZone(timeZone))
  );
}

async function checkNewName(
  context: Context,
  name: string | undefined,
  { id }: ManagedKey,
): Promise<Refusal | undefined> {
  if (name === undefined) return undefined;
  const own = refuseOwn(await context.manager.describeCurrent(), { keyName: name });
  if (own !== undefined) return own;
  if (await context.store.nameReserved(name)) return { reason: "name-taken", by: "request" };
  const taken = await context.manager.keyNamed(name);
  return taken === undefined || taken.id === id ? undefined : { reason: "name-taken", by: "key" };
}

/** Our record with what the manager says now, which others can change: decisions are made on the key as it is. */
export function recordNow(record: KeyRecord | undefined, managed: ManagedKey): KeyRecord {
  const { id, name, createdAt: madeAt, expiresAt } = managed;
  const ends = expiresAt === undefined ? {} : { expiresAt };
  const now = { id, name, role: managed.role, madeAt, ...ends };
  if (record === undefined) return recordOutside(now);
  const { expiresAt: _, ...rest } = record;
  return { ...rest, ...now, madeAt: record.madeAt };
}
