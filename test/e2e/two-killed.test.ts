import { expect, test } from "vitest";
import { postgresMissing } from "../support/postgres.ts";
import { runTwoKilled } from "../support/two-killed.ts";

const missing = postgresMissing();
if (missing !== undefined)
  process.stderr.write(`\n*** THE TEST OF TWO PROCESSES THAT ARE KILLED WAS SKIPPED: ${missing} ***\n\n`);

test.skipIf(missing !== undefined)(
  "two processes on one PostgreSQL, killed at random while people click at random, leave everything true",
  async () => {
    const seed = Number(process.env["SEED"] ?? 1);
    const { kills, checked } = await runTwoKilled({ seed, seconds: 12 });
    expect(kills).toBeGreaterThan(3);
    expect(checked.requests).toBeGreaterThan(10);
    expect(checked.secrets).toBeGreaterThan(2);
  },
  120_000,
);
