import { newCard } from "../domain/card.ts";
import { lapseClaim } from "../domain/claim.ts";
import { Fault } from "../domain/fault.ts";
import { fail, lapse, lapseUnclaimed, nameChecked, type Request, type Step } from "../domain/request.ts";
import { type ClaimId, MINUTE, type RequestId, SECOND } from "../domain/values.ts";
import { activate } from "./activate.ts";
import { drawDueCards } from "./cards.ts";
import { changeKnown } from "./change.ts";
import { loadClaim } from "./claim-state.ts";
import type { Change, Context, Versioned } from "./ports.ts";
import { finishUndo, searchStrays, undo } from "./undo.ts";

/** How often rows are looked for that are due. */
const PERIOD = SECOND;
const BATCH = 100;

/**
 * The safety net: finds rows that are due and does each through the same use cases as a click
 * would. One item that fails is logged and tried again at the next pass; the others go on.
 */
export async function sweepOnce(context: Context): Promise<void> {
  const { store, clock } = context;
  const claims = await store.dueClaims(clock(), BATCH);
  const requests = await store.dueRequests(clock(), BATCH);
  // Beside each other: what waits for a manager that hangs holds nothing else up.
  await Promise.all([
    ...claims.map(({ value: { id } }) => guarded(context, { claim: id }, () => settleClaim(context, id))),
    ...requests.map(({ value: { id } }) =>
      guarded(context, { request: id }, () => settleRequest(context, id)),
    ),
    guarded(context, {}, () => closeTallies(context)),
  ]);
}

/** Draws every card that is due. */
export async function drawCards(context: Context): Promise<void> {
  await guarded(context, {}, async () => {
    while ((await drawDueCards(context)) > 0);
  });
}

async function guarded(
  context: Context,
  ids: Record<string, string>,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Fault)
      context.log.warn({ ...ids, code: error.code, why: error.message }, "the sweep goes on later");
    else context.log.error({ ...ids, error }, "the sweep met a fault of ours");
  }
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
    const changes: Change[] = [
      { row: "claim", before: loaded.claim, next: closed.next },
      ...ending(loaded.request, ended.next, at),
    ];
    return { commit: { changes, events: [closed.event, ended.event] }, result: undefined };
  });
}

/** A pending request lapses, or the name that could not be checked is checked now. */
async function settleRequest(context: Context, id: RequestId): Promise<void> {
  await changeKnown<undefined>(context, async () => {
    const before = await context.store.request(id);
    if (before === undefined) return { refusal: { reason: "not-found", what: "request" } };
    const step = await nextStep(context, before.value);
    if ("refusal" in step) return step;
    return {
      commit: { changes: ending(before, step.next, step.event.at), events: [step.event] },
      result: undefined,
    };
  });
}

async function nextStep(context: Context, request: Request): Promise<Step<Request>> {
  const at = context.clock();
  const lapsed = lapse(request, at);
  if ("next" in lapsed || request.state !== "pending") return lapsed;
  const taken = await context.manager.keyNamed(request.wants.keyName);
  return taken === undefined ? nameChecked(request, at) : fail(request, "name-taken", at);
}

function ending(before: Versioned<Request>, next: Request, at: number): Change[] {
  const told = next.state === "lapsed" || next.state === "failed";
  const card = newCard(next.id, "outcome", { person: next.asker }, at);
  return [{ row: "request", before, next }, ...(told ? [{ row: "card" as const, next: card }] : [])];
}

/** Refusals beyond the first of a person's minute are recorded together when the minute is over. */
async function closeTallies(context: Context): Promise<void> {
  const at = context.clock();
  for (const { person, since, reasons } of await context.store.takeTallies(at - MINUTE)) {
    if (Object.keys(reasons).length === 0) continue;
    const subject = `person:${person}`;
    const event = {
      at,
      actor: person,
      subject,
      event: "refused.again",
      evidence: { since, reasons },
    } as const;
    await context.store.commit({ changes: [], events: [event] });
  }
}

/**
 * Sweeps and draws once a second; `nudge` draws at once. The two run beside each other, so that
 * a manager that hangs never keeps a card from showing the present. `stop` waits for what runs.
 */
export function startSweep(context: Context): { nudge(): void; stop(): Promise<void> } {
  const sweeping = repeatable(() => sweepOnce(context));
  const drawing = repeatable(() => drawCards(context));
  const timer = setInterval(() => {
    sweeping.run();
    drawing.run();
  }, PERIOD);
  return {
    nudge: () => drawing.run(),
    async stop() {
      clearInterval(timer);
      await Promise.all([sweeping.stop(), drawing.stop()]);
    },
  };
}

/** Runs one piece of work at a time; asked for while it runs, it runs once more. */
function repeatable(work: () => Promise<void>): { run(): void; stop(): Promise<void> } {
  let state: "idle" | "running" | "again" | "stopped" = "idle";
  let current = Promise.resolve();
  const cycle = async (): Promise<void> => {
    await work();
    if (state === "again") {
      state = "running";
      return cycle();
    }
    if (state === "running") state = "idle";
  };
  return {
    run: () => {
      if (state === "running") state = "again";
      if (state !== "idle") return;
      state = "running";
      current = cycle();
    },
    async stop() {
      state = "stopped";
      await current;
    },
  };
}
