import { type Card, type CardId, newCard, type Place, shownIn } from "../domain/card.ts";
import { Fault } from "../domain/fault.ts";
import { DAY, type Instant, MINUTE, requestId, SECOND } from "../domain/values.ts";
import type { Role, Wants } from "../domain/wants.ts";
import { one } from "./change.ts";
import { adoptionContent } from "./inventory/adoption.ts";
import { termsShown } from "./requests/demands.ts";
import { evidenceFor } from "./requests/evidence.ts";
import { rolesOf } from "./requests/effect.ts";
import { leakContent } from "./leak/leak.ts";
import { missingOf } from "./requests/missing.ts";
import { departedContent } from "./keys/departures.ts";
import type { Context } from "./ports.ts";
import type { CardContent, KeyNow, ReportCard, RequestCard } from "./card-content.ts";
import { lockoutContent, ownerContent, timelineContent } from "./lockout/lockout-cards.ts";
import { reminderContent } from "./keys/remind-of-keys.ts";
import type { StaleCard } from "./store-port.ts";
import { type Touched, touchedBy } from "./roles/roles.ts";

/** One card is drawn at most this often: `chat.update` is a tier 3 method (slack-rules 2.8). */
const PACE = 2 * SECOND;
/** How long one replica may take to draw a card before another tries: longer than Slack's client waits. */
const LEASE = 15 * SECOND;
/** After a refusal that will not mend itself (channel archived, bot not invited) until somebody does, tries are this far apart. */
const REFUSED_PACE = MINUTE;
/** One to somebody who is not there any more is tried after this long, or when Slack tells of them. */
const NOBODY_PACE = DAY;
/** A manager that does not answer holds a card up by this much, and no longer. */
const ROLE_PATIENCE = 2 * SECOND;
/** A role as a card names it may have been read this long ago. */
const ROLE_AGE = 10 * SECOND;
/** Keys of one report that a message has room for (slack-rules.md 2.5). */
export const SHOWN_KEYS = 12;
const BATCH = 20;

/** Draws the cards that are behind what they show; answers how many there were. */
export async function drawDueCards(context: Context): Promise<number> {
  const now = context.clock();
  const cards = await context.store.leaseCards(now, now + LEASE, BATCH);
  await Promise.all(
    cards.map((each) => context.correlate({ card: each.card.id }, () => drawOne(context, each))),
  );
  return cards.length;
}

async function drawOne(context: Context, { card, wanted }: StaleCard): Promise<void> {
  const { store, clock, log } = context;
  try {
    const read = await lastRead(context);
    const content = await contentOf(context, card);
    if (content === "waits") {
      await store.cardFailed(card.id, { notBefore: clock() + PACE });
      return;
    }
    const place = await context.messages.draw(content);
    // What it should show was read with the lease: whatever has changed since makes it stale again.
    const incomplete = "incomplete" in content;
    await store.cardDrawn(card.id, { place, shows: wanted, notBefore: clock() + PACE, incomplete });
    // The keys were read while it was drawn: whoever did has not seen it lack anything.
    if (incomplete && (await lastRead(context)) !== read) await store.wantCardsRedrawn("incomplete");
  } catch (error) {
    if (error instanceof Fault && error.code === "slack-message-gone") {
      await store.cardFailed(card.id, "gone");
      return;
    }
    if (error instanceof Fault) log.warn({ code: error.code, why: error.message }, "a card was not drawn");
    else log.error({ error }, "a card was not drawn");
    const pace = paceAfter(error);
    const notBefore = clock() + pace;
    await store.cardFailed(card.id, { notBefore });
    // Nor would the others be.
    if (pace === NOBODY_PACE && "person" in card.to) await store.cardsWait(card.to.person, notBefore);
  }
}

function paceAfter(error: unknown): number {
  const code = error instanceof Fault ? error.code : undefined;
  if (code === "slack-nobody") return NOBODY_PACE;
  return code === "slack-refused" ? REFUSED_PACE : 2 * PACE;
}

async function lastRead({ store }: Context): Promise<Instant | undefined> {
  return (await store.inventoryState())?.asOf;
}

