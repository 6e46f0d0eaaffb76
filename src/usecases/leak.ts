import { type Card, newCard } from "../domain/card.ts";
import { markCompromised } from "../domain/compromised.ts";
import type { AuditEvent } from "../domain/audit.ts";
import type { KeyRecord } from "../domain/key.ts";
import { Fault } from "../domain/fault.ts";
import { closeLeak as closed, findLeak, type Leak, seeAgain, type Sighting } from "../domain/leak.ts";
import type { Refusal } from "../domain/refusal.ts";
import { findSecrets, type Found } from "../domain/secret.ts";
import { DAY, HOUR, type Instant, type KeyId, type PersonId } from "../domain/values.ts";
import { changeKnown, one } from "./change.ts";
import { recordNow } from "./change-key.ts";
import { asResponder, DECIDING, isIn, lateClick, recordRefusal } from "./people.ts";
import type { Context, ManagedKey } from "./ports.ts";
import type { LeakCard } from "./card-content.ts";
import { whose } from "./try-secret.ts";
import { settle } from "./settle-key.ts";
import type { Change, Versioned } from "./store-port.ts";

/** Different secrets of one person that are taken up within an hour. */
const MOST_PER_HOUR = 20;

/** What became of one secret of a message. */
export type Reported = {
  leak: Leak;
  /** Seen before; nothing was tried again. */
  again: boolean;
  keyName: string | undefined;
  /** It went down by itself, since the secret works and the policy says so. */
  down: boolean;
};

/** A message that may have secrets in it: all of its text, and where it stands. */
export type Message = Omit<Sighting, "at"> & { text: string };

/**
 * Looks for secrets in a message, and tells the responders and each key's owner. A secret serves
 * for one call that says whether it works, if the policy allows that: at most one for each key and
 * hour, and none for a secret that was seen before. It is neither stored nor shown. Answers what
 * became of each; none where nothing in the message has the form of a secret.
 */
export async function reportLeaks(
  context: Context,
  { text, ...seen }: Message,
): Promise<{ reported: Reported[] } | { refusal: Refusal }> {
  const reported: Reported[] = [];
  for (const found of findSecrets(text)) {
    const one = await reportOne(context, found, { ...seen, at: context.clock() });
    if ("refusal" in one) return one;
    reported.push(one);
  }
  if (reported.length > 0) context.nudge();
  const told = seen.by === "portcullis" ? seen.author : seen.by;
  return { reported: await Promise.all(reported.map((each) => forReader(context, each, told))) };
}

/** What a key is called is for its owner, responders and auditors; who made a secret up learns no names by it. */
async function forReader(context: Context, each: Reported, reader: PersonId | undefined): Promise<Reported> {
  const { key } = each.leak;
  if (reader === undefined || key === undefined || each.keyName === undefined)
    return { ...each, keyName: undefined };
  const owner = (await context.store.key(key))?.value.owner;
  return owner === reader || (await isOfSecurity(context, reader)) ? each : { ...each, keyName: undefined };
}

