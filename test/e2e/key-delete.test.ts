import { afterAll, beforeAll, expect, test } from "vitest";
import { statusWith, trailIsWhole, until } from "../support/conversation.ts";
import {
  aWorkingKey,
  formAfter,
  managedById,
  policyWithTwoResponders,
  sendForm,
  type,
} from "../support/keys.ts";
import type { Client } from "../support/local-slack.ts";
import { declared } from "../support/lockouts.ts";
import { type Program, startProgram } from "../support/program.ts";

let program: Program;
let ada: Client;
let ben: Client;
let farid: Client;

beforeAll(async () => {
  program = await startProgram({ policy: policyWithTwoResponders() });
  ada = await program.slack.as("ada");
  ben = await program.slack.as("ben");
  farid = await program.slack.as("farid");
});
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

test("an owner deletes a key by typing its name, and nothing else will do", async () => {
  const { id, secret } = await aWorkingKey(program, ada, "ci-gone");
  await formAfter(ada, "delete ci-gone", "Nothing brings it back");
  expect(await ada.submit({ "key.delete.typed": "ci-gon" })).toMatchObject({
    errors: { "key.delete.typed": expect.stringContaining("not the key's name") },
  });
  expect(await managedById(program, id)).toBeDefined();
  await sendForm(ada, { "key.delete.typed": "ci-gone" }, "ci-gone is deleted.");
  expect(await managedById(program, id)).toBeUndefined();
  expect(await statusWith(program, secret)).not.toBe(200);
  expect(await type(ada, `show ${id}`)).toContain("I find no key");
});

test("a responder deletes anybody's key; other people do not get the form", async () => {
  const { id } = await aWorkingKey(program, ada, "ci-stopped");
  await formAfter(ben, "delete ci-stopped", "somebody else's key");
  await ben.closeModal();
  await formAfter(farid, "delete ci-stopped", "Nothing brings it back");
  await sendForm(farid, { "key.delete.typed": "ci-stopped" }, "is deleted");
  expect(await managedById(program, id)).toBeUndefined();
});

test("a form that somebody else sends is refused at the click", async () => {
  const { id } = await aWorkingKey(program, ada, "ci-forged");
  const form = await formAfter(ada, "delete ci-forged", "Nothing brings it back");
  // The owner changes while the form is open.
  const record = await program.context.store.key(id);
  if (record === undefined) throw new Error("no record");
  const next = { ...record.value, owner: (await program.slack.as("ben")).user as never };
  await program.context.store.commit({ changes: [{ row: "key", before: record, next }], events: [] });
  expect(form.view.type).toBe("modal");
  await sendForm(ada, { "key.delete.typed": "ci-forged" }, "somebody else's key");
  expect(await managedById(program, id)).toBeDefined();
});

test("a key that a lockout holds is kept, and whoever asks reads which incident it is", async () => {
  const { id } = await aWorkingKey(program, ada, "ci-held");
  // A scope that no longer meets what it holds: the key is not active any more.
  const scope = { query: "active:yes", criteria: [{ on: "active" as const, is: true }] };
  const { id: lockout } = await declared(program.context, { scope, incident: "INC-42" });
  await until(async () => (await program.context.store.lockout(lockout))?.value.state === "contained");
  await formAfter(ada, "delete ci-held", "Nothing brings it back");
  await sendForm(
    ada,
    { "key.delete.typed": "ci-held" },
    "A lockout is in force (INC-42), so this has to wait",
  );
  await formAfter(ada, "rotate ci-held", "ci-held");
  await sendForm(ada, {}, "A lockout is in force (INC-42), so this has to wait");
  expect((await managedById(program, id))?.active).toBe(false);
});
