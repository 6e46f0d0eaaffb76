import { afterAll, beforeAll, expect, test } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import { DAY } from "../../src/domain/values.ts";
import { breakableManager, inTime, messageWith, refusalsOf, trailIsWhole } from "../support/conversation.ts";
import {
  aWorkingKey,
  formAfter,
  managed,
  managedById,
  policyWithTwoResponders,
  sendForm,
  type,
} from "../support/keys.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

const { around, broken, mended, real } = breakableManager();
let program: Program;
let ada: Client;
let ben: Client;
let farid: Client;

beforeAll(async () => {
  program = await startProgram({ policy: policyWithTwoResponders(), around });
  ada = await program.slack.as("ada");
  ben = await program.slack.as("ben");
  farid = await program.slack.as("farid");
});
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

test("an owner renames a key in a line, and what is told to the manager is what it has", async () => {
  await aWorkingKey(program, ada, "ci-old");
  expect(await type(ada, "edit ci-old name ci-new")).toContain("ci-new is changed.");
  expect(await managed(program, "ci-new")).toMatchObject({ role: 2, active: true });
});

test("a form changes everything that is harmless, and keeps our mark behind the description", async () => {
  await aWorkingKey(program, ada, "ci-all");
  const before = await managed(program, "ci-all");
  await formAfter(farid, "edit ci-all", "ci-all");
  await sendForm(
    farid,
    {
      "key.edit.name": "ci-all-2",
      "key.edit.description": "nightly report",
      "key.edit.expires": "in 7 days",
      "key.edit.language": "ja-JP",
    },
    "ci-all-2 is changed.",
  );
  const after = await managed(program, "ci-all-2");
  expect(after).toMatchObject({ locale: "ja-JP" });
  expect(after.description).toMatch(/^nightly report \[portcullis /);
  expect(after.description.endsWith(before.description)).toBe(true);
  expect((after.expiresAt ?? 0) - program.clock.now()).toBeLessThanOrEqual(7 * DAY);
});

test("nobody else edits it", async () => {
  await aWorkingKey(program, ada, "ci-not-yours");
  expect(await type(ben, "edit ci-not-yours name mine")).toContain("somebody else's key");
  expect(await managed(program, "ci-not-yours")).toMatchObject({ name: "ci-not-yours" });
  expect(await refusalsOf(program, "ben")).toContainEqual({ reason: "not-your-key", does: "edit" });
});

test("a name that is taken, a later end, one in the past and one that cannot be read are said at their fields", async () => {
  await aWorkingKey(program, ada, "ci-fields");
  await aWorkingKey(program, ada, "ci-taken");
  await formAfter(ada, "edit ci-fields", "ci-fields");
  const wrong = async (given: Record<string, string>, field: string, words: string) =>
    expect(await ada.submit(given)).toMatchObject({ errors: { [field]: expect.stringContaining(words) } });
  await wrong({ "key.edit.name": "CI-Taken" }, "key.edit.name", "with this name already");
  await wrong(
    { "key.edit.name": "ci-fields", "key.edit.expires": "in 3 years" },
    "key.edit.expires",
    "approval",
  );
  await wrong({ "key.edit.expires": "2020-01-01" }, "key.edit.expires", "has passed");
  await wrong({ "key.edit.expires": "soonish" }, "key.edit.expires", 'cannot read "soonish"');
  await ada.closeModal();
  expect(await managed(program, "ci-fields")).toMatchObject({ name: "ci-fields" });
});

test("a page that has gone stale says what changed, and does nothing", async () => {
  const { id } = await aWorkingKey(program, ada, "ci-stale");
  await formAfter(ada, "edit ci-stale", "ci-stale");
  await program.context.manager.modifyKey(id, { description: "changed by somebody in the manager" });
  const said = await sendForm(ada, { "key.edit.name": "ci-stale-2" }, "has changed since you looked at it");
  expect(said).toContain("its description");
  expect((await managedById(program, id))?.name).toBe("ci-stale");
});

test("what people write stays text: markup, mentions, marks that turn the direction", async () => {
  const { id } = await aWorkingKey(program, ada, "ci-hostile");
  const hostile = "<!channel> <@U0BEN000001> *bold* \u202Eturned";
  await formAfter(ada, "edit ci-hostile", "ci-hostile");
  await sendForm(ada, { "key.edit.description": hostile }, "is changed");
  expect((await managedById(program, id))?.description).toContain("<!channel>");
  const page = await type(ada, "show ci-hostile");
  expect(page).toContain("<!channel> <@U0BEN000001> *bold* turned");
});

test("the key that Portcullis works with itself is nobody's to edit", async () => {
  expect(await type(farid, "edit portcullis name mine")).toContain("work with");
  expect((await managed(program, "portcullis")).name).toBe("portcullis");
});

test("a zone without a name and a character that nobody sees are said at their fields, and lose nothing typed", async () => {
  await aWorkingKey(program, ada, "ci-odd");
  await formAfter(ada, "edit ci-odd", "ci-odd");
  expect(await ada.submit({ "key.edit.description": "from a\u0000 terminal" })).toMatchObject({
    errors: { "key.edit.description": expect.stringContaining("a character in it that nobody can see") },
  });
  await ada.closeModal();
  expect(await type(ada, "edit ci-odd zone +01:00")).toContain("I do not know this time zone");
  expect((await managed(program, "ci-odd")).timeZone).not.toBe("+01:00");
});

test("what the manager refuses is said at once and for good, and the key can be locked all the same", async () => {
  const { id } = await aWorkingKey(program, ada, "ci-refused");
  // As a manager does whose list of zones is an old one (contract 3.3).
  broken.modifyKey = async (key, change) => {
    if (change.timeZone !== undefined) throw new Fault("manager-rejected", `POST /apikeys/${key} (400)`);
    return real().modifyKey(key, change);
  };
  const said = await type(ada, "edit ci-refused zone Asia/Kolkata");
  expect(said).toContain(
    "The manager refuses the new time zone of ci-refused, so the key keeps what it had.",
  );
  expect(said).not.toContain("as soon as the manager answers");
  await messageWith(ada, "app", "The manager refuses the new time zone of ci-refused", "Choose another");
  expect(await type(farid, "lock ci-refused because odd calls")).toContain("ci-refused is locked.");
  expect((await managedById(program, id))?.active).toBe(false);
  mended();
});

test("a lock that the manager refuses is called neither done nor late", async () => {
  const { id } = await aWorkingKey(program, ada, "ci-stubborn");
  broken.modifyKey = async (key) => {
    throw new Fault("manager-rejected", `POST /apikeys/${key} (400)`);
  };
  const said = await type(farid, "lock ci-stubborn because odd calls");
  expect(said).toContain("the manager refuses to lock the key: it may still work");
  mended();
  await inTime(program, async () => (await managedById(program, id))?.active === false);
});
