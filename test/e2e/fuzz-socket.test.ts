import { expect, test } from "vitest";
import { nothingGoesWrong } from "../support/fuzz/expect.ts";

test(
  "10,000 wrong payloads, most of them by a socket, do no harm, and everybody who waits for an answer gets one",
  { timeout: 5 * 60_000 },
  async () => {
    const result = await nothingGoesWrong({ seed: 2, mutants: 10_000, bySocket: 0.9 });
    expect(result.bySocket).toBeGreaterThan(8000);
  },
);
