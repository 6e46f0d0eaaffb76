import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { claimSecret } from "../../src/usecases/claim-secret.ts";
import { declareLockout } from "../../src/usecases/lockout.ts";
import { EVERYTHING } from "../../src/domain/lockout-scope.ts";
import { trail } from "../support/audit.ts";
import {
  openClaim,
  type Parts,
  personNamed,
  secretsIn,
  startParts,
  sweepAndDraw,
  works,
} from "../support/context.ts";
import type { Client } from "../support/local-slack.ts";
import { stepped } from "../support/steps.ts";

const ada = personNamed("ada");
let parts: Parts;
let client: Client;
let counter = 0;

beforeAll(async () => {
  parts = await startParts();
  client = await parts.slack.as("ada");
});
afterAll(async () => parts?.[Symbol.asyncDispose]());

async function nextClaim(of = parts) {
  const keyName = `key-${++counter}`;
  return { claim: await openClaim(of, keyName), keyName };
}

test("two claims interleaved in any order give one secret", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const { claim, keyName } = await nextClaim();
      const before = secretsIn(await client.ephemerals());
      const pressed = ["first", "second"].map(async (name) => {
        const context = stepped(parts.context, async ({ call, when }) =>
          scheduler.schedule(Promise.resolve(), `${name} ${when} ${call}`),
        );
        return claimSecret(context, { claim, by: ada, clickedAt: parts.clock.now() });
      });
      await scheduler.waitFor(Promise.all(pressed));
      const outcomes = await Promise.all(pressed);
      expect(outcomes.filter((each) => "shown" in each)).toHaveLength(1);
      expect(outcomes.filter((each) => "refusal" in each)).toHaveLength(1);
      const [secret, ...more] = secretsIn(await client.ephemerals()).filter((each) => !before.includes(each));
      expect(more).toEqual([]);
      expect(await works(parts.managerUrl, secret ?? "")).toBe(true);
      expect(await parts.manager.keyNamed(keyName)).toMatchObject({ active: true });
    }),
    { numRuns: 25 },
  );
}, 120_000);

test("a lockout declared at any moment of a claim: nothing is sent, or it was let out before, and no key comes alive", async () => {
  const farid = personNamed("farid");
  const outcomes = new Set<string>();
  for (let step = 0; ; step++) {
    await using own = await startParts();
    const session = await own.slack.as("ada");
    const { claim, keyName } = await nextClaim(own);
    let declared = false;
    const context = stepped(own.context, async (_, index) => {
      if (index !== step) return;
      declared = true;
      const lockout = {
        by: farid,
        scope: EVERYTHING,
        incident: "INC-1",
        typed: "INC-1",
        because: "leak",
      };
      expect(await declareLockout(own.context, lockout)).toHaveProperty("lockout");
    });
    const outcome = await claimSecret(context, { claim, by: ada, clickedAt: own.clock.now() });
    await sweepAndDraw(own.context);
    const sent = secretsIn(await session.ephemerals());
    if (!declared) {
      expect(outcome).toHaveProperty("shown");
      break;
    }
    const events = await trail(own.store);
    const lockedAt = events.find((each) => each.event === "lockout.declared")?.seq ?? 0;
    const letOutAt = events.find((each) => each.event === "claim.showing")?.seq;
    const aliveAt = events.find((each) => each.event === "key.activated")?.seq;
    expect(sent).toHaveLength(letOutAt !== undefined && letOutAt < lockedAt ? 1 : 0);
    const key = await own.manager.keyNamed(keyName);
    // Active only where the activation was committed before the lockout; containing it is then the lockout's work.
    expect(key?.active ?? false).toBe(aliveAt !== undefined && aliveAt < lockedAt);
    outcomes.add(
      "shown" in outcome ? "shown" : "undone" in outcome ? outcome.undone : outcome.refusal.reason,
    );
  }
  // Every way out was met on the way.
  expect([...outcomes].toSorted()).toEqual(["locked-out", "shown"]);
}, 240_000);
