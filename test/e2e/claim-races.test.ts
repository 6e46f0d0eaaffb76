import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import type { KeyId } from "../../src/domain/values.ts";
import { lockKey, unlockKey } from "../../src/usecases/keys/change-key.ts";
import { activate } from "../../src/usecases/claims/activate.ts";
import { claimSecret } from "../../src/usecases/claims/claim-secret.ts";
import { declareLockout } from "../../src/usecases/lockout/lockout.ts";
import type { Context } from "../../src/usecases/ports.ts";
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
const farid = personNamed("farid");
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

/** Farid locks the key as soon as the manager has it and this step is reached; whether he did. */
function lockedAt(step: number, keyName: string): { context: Context; locked: () => boolean } {
  let locked = false;
  const context = stepped(parts.context, async (_, index) => {
    if (index < step || locked) return;
    const key = await parts.manager.keyNamed(keyName);
    if (key === undefined) return;
    locked = true;
    const lock = { key: key.id, by: farid, clickedAt: parts.clock.now(), because: "odd calls" };
    expect(await lockKey(parts.context, lock)).toHaveProperty("record");
  });
  return { context, locked: () => locked };
}

test("a responder's lock at any moment of a claim holds the key, and the secret that was shown stays good", async () => {
  for (let step = 0; ; step++) {
    const { claim, keyName } = await nextClaim();
    const { context, locked } = lockedAt(step, keyName);
    const outcome = await claimSecret(context, { claim, by: ada, clickedAt: parts.clock.now() });
    expect(outcome, `locked at step ${step}`).toHaveProperty("shown");
    await sweepAndDraw(parts.context);
    const key = await parts.manager.keyNamed(keyName);
    expect(key?.active, `locked at step ${step}`).toBe(!locked());
    const record = key && (await parts.store.key(key.id));
    expect(record?.value).toMatchObject({ owner: ada, origin: { kind: "request" } });
    if (!locked()) break;
  }
}, 120_000);

test("a key that comes alive at any moment of a lock works once that is lifted", async () => {
  const { context } = parts;
  const setActive = async (): Promise<never> => {
    throw new Fault("manager-timeout", "for a test");
  };
  for (let step = 0; ; step++) {
    const { claim } = await nextClaim();
    const late = { ...context, manager: { ...context.manager, setActive } };
    const shown = await claimSecret(late, { claim, by: ada, clickedAt: parts.clock.now() });
    const key = "shown" in shown ? shown.shown : undefined;
    let alive = false;
    const locking = stepped(context, async (_, index) => {
      if (index !== step) return;
      alive = true;
      await activate(context, claim);
    });
    const on = { key: key!, by: ada, clickedAt: parts.clock.now() };
    expect(await lockKey(locking, { ...on, because: "odd calls" })).toHaveProperty("record");
    expect((await parts.manager.describeKey(key!))?.active, `alive at step ${step}`).toBe(false);
    expect(await unlockKey(context, on)).toHaveProperty("record");
    await activate(context, claim);
    expect((await parts.manager.describeKey(key!))?.active, `alive at step ${step}`).toBe(true);
    if (!alive) break;
  }
}, 120_000);

test("a key that was locked before its attempt is undone goes away with its record", async () => {
  const { claim, keyName } = await nextClaim();
  const { context } = lockedAt(0, keyName);
  let made: KeyId | undefined;
  const failing = {
    ...context,
    messages: {
      ...context.messages,
      showSecret: async ({ key }: { key: KeyId }) => {
        made = key;
        throw new Fault("slack-refused", "for a test");
      },
    },
  };
  const outcome = await claimSecret(failing, { claim, by: ada, clickedAt: parts.clock.now() });
  expect(outcome).toEqual({ undone: "slack-refused" });
  expect(await parts.manager.keyNamed(keyName)).toBeUndefined();
  expect((await parts.store.key(made!))?.value).toMatchObject({ deletedAt: expect.any(Number) });
});

test("a lockout declared at any moment of a claim: nothing is sent, or it was let out before, and no key comes alive", async () => {
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
