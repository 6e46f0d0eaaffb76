import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Claim,
  deliver,
  giveUp,
  openClaim,
  reopen,
  startMinting,
  startShowing,
} from "../../src/domain/claim.ts";
import { activated, dropStray, failClaim, lapseClaim } from "../../src/domain/claim-end.ts";
import { declare, type Lockout } from "../../src/domain/lockout.ts";
import { EVERYTHING } from "../../src/domain/lockout-scope.ts";
import {
  aClaimId,
  ada,
  aKey,
  aLockoutId,
  anAttempt,
  aRequestId,
  ben,
  chiara,
  NOW,
} from "../support/domain.ts";

const attempt = fc.constantFrom(anAttempt("A"), anAttempt("B"), anAttempt("C"));
const person = fc.constantFrom(ada, ben, chiara);
const command = fc.oneof(
  fc.record({
    kind: fc.constant("click" as const),
    by: person,
    attempt,
    age: fc.integer({ min: -20_000, max: 20_000 }),
  }),
  fc.record({
    kind: fc.constantFrom(
      "show" as const,
      "deliver" as const,
      "give-up" as const,
      "drop" as const,
      "reopen" as const,
    ),
    attempt,
  }),
  fc.record({
    kind: fc.constantFrom("lapse" as const, "fail" as const, "activate" as const, "lockout" as const),
  }),
  fc.record({ kind: fc.constant("tick" as const), by: fc.integer({ min: 1, max: 40_000 }) }),
);

test("whatever happens in whatever order, a claim shows at most one secret, to its owner, with no lockout over it", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      let state: Claim = openClaim({
        id: aClaimId(),
        purpose: { kind: "new-key" },
        request: aRequestId(),
        owner: ada,
        openedAt: NOW,
        lapsesAt: NOW + 300_000,
      }).next;
      let now = NOW;
      let heldBy: Lockout | undefined;
      let deliveries = 0;
      const givenUp = new Set<string>();
      for (const each of commands) {
        const before: Claim = state;
        const step = ((): { next: Claim } | { refusal: unknown } | undefined => {
          switch (each.kind) {
            case "click":
              return startMinting(before, {
                by: each.by,
                clickedAt: now - each.age,
                at: now,
                attempt: each.attempt,
                heldBy,
              });
            case "show":
              return startShowing(before, { attempt: each.attempt, at: now, key: aKey(), heldBy });
            case "deliver":
              return deliver(before, { attempt: each.attempt, at: now });
            case "give-up":
              return giveUp(before, { attempt: each.attempt, at: now, because: "timed-out" });
            case "drop":
              return dropStray(before, each.attempt, now);
            case "reopen":
              return reopen(before, { attempt: each.attempt, at: now });
            case "lapse":
              return lapseClaim(before, now);
            case "fail":
              return failClaim(before, "role-gone", now);
            case "activate":
              return activated(before, now);
            case "lockout":
              heldBy = declare({
                id: aLockoutId(),
                scope: EVERYTHING,
                incident: "I",
                because: "b",
                declaredBy: ben,
                at: now,
              }).next;
              return undefined;
            case "tick":
              now += each.by;
              return undefined;
          }
        })();
        if (step === undefined || "refusal" in step) continue;
        state = step.next;
        if (each.kind === "click") {
          expect(each.by).toBe(state.owner);
          expect(before.state).toBe("open");
          expect(Math.abs(each.age)).toBeLessThanOrEqual(10_000);
          expect(heldBy).toBeUndefined();
        }
        if (each.kind === "show") {
          expect(heldBy).toBeUndefined();
          expect(givenUp).not.toContain(each.attempt);
        }
        if (each.kind === "give-up") givenUp.add(each.attempt);
        if (each.kind === "click" && state.state === "minting") givenUp.delete(each.attempt);
        if (each.kind === "deliver") {
          deliveries += 1;
          expect(givenUp).not.toContain(each.attempt);
        }
        if (state.state === "delivered" && state.activeSince !== undefined) expect(deliveries).toBe(1);
      }
      expect(deliveries).toBeLessThanOrEqual(1);
    }),
    { numRuns: 3000 },
  );
});
