import { test } from "vitest";
import { runTwoKilled } from "../../support/two-killed.ts";

/** The first of the seeds; what a run came to is written out for whoever reads the figures. */
const first = Number(process.env["SEED"] ?? 100);
const RUNS = 4;

for (let seed = first; seed < first + RUNS; seed++)
  test(`two processes, killed at random for a minute and a half, leave everything true (seed ${seed})`, async () => {
    const run = await runTwoKilled(seed, { seconds: 90, kills: 20, secrets: 20 });
    process.stdout.write(`seed ${seed}: ${JSON.stringify(run)}\n`);
  });
