import { expect, it } from "vitest";
import { startEndpoint } from "../../../src/health/endpoint.ts";
import { createFigures } from "../../../src/health/figures.ts";
import { Vitals } from "../../../src/health/vitals.ts";
import { openStore } from "../../../src/store/store.ts";

async function start() {
  const store = await openStore({ sqlite: ":memory:" });
  let now = 1_000_000;
  const vitals = new Vitals({
    figures: createFigures(),
    store,
    clock: Date.now,
    budgetLeft: () => ({ ordinary: 350, lock: 100, unlock: 50 }),
    elapsed: () => now,
  });
  return {
    vitals,
    store,
    pass: (ms: number) => (now += ms),
    [Symbol.asyncDispose]: async () => {
      vitals.stop();
      await store.close();
    },
  };
}

it("a program whose sweep has not come to its end for two minutes says so, until it does", async () => {
  await using program = await start();
  const { vitals, pass } = program;
  vitals.connectedBy(() => 2);
  expect(await vitals.missing()).toEqual([]);
  pass(120_000);
  expect(await vitals.missing()).toEqual([]);
  pass(1000);
  expect(await vitals.missing()).toEqual(["the sweep last came to its end 121 seconds ago"]);
  expect(await vitals.text()).toContain("portcullis_sweep_lag_seconds 121\n");
  vitals.swept();
  expect(await vitals.missing()).toEqual([]);
});

it("all that is missing is said at once, and a store that hangs keeps no answer back", async () => {
  const never = async <T>(): Promise<T> => new Promise<T>(() => {});
  const vitals = new Vitals({
    figures: createFigures(),
    store: { auditHead: never, countRequests: never, gate: never, inventoryState: never, lockouts: never },
    clock: Date.now,
    budgetLeft: () => ({}),
  });
  vitals.stopping();
  expect(await vitals.missing()).toEqual([
    "it is stopping",
    "the store does not answer",
    "Slack is not connected",
  ]);
  expect(await vitals.text()).toContain("portcullis_store_up 0\n");
  vitals.stop();
});

it("the age of what is known of the keys is counted from their last whole reading, before it from the start", async () => {
  const store = await openStore({ sqlite: ":memory:" });
  let now = 1_000_000;
  const vitals = new Vitals({
    figures: createFigures(),
    store,
    clock: () => now,
    budgetLeft: () => ({}),
  });
  now += 90_000;
  expect(await vitals.text()).toContain("portcullis_keys_read_age_seconds 90\n");
  await store.syncEnded({ asOf: now - 5000, soon: now });
  expect(await vitals.text()).toContain("portcullis_keys_read_age_seconds 5\n");
  vitals.stop();
  await store.close();
  expect(await vitals.text()).not.toContain("portcullis_keys_read_age_seconds 5\n");
});

it("an event loop that stood still shows in its lag", async () => {
  await using program = await start();
  const { vitals } = program;
  const lag = async (): Promise<number> =>
    Number(/lag_seconds\{quantile="1"\} (\S+)/.exec(await vitals.text())?.[1]);
  await new Promise((resolve) => void setTimeout(resolve, 30));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  await expect.poll(lag).toBeGreaterThan(0.2);
});

it("a port that is taken is named in words, and a reading that breaks is no end of the program", async () => {
  const broken = {
    missing: async () => Promise.reject(new Error("broken")),
    text: async () => "",
  };
  const endpoint = await startEndpoint({ port: 0, host: "127.0.0.1" }, broken);
  const { port } = endpoint;
  await expect(startEndpoint({ port, host: "127.0.0.1" }, broken)).rejects.toThrow(
    `HEALTH_PORT ${port} cannot be listened on`,
  );
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(500);
  await endpoint.stop();
});
