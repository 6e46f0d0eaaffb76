import { afterAll, beforeAll, expect, test } from "vitest";
import { Secret } from "../../src/domain/secret.ts";
import { HOUR } from "../../src/domain/values.ts";
import { openSession } from "../../src/manager/session.ts";
import { inTime, refusalsOf, statusWith, trailIsWhole, until } from "../support/conversation.ts";
import { aWorkingKey, formAfter, managed, policyWithTwoResponders, sendForm, type } from "../support/keys.ts";
import { ADMIN_PASSWORD } from "../support/embedded-manager.ts";
import type { Client } from "../support/local-slack.ts";
import { keysReadAgain } from "../support/outside.ts";
import { type Program, startProgram } from "../support/program.ts";

let program: Program;
let ada: Client;
let ben: Client;
let farid: Client;
let emi: Client;

beforeAll(async () => {
  program = await startProgram({ policy: policyWithTwoResponders() });
  [ada, ben, farid, emi] = await Promise.all(
    ["ada", "ben", "farid", "emi"].map((name) => program.slack.as(name)) as [
      Promise<Client>,
      Promise<Client>,
      Promise<Client>,
      Promise<Client>,
    ],
  );
});
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

test("an owner locks a key in one line, and unlocks it again", async () => {
  const { secret } = await aWorkingKey(program, ada, "ci-mine");
  const locked = await type(ada, "lock ci-mine because laptop lost");
  expect(locked).toContain("ci-mine is locked.");
  expect(locked).toContain("laptop lost");
  expect((await managed(program, "ci-mine")).active).toBe(false);
  expect(await statusWith(program, secret)).not.toBe(200);

  expect(await type(ada, "unlock ci-mine")).toContain("is as it was before it was locked");
  expect((await managed(program, "ci-mine")).active).toBe(true);
  expect(await statusWith(program, secret)).toBe(200);
});

test("a form that Slack heard no answer to is done again with other values in it, and once with the same", async () => {
  await aWorkingKey(program, ada, "ci-resent");
  const { context } = program;
  const locks = async () => {
    const { id } = await managed(program, "ci-resent");
    return (await context.store.key(id))?.value.holds?.reasons.map((each) => "until" in each);
  };
  await formAfter(ada, "lock ci-resent for 2h", "ci-resent", "Why");
  program.slack.setFaults({ rules: [{ fault: "drop_ack", method: "view_submission", times: 2 }], away: [] });
  const lost = { ok: false, banner: expect.stringContaining("Try again?") };
  const given = { "key.lock.because": "odd calls" };
  expect(await ada.submit(given)).toMatchObject(lost);
  await until(async () => (await locks())?.length === 1);
  expect(await ada.submit({ ...given, "key.lock.for": "" })).toMatchObject(lost);
  await until(async () => (await locks())?.length === 2);
  await sendForm(ada, { ...given, "key.lock.for": "" }, "This reached me twice");
  expect(await locks()).toEqual([true, false]);
  program.clock.advance(2 * HOUR);
  await inTime(program, async () => (await locks())?.length === 1);
  expect((await managed(program, "ci-resent")).active).toBe(false);
});

test("nobody else locks or unlocks it: the refusal says who may, and stands in the trail", async () => {
  await aWorkingKey(program, ada, "ci-others");
  expect(await type(ben, "lock ci-others because I want to")).toContain("somebody else's key");
  expect((await managed(program, "ci-others")).active).toBe(true);
  await type(ada, "lock ci-others because a break");
  expect(await type(ben, "unlock ci-others")).toContain("somebody else's key");
  expect(await type(farid, "unlock ci-others")).toContain("only its owner can lift that lock");
  expect((await managed(program, "ci-others")).active).toBe(false);
  expect(await refusalsOf(program, "ben")).toContainEqual({ reason: "not-your-key", does: "lock" });
});

