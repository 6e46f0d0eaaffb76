import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test, vi } from "vitest";
import { startSweep } from "../../src/usecases/sweep.ts";
import { personNamed, startParts } from "../support/context.ts";

test("who stops ends with what is being drawn, however much another replica makes due meanwhile", async () => {
  await using parts = await startParts();
  let rounds = 0;
  const busy = {
    ...parts.context,
    store: {
      ...parts.store,
      leaseHomes: async () => {
        rounds += 1;
        await turn();
        // Due again and again: what fails is a line in the log.
        return { homes: [{ person: personNamed("ada"), look: "" }], head: 1 };
      },
    },
  };
  const sweep = startSweep(busy);
  sweep.nudge();
  await vi.waitUntil(() => rounds >= 3);
  await sweep.stop();
  const atTheEnd = rounds;
  for (let i = 0; i < 20; i++) await turn();
  expect(rounds).toBe(atTheEnd);
});

test("who is never idle keeps nothing of what is done", async () => {
  await using parts = await startParts();
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  let rounds = 0;
  const busy = {
    ...parts.context,
    store: {
      ...parts.store,
      leaseCards: async () => [],
      leaseHomes: async () => {
        rounds += 1;
        sweep.nudge();
        if (rounds % 1000 === 0) await turn();
        return { homes: [], head: 1 };
      },
    },
  };
  const usedAfter = async (round: number): Promise<{ rounds: number; heap: number }> => {
    await vi.waitUntil(() => rounds >= round, { timeout: 15_000, interval: 1 });
    collect();
    return { rounds, heap: process.memoryUsage().heapUsed };
  };
  const sweep = startSweep(busy);
  sweep.nudge();
  const before = await usedAfter(10_000);
  const after = await usedAfter(before.rounds + 100_000);
  await sweep.stop();
  // Bytes of each round: 95 while one promise hung on the other.
  expect((after.heap - before.heap) / (after.rounds - before.rounds)).toBeLessThan(30);
});
