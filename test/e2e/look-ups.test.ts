import { afterAll, beforeAll, expect, test } from "vitest";
import { type KeyId, MINUTE } from "../../src/domain/values.ts";
import { approve, askFor, formOf, showSecret, textOf, trailIsWhole, until } from "../support/conversation.ts";
import {
  aWorkingKey,
  formAfter,
  managedById,
  policyWithTwoResponders,
  sendForm,
  type,
} from "../support/keys.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

/** Of so many calls a minute, 210 are neither for locking nor for unlocking, and one person has a fifth of those. */
const CALLS = 300;
const ALL = 210;
const EACH = 42;

let program: Program;
let ada: Client;
let ben: Client;
let farid: Client;
let adas: KeyId;

beforeAll(async () => {
  program = await startProgram({
    policy: policyWithTwoResponders(),
    settings: async (config) => ({ ...config, manager: { ...config.manager, callsPerMinute: CALLS } }),
  });
  const as = async (name: string) => program.slack.as(name);
  [ada, ben, farid] = await Promise.all([as("ada"), as("ben"), as("farid")]);
  ({ id: adas } = await aWorkingKey(program, ada, "ci-ada"));
});
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

/** What comes of typing the same line so many times at once. */
async function flood(who: Client, line: string, times: number): Promise<string[]> {
  const before = new Set((await who.ephemerals()).map(({ ts }) => ts));
  await Promise.all(Array.from({ length: times }, async () => who.command(`/apikey ${line}`)));
  const answers = async () => (await who.ephemerals()).filter(({ ts }) => !before.has(ts));
  await until(async () => (await answers()).length === times);
  return (await answers()).map(textOf);
}
const counted = (answers: readonly string[], words: string): number =>
  answers.filter((each) => each.includes(words)).length;

test("whoever may not see a key hears so from the list, which costs no look-up in the manager", async () => {
  program.clock.advance(MINUTE);
  for (const line of [`show ${adas}`, "show CI-Ada"]) {
    expect(counted(await flood(ben, line, EACH + 1), "somebody else's key")).toBe(EACH + 1);
  }
});

test("one person who floods the manager is told to wait, and another one's approval and claim go through", async () => {
  await askFor(program, ada, { name: "ci-meanwhile" });
  // From here on a minute is counted that outlasts the test.
  program.clock.advance(MINUTE);
  const answers = await flood(ben, "show no-such-key", ALL + 10);
  expect(counted(answers, "I find no key")).toBe(EACH);
  expect(counted(answers, "You have asked for 42 look-ups in the manager within a minute")).toBe(
    ALL + 10 - EACH,
  );
  expect(await type(ben, "show 4711")).toMatch(/Try again in (\d+ seconds|a second)\. Reference \w{4}\.$/);
  await approve(program, "chiara", "ci-meanwhile");
  await showSecret(program, ada, "ci-meanwhile");
});

test("responders are not counted, and locks go on, on the key as the manager has it", async () => {
  const { manager, store } = program.context;
  const { id: off } = await aWorkingKey(program, ada, "ci-off");
  const { id: alsoOff } = await aWorkingKey(program, ada, "ci-also-off");
  for (const id of [off, alsoOff]) {
    // At the manager's console: our list hears of it with the next reading.
    await manager.tellActive(id, false);
    expect((await store.findKeys([{ on: "id", is: id }], { limit: 1 })).keys).toMatchObject([
      { active: true },
    ]);
  }
  program.clock.advance(MINUTE);
  expect(counted(await flood(farid, "show 4711", EACH + 1), "I find no key")).toBe(EACH + 1);
  await flood(ada, "show 4711", EACH - 1);
  // The key is the last of her minute, and its role one too many: no limit of ours is told as a silent manager.
  expect(await type(ada, `show ${adas}`)).toContain("look-ups in the manager");
  await ada.command("/apikey request ci-more as Auditor for 30 days because nightly report");
  expect(textOf(await formOf(ada, "role below"))).toMatch(/look-ups in the manager(?!.*does not answer)/);
  await ada.closeModal();
  await formAfter(ada, "lock ci-ada", "ci-ada");
  await sendForm(ada, { "key.lock.because": "it got out" }, "locked");
  expect((await managedById(program, adas))?.active).toBe(false);

  expect(await type(ada, "lock ci-off for 2m because odd calls")).toContain("ci-off is locked");
  await formAfter(ada, "lock ci-also-off for 2m", "ci-also-off", "Why");
  await sendForm(ada, { "key.lock.because": "odd calls" }, "is locked");
  // What is not hers to stop is counted.
  expect(await type(ada, "lock 4711 because odd calls")).toContain("look-ups in the manager");
  program.clock.advance(MINUTE);
  for (const id of [off, alsoOff]) {
    expect(await type(ada, `unlock ${id}`)).toContain("as it was before it was locked");
    expect((await managedById(program, id))?.active).toBe(false);
  }
});

test("the next minute is another one", async () => {
  program.clock.advance(MINUTE);
  expect(await type(ben, "show 4711")).toContain("I find no key");
});
