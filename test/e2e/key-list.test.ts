import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { HOUR } from "../../src/domain/values.ts";
import type { Message, OpenView } from "../../src/local-slack/client-protocol.ts";
import { keysToChoose } from "../../src/usecases/keys/find-key.ts";
import { personNamed } from "../support/context.ts";
import { inTime, privateAnswer, refusalsOf, textOf } from "../support/conversation.ts";
import {
  aWorkingKey,
  formAfter,
  managed,
  modalWith,
  policyWithTwoResponders,
  type,
} from "../support/keys.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

let program: Program;
let ada: Client;
let ben: Client;
let farid: Client;
let grace: Client;

beforeAll(async () => {
  program = await startProgram({ policy: policyWithTwoResponders() });
  [ada, ben, farid, grace] = (await Promise.all(
    ["ada", "ben", "farid", "grace"].map((name) => program.slack.as(name)),
  )) as [Client, Client, Client, Client];
  await vi.waitUntil(async () => (await program.context.store.inventoryState()) !== undefined, {
    timeout: 10_000,
  });
  await aWorkingKey(program, ada, "ci-mine");
  for (let i = 1; i <= 37; i += 1)
    await program.context.manager.createKey({
      name: `batch-${String(i).padStart(2, "0")}`,
      description: "",
      role: 2,
      locale: "en-US",
      timeZone: "UTC",
      active: i !== 7,
    });
});
afterAll(async () => program?.[Symbol.asyncDispose]());

const listed = (where: Message | OpenView): string[] => textOf(where).match(/batch-\d\d/g) ?? [];
const list = async (who: Client, line: string): Promise<Message> =>
  privateAnswer(who, async () => who.command(`/apikey ${line}`));
/** The private message with these words, as it stands now. */
const redrawn = (who: Client, words: string): Promise<Message> =>
  who.waitFor(({ conversations }) =>
    conversations
      .flatMap(({ messages }) => messages)
      .findLast((message) => message.ephemeral && textOf(message).includes(words)),
  );

describe("a list", () => {
  test("of 37 keys comes in pages, there and back, in place", async () => {
    const first = await list(farid, "list batch-*");
    expect(textOf(first)).toContain("1 to 10 of 37.");
    expect(listed(first)).toHaveLength(10);
    expect(textOf(first)).not.toContain("[Previous]");
    await farid.click(first, "list.next");
    const second = await redrawn(farid, "11 to 20 of 37.");
    expect(second.ts).toBe(first.ts);
    expect(listed(second)[0]).toBe("batch-11");
    await farid.click(second, "list.next");
    await farid.click(await redrawn(farid, "21 to 30 of 37."), "list.next");
    const last = await redrawn(farid, "31 to 37 of 37.");
    expect(textOf(last)).not.toContain("[Next]");
    await farid.click(last, "list.previous");
    expect(listed(await redrawn(farid, "21 to 30 of 37."))[0]).toBe("batch-21");
  });

  test("shows everybody their own keys, and all of them to responders and auditors", async () => {
    const own = await type(ada, "list");
    expect(own).toContain("Your API keys");
    expect(own).toContain("ci-mine");
    expect(own).not.toContain("batch");
    expect(await type(ben, "list")).toContain("You have no API keys yet");
    for (const who of [farid, grace]) expect(await type(who, "list")).toContain("batch-01");
  });

  test("says as of when it is, and what is known of each key", async () => {
    const words = await type(farid, "search batch-07");
    expect(words).toMatch(/As of .+ UTC, with changes made here since/);
    expect(words).toContain("Locked");
    expect(words).toContain("Expires: never. Never used.");
  });

  test("turns no page for somebody whose list it is not", async () => {
    const forged = await list(ada, "list");
    const value = JSON.stringify({ line: "", turn: { from: 1, after: { name: "", id: 1 } } });
    expect(value).not.toBe("");
    expect(textOf(forged)).not.toContain("batch");
    // Whatever a button says, whose keys are shown is decided when it is pressed.
    expect(await type(ada, "search owner:nobody")).toContain("None of your keys is like this.");
  });
});

