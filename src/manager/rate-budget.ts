/** What a call is for; locking and unlocking have calls that nothing else may use. */
export type Share = "ordinary" | "lock" | "unlock";

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

type Waiter = { share: Share; grant: (turn: Disposable) => void };

/**
 * Lets at most so many calls reach a manager in any 60 s. A call counts from its turn until 60 s
 * after its end, so that the sum holds by the manager's clock too, whenever it takes the call in.
 * Turns go in the order of asking; locking and unlocking use their own reserve first, and never
 * wait while it has a place.
 */
export class RateBudget {
  readonly #pools: Record<Share, Pool>;
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
    this.#timer = timer;
  }

  /** The turn of one call, to be disposed of when the call has ended. Rejects with the signal's reason. */
  async turn(share: Share, signal?: AbortSignal): Promise<Disposable> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(signal?.reason as Error);
        this.#serve();
      };
      const waiter: Waiter = {
        share,
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
   * The manager asked to wait. Locking goes on: a call too early costs nothing there (contract 9),
   * and stopping must not wait longer than it has to.
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
      const pool = this.#placeFor(waiter.share, now);
      if (pool === undefined) this.#waiting.push(waiter);
      else waiter.grant(this.#turnIn(pool));
    }
    this.#wakeLater(now);
  }

  #placeFor(share: Share, now: number): Pool | undefined {
    if (share !== "lock" && now < this.#pausedUntil) return undefined;
    const { [share]: reserve, ordinary } = this.#pools;
    if (reserve.take(now)) return reserve;
    return reserve !== ordinary && ordinary.take(now) ? ordinary : undefined;
  }

  #turnIn(pool: Pool): Disposable {
    let over = false;
    return {
      [Symbol.dispose]: () => {
        if (over) return;
        over = true;
        pool.giveBack(this.#timer.now());
        this.#serve();
      },
    };
  }

  #wakeLater(now: number): void {
    this.#cancelWake();
    if (this.#waiting.length === 0) return;
    const moments = Object.values(this.#pools).map((pool) => pool.nextFree() ?? Infinity);
    const paused = this.#pausedUntil > now ? this.#pausedUntil : Infinity;
    const next = Math.min(paused, ...moments.filter((at) => at > now));
    if (next < Infinity) this.#cancelWake = this.#timer.after(next - now, () => this.#serve());
  }
}
