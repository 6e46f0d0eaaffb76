import { expect, it } from "vitest";
import { dieAtEverySort } from "../../support/lockout-crashes.ts";

it("finishes what was begun, killed at any step of locking or restoring 1,000 keys", async () => {
  const died = await dieAtEverySort({ keys: 1000, every: 100 });
  expect(died).toContain("after manager.tellActive");
  expect(died).toContain("after store.commitBatch");
});
