/** What a call is for; locking and unlocking have calls that nothing else may use. */
export type Share = "ordinary" | "lock" | "unlock";
/**
 * One of the shares, or `look`: reading what somebody is about to lock. That takes ordinary calls
 * while there are any, and then at most half as many as are kept for locking, which have to suffice
 * for the locks as well.
 */
export type Purpose = Share | "look";

/** Milliseconds; a manager counts the calls of the last 60 s (contract 9). */
const WINDOW = 60_000;
/** The parts of the budget that only locking and only unlocking may use. */
const RESERVES = { lock: 0.2, unlock: 0.1 } as const;

/** Time, and something to do later; `now` never goes back. Tests bring their own. */
export type Timer = {
  now(): number;
  /** Runs once after so many milliseconds, unless the function it answers is called before. */
  after(ms: number, run: () => void): () => void;
};

const realTimer: Timer = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** How many calls a budget keeps for locking, for unlocking, and for everything. */
export function sharesOf(calls: number): Record<Share, number> {
  const lock = Math.floor(calls * RESERVES.lock);
  const unlock = Math.floor(calls * RESERVES.unlock);
  return { ordinary: calls - lock - unlock, lock, unlock };
}

/** Places for calls; one is used until the window has passed since its call's end. */
class Pool {
  readonly #size: number;
  #running = 0;
  /** When calls ended that still count, the oldest first. */
  readonly #ended: number[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  take(now: number): boolean {
    while ((this.nextFree() ?? Infinity) <= now) this.#ended.shift();
    if (this.#running + this.#ended.length >= this.#size) return false;
    this.#running += 1;
    return true;
  }

  left(now: number): number {
    return this.#size - this.#running - this.#ended.filter((at) => at + WINDOW > now).length;
  }

  giveBack(now: number): void {
    this.#running -= 1;
    this.#ended.push(now);
  }

  nextFree(): number | undefined {
    const [oldest] = this.#ended;
    return oldest === undefined ? undefined : oldest + WINDOW;
  }
}

type Waiter = { purpose: Purpose; grant: (turn: Disposable) => void };

/**
 * Lets at most so many calls reach a manager in any 60 s. A call counts from its turn until 60 s
 * after its end, so that the sum holds by the manager's clock too, whenever it takes the call in.
 * Turns go in the order of asking; locking and unlocking use their own reserve first, and never
 * wait while it has a place.
 */
export class RateBudget {
  readonly #pools: Record<Share, Pool>;
  /** Of the places for locking, those that looking may take. */
  readonly #looks: Pool;
  readonly #timer: Timer;
  readonly #waiting: Waiter[] = [];
  #pausedUntil = -Infinity;
  #cancelWake = (): void => {};

  constructor(calls: number, timer: Timer = realTimer) {
    const shares = sharesOf(calls);
    this.#pools = {
      ordinary: new Pool(shares.ordinary),
      lock: new Pool(shares.lock),
      unlock: new Pool(shares.unlock),
    };
    this.#looks = new Pool(Math.floor(shares.lock / 2));
    this.#timer = timer;
  }

  /** The turn of one call, to be disposed of when the call has ended. Rejects with the signal's reason. */
  async turn(purpose: Purpose, signal?: AbortSignal): Promise<Disposable> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(signal?.reason as Error);
        this.#serve();
      };
      const waiter: Waiter = {
        purpose,
        grant: (turn) => {
          signal?.removeEventListener("abort", giveUp);
          resolve(turn);
        },
      };
      signal?.addEventListener("abort", giveUp, { once: true });
      this.#waiting.push(waiter);
      this.#serve();
    });
  }

  /**
   * The manager asked to wait. Locking goes on, and looking by what is kept for it: a call too early
   * costs nothing there (contract 9), and stopping must not wait longer than it has to.
   */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#timer.now() + ms);
    this.#serve();
  }

  /** How many places each share has that nobody uses; waiting because the manager asked to does not count. */
  left(): Record<Share, number> {
    const now = this.#timer.now();
    const { ordinary, lock, unlock } = this.#pools;
    return { ordinary: ordinary.left(now), lock: lock.left(now), unlock: unlock.left(now) };
  }

  /** Gives turns in the order of asking, to everybody for whom there is a place. */
  #serve(): void {
    const now = this.#timer.now();
    for (const waiter of this.#waiting.splice(0)) {
      const places = this.#placesFor(waiter.purpose, now);
      if (places === undefined) this.#waiting.push(waiter);
      else waiter.grant(this.#turnIn(places));
    }
    this.#wakeLater(now);
  }

  #placesFor(purpose: Purpose, now: number): Pool[] | undefined {
    const paused = now < this.#pausedUntil;
    const { ordinary, lock } = this.#pools;
    if (purpose === "look") {
      if (!paused && ordinary.take(now)) return [ordinary];
      const taken = this.#looks.left(now) > 0 && lock.take(now) && this.#looks.take(now);
      return taken ? [lock, this.#looks] : undefined;
    }
    if (paused && purpose !== "lock") return undefined;
    const { [purpose]: reserve } = this.#pools;
    if (reserve.take(now)) return [reserve];
    return reserve !== ordinary && ordinary.take(now) ? [ordinary] : undefined;
  }

  #turnIn(places: readonly Pool[]): Disposable {
    let over = false;
    return {
      [Symbol.dispose]: () => {
        if (over) return;
        over = true;
        for (const each of places) each.giveBack(this.#timer.now());
        this.#serve();
      },
    };
  }

  #wakeLater(now: number): void {
    this.#cancelWake();
    if (this.#waiting.length === 0) return;
    const moments = [...Object.values(this.#pools), this.#looks].map((pool) => pool.nextFree() ?? Infinity);
    const paused = this.#pausedUntil > now ? this.#pausedUntil : Infinity;
    const next = Math.min(paused, ...moments.filter((at) => at > now));
    if (next < Infinity) this.#cancelWake = this.#timer.after(next - now, () => this.#serve());
  }
}
