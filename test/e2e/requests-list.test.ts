import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Message } from "../../src/local-slack/client-protocol.ts";
import { MINUTE } from "../../src/domain/values.ts";
import { eventsOf } from "../support/audit.ts";
import {
  answerTo,
  approve,
  askFor,
  cardOf,
  claimMessage,
  postButton,
  privateAnswer,
  refusalsOf,
  requestNamed,
  said,
  showSecret,
  textOf,
  trailIsWhole,
  until,
} from "../support/conversation.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

let program: Program;
let ada: Client;
let ben: Client;
let chiara: Client;

beforeAll(async () => {
  program = await startProgram();
  [ada, ben, chiara] = await Promise.all([
    program.slack.as("ada"),
    program.slack.as("ben"),
    program.slack.as("chiara"),
  ]);
});
beforeEach(() => program.clock.advance(10 * MINUTE));
afterEach(() => program.slack.setFaults({ rules: [], away: [] }));
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

const listOf = async (client: Client): Promise<Message> =>
  privateAnswer(client, async () => client.command("/apikey requests"));

/** What the list says under "Waiting for your decision", and under "Your requests". */
function parts(list: Message): { waiting: string; mine: string } {
  const [waiting = "", mine = ""] = textOf(list).split("\nYour requests\n");
  return { waiting, mine };
}

/** Presses a button of one item of a list. */
async function pressIn(client: Client, list: Message, actionId: string, name: string): Promise<unknown> {
  const { id } = (await requestNamed(program, name)).value;
  const block = list.blocks.find(
    (each) => JSON.stringify(each).includes(id) && JSON.stringify(each).includes(actionId),
  );
  return client.act({ in: { channel: list.channel, ts: list.ts }, blockId: block?.block_id ?? "", actionId });
}

test("the list shows one's own requests, and those that wait for one's own decision", async () => {
  await askFor(program, ada, { name: "list-a", reason: "for a" });
  await askFor(program, chiara, { name: "list-c", reason: "for c" });
  await askFor(program, ben, { name: "list-b", role: "Full Access" });

  const hers = parts(await listOf(ada));
  expect(hers.waiting).toContain("Nothing waits for you.");
  expect(hers.mine).toContain("list-a as Auditor, 90 days from when its secret is shown");
  expect(hers.mine).toContain("Waiting for a decision until");
  expect(hers.mine).toContain("[Withdraw]");
  expect(hers.mine).not.toContain("list-b");

  const approvers = parts(await listOf(chiara));
  expect(approvers.waiting).toContain(`list-a as Auditor`);
  expect(approvers.waiting).toContain(`<@${ada.user}>: for a`);
  expect(approvers.waiting).toContain("list-b as Full Access");
  expect(approvers.waiting).not.toContain("list-c");
  expect(approvers.mine).toContain("list-c as Auditor");

  await approve(program, chiara, "list-b");
  expect(parts(await listOf(chiara)).waiting).not.toContain("list-b");
  expect(parts(await listOf(await program.slack.as("dmitri"))).waiting).toContain("list-b");
});

test("what is approved can be claimed from the list as well", async () => {
  await askFor(program, ada, { name: "list-claim" });
  await approve(program, chiara, "list-claim");
  const list = await listOf(ada);
  expect(parts(list).mine).toContain("the secret has not been shown yet");
  await pressIn(ada, list, "claim.show", "list-claim");
  await said(ada, "The secret of list-claim");
  await claimMessage(ada, "list-claim", "The key is active since");
  expect(parts(await listOf(ada)).mine).toContain("Done: approved by");
});

describe("withdrawing", () => {
  test("one's own request ends it, says so in the list, and takes the buttons off the card", async () => {
    const { id } = await askFor(program, ada, { name: "list-back" });
    await cardOf(chiara, "list-back");
    program.clock.advance(2 * MINUTE);
    const list = await listOf(ada);
    expect(await pressIn(ada, list, "requests.withdraw", "list-back")).toEqual({ ok: true });
    const after = await said(ada, "You withdrew list-back.");
    expect(after.ts).toBe(list.ts);
    expect(parts(after).mine).toContain(`Withdrawn by <@${ada.user}>`);
    const card = textOf(await cardOf(chiara, "list-back", `Withdrawn by <@${ada.user}>`));
    expect(card).not.toContain("[Approve]");
    expect(await eventsOf(program.context.store, `request:${id}`)).toEqual([
      "request.made",
      "request.withdrawn",
    ]);
    expect(await askFor(program, ben, { name: "list-back" })).toMatchObject({ state: "pending" });
  });

  test("somebody else's request is refused, privately, and stands in the trail", async () => {
    await askFor(program, ada, { name: "list-theirs" });
    const { id } = (await requestNamed(program, "list-theirs")).value;
    const forged = await postButton(program, ben, {
      action: "requests.withdraw",
      value: id,
      words: "Not mine",
    });
    const words = await answerTo(ben, async () => ben.click(forged, "requests.withdraw"));
    expect(words).toContain("This is somebody else's request; only the person who made it can do that.");
    expect((await refusalsOf(program, "ben")).at(-1)).toEqual({ reason: "not-yours", what: "request" });
    expect((await requestNamed(program, "list-theirs")).value.state).toBe("pending");
  });

  test("what has been decided meanwhile is refused, and the list shows the present", async () => {
    await askFor(program, ada, { name: "list-late" });
    const list = await listOf(ada);
    await approve(program, chiara, "list-late");
    await pressIn(ada, list, "requests.withdraw", "list-late");
    const after = await said(ada, "This was approved already by");
    expect(after.ts).toBe(list.ts);
    expect(parts(after).mine).toContain("the secret has not been shown yet");
    await showSecret(program, ada, "list-late");
    await claimMessage(ada, "list-late", "The key is active since");
  });
});

test("denying from the list asks why, tells the asker, and redraws the card", async () => {
  await askFor(program, ada, { name: "list-deny" });
  await cardOf(chiara, "list-deny");
  program.clock.advance(2 * MINUTE);
  await pressIn(chiara, await listOf(chiara), "decide.deny", "list-deny");
  await chiara.modal("Deny a request");
  expect(await chiara.submit({ "decide.because": "please use list-a" })).toEqual({ ok: true });
  await chiara.waitFor(({ modals }) => modals.some((each) => textOf(each).includes("You denied list-deny")));
  await chiara.closeModal();
  await cardOf(chiara, "list-deny", "Denied by", "please use list-a");
  await said(ada, "please use list-a");
});

test("a guest is told why there is no list", async () => {
  const gus = await program.slack.as("gus");
  expect(await answerTo(gus, async () => gus.command("/apikey requests"))).toContain("Guests cannot");
});

test("a long list shows ten of each part, and says that there are more", async () => {
  const emi = await program.slack.as("emi");
  for (let i = 0; i < 12; i++) {
    program.clock.advance(MINUTE);
    await askFor(program, emi, { name: `many-${i}` });
  }
  const own = await listOf(emi);
  expect(parts(own).mine.match(/many-\d+ as/g)).toHaveLength(10);
  expect(parts(own).mine).toContain("many-11 as");
  expect(parts(own).mine).not.toContain("many-1 as");
  expect(parts(own).mine).toContain("There are more than these 10.");
  const waiting = parts(await listOf(chiara)).waiting;
  expect(waiting.match(/ as (Auditor|Full Access),/g)).toHaveLength(10);
  expect(waiting).toContain("There are more than these 10.");
  await until(async () => (await program.context.store.pendingRequests(100)).length >= 12);
});