test("a key that is gone, and stands in the list all the same, hides no other one of its name", async () => {
  const { manager, store } = program.context;
  const of = { role: 2, locale: "en-US", timeZone: "UTC", active: true } as const;
  // The next reading of all keys is five minutes off from here.
  await keysReadAgain(program);
  const gone = (await manager.createKey({ ...of, name: "ci-again", description: "" })).key;
  // At the manager's console, of which the list hears with the next reading.
  const admin = await openSession({
    url: manager.url,
    trust: { kind: "system" },
    userName: "MasterAdmin",
    password: new Secret(ADMIN_PASSWORD),
    timeoutMs: 5000,
  });
  await admin.deleteKey(gone.id);
  await admin.close();
  expect(await type(ada, "show ci-again")).toContain("somebody else's key");
  expect(await type(ada, "lock ci-again because a break")).toContain("no key");
  const { id } = await aWorkingKey(program, ada, "ci-again");
  const listed = await store.findKeys([{ on: "name", like: "ci-again" }], { limit: 9 });
  expect(listed.keys.map((key) => key.id)).toEqual([gone.id, id]);
  expect(await type(ben, "show ci-again")).toContain("somebody else's key");
  expect(await type(ben, "lock ci-again because I want to")).toContain("somebody else's key");
  expect(await type(ada, "show ci-again")).toContain(`ID: ${id}\n`);
  expect(await type(ada, "lock ci-again because a break")).toContain("ci-again is locked");
  expect((await managed(program, "ci-again")).active).toBe(false);
});

test("a responder's lock is lifted by another responder, and neither by the owner nor by who locked it", async () => {
  await aWorkingKey(program, ada, "ci-stopped");
  expect(await type(farid, "lock ci-stopped because odd calls at night")).toContain("is locked");
  expect(await type(ada, "unlock ci-stopped")).toContain("another responder than who locked it");
  expect(await type(farid, "unlock ci-stopped")).toContain("another responder than who locked it");
  expect((await managed(program, "ci-stopped")).active).toBe(false);
  expect(await type(emi, "unlock ci-stopped")).toContain("is as it was before it was locked");
  expect((await managed(program, "ci-stopped")).active).toBe(true);
});

test("each of two locks holds by itself, and the answer says what still does", async () => {
  await aWorkingKey(program, ada, "ci-twice");
  await type(ada, "lock ci-twice because a break");
  await type(farid, "lock ci-twice because odd calls");
  const lifted = await type(ada, "unlock ci-twice");
  expect(lifted).toContain("Your lock is lifted");
  expect(lifted).toContain("odd calls");
  expect((await managed(program, "ci-twice")).active).toBe(false);
  await type(emi, "unlock ci-twice");
  expect((await managed(program, "ci-twice")).active).toBe(true);
});

test("a lock for a time ends by itself, and never before", async () => {
  await aWorkingKey(program, ada, "ci-timed");
  expect(await type(ada, "lock ci-timed for 2h because deployment freeze")).toContain("is locked until");
  program.clock.advance(2 * HOUR - 60_000);
  expect((await managed(program, "ci-timed")).active).toBe(false);
  program.clock.advance(61_000);
  await until(async () => (await managed(program, "ci-timed")).active);
});

test("without a reason a form opens with what was typed, and says at the field what it cannot read", async () => {
  await aWorkingKey(program, ada, "ci-form");
  const form = await formAfter(ada, "lock ci-form for 3 days", "ci-form");
  expect(form.values["key.lock.for"]?.["key.lock.for"]).toMatchObject({ value: "3 days" });
  expect(await ada.submit({ "key.lock.for": "soonish", "key.lock.because": "leak" })).toMatchObject({
    errors: { "key.lock.for": expect.stringContaining('I cannot read "soonish" as a time') },
  });
  const said = await sendForm(
    ada,
    { "key.lock.for": "1 hour", "key.lock.because": "leak" },
    "is locked until",
  );
  expect(said).toContain("leak");
  expect((await managed(program, "ci-form")).active).toBe(false);
});

test("the key that Portcullis works with itself is nobody's to lock", async () => {
  expect(await type(farid, "lock portcullis because a test of mine")).toContain("work with");
  expect((await managed(program, "portcullis")).active).toBe(true);
});

test("a name that is nearly right is answered with the names near to it that this person may see", async () => {
  await aWorkingKey(program, ada, "ci-nearly");
  await inTime(program, async () => (await program.context.store.inventoryState()) !== undefined);
  expect(await type(ada, "lock ci-neraly because typing fast")).toContain("Near to it: ci-nearly");
  expect(await type(ben, "lock ci-neraly because guessing")).not.toContain("ci-nearly");
});
