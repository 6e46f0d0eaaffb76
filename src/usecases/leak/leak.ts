import type { Card } from "../../domain/card.ts";
import { Fault } from "../../domain/fault.ts";
import {
  closeLeak as closed,
  findLeak,
  type Leak,
  seeAgain,
  type Sighting,
  wasStopped,
} from "../../domain/leak.ts";
import type { Refusal } from "../../domain/refusal.ts";
import { findSecrets, type Found } from "../../domain/secret.ts";
import { DAY, HOUR, type Instant, keyId, type KeyId, type PersonId } from "../../domain/values.ts";
import { changeKnown, one } from "../change.ts";
import { asResponder, DECIDING, isIn, lateClick, recordRefusal } from "../people.ts";
import type { Context } from "../ports.ts";
import type { LeakCard } from "../card-content.ts";
import { type Proved, proveLeak } from "./prove-leak.ts";
import type { Settling } from "../keys/settle-key.ts";

/** Different secrets of one person that are taken up within an hour. */
const MOST_PER_HOUR = 20;

/** What became of one secret of a message. */
export type Reported = {
  leak: Leak;
  /** Seen before; nothing was tried again. */
  again: boolean;
  keyName: string | undefined;
  /** What came of taking it down by ourselves, since the secret works and the policy says so. */
  lock?: Settling;
};

/** A message that may have secrets in it: all of its text, and where it stands. */
export type Message = Omit<Sighting, "at"> & { text: string };

/**
 * Looks for secrets in a message, and tells the responders and each key's owner. A secret serves
 * for one call that says whether it works, if the policy allows that: at most one for each key and
 * hour, and none for a secret that was seen before. It is neither stored nor shown. Answers what
 * became of each; none where nothing in the message has the form of a secret. `kept`, which does not
 * reject, is called once all of them are on record, and before any is tried: from then on none of them
 * can be lost.
 */
export async function reportLeaks(
  context: Context,
  { text, ...seen }: Message,
  kept: () => Promise<void> = async () => {},
): Promise<{ reported: Reported[] } | { refusal: Refusal }> {
  const found: { secret: Found; leak: Leak; again: boolean }[] = [];
  let refusal: Refusal | undefined;
  // One that is taken stays so for the next secret too: few steps, since Slack waits meanwhile.
  const turns = Array.from({ length: MOST_PER_HOUR }).keys();
  const reported: Reported[] = [];
  try {
    for (const secret of findSecrets(text)) {
      const one = await keep(context, secret, { ...seen, at: context.clock() }, turns);
      if ("refusal" in one) {
        ({ refusal } = one);
        break;
      }
      found.push({ secret, ...one });
    }
    await kept();
  } finally {
    // Those before one that could not be recorded too: whoever tells of the message again leaves them alone.
    for (const each of found) reported.push(await reportOne(context, each));
    if (reported.length > 0) context.nudge();
  }
  if (refusal !== undefined) return { refusal };
  const told = seen.by === "portcullis" ? seen.author : seen.by;
  return { reported: await Promise.all(reported.map((each) => forReader(context, each, told))) };
}

async function reportOne(
  context: Context,
  { secret, leak: before, again }: { secret: Found; leak: Leak; again: boolean },
): Promise<Reported> {
  const tries = !again || wasStopped(before);
  const { keyName, ...proved }: Proved = tries ? await proveLeak(context, before, secret) : { leak: before };
  const { leak } = proved;
  const listed = leak.key === undefined ? undefined : await listedKey(context, leak.key);
  return { ...proved, again: !tries, keyName: keyName ?? listed?.name };
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

/** Puts a found secret on record, before anything is done with it: what is killed from now on is told of all the same. */
async function keep(
  context: Context,
  { secret, id: number }: Found,
  seen: Sighting,
  turns: ArrayIterator<number>,
): Promise<{ leak: Leak; again: boolean } | { refusal: Refusal }> {
  const { store } = context;
  const mark = secret.mark(context.seal);
  const known = await sawBefore(context, mark, seen);
  if (known !== undefined) return { leak: known, again: true };
  const source = seen.by === "portcullis" ? (seen.author ?? seen.by) : seen.by;
  if (!(await mayReport(context, source, turns))) {
    context.log.warn({ by: source }, "secrets in messages are left aside: there were too many");
    const refusal = { reason: "too-many-reports", most: MOST_PER_HOUR } as const;
    if (source !== "portcullis") await recordRefusal(context, source, `person:${source}`, refusal);
    return { refusal };
  }
  const named = keyId.safeParse(number);
  const listed = named.success ? await listedKey(context, named.data) : undefined;
  const key = listed === undefined || !named.success ? {} : { key: named.data };
  const made = findLeak({ id: context.newId(), mark, ...key }, seen);
  const result = await store.commit(one({ row: "leak", next: made.next }, made.event));
  if (result === "committed") return { leak: made.next, again: false };
  // The same message reached us twice at once: the other one tells everybody.
  const other = await sawBefore(context, mark, seen);
  if (other === undefined) throw new Error(`a new leak was not committed: ${result}`);
  return { leak: other, again: true };
}

/** Whoever writes messages with one made-up secret after another shall not bury the responders in cards. */
async function mayReport(
  context: Context,
  source: Sighting["by"],
  turns: ArrayIterator<number>,
): Promise<boolean> {
  const { store, clock } = context;
  const now = clock();
  // An array's iterator goes on where it was left.
  for (const turn of turns) {
    if (await store.takeTurn(`leak:${source}/${turn}`, now, now + HOUR)) return true;
  }
  // Asked last: until the leak is on record nothing shall wait for Slack.
  return source !== "portcullis" && (await isOfSecurity(context, source));
}

async function sawBefore(context: Context, mark: string, seen: Sighting): Promise<Leak | undefined> {
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
  return "refusal" in settled ? (await store.leakMarked(mark))?.value : settled.result;
}

async function listedKey({ store }: Context, key: KeyId): Promise<LeakCard["listed"]> {
  const { keys } = await store.findKeys([{ on: "id", is: key }], { limit: 1 });
  return keys[0];
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
