import { expect, test } from "vitest";
import { weatherStorm } from "../support/storm.ts";

/** Another seed is another run: SEED=7 npx vitest run test/e2e/chaos.test.ts */
const seed = Number(process.env["SEED"] ?? 1);

test("while 30 % of all calls on Slack and the manager go wrong, nothing untrue is said, and all ends true", async () => {
  const run = await weatherStorm(seed, { seconds: 4, secrets: 2, failures: 50, haste: 2.5 });
  expect(run.clicks).toBeGreaterThan(30);
  expect(run.statements).toBeGreaterThan(10);
  for (const fates of [run.failed.slack, run.failed.manager])
    expect(Object.values(fates).every((count) => count > 0)).toBe(true);
  if (process.env["SAY"] !== undefined) process.stdout.write(`${JSON.stringify(run)}\n`);
}, 120_000);
