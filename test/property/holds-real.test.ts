import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import { type KeyId, SECOND } from "../../src/domain/values.ts";
import { lockKey, unlockKey } from "../../src/usecases/keys/change-key.ts";
import { claimSecret } from "../../src/usecases/claims/claim-secret.ts";
import type { Context } from "../../src/usecases/ports.ts";
import { sweepOnce } from "../../src/usecases/sweep.ts";
import { openClaim, type Parts, personNamed, startParts } from "../support/context.ts";
import { policyWithTwoResponders } from "../support/keys.ts";

let parts: Parts;
let context: Context;
/** A manager that answers questions, and takes no change. */
let silent = false;

beforeAll(async () => {
  parts = await startParts({ policy: policyWithTwoResponders() });
  const { manager } = parts.context;
  const heard = <Given extends unknown[], Answer>(call: (...given: Given) => Promise<Answer>) => {
    return async (...given: Given): Promise<Answer> => {
      if (silent) throw new Fault("manager-unreachable", "silent for a test");
      return call(...given);
    };
  };
  context = {
    ...parts.context,
    manager: {
      ...manager,
      modifyKey: heard((...given: Parameters<typeof manager.modifyKey>) => manager.modifyKey(...given)),
      setActive: heard((...given: Parameters<typeof manager.setActive>) => manager.setActive(...given)),
    },
  };
});
afterAll(async () => parts[Symbol.asyncDispose]());

const PEOPLE = ["ada", "ben", "emi", "farid"] as const;
type Name = (typeof PEOPLE)[number];
const who = fc.constantFrom(...PEOPLE);
/** Ada owns the key; Emi and Farid respond to incidents; Ben is nobody to it. */
const isResponder = (name: Name): boolean => name === "emi" || name === "farid";

const command = fc.oneof(
  { weight: 3, arbitrary: fc.record({ does: fc.constant("lock" as const), by: who }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant("lock" as const),
      by: who,
      for: fc.integer({ min: 1, max: 60 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ does: fc.constant("unlock" as const), by: who }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant("wait" as const),
      seconds: fc.integer({ min: 10, max: 60 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant("manager" as const), silent: fc.boolean() }),
  },
);

let made = 0;
async function aKey(): Promise<KeyId> {
  made += 1;
  const claim = await openClaim(parts, `ci-${made}`);
  const claimed = await claimSecret(context, { claim, by: personNamed("ada"), clickedAt: context.clock() });
  if (!("shown" in claimed)) throw new Error(JSON.stringify(claimed));
  return claimed.shown;
}

async function wait(seconds: number): Promise<void> {
  parts.clock.advance(seconds * SECOND);
  await sweepOnce(context);
}

test("whatever people and the manager do, a key ends active exactly if nothing holds it and its base state says so", async () => {
  await fc.assert(
    fc.asyncProperty(
      // Shown while the manager took no change: the key has still to become active when the first lock comes.
      fc.boolean(),
      // Locked in the manager by others, before anybody here holds it.
      fc.boolean(),
      fc.array(command, { maxLength: 14 }),
      async (shownInSilence, lockedOutside, commands) => {
        silent = shownInSilence;
        const key = await aKey();
        const wasActive = shownInSilence || !lockedOutside;
        if (!wasActive) await parts.manager.setActive(key, false);
        let wanted = wasActive;
        let held: { by: Name; until: number }[] = [];
        for (const each of commands) {
          const now = context.clock();
          switch (each.does) {
            case "lock": {
              const until = "for" in each ? now + each.for * SECOND : undefined;
              const by = personNamed(each.by);
              const lock = { key, by, clickedAt: now, because: "odd calls" };
              const locked = await lockKey(context, { ...lock, ...(until === undefined ? {} : { until }) });
              expect("record" in locked).toBe(each.by !== "ben");
              if ("record" in locked) held.push({ by: each.by, until: until ?? Infinity });
              break;
            }
            case "unlock": {
              const lifts = ({ by }: { by: Name }): boolean =>
                by === "ada" ? each.by === "ada" : isResponder(each.by) && by !== each.by;
              const unlocked = await unlockKey(context, { key, by: personNamed(each.by), clickedAt: now });
              if (held.length === 0) wanted ||= "record" in unlocked;
              else expect("record" in unlocked).toBe(held.some(lifts));
              held = held.filter((hold) => !lifts(hold));
              break;
            }
            case "wait":
              await wait(each.seconds);
              held = held.filter(({ until }) => until > context.clock());
              break;
            case "manager":
              silent = each.silent;
          }
        }
        silent = false;
        await wait(10);
        held = held.filter(({ until }) => until > context.clock());
        expect((await parts.store.key(key))?.value.holds?.reasons.length ?? 0).toBe(held.length);
        expect((await parts.manager.describeKey(key))?.active).toBe(held.length === 0 && wanted);
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);
