import fc from "fast-check";
import { newCard } from "../../src/domain/card.ts";
import { itemState, type ItemState } from "../../src/domain/lockout-item.ts";
import { declare } from "../../src/domain/lockout.ts";
import type { LockoutCard } from "../../src/usecases/card-content.ts";
import { aLockoutId, NOW } from "./domain.ts";
import { hostile, instant, many, someone } from "./hostile.ts";

/* Lockouts at any point, with texts that no form of ours would let through. */

const number = fc.integer({ min: 0, max: 1_000_000 });
const counts = fc
  .tuple(...itemState.options.map(() => number))
  .map((each) => Object.fromEntries(itemState.options.map((state, i) => [state, each[i] ?? 0])))
  .map((each) => each as Record<ItemState, number>);

export const lockoutCard: fc.Arbitrary<LockoutCard> = fc
  .record({
    state: fc.constantFrom("declared", "contained", "ending", "restoring", "restored"),
    texts: fc.tuple(hostile, hostile, hostile),
    by: someone,
    at: instant,
    counts,
    found: number,
    drill: fc.boolean(),
    listed: fc.boolean(),
    moment: fc.option(instant, { nil: undefined }),
    reasons: many(
      fc.record({ state: fc.constantFrom(...itemState.options), reason: hostile, count: number }),
      100,
    ),
    rate: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined }),
  })
  .map(({ state, texts, by, at, counts, found, drill, listed, moment, reasons, rate }) => {
    const [incident, because, query] = texts;
    const scope = { query, criteria: [], ...(listed ? { keys: [] } : {}) };
    const until = moment === undefined ? {} : { until: moment };
    const made = declare({ id: aLockoutId(), scope, incident, because, declaredBy: by, at, drill, ...until });
    const clock =
      moment === undefined ? {} : { firstLockedAt: moment, lastLockedAt: moment, restoredAt: moment };
    return {
      card: newCard(aLockoutId(), "lockout", { channel: "C1" }, NOW),
      lockout: { ...made.next, state, counts, found, clock, again: found },
      reasons,
      rate,
      now: NOW,
    };
  });
