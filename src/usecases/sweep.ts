import { newCard } from "../domain/card.ts";
import { lapseClaim } from "../domain/claim-end.ts";
import { Fault } from "../domain/fault.ts";
import { lapseUnclaimed } from "../domain/request-end.ts";
import { type ClaimId, type KeyId, MINUTE, type RequestId, SECOND } from "../domain/values.ts";
import { activate } from "./claims/activate.ts";
import { carryOutAdoptions } from "./inventory/adoption.ts";
import { drawDueCards } from "./cards.ts";
import { changeKnown } from "./change.ts";
import { lookAtOwners } from "./keys/departures.ts";
import { drawDueHomes } from "./home.ts";
import { tellOwners } from "./lockout/lockout-cards.ts";
import { offerLater } from "./lockout/offer-new-secrets.ts";
import { loadClaim } from "./claims/claim-state.ts";
import { syncInventory } from "./inventory/inventory.ts";
import type { Context } from "./ports.ts";
import type { Change } from "./store-port.ts";
import { postAuditHead } from "./audit/post-audit-head.ts";
import { giveUpProofs } from "./leak/prove-leak.ts";
import { remindOfKeys } from "./keys/remind-of-keys.ts";
import { dropOldDrafts } from "./roles/role-draft.ts";
import { settleDueKey } from "./keys/settle-key.ts";
import { checkReach, ending, settleRequest } from "./requests/waiting.ts";
import { finishUndo, searchStrays, undo } from "./claims/undo.ts";

/** How often rows are looked for that are due. */
const PERIOD = SECOND;
/** How long one replica has for a row before another looks at it too. */
const LEASE = 2 * SECOND;
/** A row that could not move on is looked at again after this long, so that others get their turn. */
const RETRY = 4 * SECOND;
const BATCH = 100;

/**
 * The safety net: finds rows that are due and does each through the same use cases as a click
 * would. One item that fails is logged and tried again later; the others go on.
 */
export async function sweepOnce(context: Context): Promise<void> {
  const { store, clock } = context;
  const now = clock();
  await Promise.all([
    guarded(context, {}, async () => {
      const claims = await store.leaseClaims(now, now + LEASE, BATCH);
      await Promise.all(claims.map(({ value: { id } }) => sweepClaim(context, id)));
    }),
    guarded(context, {}, async () => {
      const requests = await store.leaseRequests(now, now + LEASE, BATCH);
      await Promise.all(requests.map(({ value: { id } }) => sweepRequest(context, id)));
    }),
    guarded(context, {}, async () => {
      const keys = await store.leaseKeys(now, now + LEASE, BATCH);
      await Promise.all(keys.map(({ value: { id } }) => sweepKey(context, id)));
    }),
    guarded(context, {}, () => checkReach(context)),
    guarded(context, {}, () => carryOutAdoptions(context)),
    guarded(context, {}, () => giveUpProofs(context)),
    guarded(context, {}, () => tellOwners(context)),
    guarded(context, {}, () => offerLater(context)),
    guarded(context, {}, () => closeTallies(context)),
    guarded(context, {}, async () => {
      // Whatever was unlocked or made in the manager meanwhile is found by listing anew.
      if ((await syncInventory(context)) !== undefined) await store.wakeLockouts();
    }),
    guarded(context, {}, () => dropOldDrafts(context)),
    guarded(context, {}, () => remindOfKeys(context)),
    guarded(context, {}, () => lookAtOwners(context)),
    guarded(context, {}, () => postAuditHead(context)),
  ]);
}

async function sweepClaim(context: Context, id: ClaimId): Promise<void> {
  await guarded(context, { claim: id }, () => settleClaim(context, id));
  // What is done has no due time left, or one of its own.
  await context.store.postpone({ claim: id }, context.clock() + RETRY);
}

async function sweepKey(context: Context, id: KeyId): Promise<void> {
  await guarded(context, { key: String(id) }, () => settleDueKey(context, id));
  await context.store.postpone({ key: id }, context.clock() + RETRY);
}

async function sweepRequest(context: Context, id: RequestId): Promise<void> {
  await guarded(context, { request: id }, () => settleRequest(context, id));
  await context.store.postpone({ request: id }, context.clock() + RETRY);
}

/** Draws every card and Home that is due. */
export async function drawCards(context: Context): Promise<void> {
  await Promise.all([drawDueCards, drawDueHomes].map((draw) => drawAll(context, draw)));
}

async function drawAll(
  context: Context,
  draw: (context: Context) => Promise<number>,
  over: () => boolean = () => false,
): Promise<void> {
  await guarded(context, {}, async () => {
    while (!over() && (await draw(context)) > 0);
  });
}

