import { type Card, newCard } from "../../domain/card.ts";
import { comeBack, depart, heirs, MOST_REMEMBERED } from "../../domain/departure.ts";
import { Fault } from "../../domain/fault.ts";
import type { Request } from "../../domain/request.ts";
import { DAY, HOUR, MINUTE, type PersonId } from "../../domain/values.ts";
import { change, one } from "../change.ts";
import type { ListedKey } from "../inventory-port.ts";
import { asMember } from "../people.ts";
import type { Context } from "../ports.ts";
import type { DepartedCard } from "../card-content.ts";
import type { Change } from "../store-port.ts";

/** Owners who are looked at in one sweep: with one a second, most of what `users.info` allows is left for clicks. */
const BATCH = 1;
/** An owner is asked about once in this time. */
const PERIOD = 23 * HOUR;
/** One whom Slack would not tell about is asked about again after this long. */
const LEASE = MINUTE;
/** What is known of an owner may be this old. */
const KNOWN = HOUR;
/** Keys of one owner that a message has room for (slack-rules 2.5). */
const SHOWN = 10;
/** Counted no further than this. */
const COUNTED = 1000;
/** Requests about one key that are read to find who could take it over. */
const LOOKED_AT = 10;

/** Looks whether the owners of keys are still there. Throws Slack's faults. */
export async function lookAtOwners(context: Context): Promise<void> {
  const { store, clock } = context;
  const now = clock();
  for (const person of await store.leaseOwners(now, now + LEASE, BATCH)) {
    if ((await store.countKeys([{ on: "owner", is: person }], 1)) > 0) await lookAt(context, person);
    await store.ownerLooked(person, now + PERIOD);
  }
}

async function lookAt(context: Context, person: PersonId): Promise<void> {
  const member = await asMember(context, person, KNOWN);
  const gone =
    "refusal" in member && member.refusal.reason === "not-a-member" && member.refusal.kind === "deactivated";
  if (!gone && "refusal" in member) return;
  await change<undefined>(context, async () => {
    const before = await context.store.departureOf(person);
    const at = context.clock();
    if (!gone) {
      if (before === undefined) return { done: undefined };
      const back = comeBack(before.value, at);
      if ("refusal" in back) return back;
      return { commit: one({ row: "departure", before, next: back.next }, back.event), result: undefined };
    }
    const theirs = [{ on: "owner", is: person }] as const;
    const { keys } = await context.store.findKeys(theirs, { limit: MOST_REMEMBERED });
    const total = await context.store.countKeys(theirs, COUNTED);
    const named = keys.map(({ id: key, name }) => ({ key, name }));
    const left = depart({ person, keys: named, total, at }, before?.value);
    if ("refusal" in left) return left;
    const { incidents } = context.policy().policy.channels;
    const changes: Change[] = [
      { row: "departure", next: left.next },
      { row: "card", next: newCard(left.next.id, "departed", { channel: incidents }, at) },
    ];
    return { commit: { changes, events: [left.event] }, result: undefined };
  });
}

/** What the card of a departed owner is drawn from: their keys as they are now. */
export async function departedContent(context: Context, card: Card): Promise<DepartedCard> {
  const { store, clock } = context;
  const departure = (await store.departure(card.subject))?.value;
  if (departure === undefined) throw new Error(`card ${card.id} has no departure`);
  const { person } = departure;
  const theirs = [{ on: "owner", is: person }] as const;
  const { keys } = await store.findKeys(theirs, { limit: SHOWN });
  const left = await store.countKeys(theirs, COUNTED);
  const owned = await Promise.all(
    keys.map(async (key) => ({ key, heir: await heirOf(context, key, person) })),
  );
  const taken = [];
  for (const { key, name } of departure.keys) {
    const record = (await store.key(key))?.value;
    if (record === undefined || record.owner === person) continue;
    taken.push({ name, owner: record.owner });
  }
  return {
    card,
    departure,
    owned,
    left,
    taken,
    calls: context.policy().policy.responders,
    groups: context.policy().policy.groups,
    now: clock(),
  };
}

/** Who is proposed as a key's next owner: of those who know it, the first who is an active member. */
async function heirOf(context: Context, key: ListedKey, owner: PersonId): Promise<PersonId | undefined> {
  try {
    for (const person of heirs(await requestsOn(context, key), owner)) {
      if ("person" in (await asMember(context, person, DAY))) return person;
    }
  } catch (error) {
    // The card can do without a proposal.
    if (!(error instanceof Fault)) throw error;
  }
  return undefined;
}

/** The requests about a key, the newest first, and last the one that made it. */
async function requestsOn({ store }: Context, { id }: ListedKey): Promise<Request[]> {
  const origin = (await store.key(id))?.value.origin;
  const about = (await store.requestsAbout(id)).slice(0, LOOKED_AT);
  const all = [...about, ...(origin?.kind === "request" ? [origin.request] : [])];
  const found = await Promise.all(all.map(async (each) => store.request(each)));
  return found.flatMap((each) => (each === undefined ? [] : [each.value]));
}
