import { Fault } from "../../domain/fault.ts";
import { holding, type Turn, turned } from "../../domain/lockout.ts";
import { openKey } from "../../domain/lockout-hold.ts";
import { failing, gone, keptAfterAll, locked, opened } from "../../domain/lockout-item.ts";
import { type KeyId, SECOND } from "../../domain/values.ts";
import type { Batch, Batched, DueItem } from "../lockout-port.ts";
import type { Work } from "./lockout-work.ts";

/** Outcomes are committed after this many milliseconds, or when there are so many. */
const COMMIT_EVERY = 100;
const MOST_IN_COMMIT = 400;
/** Items read ahead. */
const AHEAD = 256;
/** An item that may be called for again within this time is waited for. */
const PATIENCE = SECOND;
const NAP = 10;

/** What came of one call: the manager's own answer, or why there is none. */
type Outcome = { item: DueItem; active?: boolean; failed?: string };

/**
 * Makes the calls that items wait for, the most dangerous first, many at once, with no read before a
 * lock; what comes of them is committed in batches. Ends when nothing is due any more and `adding`
 * is over. Throws what the store throws.
 */
export async function callAll(
  work: Work,
  { drill }: { drill: boolean },
  adding: Promise<unknown>,
): Promise<void> {
  const calls = new Calls(work, drill);
  let over = false;
  adding.then(
    () => (over = true),
    () => (over = true),
  );
  await calls.run(() => over);
}

class Calls {
  readonly #work: Work;
  readonly #drill: boolean;
  readonly #queue: DueItem[] = [];
  /** In the queue, on the way, or answered and not yet committed. */
  readonly #taken = new Set<KeyId>();
  #answered: Outcome[] = [];
  #committing: Promise<void> = Promise.resolve();
  #refilling: Promise<boolean> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failed: { error: unknown } | undefined;

  constructor(work: Work, drill: boolean) {
    this.#work = work;
    this.#drill = drill;
  }

