import { Fault } from "../../domain/fault.ts";
import {
  contained,
  countIn,
  endRestore,
  isInForce,
  type Lockout,
  type LockoutId,
  timeOver,
} from "../../domain/lockout.ts";
import { RESTORING } from "../../domain/lockout-item.ts";
import type { Step } from "../../domain/request.ts";
import { type Instant, SECOND } from "../../domain/values.ts";
import { applyApproved } from "../requests/apply.ts";
import { markLeaving } from "./carry-restore-out.ts";
import { changeKnown, one } from "../change.ts";
import { letAllGo } from "./release-keys.ts";
import { callAll } from "./lockout-calls.ts";
import { look } from "./lockout-look.ts";
import type { Work } from "./lockout-work.ts";
import { offerNewSecrets } from "./offer-new-secrets.ts";
import type { Context } from "../ports.ts";

/** Calls on the manager at once, unless said otherwise. */
const AT_ONCE = 32;
/** Whoever dies is followed after this long at most, and the next look of another replica. */
const LEASE = 1000;
const RENEW = 300;
/** How often lockouts are looked for that are due. */
const PERIOD = 500;
/** After the manager or the store could not do what a whole round needs. */
const RETRY = 500;
/** How often a lockout in force looks at the manager's keys when it has nothing else to do. */
const WATCH = 15 * SECOND;

export type EngineOptions = { atOnce?: number; over?: () => boolean };

/**
 * Works on every lockout that is due and that nobody else works on, until there is nothing to be
 * done at once: locking, verifying, restoring. Everything that it needs to know stands in rows, so
 * that whoever comes after a crash goes on where it ended. Slack is never waited for.
 */
export async function driveLockouts(context: Context, options: EngineOptions = {}): Promise<void> {
  const by = context.newId();
  const leased = await leaseDue(context, by);
  await Promise.all(
    leased.map((id) => context.correlate({ lockout: id }, () => drive(context, { id, by }, options))),
  );
}

function leaseDue({ store, clock }: Context, by: string): Promise<LockoutId[]> {
  return store.leaseLockouts(clock(), clock() + LEASE, by);
}

async function drive(
  context: Context,
  { id, by }: { id: LockoutId; by: string },
  { atOnce = AT_ONCE, over = () => false }: EngineOptions,
): Promise<void> {
  const { store, clock, log } = context;
  let lost = false;
  const renewing = setInterval(() => {
    store.keepLease(id, by, clock() + LEASE).then(
      (kept) => (lost ||= !kept),
      // A store that does not answer now may at the next time; the others wait for the lease's end.
      () => {},
    );
  }, RENEW);
  const work: Work = { context, id, atOnce, over: () => lost || over() };
  let next: Next;
  try {
    next = await rounds(work);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    log.warn({ code: error.code, why: error.message }, "a lockout goes on later");
    next = { dueAt: clock() + RETRY, seen: (await store.lockout(id))?.version ?? 0 };
  } finally {
    clearInterval(renewing);
  }
  await store.endLease(id, by, next);
}

type Next = { dueAt: Instant | undefined; seen: number };

/** One round after the other, until there is nothing to be done before some moment. */
async function rounds(work: Work): Promise<Next> {
  const { context, id } = work;
  const { store, clock } = context;
  for (let first = true; ; first = false) {
    const before = await store.lockout(id);
    if (before === undefined || before.value.state === "restored")
      return { dueAt: undefined, seen: before?.version ?? 0 };
    const changed = await round(work, before.value, first);
    if (work.over()) return { dueAt: 0, seen: 0 };
    const stepped = await takeStep(context, id, changed);
    const now = await store.lockout(id);
    if (now !== undefined && changed) await tellAskers(context, now.value);
    if (now === undefined || now.value.state === "restored")
      return { dueAt: undefined, seen: now?.version ?? 0 };
    if (changed || stepped) continue;
    const moments = [
      await store.nextTry(id, ["waiting", "opening"]),
      mayEnd(now.value) ? now.value.until : undefined,
      // Somebody may unlock a key in the manager, or make one, at any time.
      isInForce(now.value) ? clock() + WATCH : undefined,
    ].filter((each) => each !== undefined);
    const dueAt = moments.length === 0 ? undefined : Math.min(...moments);
    if (dueAt === undefined || dueAt > clock()) return { dueAt, seen: now.version };
  }
}

