import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import { askFor, breakableManager, cardOf, inTime, textOf, trailIsWhole } from "../support/conversation.ts";
import { aWorkingKey, formAfter, managed, policyWithTwoResponders, sendForm, type } from "../support/keys.ts";
import type { Client } from "../support/local-slack.ts";
import { keysReadAgain } from "../support/outside.ts";
import { type Program, startProgram } from "../support/program.ts";

const { around, broken, mended, real } = breakableManager();
let program: Program;
let ada: Client;
let farid: Client;

beforeAll(async () => {
  program = await startProgram({ around, policy: policyWithTwoResponders() });
  [ada, farid] = await Promise.all([program.slack.as("ada"), program.slack.as("farid")]);
});
afterEach(mended);
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

const silent = async (): Promise<never> => {
  throw new Fault("manager-unreachable", "nobody answers");
};

/** The manager answers nothing that is asked about single keys, roles and itself. */
function silence(): void {
  Object.assign(broken, {
    describeKey: silent,
    keyNamed: silent,
    modifyKey: silent,
    setActive: silent,
    describeCurrent: silent,
    ownId: silent,
    role: silent,
  });
}

const isActive = async (name: string) => (await real().keyNamed(name))?.active;

test("a lock does not wait for a manager that is silent: it is on record, and not called locked before it is", async () => {
  await aWorkingKey(program, ada, "ci-silent");
  await inTime(program, async () => (await program.context.store.inventoryState()) !== undefined);
  silence();
  const said = await type(ada, "lock ci-silent because laptop lost");
  expect(said).toContain("is on record");
  expect(said).not.toMatch(/form is locked|silent is locked/);
  expect(await isActive("ci-silent")).toBe(true);
  mended();
  await inTime(program, async () => (await isActive("ci-silent")) === false);
});

test("so it is from the form", async () => {
  await aWorkingKey(program, ada, "ci-silent-form");
  silence();
  await formAfter(ada, "lock ci-silent-form", "ci-silent-form", "Why");
  const said = await sendForm(ada, { "key.lock.because": "laptop lost" }, "is on record");
  expect(said).not.toMatch(/form is locked|silent is locked/);
  mended();
  await inTime(program, async () => (await isActive("ci-silent-form")) === false);
});

test("every other change to a key does wait, and says why", async () => {
  await aWorkingKey(program, ada, "ci-waits");
  silence();
  expect(await type(ada, "edit ci-waits name ci-renamed")).toContain("manager");
  mended();
  expect((await managed(program, "ci-waits")).name).toBe("ci-waits");
});

test("a description that is longer than the form shows stays whole when it is left alone", async () => {
  const { id } = await aWorkingKey(program, ada, "ci-wordy");
  const description = `first line\nsecond ${"word ".repeat(150)}end`;
  await real().modifyKey(id, { description });
  await formAfter(ada, "edit ci-wordy", "ci-wordy");
  await sendForm(ada, { "key.edit.name": "ci-terse" }, "is changed");
  const key = await managed(program, "ci-terse");
  expect(key.id).toBe(id);
  expect(key.description).toContain(description);
});

test("what was locked is told as locked, though Slack cannot say who its reader is", async () => {
  await aWorkingKey(program, ada, "ci-unread");
  await type(farid, "lock 999999 because nothing is there");
  program.clock.advance(2 * 60_000);
  program.slack.setFaults({
    rules: [{ fault: "internal_error", method: "users.info" }],
    away: [],
  });
  try {
    expect(await type(ada, "lock ci-unread because laptop lost")).toContain("is locked");
  } finally {
    program.slack.setFaults({ rules: [], away: [] });
  }
  expect(await isActive("ci-unread")).toBe(false);
});

test("a card that was drawn before the keys were ever read says so, and then whose others there are", async () => {
  const unread = breakableManager();
  unread.broken.keysAfter = silent;
  await using fresh = await startProgram({ around: unread.around, policy: policyWithTwoResponders() });
  const ben = await fresh.slack.as("ben");
  const asked = await fresh.slack.as("farid");
  await askFor(fresh, ben, { name: "ci-first" });
  const first = await cardOf(asked, "ci-first");
  const card = async (): Promise<string> => textOf(await cardOf(asked, "ci-first"));
  expect(textOf(first)).toContain("The asker's other keys: not known yet");
  unread.mended();
  await keysReadAgain(fresh);
  await inTime(fresh, async () => (await card()).includes("The asker's other keys: none"));
  expect(await asked.click(first, "why.open")).toEqual({ ok: true });
});

test("a card that was drawn while the manager was silent says what a role may do once that answers", async () => {
  broken.role = silent;
  await askFor(program, ada, { name: "ci-meanwhile" });
  expect(textOf(await cardOf(farid, "ci-meanwhile"))).toContain("not known now");
  mended();
  await keysReadAgain(program);
  await inTime(program, async () =>
    textOf(await cardOf(farid, "ci-meanwhile")).includes("What it may do: view"),
  );
  expect(textOf(await cardOf(farid, "ci-meanwhile"))).not.toContain("not known now");
});