async function guarded(
  { correlate, log }: Context,
  about: Record<string, string>,
  work: () => Promise<void>,
): Promise<void> {
  // Of its own, also where a click has asked for it: it is not the click's.
  await correlate(about, async () => {
    try {
      await work();
    } catch (error) {
      if (error instanceof Fault)
        log.warn({ code: error.code, why: error.message }, "the sweep goes on later");
      else log.error({ error }, "the sweep met a fault of ours");
    }
  });
}

async function settleClaim(context: Context, id: ClaimId): Promise<void> {
  const claim = (await context.store.claim(id))?.value;
  switch (claim?.state) {
    case "open":
      await lapseOpen(context, id);
      break;
    case "minting":
    case "showing":
      if (context.clock() >= claim.attempt.deadline) await undo(context, claim, { because: "timed-out" });
      break;
    case "undoing":
      await finishUndo(context, id);
      break;
    case "delivered":
      await activate(context, id);
      break;
    case "lapsed":
    case "voided":
    case "failed":
    case undefined:
      break;
  }
  await searchStrays(context, id);
}

/** An open claim whose window has passed ends together with its request, and the asker is told. */
async function lapseOpen(context: Context, id: ClaimId): Promise<void> {
  await changeKnown<undefined>(context, async () => {
    const loaded = await loadClaim(context, id);
    if (loaded === undefined) return { refusal: { reason: "not-found", what: "claim" } };
    const at = context.clock();
    const closed = lapseClaim(loaded.claim.value, at);
    if ("refusal" in closed) return closed;
    const ended = lapseUnclaimed(loaded.request.value, at);
    if ("refusal" in ended) return ended;
    const { owner, oldSecretDead } = closed.next;
    const changes: Change[] = [
      { row: "claim", before: loaded.claim, next: closed.next },
      ...ending(loaded.request, ended.next, at, owner),
    ];
    if (oldSecretDead !== undefined) {
      const { incidents } = context.policy().policy.channels;
      const card = newCard(ended.next.id, "dead-secret", { channel: incidents }, at);
      changes.push({ row: "card", next: card });
    }
    return { commit: { changes, events: [closed.event, ended.event] }, result: undefined };
  });
}

/** Refusals beyond the first of a person's minute are recorded together when the minute is over. */
async function closeTallies(context: Context): Promise<void> {
  const at = context.clock();
  await context.store.closeTallies(at - MINUTE, ({ person, since, reasons }) =>
    Object.keys(reasons).length === 0
      ? undefined
      : {
          at,
          actor: person,
          subject: `person:${person}`,
          event: "refused.again",
          evidence: { since, reasons },
        },
  );
}

/**
 * Sweeps and draws once a second; `nudge` draws at once. The two run beside each other, so that
 * a manager that hangs never keeps a card from showing the present. `stop` waits for what runs;
 * `swept` hears each time that a sweep has come to its end.
 */
export function startSweep(
  context: Context,
  swept: () => void = () => {},
): { nudge(): void; stop(): Promise<void> } {
  const sweeping = repeatable(async () => {
    await sweepOnce(context);
    swept();
  });
  let stopped = false;
  // Apart, so that a thousand watched Homes never keep a card waiting.
  const drawing = [drawDueCards, drawDueHomes].map((draw) =>
    repeatable(() => drawAll(context, draw, () => stopped)),
  );
  const nudge = (): void => {
    for (const each of drawing) each.run();
  };
  const timer = setInterval(() => {
    sweeping.run();
    nudge();
  }, PERIOD);
  return {
    nudge,
    async stop() {
      // What is behind is in rows: whoever stays goes on with it, and what it makes due is no work of ours.
      stopped = true;
      clearInterval(timer);
      await Promise.all([sweeping, ...drawing].map((each) => each.stop()));
    },
  };
}

/** Runs one piece of work at a time; asked for while it runs, it runs once more. */
function repeatable(work: () => Promise<void>): { run(): void; stop(): Promise<void> } {
  let wanted = false;
  let busy = false;
  let stopped = false;
  let current = Promise.resolve();
  // A loop, since a chain of promises would keep something of each run for as long as it is never idle.
  const cycle = async (): Promise<void> => {
    busy = true;
    while (wanted) {
      wanted = false;
      // `work` guards itself; whatever gets past that must not end the cycle.
      await work().catch(() => {});
    }
    busy = false;
  };
  return {
    run: () => {
      wanted = !stopped;
      if (wanted && !busy) current = cycle();
    },
    async stop() {
      stopped = true;
      wanted = false;
      await current;
    },
  };
}