/** Thanks do not wait for Slack: while it does not say who somebody is, they count as anybody. */
async function isOfSecurity(context: Context, person: PersonId): Promise<boolean> {
  const { responders, auditors } = context.policy().policy;
  try {
    return await isIn(context, [...responders, ...auditors], person, DAY);
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}

async function reportOne(
  context: Context,
  found: Found,
  seen: Sighting,
): Promise<Reported | { refusal: Refusal }> {
  const mark = found.secret.mark(context.seal);
  const known = await sawBefore(context, mark, seen);
  if (known !== undefined) return known;
  const source = seen.by === "portcullis" ? (seen.author ?? seen.by) : seen.by;
  if (!(await mayReport(context, source))) {
    context.log.warn({ by: source }, "secrets in messages are left aside: there were too many");
    const refusal = { reason: "too-many-reports", most: MOST_PER_HOUR } as const;
    if (source !== "portcullis") await recordRefusal(context, source, `person:${source}`, refusal);
    return { refusal };
  }
  const { key, proof, own, opened } = await whose(context, found, mark);
  const id = context.newId();
  const made = findLeak({
    id,
    mark,
    proof,
    own,
    sightings: [seen],
    seen: 1,
    ...(key === undefined ? {} : { key: key.id }),
  });
  const locks = context.policy().policy.leaks["lock-proved"] && !own;
  for (;;) {
    const record = key === undefined || own ? undefined : await context.store.key(key.id);
    // With the leak's own row: what was proved is acted on, whatever becomes of this process.
    const down = locks && opened !== undefined ? marking(context, record, opened) : undefined;
    const result = await context.store.commit({
      changes: [
        { row: "leak", next: made.next },
        ...cardsOf(context, made.next, record?.value.owner),
        ...(down === undefined ? [] : [down.change]),
      ],
      events: [made.event, ...(down === undefined ? [] : [down.event])],
    });
    if (result === "stale") continue;
    // The same message reached us twice at once: the other one told everybody.
    const other = result === "exists" ? await sawBefore(context, mark, seen) : undefined;
    if (other !== undefined) return other;
    if (result === "exists") continue;
    if (down !== undefined) await settle(context, down.change.next.id);
    return { leak: made.next, again: false, keyName: key?.name, down: locks && opened !== undefined };
  }
}

/** A key whose secret was seen to work goes down; `undefined`: it is marked already. */
function marking(
  context: Context,
  before: Versioned<KeyRecord> | undefined,
  opened: ManagedKey,
): { change: Extract<Change, { row: "key" }>; event: AuditEvent } | undefined {
  const by = { by: "portcullis", at: context.clock(), activeNow: opened.active } as const;
  const step = markCompromised(recordNow(before?.value, opened), by);
  if ("refusal" in step) return undefined;
  const known = before === undefined ? {} : { before };
  return { change: { row: "key", next: step.next, ...known }, event: step.event };
}

/** Whoever writes messages with one made-up secret after another shall not bury the responders in cards. */
async function mayReport(context: Context, source: Sighting["by"]): Promise<boolean> {
  const { store, clock } = context;
  const now = clock();
  if (source !== "portcullis" && (await isOfSecurity(context, source))) return true;
  for (let i = 0; i < MOST_PER_HOUR; i += 1) {
    if (await store.takeTurn(`leak:${source}/${i}`, now, now + HOUR)) return true;
  }
  return false;
}

async function sawBefore(context: Context, mark: string, seen: Sighting): Promise<Reported | undefined> {
  const { store } = context;
  const settled = await changeKnown<Leak>(context, async () => {
    const before = await store.leakMarked(mark);
    if (before === undefined) return { refusal: { reason: "not-found", what: "leak" } };
    const { channel, ts } = seen;
    // Slack tells of a message again when it is edited, or when our answer was lost.
    const same = before.value.sightings.some((each) => each.channel === channel && each.ts === ts);
    if (same && ts !== undefined) return { refusal: { reason: "no-change" } };
    const step = seeAgain(before.value, seen);
    return { commit: one({ row: "leak", before, next: step.next }, step.event), result: step.next };
  });
  const leak = "refusal" in settled ? (await store.leakMarked(mark))?.value : settled.result;
  if (leak === undefined) return undefined;
  const listed = leak.key === undefined ? undefined : await listedKey(context, leak.key);
  return { leak, again: true, keyName: listed?.name, down: false };
}

async function listedKey({ store }: Context, key: KeyId): Promise<LeakCard["listed"]> {
  const { keys } = await store.findKeys([{ on: "id", is: key }], { limit: 1 });
  return keys[0];
}

function cardsOf(context: Context, { id }: Leak, owner: PersonId | undefined): Change[] {
  const at = context.clock();
  const { incidents } = context.policy().policy.channels;
  return [
    { row: "card", next: newCard(id, "leak", { channel: incidents }, at) },
    ...(owner === undefined
      ? []
      : [{ row: "card" as const, next: newCard(id, "owner-leak", { person: owner }, at) }]),
  ];
}

/** What the card of a leak shows. */
export async function leakContent(context: Context, card: Card): Promise<LeakCard> {
  const leak = await context.store.leak(card.subject);
  if (leak === undefined) throw new Error(`card ${card.id} has no leak`);
  const { key } = leak.value;
  const listed = key === undefined ? undefined : await listedKey(context, key);
  return { card, leak: leak.value, listed, now: context.clock() };
}

/** A responder: not ours, or nothing to worry about. Throws Slack's faults. */
export async function closeLeak(
  context: Context,
  { leak: id, by, clickedAt }: { leak: string; by: PersonId; clickedAt: Instant },
): Promise<{ closed: true } | { refusal: Refusal }> {
  const settled = await changeKnown<true>(context, async () => {
    const late = lateClick(context, clickedAt);
    if (late !== undefined) return { refusal: late };
    const responder = await asResponder(context, by, DECIDING);
    if ("refusal" in responder) return responder;
    const before = await context.store.leak(id);
    if (before === undefined) return { refusal: { reason: "not-found", what: "leak" } };
    const step = closed(before.value, by, context.clock());
    if ("refusal" in step) return step;
    return { commit: one({ row: "leak", before, next: step.next }, step.event), result: true };
  });
  if ("result" in settled) return { closed: true };
  await recordRefusal(context, by, `leak:${id}`, settled.refusal);
  return settled;
}
