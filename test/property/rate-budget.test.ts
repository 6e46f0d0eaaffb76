import fc from "fast-check";
import { expect, test } from "vitest";
import { type Purpose, RateBudget, sharesOf, type Timer } from "../../src/manager/rate-budget.ts";

const MINUTE = 60_000;

/** A clock that moves only when told to. */
class VirtualTimer implements Timer {
  #now = 0;
  #timers: { at: number; run: () => void }[] = [];
  readonly now = (): number => this.#now;

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    return () => void (this.#timers = this.#timers.filter((each) => each !== timer));
  }

  /** Goes on, running what falls due, and lets what waits for it go on in between. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settled();
      const [next] = this.#timers.toSorted((a, b) => a.at - b.at);
      if (next === undefined || next.at > end) break;
      this.#timers = this.#timers.filter((each) => each !== next);
      this.#now = next.at;
      next.run();
    }
    this.#now = end;
    await settled();
  }
}

const settled = async (): Promise<void> => {
  for (let i = 0; i < 5; i += 1) await Promise.resolve();
};

type Made = { share: Purpose; asked: number; began?: number; ended?: number };

/** Callers who use a budget: each asks, waits for a turn, and calls for so many milliseconds. */
class Callers {
  readonly timer = new VirtualTimer();
  readonly budget: RateBudget;
  readonly calls: Made[] = [];

  constructor(calls: number) {
    this.budget = new RateBudget(calls, this.timer);
  }

  async call(share: Purpose, ms: number): Promise<Made> {
    const made: Made = { share, asked: this.timer.now() };
    this.calls.push(made);
    const turn = await this.budget.turn(share);
    made.began = this.timer.now();
    await new Promise<void>((resolve) => void this.timer.after(ms, resolve));
    made.ended = this.timer.now();
    turn[Symbol.dispose]();
    return made;
  }
}

const share = fc.constantFrom<Purpose>("ordinary", "ordinary", "lock", "unlock", "look");
const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ share, ms: fc.integer({ min: 0, max: 20_000 }) }) },
  { weight: 3, arbitrary: fc.record({ pass: fc.integer({ min: 0, max: 20_000 }) }) },
  { weight: 1, arbitrary: fc.record({ pause: fc.integer({ min: 0, max: 60_000 }) }) },
);

// As long as it says: by default arrays stay short, and no budget is ever used up.
const longRuns = fc.array(step, { maxLength: 120, size: "max" });

async function run(
  calls: number,
  steps: readonly ({ share: Purpose; ms: number } | { pass: number } | { pause: number })[],
  after: (callers: Callers) => void = () => {},
): Promise<Callers> {
  const callers = new Callers(calls);
  for (const each of steps) {
    if ("share" in each) void callers.call(each.share, each.ms);
    else if ("pause" in each) callers.budget.pause(each.pause);
    else await callers.timer.pass(each.pass);
    await settled();
    after(callers);
  }
  return callers;
}

test("never do more calls fall into any 60 seconds than the budget has, whenever the manager takes them in", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 10, max: 20 }),
      longRuns,
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (budget, steps, delay) => {
        const callers = await run(budget, steps);
        await callers.timer.pass(30 * MINUTE);
        // A call is taken in at some moment between its beginning and its end; each at its own.
        const arrivals = callers.calls
          .map(({ began = 0, ended = 0 }, i) => began + (ended - began) * ((delay * (i + 1)) % 1))
          .sort((a, b) => a - b);
        arrivals.forEach((at, i) => {
          const last = arrivals[i + budget];
          if (last !== undefined) expect(last - at).toBeGreaterThanOrEqual(MINUTE);
        });
      },
    ),
    { numRuns: 200 },
  );
});

test.each<["lock" | "unlock", string, typeof longRuns]>([
  ["lock", "whatever else happens", longRuns],
  ["unlock", "pauses aside", longRuns.map((steps) => steps.filter((each) => !("pause" in each)))],
])("%sing never waits while its reserve has a place, %s", async (kind, _, runs) => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 10, max: 30 }), runs, async (budget, steps) => {
      await run(budget, steps, ({ calls, timer }) => {
        const mine = calls.filter(({ share }) => share === kind);
        const counting = mine.filter(
          ({ began, ended }) => began !== undefined && (ended === undefined || timer.now() - ended < MINUTE),
        );
        const waiting = mine.filter(({ began }) => began === undefined);
        const all = sharesOf(budget)[kind];
        // Of what is kept for locking, looking at what is to be locked has half at most.
        const looked = kind === "lock" && calls.some((each) => each.share === "look");
        const reserve = looked ? Math.ceil(all / 2) : all;
        if (counting.length < reserve) expect(waiting).toEqual([]);
      });
    }),
    { numRuns: 200 },
  );
});