/** `waits`: what it stands below has not been posted yet. */
async function contentOf(context: Context, card: Card): Promise<CardContent | "waits"> {
  if (card.kind === "outside") return reportContent(context, card);
  if (card.kind === "departed") return departedContent(context, card);
  if (card.kind === "lockout") return lockoutContent(context, card);
  if (card.kind === "lockout-timeline") {
    const thread = await threadBelow(context, card.subject, "lockout");
    return thread === undefined ? "waits" : timelineContent(context, card, thread);
  }
  if (card.kind === "lockout-owner") return ownerContent(context, card);
  if (card.kind === "leak" || card.kind === "owner-leak") return leakContent(context, card);
  if (card.kind === "adoption") return adoptionContent(context, card);
  if (card.kind === "key-reminder" || card.kind === "team-reminder") return reminderContent(context, card);
  return requestContent(context, card);
}

async function requestContent(context: Context, card: Card): Promise<RequestCard | "waits"> {
  const { store } = context;
  const id = requestId.parse(card.subject);
  const request = await store.request(id);
  if (request === undefined) throw new Error(`card ${card.id} has no request`);
  const { wants } = request.value;
  const { policy } = context.policy();
  const { demands, dangers } = termsShown(context, request.value);
  const { roles, silent } = await rolesFor(context, wants);
  const missing = await missingOf(context, request.value, demands);
  // Approvers alone are told what stands on the manager's other keys.
  const told = card.kind === "approval" && wants.kind !== "restore";
  const evidence = told ? await evidenceFor(context, request.value) : undefined;
  const unread = evidence !== undefined && evidence.others === undefined;
  const below = card.kind in IN_THREAD && "channel" in card.to;
  const thread = below ? await threadBelow(context, id, "approval") : undefined;
  if (below && thread === undefined) return "waits";
  return {
    card,
    request,
    claim: await store.claimOf(id),
    roles,
    touched: await touchedByWish(context, wants),
    groups: policy.groups,
    dangerous: policy["dangerous-rights"],
    demands,
    dangers,
    missing,
    ...(silent || unread || missing === undefined ? { incomplete: true } : {}),
    ...(evidence === undefined ? {} : { evidence }),
    ...(thread === undefined ? {} : { thread }),
  };
}

const IN_THREAD = { reminder: true, escalation: true, stuck: true };

/** The subject's card of this kind, to post below it; `undefined` until it has been posted. */
async function threadBelow(
  { store }: Context,
  subject: Card["subject"],
  kind: Card["kind"],
): Promise<Place | undefined> {
  const cards = await store.cardsOf(subject);
  return cards.find((each) => each.kind === kind && each.place !== undefined)?.place;
}

async function reportContent({ store, clock }: Context, card: Card): Promise<ReportCard> {
  const report = await store.report(card.subject);
  if (report === undefined) throw new Error(`card ${card.id} has no report`);
  const keys = new Map<number, KeyNow>();
  for (const { key } of report.value.happenings.slice(0, SHOWN_KEYS)) {
    const { keys: found } = await store.findKeys([{ on: "id", is: key }], { limit: 1 });
    const [listed] = found;
    if (listed !== undefined) keys.set(key, listed);
  }
  return { card, report: report.value, keys, now: clock() };
}

/** The keys that a change to a role would change with it. */
async function touchedByWish(context: Context, wants: Wants): Promise<Touched | undefined> {
  const touching = wants.kind === "role-edit" || wants.kind === "role-delete";
  return touching ? touchedBy(context, wants.roleId) : undefined;
}

/** A card can be drawn without its roles: then it says that the manager does not answer. */
async function rolesFor(
  context: Context,
  wants: Wants,
): Promise<{ roles: ReadonlyMap<number, Role>; silent: boolean }> {
  const roles = new Map<number, Role>();
  try {
    for (const id of rolesOf(wants)) {
      const role = await context.manager.role(id, { timeout: ROLE_PATIENCE, noOlderThan: ROLE_AGE });
      if (role !== undefined) roles.set(id, role);
    }
    return { roles, silent: false };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { roles, silent: true };
  }
}

/**
 * A click showed that this message was drawn as this card. One that no row knows was posted just before
 * a crash, or its answer was lost: from now on it is redrawn like the card that it is a copy of.
 */
export async function noteCard(context: Context, card: CardId, place: Place): Promise<void> {
  const [subject = ""] = card.split("/");
  const known = await context.store.cardsOf(subject);
  const original = known.find(({ id }) => id === card);
  const here = known.some((each) => each.place?.channel === place.channel && each.place.ts === place.ts);
  if (original === undefined || here) return;
  const at = context.clock();
  const next = newCard(subject, original.kind, original.to, at, { place });
  const event = {
    at,
    actor: "portcullis",
    subject: shownIn(original),
    event: "card.found",
    evidence: place,
  } as const;
  await context.store.commit(one({ row: "card", next }, event));
  context.nudge();
}
