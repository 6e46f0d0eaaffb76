import { afterAll, beforeAll, expect, test } from "vitest";
import { inTime, textOf, trailIsWhole, until } from "../support/conversation.ts";
import { aWorkingKey, formAfter } from "../support/keys.ts";
import { titleOf } from "../../src/domain/wants.ts";
import type { Client, Given } from "../support/local-slack.ts";
import { countActive, makeKeys, policyForIncidents, restored } from "../support/lockouts.ts";
import { keysReadAgain } from "../support/outside.ts";
import { type Program, startProgram } from "../support/program.ts";

/* Slack hears no answer to a form that has done its work, and whoever sent it thinks again before sending it once more. */

let program: Program;
let ada: Client;
let farid: Client;

beforeAll(async () => {
  program = await startProgram({ policy: policyForIncidents() });
  [ada, farid] = await Promise.all([program.slack.as("ada"), program.slack.as("farid")]);
});
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

/** Sends the open form, whose answer is lost; `done`: what it was sent for. */
async function unheard(
  client: Client,
  given: Record<string, Given>,
  done: () => Promise<boolean>,
): Promise<void> {
  const rules = [{ fault: "drop_ack" as const, method: "view_submission", times: 1 }];
  program.slack.setFaults({ rules, away: [] });
  expect(await client.submit(given)).toMatchObject({ ok: false });
  await until(done);
}

async function saidTo(client: Client, given: Record<string, Given>, words: string): Promise<string> {
  expect(await client.submit(given)).toEqual({ ok: true });
  const said = await client.waitFor(({ modals }) => modals.map(textOf).find((each) => each.includes(words)));
  await client.closeModal({ all: true });
  return said;
}

test.each([
  { again: "as it was", other: {}, words: "is made" },
  { again: "with another end", other: { "key.extend.until": "in 300 days" }, words: "stays as it was" },
  { again: "with another reason", other: { "key.extend.because": "no idea" }, words: "stays as it was" },
])("a request whose form is sent again $again stays, and who sends it reads which it is", async (row) => {
  const name = `ci-${row.again.replaceAll(" ", "-")}`;
  await aWorkingKey(program, ada, name);
  const made = async () =>
    (await program.context.store.pendingRequests(9)).filter(({ value }) => titleOf(value.wants) === name);
  await formAfter(ada, `extend ${name} until in 100 days`, name, "Who will be asked");
  const given = { "key.extend.because": "the project goes on" };
  await unheard(ada, given, async () => (await made()).length === 1);
  const first = await made();
  await saidTo(ada, { ...given, ...row.other }, row.words);
  expect(await made()).toEqual(first);
});

test("a lockout whose form is sent again with a wider scope is another one, and as it was the same one", async () => {
  const { manager, store } = program.context;
  await makeKeys(manager, 6);
  await keysReadAgain(program);
  const before = await countActive(manager);
  const declared = async () => (await store.lockouts(9)).length;
  const given = { "lockout.incident": "INC-9", "lockout.because": "a laptop was stolen" };
  await formAfter(farid, "lockout key-1", "1 key");
  await unheard(farid, given, async () => (await declared()) === 1);
  await saidTo(farid, given, "had been sent before: it declared then what it says");
  expect(await declared()).toBe(1);
  await formAfter(farid, "lockout key-2", "1 key");
  await unheard(farid, given, async () => (await declared()) === 2);
  await saidTo(farid, { ...given, "lockout.line": "key-*" }, "Declared");
  expect(await declared()).toBe(3);
  await inTime(program, async () => (await countActive(manager)) === before - 5);
});

test("a lockout whose form is sent again when all of it has come back says that nothing was locked", async () => {
  const { manager, store } = program.context;
  await makeKeys(manager, 1, "ci-back");
  await keysReadAgain(program);
  const declared = async () => (await store.lockouts(9)).map(({ value }) => value);
  const before = (await declared()).length;
  const given = { "lockout.incident": "INC-8", "lockout.because": "a laptop was stolen" };
  await formAfter(farid, "lockout ci-back-1", "1 key");
  await unheard(farid, given, async () => (await declared()).length === before + 1);
  const id = (await declared()).find(({ incident }) => incident === "INC-8")!.id;
  await inTime(program, async () => (await store.lockout(id))?.value.state === "contained");
  await restored(program.context, id);
  await inTime(program, async () => (await store.lockout(id))?.value.state === "restored");
  expect(await saidTo(farid, given, "is over already")).toContain("Nothing was locked.");
  expect((await declared()).length).toBe(before + 1);
});
