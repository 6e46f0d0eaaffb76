import { type Card, newCard } from "../domain/card.ts";
import { markCompromised } from "../domain/compromised.ts";
import { Fault } from "../domain/fault.ts";
import {
  closeLeak as closed,
  findLeak,
  type Leak,
  type Proof,
  seeAgain,
  type Sighting,
} from "../domain/leak.ts";
import type { Refusal } from "../domain/refusal.ts";
import { findSecrets, type Found } from "../domain/secret.ts";
import { HOUR, keyId, type KeyId, type PersonId } from "../domain/values.ts";
import { changeKnown, one } from "./change.ts";
import { recordNow } from "./change-key.ts";
import { asMember, DECIDING, isIn, recordRefusal } from "./people.ts";
import type { Context, ManagedKey } from "./ports.ts";
import type { LeakCard } from "./card-content.ts";
import { settle } from "./settle-key.ts";
import type { Change } from "./store-port.ts";

/** The manager may take so many milliseconds to say whether a secret works. */
const PATIENCE = 5000;

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
  return { reported };
}

async function reportOne(
  context: Context,
  found: Found,
  seen: Sighting,
): Promise<Reported | { refusal: Refusal }> {
  const mark = found.secret.mark(context.seal);
  const known = await sawBefore(context, mark, seen);
  if (known !== undefined) return known;
  const source = seen.author ?? seen.by;
  if (!(await mayReport(context, source))) {
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
  const record = key === undefined || own ? undefined : await context.store.key(key.id);
  const result = await context.store.commit({
    changes: [{ row: "leak", next: made.next }, ...cardsOf(context, made.next, record?.value.owner)],
    events: [made.event],
  });
  if (result === "exists") {
    // The same message reached us twice at once: the other one told everybody.
    const other = await sawBefore(context, mark, seen);
    if (other !== undefined) return other;
  }
  if (result !== "committed") throw new Error(`a leak was not recorded: ${result}`);
  const { "lock-proved": locks } = context.policy().policy.leaks;
  const down = locks && opened !== undefined && !own && (await takeDown(context, opened));
  return { leak: made.next, again: false, keyName: key?.name, down };
}

/** Whoever writes messages with one made-up secret after another shall not bury the responders in cards. */
async function mayReport({ store, clock }: Context, source: Sighting["by"]): Promise<boolean> {
  const now = clock();
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
    const step = seeAgain(before.value, seen);
    return { commit: one({ row: "leak", before, next: step.next }, step.event), result: step.next };
  });
  if ("refusal" in settled) return undefined;
  const { result: leak } = settled;
  const listed = leak.key === undefined ? undefined : await listedKey(context, leak.key);
  return { leak, again: true, keyName: listed?.name, down: false };
}

/** `opened`: the key as the manager described it to whoever has this secret. */
type Whose = {
  key: Pick<ManagedKey, "id" | "name"> | undefined;
  proof: Proof;
  own: boolean;
  opened?: ManagedKey;
};

/** Which key a secret opens, as far as may be known. */
async function whose(context: Context, { secret, id }: Found, mark: string): Promise<Whose> {
  const { store, manager, clock } = context;
  const named = id === undefined ? undefined : await keyNumbered(context, id);
  const untried = (because: "policy" | "hour" | "manager") =>
    ({ key: named, proof: { is: "untried", because }, own: false }) as const;
  if (!context.policy().policy.leaks["try-secret"]) return untried("policy");
  const now = clock();
  // Wrong secrets count against the key that the number names (contract 10.1), so they are few.
  const turn = `leak:${named === undefined ? mark : named.id}` as const;
  if (!(await store.takeTurn(turn, now, now + HOUR))) return untried("hour");
  try {
    const opened = await manager.keyOpenedBy(secret, { timeout: PATIENCE });
    if (opened === undefined) return { key: named, proof: { is: "refused", at: clock() }, own: false };
    const own = await manager.describeCurrent({ timeout: PATIENCE });
    return { key: opened, opened, proof: { is: "works", at: clock() }, own: own.id === opened.id };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    context.log.warn({ code: error.code }, "a found secret was not tried");
    return untried("manager");
  }
}

/** A number in front of a secret is what somebody wrote: only a key that there is counts. */
async function keyNumbered(
  context: Context,
  id: number,
): Promise<Pick<ManagedKey, "id" | "name"> | undefined> {
  const key = keyId.safeParse(id);
  if (!key.success) return undefined;
  const listed = await listedKey(context, key.data);
  if (listed !== undefined) return listed;
  try {
    return await context.manager.describeKey(key.data);
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
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
  { leak: id, by }: { leak: string; by: PersonId },
): Promise<{ closed: true } | { refusal: Refusal }> {
  const settled = await changeKnown<true>(context, async () => {
    const member = await asMember(context, by, DECIDING);
    if ("refusal" in member) return member;
    const { responders } = context.policy().policy;
    if (!(await isIn(context, responders, by, DECIDING))) return { refusal: { reason: "not-a-responder" } };
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

/** A key whose secret was seen to work goes down at once; a manager that is silent is told by the sweep. */
async function takeDown(context: Context, opened: ManagedKey): Promise<boolean> {
  const settled = await changeKnown<undefined>(context, async () => {
    const before = await context.store.key(opened.id);
    const at = context.clock();
    const marking = { by: "portcullis", at, activeNow: opened.active } as const;
    const step = markCompromised(recordNow(before?.value, opened), marking);
    if ("refusal" in step) return step;
    const row = { row: "key" as const, next: step.next, ...(before === undefined ? {} : { before }) };
    return { commit: one(row, step.event), result: undefined };
  });
  if ("result" in settled) await settle(context, opened.id);
  return "result" in settled || settled.refusal.reason === "compromised-already";
}