test("nobody starves: whoever waits gets a turn, however many locks come in after them", async () => {
  const budget = 10;
  const { ordinary } = sharesOf(budget);
  const callers = new Callers(budget);
  for (let i = 0; i < 3 * ordinary; i += 1) void callers.call("ordinary", 0);
  for (let minute = 0; minute < 6; minute += 1) {
    for (let i = 0; i < 3 * budget; i += 1) void callers.call("lock", 0);
    await callers.timer.pass(MINUTE);
  }
  const waits = callers.calls
    .filter(({ share }) => share === "ordinary")
    .map(({ asked, began = Infinity }) => began - asked);
  expect(Math.max(...waits)).toBeLessThanOrEqual(3 * MINUTE);
});

test("all that wait come to their turn once calls end, and turns of one kind go in the order of asking", async () => {
  await fc.assert(
    fc.asyncProperty(longRuns, async (steps) => {
      const callers = await run(10, steps);
      await callers.timer.pass(steps.length * 2 * MINUTE + MINUTE);
      for (const kind of ["ordinary", "lock", "unlock", "look"] as const) {
        const began = callers.calls
          .filter(({ share }) => share === kind)
          .map((each) => each.began ?? Infinity);
        expect(began).toEqual(began.toSorted((a, b) => a - b));
        expect(began).not.toContain(Infinity);
      }
    }),
    { numRuns: 100 },
  );
});

test("who gives up waiting takes nobody's place, and is told why", async () => {
  const callers = new Callers(10);
  const { ordinary } = sharesOf(10);
  for (let i = 0; i < ordinary; i += 1) void callers.call("ordinary", 0);
  await callers.timer.pass(0);
  const gone = new AbortController();
  const given = callers.budget.turn("ordinary", gone.signal);
  const next = callers.call("ordinary", 0);
  gone.abort(new Error("too late"));
  await expect(given).rejects.toThrow("too late");
  await expect(callers.budget.turn("lock", gone.signal)).rejects.toThrow("too late");
  await callers.timer.pass(MINUTE);
  expect((await next).began).toBe(MINUTE);
});

test("looking at what is to be locked takes ordinary calls first, and then half of those for locking", async () => {
  const callers = new Callers(40);
  const { ordinary, lock } = sharesOf(40);
  for (let i = 1; i < ordinary; i += 1) void callers.call("ordinary", 0);
  for (let i = 0; i < lock; i += 1) void callers.call("look", 0);
  await callers.timer.pass(0);
  expect(callers.budget.left()).toMatchObject({ ordinary: 0, lock: lock / 2 });
  const began = callers.calls.filter(({ began }) => began !== undefined);
  expect(began.filter(({ share }) => share === "look")).toHaveLength(1 + lock / 2);
  const locks = Array.from({ length: lock / 2 }, async () => callers.call("lock", 0));
  await callers.timer.pass(0);
  for (const made of locks) expect((await made).began).toBe(0);
});

test("while the manager asks to wait, locking alone goes on, and looking at what is to be locked", async () => {
  const callers = new Callers(10);
  callers.budget.pause(5000);
  void callers.call("ordinary", 0);
  void callers.call("unlock", 0);
  void callers.call("lock", 0);
  void callers.call("look", 0);
  await callers.timer.pass(MINUTE);
  expect(callers.calls.map(({ began }) => began)).toEqual([5000, 5000, 0, 0]);
});

test("a turn that is given back twice counts once", async () => {
  const { budget, timer } = new Callers(10);
  const turns = [];
  for (let i = 0; i < sharesOf(10).ordinary; i += 1) turns.push(await budget.turn("ordinary"));
  turns[0]?.[Symbol.dispose]();
  turns[0]?.[Symbol.dispose]();
  await timer.pass(MINUTE);
  await budget.turn("ordinary");
  let more = false;
  void budget.turn("ordinary").then(() => (more = true));
  await timer.pass(MINUTE);
  expect(more).toBe(false);
});

test("what is left is what may begin at once, and comes back a minute after a call's end", async () => {
  const callers = new Callers(20);
  expect(callers.budget.left()).toEqual({ ordinary: 14, lock: 4, unlock: 2 });
  void callers.call("ordinary", 1000);
  for (let i = 0; i < 5; i += 1) void callers.call("lock", 1000);
  await callers.timer.pass(0);
  expect(callers.budget.left()).toEqual({ ordinary: 12, lock: 0, unlock: 2 });
  await callers.timer.pass(MINUTE + 999);
  expect(callers.budget.left()).toEqual({ ordinary: 12, lock: 0, unlock: 2 });
  await callers.timer.pass(1);
  expect(callers.budget.left()).toEqual({ ordinary: 14, lock: 4, unlock: 2 });
});
