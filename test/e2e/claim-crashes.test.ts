import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { STRAY_LIMIT, ATTEMPT_LIMIT } from "../../src/domain/claim.ts";
import { Fault } from "../../src/domain/fault.ts";
import type { ClaimId } from "../../src/domain/values.ts";
import { claimSecret } from "../../src/usecases/claims/claim-secret.ts";
import type { Context, KeyMaking } from "../../src/usecases/ports.ts";
import { chainHolds } from "../support/audit.ts";
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
import { dyingAt, Killed } from "../support/steps.ts";

/** More steps than a claim has; the matrix ends at the first run that is not killed. */
const MOST_STEPS = 120;

const ada = personNamed("ada");
let parts: Parts;
let client: Client;
let counter = 0;

beforeAll(async () => {
  parts = await startParts();
  client = await parts.slack.as("ada");
});
afterAll(async () => parts?.[Symbol.asyncDispose]());

/** An open claim with a key name of its own. */
async function nextClaim(): Promise<{ claim: ClaimId; keyName: string }> {
  const keyName = `key-${++counter}`;
  return { claim: await openClaim(parts, keyName), keyName };
}

function press(context: Context, claim: ClaimId) {
  return claimSecret(context, { claim, by: ada, clickedAt: context.clock() });
}

/** After a restart: the sweep until nothing of the attempt can be in the way any more. */
async function restart(): Promise<void> {
  parts.clock.advance(ATTEMPT_LIMIT + 1000);
  await sweepAndDraw(parts.context);
  parts.clock.advance(STRAY_LIMIT + 1000);
  await sweepAndDraw(parts.context);
}

/** No key is in the manager without a record of ours, and every record's key is as the claim says. */
async function everyKeyHasItsRecord(keyName: string): Promise<void> {
  const key = await parts.manager.keyNamed(keyName);
  if (key === undefined) return;
  const record = await parts.store.key(key.id);
  expect(record?.value).toMatchObject({ id: key.id, name: keyName, owner: ada });
  expect(key.active).toBe(true);
}

describe("a process killed at any step of a claim", () => {
  test("leaves after restart no live key without its record, and the same secret is never shown twice", async () => {
    const stepsDied: string[] = [];
    const seen = new Set(secretsIn(await client.ephemerals()));
    for (let step = 0; step < MOST_STEPS; step++) {
      const { claim, keyName } = await nextClaim();
      const { context, died } = dyingAt(parts.context, step);
      const outcome = await press(context, claim).catch((error: unknown) => {
        if (error instanceof Killed) return error;
        throw error;
      });
      const at = died();
      await restart();
      await everyKeyHasItsRecord(keyName);

      const shown = secretsIn(await client.ephemerals()).filter((each) => !seen.has(each));
      for (const each of shown) seen.add(each);
      const state = (await parts.store.claim(claim))?.value.state;
      if (at === undefined) {
        expect(outcome).toMatchObject({ shown: expect.any(Number) });
        expect(shown).toHaveLength(1);
        expect(stepsDied).toContain("after messages.showSecret");
        expect(stepsDied).toContain("after manager.createKey");
        expect(await chainHolds(parts.store)).toBe(true);
        return;
      }
      stepsDied.push(at);
      if (state === "delivered") {
        expect(shown, at).toHaveLength(1);
        expect(await works(parts.managerUrl, shown[0] ?? ""), at).toBe(true);
      } else {
        expect(state, at).toBe("open");
        for (const each of shown) expect(await works(parts.managerUrl, each), at).toBe(false);
        // What the sweep gave back can be claimed again, with another secret, which works.
        const again = await press(parts.context, claim);
        expect(again, at).toMatchObject({ shown: expect.any(Number) });
        const [second, ...more] = secretsIn(await client.ephemerals()).filter((each) => !seen.has(each));
        expect(more).toEqual([]);
        expect(await works(parts.managerUrl, second ?? ""), at).toBe(true);
        seen.add(second ?? "");
      }
      await everyKeyHasItsRecord(keyName);
    }
    throw new Error(`a claim takes more than ${MOST_STEPS} steps`);
  }, 120_000);
});

