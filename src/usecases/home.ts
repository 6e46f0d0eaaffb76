import type { Claim } from "../domain/claim.ts";
import { Fault } from "../domain/fault.ts";
import type { Policy } from "../domain/policy.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { Request } from "../domain/request.ts";
import { type Instant, MINUTE, type PersonId, SECOND } from "../domain/values.ts";
import { requestsFor, type RequestsFor } from "./requests/browse.ts";
import { SOON } from "./inventory/inventory.ts";
import type { KeyCounts, ListedKey } from "./inventory-port.ts";
import { asMember, isIn } from "./people.ts";
import type { Context } from "./ports.ts";
import type { Drawn, Home, Versioned } from "./store-port.ts";

/** What makes a key come first: most urgent first. */
export type Need = "locked" | "expired" | "expires-soon";

export type HomeKeys = {
  /** Those that need their owner first, then the others by name. */
  shown: readonly { key: ListedKey; need: Need | undefined }[];
  /** Counted no further than a thousand. */
  total: number;
  /** When the manager's keys were last read; absent before the first time. */
  asOf: Instant | undefined;
};

/** What one person's App Home shows: nothing that others may not see, and nothing of how it looks. */
export type HomeContent = { asOf: Instant; person: PersonId } & (
  | { refusal: Refusal }
  | {
      /** Secrets that wait to be seen. */
      claims: readonly { claim: Versioned<Claim>; request: Versioned<Request> }[];
      requests: RequestsFor;
      groups: Policy["groups"];
      keys: HomeKeys;
      responder: boolean;
      /** For responders, once the manager's keys have been read. */
      counts: KeyCounts | undefined;
    }
);

/** One Home is published at most this often. */
const PACE = 10 * SECOND;
/** Somebody who opened it longer ago than this is taken to have gone. */
const WATCHED = 10 * MINUTE;
/** Time alone changes a Home as well, and so does the manager's list of keys. */
const LOOK_AGAIN = MINUTE;
/** How long one replica may take to draw a Home before another tries: longer than Slack's client waits. */
const LEASE = 15 * SECOND;
const BATCH = 20;
/** Keys that a Home has room for (100 blocks, slack-rules.md 2.5). */
const MOST_KEYS = 15;
const COUNTED = 1000;
const MOST_CLAIMS = 20;

/** Somebody looks at their Home: it is drawn now, and kept up to date for ten minutes. */
export async function openHome(context: Context, person: PersonId): Promise<void> {
  await context.store.homeOpened(person, context.clock());
  context.nudge();
}

/** Draws the Homes that are behind and due; answers how many there were. */
export async function drawDueHomes(context: Context): Promise<number> {
  const now = context.clock();
  const { homes, head } = await context.store.leaseHomes({
    now,
    openedSince: now - WATCHED,
    lookedAtBefore: now - LOOK_AGAIN,
    until: now + LEASE,
    limit: BATCH,
  });
  const drawn = await Promise.all(
    homes.map((home) => context.correlate({ home: home.person }, () => drawOne(context, home, head))),
  );
  // Noted together: a commit for each would be most of what watching many Homes costs.
  await context.store.homesDrawn(drawn.flatMap((each) => each ?? []));
  return homes.length;
}

/**
 * Publishing carries no `hash` (R22): a lease keeps two replicas apart, and one that outlived its
 * lease records the older end of the trail, so that the Home is behind and drawn again.
 */
async function drawOne(
  context: Context,
  { person, look }: Home,
  head: number,
): Promise<({ person: PersonId } & Drawn) | undefined> {
  const { store, messages, clock, log } = context;
  try {
    // Slack tells of each change to a person, and looking decides nothing; asking once a minute for
    // everybody who looks would take what Slack allows (slack-rules.md 2.8).
    const noOlderThan = look === "" ? MINUTE : WATCHED;
    const published = await messages.publishHome(await homeFor(context, person, noOlderThan), look);
    const at = clock();
    return { person, shows: head, look: published, at, notBefore: at + PACE };
  } catch (error) {
    if (error instanceof Fault) log.warn({ code: error.code, why: error.message }, "a Home was not drawn");
    else log.error({ error }, "a Home was not drawn");
    await store.homeFailed(person, clock() + 2 * PACE);
    return undefined;
  }
}

/**
 * A Home that was published in answer to a click, with words that only that click has: they go
 * with the next change.
 */
export async function noteHomeAnswered(context: Context, person: PersonId, head: number): Promise<void> {
  const at = context.clock();
  await context.store.homesDrawn([{ person, shows: head, look: "", at, notBefore: at + PACE }]);
}

/**
 * What one person's Home shows now, with people known no longer than `noOlderThan` milliseconds. Nothing is recorded for those who get none: nobody asked for
 * anything, and an event would make every Home due again. Throws Slack's and the store's faults.
 */
export async function homeFor(
  context: Context,
  person: PersonId,
  noOlderThan = MINUTE,
): Promise<HomeContent> {
  const asOf = context.clock();
  const member = await asMember(context, person, noOlderThan);
  if ("refusal" in member) return { asOf, person, refusal: member.refusal };
  const requests = await requestsFor(context, person, noOlderThan);
  if ("refusal" in requests) return { asOf, person, refusal: requests.refusal };
  const { policy } = context.policy();
  const responder = await isIn(context, policy.responders, person, noOlderThan);
  const inventory = await context.store.inventoryState();
  return {
    asOf,
    person,
    claims: await claimsOf(context, person),
    requests,
    groups: policy.groups,
    keys: { ...(await keysOf(context, person, asOf)), asOf: inventory?.asOf },
    responder,
    counts: responder ? inventory?.counts : undefined,
  };
}

/** The one that lapses first comes first. */
async function claimsOf(
  { store }: Context,
  person: PersonId,
): Promise<{ claim: Versioned<Claim>; request: Versioned<Request> }[]> {
  const claims = await store.openClaimsFor(person, MOST_CLAIMS);
  const pairs = await Promise.all(
    claims.map(async (claim) => ({ claim, request: await store.request(claim.value.request) })),
  );
  return pairs
    .flatMap(({ claim, request }) => (request === undefined ? [] : [{ claim, request }]))
    .toSorted((one, other) => one.claim.value.lapsesAt - other.claim.value.lapsesAt);
}

/** Three short pages instead of all of a person's keys, who may have very many. */
async function keysOf({ store }: Context, person: PersonId, now: Instant): Promise<Omit<HomeKeys, "asOf">> {
  const mine = { on: "owner", is: person } as const;
  const page = { limit: MOST_KEYS };
  const locked = await store.findKeys([mine, { on: "active", is: false }], page);
  const ending = await store.findKeys([mine, { on: "expiresAt", before: now + SOON }], page);
  const any = await store.findKeys([mine], page);
  const soonest = ending.keys.toSorted((one, other) => (one.expiresAt ?? 0) - (other.expiresAt ?? 0));
  const each = new Map([...locked.keys, ...soonest, ...any.keys].map((key) => [key.id, key]));
  const shown = [...each.values()].slice(0, MOST_KEYS).map((key) => ({ key, need: needOf(key, now) }));
  return { shown, total: await store.countKeys([mine], COUNTED) };
}

function needOf({ active, expiresAt }: ListedKey, now: Instant): Need | undefined {
  if (!active) return "locked";
  if (expiresAt === undefined || expiresAt >= now + SOON) return undefined;
  return expiresAt <= now ? "expired" : "expires-soon";
}
