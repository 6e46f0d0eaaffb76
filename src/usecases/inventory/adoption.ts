import {
  type Adoption,
  adoptKey,
  decideAdoption,
  endAdoption,
  type Named,
  proposeAdoption,
  sortOut,
} from "../../domain/adoption.ts";
import { type Card, newCard } from "../../domain/card.ts";
import { readMarker, sealedText } from "../../domain/marker.ts";
import type { Refusal } from "../../domain/refusal.ts";
import type { Instant, PersonId } from "../../domain/values.ts";
import { changeKnown, one } from "../change.ts";
import { allKeys } from "./all-keys.ts";
import { asResponder, DECIDING, lateClick, recordRefusal } from "../people.ts";
import type { Context, ManagedKey, Manager } from "../ports.ts";
import type { AdoptionCard } from "../card-content.ts";
import type { Change } from "../store-port.ts";

/** Keys read at once: what one page takes of memory. */
const PAGE = 1000;
/** Records made in one commit. */
const BATCH = 50;

/** What proposing needs, which happens beside the running program. */
type Proposing = Pick<Context, "store" | "clock" | "newId" | "policy" | "seal"> & {
  manager: Pick<Manager, "keysAfter">;
};

/**
 * Reads all keys of the manager and keeps what their markers say as a proposal, with a card for the
 * responders. Nothing is believed before one of them confirms it. Throws manager faults.
 */
export async function propose(context: Proposing): Promise<Adoption> {
  const { store, clock, newId, policy } = context;
  const keys = await allKeys(context.manager, PAGE);
  const known = new Set<number>();
  for (const { id } of keys) if ((await store.key(id)) !== undefined) known.add(id);
  const sorted = sortOut(keys, { sealed: (origin, seal) => isOurs(context, origin, seal), known });
  const { next, event } = proposeAdoption({ id: newId(), at: clock(), ...sorted });
  const { incidents } = policy().policy.channels;
  const card = newCard(next.id, "adoption", { channel: incidents }, next.at);
  const changes: Change[] = [
    { row: "adoption", next },
    { row: "card", next: card },
  ];
  await store.commit({ changes, events: [event] });
  return next;
}

type Deciding = { adoption: string; as: "confirmed" | "declined"; by: PersonId; clickedAt: Instant };

/** A responder confirms a proposal or leaves it be; what is confirmed the sweep carries out. Throws Slack's faults. */
export async function decideOnAdoption(
  context: Context,
  { adoption: id, as, by, clickedAt }: Deciding,
): Promise<{ decided: true } | { refusal: Refusal }> {
  const settled = await changeKnown<true>(context, async () => {
    const late = lateClick(context, clickedAt);
    if (late !== undefined) return { refusal: late };
    const responder = await asResponder(context, by, DECIDING);
    if ("refusal" in responder) return responder;
    const before = await context.store.adoption(id);
    if (before === undefined) return { refusal: { reason: "not-found", what: "adoption" } };
    const step = decideAdoption(before.value, { as, by, at: context.clock() });
    if ("refusal" in step) return step;
    return { commit: one({ row: "adoption", before, next: step.next }, step.event), result: true };
  });
  if ("result" in settled) return { decided: true };
  await recordRefusal(context, by, `adoption:${id}`, settled.refusal);
  return settled;
}

/**
 * Makes the records that a responder has confirmed. Each key is looked at once more: one that has
 * gone, is on record by now, or bears another marker than the one that was shown is left. Broken
 * off anywhere, it goes on: a record that is there is not made again. Throws manager faults.
 */
export async function carryOutAdoptions(context: Context): Promise<void> {
  for (const { value } of await context.store.confirmedAdoptions()) await carryOut(context, value);
}

/** What an adoption's card is drawn from. */
export async function adoptionContent({ store }: Context, card: Card): Promise<AdoptionCard> {
  const adoption = await store.adoption(card.subject);
  if (adoption === undefined) throw new Error(`card ${card.id} has no adoption`);
  return { card, adoption: adoption.value };
}

async function carryOut(context: Context, adoption: Adoption): Promise<void> {
  const { store, clock } = context;
  const { decided } = adoption;
  if (decided === undefined) return;
  const keys = new Map((await allKeys(context.manager, PAGE)).map((key) => [key.id, key]));
  const left: Named[] = [];
  for (let from = 0; from < adoption.proposals.length; from += BATCH) {
    const made = [];
    for (const proposal of adoption.proposals.slice(from, from + BATCH)) {
      const key = keys.get(proposal.key);
      const record = await store.key(proposal.key);
      if (record !== undefined) {
        const { origin } = record.value;
        if (origin.kind !== "adopted" || origin.request !== proposal.request) left.push(named(proposal));
      } else if (key === undefined || !bears(context, key, proposal)) left.push(named(proposal));
      else made.push(adoptKey(recordOf(key), proposal, { by: decided.by, at: clock() }));
    }
    if (made.length === 0) continue;
    // A record that somebody made meanwhile clashes, and all of the batch is looked at again.
    const result = await store.commit({
      changes: made.map(({ next }) => ({ row: "key", next })),
      events: made.map(({ event }) => event),
    });
    if (result !== "committed") return;
  }
  await changeKnown<undefined>(context, async () => {
    const before = await store.adoption(adoption.id);
    if (before === undefined) return { refusal: { reason: "not-found", what: "adoption" } };
    const adopted = adoption.proposals.length - left.length;
    const step = endAdoption(before.value, { at: clock(), adopted, left });
    if ("refusal" in step) return step;
    return { commit: one({ row: "adoption", before, next: step.next }, step.event), result: undefined };
  });
  context.nudge();
}

function isOurs(
  { seal }: Pick<Context, "seal">,
  origin: Parameters<typeof sealedText>[0],
  found: string,
): boolean {
  return seal(sealedText(origin)) === found;
}

function bears(
  context: Context,
  { description }: ManagedKey,
  { owner, request }: Adoption["proposals"][number],
): boolean {
  const marker = readMarker(description);
  if (marker === undefined || !isOurs(context, marker.origin, marker.seal)) return false;
  return marker.origin.owner === owner && marker.origin.request === request;
}

function recordOf({ id, name, role, createdAt, expiresAt }: ManagedKey): Parameters<typeof adoptKey>[0] {
  const ends = expiresAt === undefined ? {} : { expiresAt };
  return { id, name, role, madeAt: createdAt, ...ends };
}

function named({ key, name }: Named): Named {
  return { key, name };
}
