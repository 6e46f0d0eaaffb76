import { setImmediate as turn } from "node:timers/promises";
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
