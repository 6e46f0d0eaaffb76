import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../src/domain/values.ts";
import { syncInventory } from "../../src/usecases/inventory/inventory.ts";
import { reportLeaks } from "../../src/usecases/leak/leak.ts";
import type { Context } from "../../src/usecases/ports.ts";
import { chainHolds, trail } from "../support/audit.ts";
import { type Parts, personNamed, startParts, sweepAndDraw } from "../support/context.ts";
import { textOf } from "../support/conversation.ts";
import { policyForCrowd } from "../support/crowd.ts";
import { policyWithTwoResponders } from "../support/keys.ts";
import type { Client } from "../support/local-slack.ts";
import { makeKeys } from "../support/lockouts.ts";
import { postgresMissing } from "../support/postgres.ts";
import { startReplicas } from "../support/replicas.ts";
import { dyingAt, Killed, stepped } from "../support/steps.ts";
import { nextCall } from "../support/two-killed.ts";

/** More steps than two secrets of one message take; the matrix ends at the first run that is not killed. */
const MOST_STEPS = 200;
const RESPONDERS = "#incidents";

const leaks = { "try-secret": true, "lock-proved": true, "watch-channels": true };
let parts: Parts;
let farid: Client;
beforeAll(async () => {
  parts = await startParts({ policy: { ...policyWithTwoResponders(), leaks }, canary: false });
  farid = await parts.slack.as("farid");
});
afterAll(async () => parts?.[Symbol.asyncDispose]());

/** A message with the secret of a key that works, and with one that nobody made. */
async function pasted(n: number): Promise<{ text: string; random: string[] }> {
  const [made] = await makeKeys(parts.context.manager, 1, `pasted-${n}`);
  const { secret } = await parts.manager.newSecret(made!.id);
  const random = randomBytes(32).toString("base64");
  return {
    text: `curl -H "api-secret-key: ${secret.reveal()}" or 999999:${random}`,
    random: [secret.reveal().split(":")[1] ?? "", random],
  };
}

/** As Slack delivers it: again, unless it was acknowledged. */
async function deliver(context: Context, text: string, n: number): Promise<boolean> {
  let acknowledged = false;
  const message = {
    text,
    by: "portcullis" as const,
    author: personNamed("ben"),
    channel: "C0GENERAL01",
    ts: `${1000 + n}.000100`,
  };
  await reportLeaks(context, message, async () => {
    acknowledged = true;
  }).catch((error: unknown) => {
    if (!(error instanceof Killed)) throw error;
  });
  return acknowledged;
}

const cards = async () =>
  (await farid.messages(RESPONDERS)).map(textOf).filter((each) => each.includes("stood in a message"));

describe("a process that is killed at any step while found secrets are tried", () => {
  test("leaves a card for each of them, and nothing of the secrets", async () => {
    await syncInventory(parts.context);
    const died: string[] = [];
    const said: string[] = [];
    let before = 0;
    for (let step = 0; step < MOST_STEPS; step++) {
      // A run's turns are not another one's: so many different secrets are too many for an hour.
      parts.clock.advance(HOUR);
      const { text, random } = await pasted(step);
      const { context, died: diedAt } = dyingAt(parts.context, step);
      const acknowledged = await deliver(context, text, step);
      const at = diedAt();
      if (!acknowledged) await deliver(parts.context, text, step);
      parts.clock.advance(MINUTE);
      await sweepAndDraw(parts.context);
      const all = await cards();
      const now = all.slice(before);
      before = all.length;
      expect(now, at).toHaveLength(2);
      const known = now.filter((each) => each.includes(`in a message: pasted-${step}-1`));
      expect(known, at).toHaveLength(1);
      expect(now.join("\n"), at).not.toContain("is being tried");
      said.push(...now);
      const stored = JSON.stringify(await trail(parts.store));
      for (const each of random) expect(stored.includes(each) || now.join().includes(each), at).toBe(false);
      if (at === undefined) {
        expect(now.join("\n")).toContain("works: I tried it once");
        expect(died).toContain("after manager.keyOpenedBy");
        expect(died).toContain("before manager.describeKey");
        expect(said.join("\n")).toContain("I could not say in time whether it does");
        expect(await chainHolds(parts.store)).toBe(true);
        return;
      }
      died.push(at);
    }
    throw new Error(`two secrets take more than ${MOST_STEPS} steps`);
  }, 120_000);
});

test("what was stopped is tried when it is seen again, and its card says what came of it", async () => {
  parts.clock.advance(HOUR);
  const { text } = await pasted(500);
  const onRecord = stepped(parts.context, ({ call, when }) => {
    if (`${when} ${call}` === "after store.commit") throw new Killed(call);
  });
  await deliver(onRecord, text, 500);
  parts.clock.advance(HOUR);
  await sweepAndDraw(parts.context);
  const card = async () => (await cards()).find((each) => each.includes("in a message: pasted-500"));
  expect(await card()).toContain("I could not say in time");
  await deliver(parts.context, text, 501);
  parts.clock.advance(MINUTE);
  await sweepAndDraw(parts.context);
  expect(await card()).toContain("works: I tried it once");
  expect(await card()).toContain("locked by");
});

test("a message full of secrets takes one turn for each of them before it is acknowledged", async () => {
  parts.clock.advance(HOUR);
  let turns = 0;
  const counting = stepped(parts.context, ({ call, when }) => {
    if (`${when} ${call}` === "before store.takeTurn") turns += 1;
  });
  const secrets = Array.from({ length: 20 }, () => `999999:${randomBytes(32).toString("base64")}`);
  let before = 0;
  const message = { text: secrets.join(" "), by: personNamed("ben") };
  await reportLeaks(counting, message, async () => void (before = turns));
  expect(before).toBe(20);
});

test.skipIf(postgresMissing() !== undefined)(
  "a process that is killed while the manager is asked about a secret leaves it to the next one to say so",
  async () => {
    await using replicas = await startReplicas(1, policyForCrowd());
    const ben = await replicas.slack.as("ben");
    const responder = await replicas.slack.as("farid");
    await ben.say("#general", `is this one? 424242:${randomBytes(32).toString("base64")}`);
    const message = await ben.message("is this one?");
    const asked = nextCall(/apikeys\/424242/, 20 * SECOND);
    const killing = replicas.keepKilling(
      async () => asked,
      (kills) => kills === 1,
    );
    await ben.shortcut("leak", message);
    await killing;
    replicas.advance(MINUTE);
    const card = await responder.message("A secret stood in a message");
    expect(textOf(card)).toContain("I could not say in time whether it does");
  },
  60_000,
);
