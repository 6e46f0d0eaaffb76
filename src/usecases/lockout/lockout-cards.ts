import { type Card, newCard, type Place } from "../../domain/card.ts";
import { type Lockout, type LockoutId, lockoutEvent } from "../../domain/lockout.ts";
import { HELD } from "../../domain/lockout-item.ts";
import { lockoutId, MINUTE, type PersonId } from "../../domain/values.ts";
import type { LockoutCard, OwnerLockoutCard, TimelineCard } from "../card-content.ts";
import { lockoutNow, timelineOf } from "./lockout.ts";
import type { Context } from "../ports.ts";
import type { Change } from "../store-port.ts";

/** Lockouts that are looked at for owners to be told, the newest first. */
const LOOKED_AT = 20;
/** Keys that a lockout finds later may have other owners. */
const AGAIN = 5 * MINUTE;
const ALL = Number.MAX_SAFE_INTEGER;

/** How far a lockout has come, for its card. */
export async function lockoutContent(context: Context, card: Card): Promise<LockoutCard> {
  const now = await lockoutNow(context, lockoutId.parse(card.subject));
  if (now === undefined) throw new Error(`card ${card.id} has no lockout`);
  return { card, ...now };
}

/** What happened, for the message below the card, in whose `thread` it is. */
export async function timelineContent(context: Context, card: Card, thread: Place): Promise<TimelineCard> {
  const lockout = await lockoutFor(context, card);
  return { card, timeline: await timelineOf(context, lockout.id), lockout, thread };
}

/** One owner's keys, for the one message about all of them. */
export async function ownerContent(context: Context, card: Card): Promise<OwnerLockoutCard> {
  const held = await lockoutFor(context, card);
  if (!("person" in card.to)) throw new Error(`card ${card.id} is for no person`);
  const { person } = card.to;
  const items = await context.store.lockoutItems(held.id, { after: 0, limit: ALL });
  const keys = items
    .filter(({ owner, state }) => owner === person && state !== "skipped")
    .map(({ name, key, state }) => ({ name, key, locked: HELD.includes(state) }));
  return { card, held, keys };
}

async function lockoutFor({ store }: Context, card: Card): Promise<Lockout> {
  const lockout = (await store.lockout(lockoutId.parse(card.subject)))?.value;
  if (lockout === undefined) throw new Error(`card ${card.id} has no lockout`);
  return lockout;
}

/** Once every key of a lockout has been read back as locked, or after a minute, each owner is told once, of all of theirs. */
export async function tellOwners(context: Context): Promise<void> {
  for (const { value } of await context.store.lockouts(LOOKED_AT)) {
    const { id, state, drill, clock } = value;
    const over = state === "restored" || state === "restoring";
    const now = context.clock();
    // Where some cannot be locked, the owners of the others need not wait for them.
    const late = clock.firstLockedAt !== undefined && now - clock.firstLockedAt > MINUTE;
    if (drill || over || (clock.verifiedAt === undefined && !late)) continue;
    if (await context.store.takeTurn(`owners:${id}`, now, now + AGAIN)) await tellOwnersOf(context, value);
  }
}

async function tellOwnersOf(context: Context, lockout: Lockout): Promise<void> {
  const { store, clock } = context;
  const at = clock();
  const told = new Set(
    (await store.cardsOf(lockout.id)).flatMap(({ to }) => ("person" in to ? [to.person] : [])),
  );
  const owners = (await ownersOf(context, lockout.id)).filter((owner) => !told.has(owner));
  if (owners.length === 0) return;
  const changes: Change[] = owners.map((owner) => ({
    row: "card",
    next: newCard(lockout.id, "lockout-owner", { person: owner }, at, { which: owner }),
  }));
  const event = lockoutEvent(lockout, "portcullis", at, "lockout.owners-told", { owners });
  // Another replica that was as quick has told them: then nothing of this is written.
  await store.commit({ changes, events: [event] });
  context.nudge();
}

async function ownersOf({ store }: Context, id: LockoutId): Promise<PersonId[]> {
  const items = await store.lockoutItems(id, { after: 0, states: HELD, limit: ALL });
  return [...new Set(items.flatMap(({ owner }) => owner ?? []))];
}