describe("a search", () => {
  test("understands one line", async () => {
    expect(listed(await list(farid, "search batch-* locked"))).toEqual(["batch-07"]);
    expect(await type(farid, "search owner:<@U0ADA000001>")).toContain("ci-mine");
    expect(await type(ada, "search owner:@me expires<100d role:auditor active")).toContain("ci-mine");
    expect(await type(ada, "search expires<1h")).toContain("None of your keys");
  });

  test("names the place of a mistake and what was expected, and offers the form", async () => {
    const answer = await list(ada, "search ci* expires<soon");
    expect(textOf(answer)).toContain("from character 13 on");
    expect(textOf(answer)).toContain("a length such as 30d, or a day such as 2027-03-01");
    await ada.click(answer, "list.search");
    await modalWith(ada, "All that is filled in must hold");
    await ada.closeModal();
  });

  test("is built by a form for those who do not like lines, which shows the line that it makes", async () => {
    await formAfter(farid, "search", "All that is filled in must hold");
    expect(await farid.submit({ "search.unused": "long" })).toMatchObject({
      errors: { "search.unused": expect.stringContaining("a length such as 30d") },
    });
    expect(
      await farid.submit({ "search.name": "batch-*", "search.unused": "", "search.state": "is:locked" }),
    ).toEqual({
      ok: true,
    });
    const found = await modalWith(farid, "name:batch-* is:locked");
    expect(listed(found)).toEqual(["batch-07"]);
    await farid.closeModal({ all: true });
  });
});

describe("a key's page", () => {
  test("shows its owner everything, with the actions that are theirs and no others", async () => {
    const page = await type(ada, "show ci-mine");
    for (const words of [
      "State: active",
      "Owner: <@U0ADA000001>",
      "Role: Auditor",
      "asked for by",
      "History",
    ])
      expect(page).toContain(words);
    expect(page).toContain(
      "[Edit…] [Extend…] [Change role…] [Rotate…] [Lock…] [Secret got out] [Hand over…] [Delete…]",
    );
    const theirs = await type(farid, "show ci-mine");
    expect(theirs).toContain("[Edit…] [Rotate…] [Lock…] [Secret got out] [Hand over…] [Delete…]");
    const auditors = await type(grace, "show ci-mine");
    expect(auditors).not.toContain("[Lock…]");
    expect(auditors).toContain("History");
  });

  test("is nobody else's to see", async () => {
    expect(await type(ben, "show ci-mine")).toContain("This is somebody else's key.");
    expect(await refusalsOf(program, "ben")).toContainEqual({ reason: "not-your-key", does: "show" });
  });

  test("is read from the manager, not from the list", async () => {
    const key = await managed(program, "batch-20");
    // Past the list: as somebody who changes keys in the manager itself.
    await program.context.manager.modifyKey(key.id, { description: "changed a moment ago" });
    expect(await type(farid, `show ${key.id}`)).toContain("changed a moment ago");
  });

  test("opens from a list, says what holds the key, and goes back in its history", async () => {
    await type(ada, "lock ci-mine for 2h because a deployment freeze");
    const found = await list(ada, "list");
    const page = await privateAnswer(ada, async () => ada.click(found, "key.show"));
    expect(textOf(page)).toContain("locked by <@U0ADA000001> as its owner");
    expect(textOf(page)).toContain("a deployment freeze");
    expect(textOf(page)).toContain("[Unlock]");
    const older = await privateAnswer(ada, async () => ada.click(page, "key-page.history"));
    expect(textOf(older)).toContain("made a request");
    program.clock.advance(3 * HOUR);
    await inTime(program, async () => (await managed(program, "ci-mine")).active);
  });
});

test("a key is chosen by what stands in its name, and by more than any name has none is found", async () => {
  const by = personNamed("farid");
  const chosen = async (typed: string): Promise<string[]> =>
    (await keysToChoose(program.context, { by, typed, doing: "lock" })).map(({ name }) => name);
  expect(await chosen("TCH-07")).toEqual(["batch-07"]);
  expect(await chosen("batch-07".repeat(10_000))).toEqual([]);
});
