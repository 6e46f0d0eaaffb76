import { expect, test } from "vitest";
import { everythingWasReached, nothingGoesWrong } from "../support/fuzz/expect.ts";

test(
  "10,000 wrong payloads by HTTP do no harm, and everybody who waits for an answer gets one",
  { timeout: 5 * 60_000 },
  async () => {
    const result = await nothingGoesWrong({ seed: 1, mutants: 10_000, bySocket: 0.02 });
    everythingWasReached(result);
    expect(result.bySocket).toBeGreaterThan(100);
  },
);
