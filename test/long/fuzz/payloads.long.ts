import { expect, test } from "vitest";
import { nothingGoesWrong } from "../../support/fuzz/expect.ts";

/** Each run begins in a new workspace: `FUZZ_SEED=17 FUZZ_RUNS=1` brings one run again. */
const FIRST = Number(process.env["FUZZ_SEED"] ?? 1000);
const RUNS = Number(process.env["FUZZ_RUNS"] ?? 50);
const EACH = 20_000;

test(`${RUNS * EACH} wrong payloads do no harm`, { timeout: 3 * 60 * 60_000 }, async () => {
  let reached = 0;
  let changed = 0;
  for (let seed = FIRST; seed < FIRST + RUNS; seed++) {
    const result = await nothingGoesWrong({ seed, mutants: EACH, bySocket: 0.2 });
    reached += result.reached;
    changed += result.changed;
    process.stdout.write(
      `seed ${seed}: ${result.mutants} sent, ${result.bySocket} of them by socket; ${result.reached} reached a listener, ${result.changed} changed something\n`,
    );
  }
  expect(reached).toBeGreaterThan((RUNS * EACH) / 3);
  expect(changed).toBeGreaterThan((RUNS * EACH) / 200);
});