/** The manager's answer to the first create is lost; the create itself happens when the test says so. */
function lateCreate(): { context: Context; land: () => Promise<unknown> } {
  const { manager } = parts.context;
  let pending: KeyMaking | undefined;
  const createKey: typeof manager.createKey = async (making) => {
    if (pending !== undefined) return manager.createKey(making);
    pending = making;
    throw new Fault("manager-timeout", "POST /apikeys");
  };
  const land = async (): Promise<unknown> => {
    if (pending === undefined) throw new Error("nothing was created");
    return manager.createKey(pending).catch((error: unknown) => error);
  };
  return { context: { ...parts.context, manager: { ...manager, createKey } }, land };
}

describe("a create that lands late", () => {
  test("after the attempt was undone is found by its marker and removed", async () => {
    const { claim, keyName } = await nextClaim();
    const late = lateCreate();
    expect(await press(late.context, claim)).toEqual({ undone: "manager" });
    expect((await parts.store.claim(claim))?.value).toMatchObject({
      state: "open",
      undone: { because: "manager" },
    });
    await late.land();
    expect(await parts.manager.keyNamed(keyName)).toMatchObject({ active: false });
    await restart();
    expect(await parts.manager.keyNamed(keyName)).toBeUndefined();
    expect((await parts.store.claim(claim))?.value.strays).toEqual([]);
  });

  test("before the next click makes the name taken, is known by its marker, and the click still gets its key", async () => {
    const { claim, keyName } = await nextClaim();
    const late = lateCreate();
    await press(late.context, claim);
    await late.land();
    const leftover = await parts.manager.keyNamed(keyName);
    expect(await press(late.context, claim)).toMatchObject({ shown: expect.any(Number) });
    expect(await parts.manager.keyNamed(keyName)).not.toMatchObject({ id: leftover?.id });
    await restart();
    await everyKeyHasItsRecord(keyName);
  });

  test("after the next click has got its key does nothing", async () => {
    const { claim, keyName } = await nextClaim();
    const late = lateCreate();
    await press(late.context, claim);
    expect(await press(late.context, claim)).toMatchObject({ shown: expect.any(Number) });
    expect(await late.land()).toMatchObject({ code: "manager-conflict" });
    await restart();
    await everyKeyHasItsRecord(keyName);
  });

  test("is not believed where somebody else's key bears a marker with a seal that is not ours", async () => {
    const { claim, keyName } = await nextClaim();
    const request = (await parts.store.claim(claim))?.value.request ?? "";
    const description = `theirs [portcullis ${request} 000000000001 ${ada} ${"0".repeat(32)}]`;
    const making = {
      name: keyName,
      description,
      role: 2,
      locale: "en-US",
      timeZone: "UTC",
      active: true,
    } as const;
    const { key } = await parts.manager.createKey(making);
    expect(await press(parts.context, claim)).toEqual({ refusal: { reason: "name-taken", by: "key" } });
    expect(await parts.manager.describeKey(key.id)).toMatchObject({ active: true, description });
    expect((await parts.store.claim(claim))?.value).toMatchObject({ state: "failed", because: "name-taken" });
  });
});

describe("what Slack does with the one message", () => {
  const cases = [
    ["refuses it", { fault: "internal_error" as const }, "slack-uncertain"],
    ["cuts the connection before taking it", { fault: "cut_before" as const }, "slack-uncertain"],
    ["takes it and cuts the connection", { fault: "cut_after" as const }, "slack-uncertain"],
    ["answers 500", { fault: "http_500" as const }, "slack-uncertain"],
  ] as const;

  test.each(cases)(
    "when it %s, the secret is void, its key is gone, and the next click gets another",
    async (_, rule, because) => {
      const { claim, keyName } = await nextClaim();
      const before = secretsIn(await client.ephemerals());
      parts.slack.setFaults({ rules: [{ ...rule, method: "chat.postEphemeral", times: 1 }], away: [] });
      expect(await press(parts.context, claim)).toEqual({ undone: because });
      parts.slack.setFaults({ rules: [], away: [] });
      expect(await parts.manager.keyNamed(keyName)).toBeUndefined();
      const voided = secretsIn(await client.ephemerals()).filter((each) => !before.includes(each));
      expect(voided).toHaveLength(rule.fault === "cut_after" ? 1 : 0);
      expect(await press(parts.context, claim)).toMatchObject({ shown: expect.any(Number) });
      const fresh = secretsIn(await client.ephemerals()).filter(
        (each) => ![...before, ...voided].includes(each),
      );
      expect(fresh).toHaveLength(1);
      expect(await works(parts.managerUrl, fresh[0] ?? "")).toBe(true);
      for (const each of voided) expect(await works(parts.managerUrl, each)).toBe(false);
    },
  );
});
