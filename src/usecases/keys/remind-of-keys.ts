import { type Card, newCard } from "../../domain/card.ts";
import { Fault } from "../../domain/fault.ts";
import type { Policy } from "../../domain/policy.ts";
import {
  lookAgainAt,
  makeReminder,
  occasionsNow,
  type Occasion,
  type Reminder,
  type Watched,
} from "../../domain/reminder.ts";
import { DAY, type KeyId, type PersonId, SECOND } from "../../domain/values.ts";
import { asMember } from "../people.ts";
import type { Context } from "../ports.ts";
import type { ReminderCard } from "../card-content.ts";
import type { Change } from "../store-port.ts";

/** Keys that are looked at in one sweep. */
const BATCH = 200;
/** Keys of which somebody is told in one sweep: a channel takes about one message a second (slack-rules 2.8). */
const MOST_TOLD = 1;
/** How long one replica has for them before another looks too. */
const LEASE = 30 * SECOND;
/** Those for whom there was no room are looked at again after this long. */
const LATER = 4 * SECOND;

/** Looks at the keys that are due, and reminds of those that near their end or have an old secret. */
export async function remindOfKeys(context: Context): Promise<void> {
  const { store, clock } = context;
  const now = clock();
  const lease = now + LEASE;
  const watched = await store.leaseWatched(now, lease, BATCH);
  if (watched.length === 0) return;
  const { expiry } = context.policy().policy;
  const looked: { key: KeyId; next: number | undefined }[] = [];
  let told = 0;
  for (const each of watched) {
    const occasions = occasionsNow(each, expiry, now);
    const before = occasions.length === 0 ? [] : await store.remindersOf(each.key.id);
    const due = occasions.filter((one) => !before.some((other) => isSame(one, other)));
    const hasRoom = due.length === 0 || told < MOST_TOLD;
    if (due.length > 0 && hasRoom) {
      told += 1;
      // What cannot be told now is looked at again when the lease ends.
      if (!(await remind(context, each, { due, before }))) continue;
    }
    const next = hasRoom ? lookAgainAt(each, expiry, now) : now + LATER;
    looked.push({ key: each.key.id, next });
  }
  await store.looked(looked, lease);
}

function isSame(one: Pick<Reminder, "what" | "of" | "step">, other: typeof one): boolean {
  return one.what === other.what && one.of === other.of && one.step === other.step;
}

async function remind(
  context: Context,
  { key, record }: Watched,
  { due, before }: { due: readonly Occasion[]; before: readonly Reminder[] },
): Promise<boolean> {
  try {
    // The key that we work with is nobody's, and has no record of ours.
    const own = record === undefined && (await context.manager.ownId()) === key.id;
    const owner = await reachable(context, record?.owner);
    for (const occasion of due) {
      const told = before.some(({ what, of }) => what === occasion.what && of === occasion.of);
      const team =
        owner === undefined ||
        (context.policy().policy.expiry.team !== undefined &&
          (occasion.last || (told && !(await isUnderWay(context, key.id, occasion)))));
      await commitReminder(context, { key, occasion, own }, { owner, team });
    }
    return true;
  } catch (error) {
    // One key that cannot be told of must not keep the others from it.
    if (error instanceof Fault)
      context.log.warn({ code: error.code, key: key.id, why: error.message }, "a reminder is sent later");
    else context.log.error({ error, key: key.id }, "a reminder met a fault of ours");
    return false;
  }
}

async function commitReminder(
  context: Context,
  about: { key: Watched["key"]; occasion: Occasion; own: boolean },
  { owner, team }: { owner: PersonId | undefined; team: boolean },
): Promise<void> {
  const at = context.clock();
  const { next, event } = makeReminder({ ...about, at }, { owner, team });
  const { policy } = context.policy();
  const channel = about.own ? policy.channels.incidents : teamChannel(policy);
  const cards = [
    ...(owner === undefined ? [] : [newCard(next.id, "key-reminder", { person: owner }, at)]),
    ...(team ? [newCard(next.id, "team-reminder", { channel }, at)] : []),
  ];
  const changes: Change[] = [
    { row: "reminder", next },
    ...cards.map((card) => ({ row: "card" as const, next: card })),
  ];
  if ((await context.store.commit({ changes, events: [event] })) === "committed") context.nudge();
}

/** An owner who can be told: an active member. */
async function reachable(context: Context, owner: PersonId | undefined): Promise<PersonId | undefined> {
  if (owner === undefined) return undefined;
  return "person" in (await asMember(context, owner, DAY)) ? owner : undefined;
}

/** The owner has done something about it that has still to take effect. */
async function isUnderWay({ store }: Context, key: KeyId, { what }: Occasion): Promise<boolean> {
  if (what === "rotation") return (await store.claimOn(key)) !== undefined;
  const [last] = await store.requestsAbout(key);
  const asked = last === undefined ? undefined : (await store.request(last))?.value;
  return asked?.wants.kind === "longer-life" && (asked.state === "pending" || asked.state === "approved");
}

/** Where the team is told: its own channel, or for a group of people the incidents channel, where they are called. */
function teamChannel({ expiry: { team }, channels }: Policy): string {
  return team !== undefined && isChannel(team) ? team : channels.incidents;
}

/** Whether the team of `expiry` is a channel's id, and not a group of the policy. */
export function isChannel(team: string): boolean {
  return /^[CG]/.test(team);
}

/** What a reminder's card is drawn from. */
export async function reminderContent(context: Context, card: Card): Promise<ReminderCard> {
  const { store, clock } = context;
  const reminder = await store.reminder(card.subject);
  if (reminder === undefined) throw new Error(`card ${card.id} has no reminder`);
  const { policy } = context.policy();
  const { team } = policy.expiry;
  const teamGroup = team === undefined || isChannel(team) ? [] : [team];
  const { keys } = await store.findKeys([{ on: "id", is: reminder.key }], { limit: 1 });
  return {
    card,
    reminder,
    key: keys[0],
    record: (await store.key(reminder.key))?.value,
    calls: card.kind === "key-reminder" ? [] : reminder.own ? policy.responders : teamGroup,
    groups: policy.groups,
    now: clock(),
  };
}
