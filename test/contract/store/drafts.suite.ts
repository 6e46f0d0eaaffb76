import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NEW_ROLE, type RoleDrafting } from "../../../src/domain/role-draft.ts";
import { openStore } from "../../../src/store/store.ts";
import type { Store } from "../../../src/usecases/store-port.ts";
import { ANN, BEN, rid, T0 } from "../../support/store.ts";
import type { Fixture } from "./store.suite.ts";

/** What the port `Store` promises of half-made changes to roles, whatever the database. */
export function draftsSuite({ fresh }: Fixture): void {
  let store: Store;
  beforeEach(async () => {
    store = await openStore(await fresh());
  });
  afterEach(async () => store.close());

  const drafting = (n: number, change: Partial<RoleDrafting> = {}): RoleDrafting => ({
    id: rid(n),
    by: ANN,
    startedAt: T0 + n,
    does: "edit",
    before: { ...NEW_ROLE, id: 7, name: "before" },
    draft: { ...NEW_ROLE, name: 'quotes " and 報告', rights: ["a.b.canDo"], policyIds: [1, 2] },
    reason: "half a rea",
    ...change,
  });

  describe("drafts", () => {
    it("are read back by their own person as they were put last, and by nobody else", async () => {
      await store.putDraft(drafting(1));
      const last = drafting(1, { does: "make", reason: "a reason" });
      await store.putDraft(last);
      expect(await store.draft(rid(1), ANN)).toEqual(last);
      expect(await store.draft(rid(1), BEN)).toBeUndefined();
      expect(await store.draft(rid(2), ANN)).toBeUndefined();
    });

    it("are not taken over by somebody else who names the same id", async () => {
      await store.putDraft(drafting(1));
      await store.putDraft(drafting(1, { by: BEN, reason: "mine now" }));
      expect(await store.draft(rid(1), ANN)).toEqual(drafting(1));
      expect(await store.draft(rid(1), BEN)).toBeUndefined();
    });

    it("go one by one, and all that were begun long enough ago", async () => {
      for (const n of [1, 2, 3]) await store.putDraft(drafting(n));
      await store.dropDraft(rid(3));
      await store.dropDraftsBefore(T0 + 1);
      const left = await Promise.all([1, 2, 3].map(async (n) => store.draft(rid(n), ANN)));
      expect(left).toEqual([undefined, drafting(2), undefined]);
    });
  });
}
