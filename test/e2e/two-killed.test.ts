import { expect, test } from "vitest";
import { postgresMissing } from "../support/postgres.ts";
import { runTwoKilled } from "../support/two-killed.ts";

const missing = postgresMissing();
if (missing !== undefined)
  process.stderr.write(`\n*** THE TEST OF TWO PROCESSES THAT ARE KILLED WAS SKIPPED: ${missing} ***\n\n`);

/** Another seed is another run: SEED=7 npx vitest run test/e2e/two-killed.test.ts */
const seed = Number(process.env["SEED"] ?? 1);

test.skipIf(missing !== undefined)(
  "two processes on one PostgreSQL, killed at random while people click at random, leave everything true",
  async () => {
    const run = await runTwoKilled(seed, { seconds: 7, kills: 4, secrets: 3 });
    process.stdout.write(`seed ${seed}: ${JSON.stringify(run)}\n`);
    expect(run.kills).toBeGreaterThanOrEqual(4);
    expect(run.requests).toBeGreaterThanOrEqual(3);
    expect(run.cards).toBeGreaterThanOrEqual(run.requests);
  },
  180_000,
);