  async run(noMore: () => boolean): Promise<void> {
    await Promise.all(Array.from({ length: this.#work.atOnce }, () => this.#callOn(noMore)));
    clearTimeout(this.#timer);
    this.#commit();
    await this.#committing;
    if (this.#failed !== undefined) throw this.#failed.error;
  }

  async #callOn(noMore: () => boolean): Promise<void> {
    try {
      while (!this.#work.over() && this.#failed === undefined) {
        const item = this.#queue.shift();
        if (item !== undefined) this.#answer(await this.#call(item));
        else if (!(await this.#refillOnce(noMore))) return;
      }
    } catch (error) {
      this.#failed ??= { error };
    }
  }

  async #call(item: DueItem): Promise<Outcome> {
    const { store } = this.#work.context;
    const active = item.state === "opening";
    try {
      if (active && (await store.key(item.key))?.value.holds !== undefined) return { item };
      const answered = await this.#tell(item.key, active);
      if (answered === active) return { item, active };
      return { item, failed: "manager-bad-answer" };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (error.code === "manager-not-found") return { item, failed: "gone" };
      return { item, failed: error.code };
    }
  }

  /** A drill reads where a lockout writes: the clock shows what the manager needs for as many calls. */
  async #tell(key: KeyId, active: boolean): Promise<boolean> {
    const { manager } = this.#work.context;
    if (!this.#drill) return (await manager.tellActive(key, active)).active;
    if ((await manager.describeKey(key)) === undefined) throw new Fault("manager-not-found", `key ${key}`);
    return active;
  }

  /** One reads and waits for all; each on its own would ask the database as often as there are calls at once. */
  async #refillOnce(noMore: () => boolean): Promise<boolean> {
    this.#refilling ??= this.#refill(noMore).finally(() => (this.#refilling = undefined));
    return this.#refilling;
  }

  /** Whether there may be something to call for; `false`: nothing is due, and nothing will soon be. */
  async #refill(noMore: () => boolean): Promise<boolean> {
    // Asked before the rows are read: what is added before that is found.
    const last = noMore();
    await this.#readAhead();
    if (this.#queue.length > 0) return true;
    if (last) return this.#waitForNext();
    await wait(NAP);
    return true;
  }

  async #readAhead(): Promise<void> {
    const { context, id } = this.#work;
    for (const state of ["waiting", "opening"] as const) {
      const due = await context.store.dueItems(id, state, context.clock(), AHEAD + this.#taken.size);
      const fresh = due.filter(({ key }) => !this.#taken.has(key));
      for (const item of fresh) this.#taken.add(item.key);
      this.#queue.push(...fresh);
      if (fresh.length > 0) return;
    }
  }

  async #waitForNext(): Promise<boolean> {
    const { context, id } = this.#work;
    if (this.#taken.size > 0) {
      // The last answers are committed at once; while some are on their way, those may have to be tried again.
      const last = this.#answered.length === this.#taken.size;
      if (last) this.#commit();
      await (last ? this.#committing : wait(NAP));
      return true;
    }
    const next = await context.store.nextTry(id, ["waiting", "opening"]);
    if (next === undefined) return false;
    const pause = next - context.clock();
    if (pause > PATIENCE) return false;
    await wait(Math.max(pause, NAP));
    return true;
  }

  #answer(outcome: Outcome): void {
    this.#answered.push(outcome);
    if (this.#answered.length >= MOST_IN_COMMIT) this.#commit();
    else this.#timer ??= setTimeout(() => this.#commit(), COMMIT_EVERY);
  }

  /** One commit after the other; what comes meanwhile goes with the next. */
  #commit(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#committing = this.#commitAfter(this.#committing);
  }

  async #commitAfter(earlier: Promise<void>): Promise<void> {
    await earlier;
    const some = this.#answered;
    this.#answered = [];
    if (some.length === 0 || this.#failed !== undefined) return;
    try {
      await commitOutcomes(this.#work, some);
      for (const { item } of some) this.#taken.delete(item.key);
    } catch (error) {
      this.#failed ??= { error };
    }
  }
}

async function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

async function commitOutcomes(work: Work, outcomes: readonly Outcome[]): Promise<void> {
  const { context, id } = work;
  const opening = outcomes.some(({ item }) => item.state === "opening");
  const keys = outcomes.map(({ item }) => item.key);
  const at = context.clock();
  let refused: KeyId[] = [];
  await context.store.commitBatch({ lockout: id, keys, records: opening, gate: opening }, (batch) => {
    const made = settle(batch, outcomes, at);
    ({ refused } = made);
    return made;
  });
  context.nudge();
  // Something came to hold these while they were being opened: they go down again, and stay so.
  await Promise.all(
    refused.map(async (key) => {
      try {
        await context.manager.tellActive(key, false);
      } catch (error) {
        // What holds it has to tell the manager itself, and goes on doing so.
        if (!(error instanceof Fault)) throw error;
      }
    }),
  );
}

function settle(batch: Batch, outcomes: readonly Outcome[], at: number): Batched & { refused: KeyId[] } {
  const { lockout, items, records, others } = batch;
  const turns: Turn[] = [];
  const changed = [];
  const refused: KeyId[] = [];
  for (const outcome of outcomes) {
    const { key } = outcome.item;
    const before = items.get(key);
    if (before === undefined) continue;
    const after = (next: Turn["next"]): void => void turns.push({ before, next });
    const record = records.get(key);
    if (outcome.failed !== undefined) {
      after(outcome.failed === "gone" ? gone(before) : failing(before, outcome.failed, at));
    } else if (outcome.item.state === "waiting") {
      // What is being let go meanwhile opens it again.
      after(locked(before, at));
    } else if (record === undefined) {
      after(keptAfterAll(before, "gone"));
    } else {
      const open = openKey(record);
      const heldBy = open.keptBy ?? (holding(others(key), record) === undefined ? undefined : "lockout");
      const decided = heldBy === undefined || open.keptBy !== undefined;
      if (decided && open.record !== record) changed.push(open.record);
      if (heldBy !== undefined && outcome.active === true) refused.push(key);
      after(heldBy === undefined ? opened(before) : keptAfterAll(before, heldBy));
    }
  }
  const noted = lockout.drill
    ? []
    : ([true, false] as const).map((active) => ({
        active,
        at,
        keys: outcomes.filter((each) => each.active === active).map(({ item }) => item.key),
      }));
  return { ...turned(lockout, turns, at), records: changed, noted, refused };
}
