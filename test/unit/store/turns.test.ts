import { afterEach, beforeEach, expect, it } from "vitest";
import { openStore } from "../../../src/store/store.ts";
import type { Store } from "../../../src/usecases/store-port.ts";

let store: Store;

beforeEach(async () => (store = await openStore({ sqlite: ":memory:" })));
afterEach(() => store.close());

it("many statements one after the other let the event loop turn", async () => {
  const turn = AbortSignal.timeout(0);
  const began = performance.now();
  while (!turn.aborted && performance.now() - began < 5000) await store.inventoryState();
  expect(turn.aborted).toBe(true);
});

it("many statements at once let the event loop turn", async () => {
  let done = 0;
  const read = async (): Promise<void> => {
    await store.inventoryState();
    done += 1;
  };
  const all = Promise.all(Array.from({ length: 2000 }, read));
  await new Promise((resolve) => void setImmediate(resolve));
  expect(done).toBeLessThan(2000);
  await all;
});
