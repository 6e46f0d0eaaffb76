import { expect, test } from "vitest";
import { dieAtEverySort } from "../support/lockout-crashes.ts";

test("killed at any step of locking or restoring 200 keys, the next process finishes it, and counts each key once", async () => {
  const died = await dieAtEverySort({ keys: 200, every: 60 });
  for (const call of ["store.commitBatch", "manager.tellActive", "manager.keysAfter", "store.commit"]) {
    expect(died).toContain(`before ${call}`);
    expect(died).toContain(`after ${call}`);
  }
}, 240_000);
