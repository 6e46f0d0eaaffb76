import { test } from "vitest";
import { weatherStorm } from "../../support/storm.ts";

/** The first of the seeds; what a run came to is written out for whoever reads the figures. */
const first = Number(process.env["SEED"] ?? 100);
const RUNS = 12;

for (let seed = first; seed < first + RUNS; seed++) {
  const managerStaysBad = seed % 2 === 1;
  // Every third run is at the program's own pace, with its own patience.
  const haste = seed % 3 === 0 ? 1 : 2.5;
  const until = managerStaysBad ? ", the manager's to the end" : "";
  test(`with bad lines for half a minute${until}, all ends true (seed ${seed}, ${haste} times as fast)`, async () => {
    const run = await weatherStorm(seed, { seconds: 30, secrets: 3, failures: 150, haste, managerStaysBad });
    process.stdout.write(`seed ${seed}: ${JSON.stringify(run)}\n`);
  });
}