function mayEnd({ state, drill }: Lockout): boolean {
  return !drill && (state === "declared" || state === "contained");
}

/** Whoever asked for what has come back hears of it at once. */
async function tellAskers(context: Context, lockout: Lockout): Promise<void> {
  if (lockout.restores.length === 0 || countIn(lockout, RESTORING) > 0) return;
  await offerNewSecrets(context, lockout.id);
  for (const { request } of lockout.restores) {
    if (request !== undefined) await applyApproved(context, request);
  }
}

/** Lets go, lists and holds, calls, reads back; whether anything was changed by it. */
async function round(work: Work, before: Lockout, first: boolean): Promise<boolean> {
  if (before.counts.leaving > 0) await letAllGo(work);
  const looking = first || countIn(before, ["locked", "opened"]) > 0 || before.coming > 0;
  const listing = looking ? look(work, before) : Promise.resolve(false);
  const [found] = await Promise.allSettled([listing, callAll(work, before, listing)]).then(bothOf);
  const now = (await work.context.store.lockout(work.id))?.value;
  return found || JSON.stringify(now?.counts) !== JSON.stringify(before.counts);
}

/** Both have ended before either's failure is thrown: nothing goes on that nobody waits for. */
function bothOf([listing, calling]: [PromiseSettledResult<boolean>, PromiseSettledResult<void>]): [boolean] {
  if (calling.status === "rejected") throw calling.reason;
  if (listing.status === "rejected") throw listing.reason;
  return [listing.value];
}

/** The lockout itself comes to another state, if it is time for that. */
async function takeStep(context: Context, id: LockoutId, changed: boolean): Promise<boolean> {
  const { policy, clock } = context;
  const stepped = async (step: (lockout: Lockout, at: Instant) => Step<Lockout>): Promise<boolean> => {
    const settled = await changeKnown<undefined>(context, async () => {
      const before = await context.store.lockout(id);
      if (before === undefined) return { refusal: { reason: "not-found", what: "lockout" } };
      const taken = step(before.value, clock());
      if ("refusal" in taken) return taken;
      return { commit: one({ row: "lockout", before, next: taken.next }, taken.event), result: undefined };
    });
    return "result" in settled;
  };
  if (!changed && (await stepped(contained))) return true;
  if (await stepped(endRestore)) return true;
  if (!policy().policy.lockouts["end-by-themselves"]) return stepped(timeOver);
  const lockout = (await context.store.lockout(id))?.value;
  if (lockout === undefined || "refusal" in timeOver(lockout, clock())) return false;
  await markLeaving(context, id, { by: "portcullis", whole: true });
  return true;
}

/**
 * Runs the engine beside everything else: looks twice a second, and at each nudge, for lockouts that
 * nobody works on. Several are worked on at the same time. `stop` waits until what runs has ended;
 * what is left another replica or the next start takes up at once.
 */
export function startLockoutEngine(
  context: Context,
  { atOnce }: { atOnce?: number } = {},
): { nudge(): void; stop(): Promise<void> } {
  const running = new Set<Promise<void>>();
  let looking: Promise<void> | undefined;
  let stopped = false;
  const over = (): boolean => stopped;
  const watched = async (work: Promise<unknown>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      if (error instanceof Fault) context.log.warn({ code: error.code }, "a lockout goes on later");
      else context.log.error({ error }, "a lockout met a fault of ours");
    }
  };
  const lookOnce = async (): Promise<void> => {
    const by = context.newId();
    for (const id of await leaseDue(context, by)) {
      const given = { over, ...(atOnce === undefined ? {} : { atOnce }) };
      const run = context.correlate({ lockout: id }, () => watched(drive(context, { id, by }, given)));
      running.add(run);
      void run.finally(() => running.delete(run));
    }
  };
  const nudge = (): void => {
    if (stopped || looking !== undefined) return;
    looking = watched(lookOnce()).finally(() => (looking = undefined));
  };
  const timer = setInterval(nudge, PERIOD);
  nudge();
  return {
    nudge,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await looking;
      await Promise.all(running);
    },
  };
}
