import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import { MINUTE } from "../../src/domain/values.ts";
import type { Faults } from "../../src/local-slack/client-protocol.ts";
import { eventsOf } from "../support/audit.ts";
import {
  answerTo,
  approve,
  askFor,
  askAndGetApproved,
  breakableManager,
  cardOf,
  claimMessage,
  claimNamed,
  filledIn,
  inTime,
  letCardsBeDrawn,
  messageWith,
  openForm,
  requestNamed,
  requestsMade,
  showSecret,
  statusWith,
  textOf,
  trailIsWhole,
  until,
} from "../support/conversation.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

const { around, broken, mended } = breakableManager();
let program: Program;
let ada: Client;
let chiara: Client;
let dmitri: Client;

beforeAll(async () => {
  program = await startProgram({ around });
  [ada, chiara, dmitri] = await Promise.all([
    program.slack.as("ada"),
    program.slack.as("chiara"),
    program.slack.as("dmitri"),
  ]);
});
beforeEach(() => program.clock.advance(10 * MINUTE));
afterEach(() => {
  mended();
  faults();
});
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

const faults = (...rules: Faults["rules"]): void => program.slack.setFaults({ rules, away: [] });
const stateOf = async (name: string) => (await requestNamed(program, name)).value.state;
const cardsOf = async (name: string) =>
  (await chiara.messages("#key-approvals")).filter((each) => textOf(each).startsWith(`API key: ${name}\n`));

describe("a restart loses nothing", () => {
  test("at any stage of the main job: what was begun before goes on after, on the same messages", async () => {
    await openForm(ada);
    const given = await filledIn(ada, { name: "restarted", role: "Full Access" });
    await program.restart();
    expect(await ada.submit(given)).toEqual({ ok: true });
    await ada.closeModal();
    const { ts } = await cardOf(chiara, "restarted");

    await program.restart();
    expect((await approve(program, chiara, "restarted")).ts).toBe(ts);

    await program.restart();
    expect(await stateOf("restarted")).toBe("pending");
    expect((await approve(program, dmitri, "restarted")).ts).toBe(ts);
    const dm = await claimMessage(ada, "restarted", "[Show my secret once]");

    await program.restart();
    const { secret } = await showSecret(program, ada, "restarted");
    const after = await claimMessage(ada, "restarted", "The key is active since");
    expect(after.ts).toBe(dm.ts);
    expect(await statusWith(program, secret)).toBe(200);

    await program.restart();
    expect(await statusWith(program, secret)).toBe(200);
    expect((await cardOf(chiara, "restarted", "Done: approved by")).ts).toBe(ts);
    expect(await requestsMade(program, "restarted")).toBe(1);
    expect(await cardsOf("restarted")).toHaveLength(1);
  });

  test("of a key that was delivered and is still to be made active", async () => {
    await askAndGetApproved(program, ada, { name: "not-yet-active" });
    broken.setActive = async () => {
      throw new Fault("manager-unreachable", "POST /apikeys/1");
    };
    const { secret } = await showSecret(program, ada, "not-yet-active");
    await claimMessage(ada, "not-yet-active", "The key is being activated.");
    await program.restart();
    mended();
    await inTime(program, async () => "activeSince" in (await claimNamed(program, "not-yet-active")).value);
    letCardsBeDrawn(program);
    await claimMessage(ada, "not-yet-active", "The key is active since");
    expect(await statusWith(program, secret)).toBe(200);
  });

  test("of what fell due while it was down", async () => {
    await askFor(program, ada, { name: "due-meanwhile" });
    await cardOf(chiara, "due-meanwhile");
    await program.portcullis.stop();
    program.clock.advance(3 * 24 * 60 * MINUTE);
    await program.restart();
    await cardOf(chiara, "due-meanwhile", "Lapsed: nobody decided in time");
    await messageWith(ada, "app", "Your request for the API key due-meanwhile", "Lapsed");
  });

  test("of cards that could not be posted before it", async () => {
    faults({ fault: "http_500", method: "chat.postMessage" });
    await askFor(program, ada, { name: "unposted" });
    expect(await cardsOf("unposted")).toEqual([]);
    await program.restart();
    faults();
    program.clock.advance(MINUTE);
    await cardOf(chiara, "unposted", "[Approve]");
    await approve(program, chiara, "unposted");
    expect(await cardsOf("unposted")).toHaveLength(1);
  });
});

describe("while Slack is down", () => {
  test("what is decided is told when it is back: the card and the asker's message catch up", async () => {
    await askFor(program, ada, { name: "slack-down" });
    const card = await cardOf(chiara, "slack-down");
    faults({ fault: "http_500", method: "chat.update" }, { fault: "http_500", method: "chat.postMessage" });
    await chiara.click(card, "decide.approve");
    await until(async () => (await stateOf("slack-down")) === "approved");
    expect(textOf(await cardOf(chiara, "slack-down"))).toContain("[Approve]");
    // A second person presses the button that should not be there any more.
    expect(await answerTo(dmitri, async () => dmitri.click(card, "decide.approve"))).toContain(
      "approved already by",
    );
    faults();
    program.clock.advance(MINUTE);
    const after = await cardOf(chiara, "slack-down", `Approved by <@${chiara.user}>`);
    expect(textOf(after)).not.toContain("[Approve]");
    await claimMessage(ada, "slack-down", "[Show my secret once]");
  });

  test("a card for a channel that is archived is posted once it is not", async () => {
    await program.slack.admin("PATCH", "channels/C0APPROVALS", { archived: true });
    await askFor(program, ada, { name: "archived" });
    await until(async () => program.logged().includes("is_archived"));
    expect(await cardsOf("archived")).toEqual([]);
    await program.slack.admin("PATCH", "channels/C0APPROVALS", { archived: false });
    program.clock.advance(2 * MINUTE);
    await cardOf(chiara, "archived", "[Approve]");
  });

  test("a rate limit is waited for, and the card shows the present after it", async () => {
    await askFor(program, ada, { name: "rate-limited" });
    const card = await cardOf(chiara, "rate-limited");
    letCardsBeDrawn(program);
    faults({ fault: "http_429", method: "chat.update", times: 1, seconds: 1 });
    await chiara.click(card, "decide.approve");
    await until(async () => (await stateOf("rate-limited")) === "approved");
    program.clock.advance(MINUTE);
    await cardOf(chiara, "rate-limited", `Approved by <@${chiara.user}>`);
  });

  test("a card that was deleted in Slack does not hold others up", async () => {
    await askFor(program, ada, { name: "card-deleted" });
    const card = await cardOf(chiara, "card-deleted");
    const deleted = await fetch(`${program.slack.apiUrl}chat.delete`, {
      method: "POST",
      headers: { authorization: `Bearer ${program.slack.app.botToken}`, "content-type": "application/json" },
      body: JSON.stringify({ channel: card.channel, ts: card.ts }),
    });
    expect(await deleted.json()).toMatchObject({ ok: true });
    const { id } = (await requestNamed(program, "card-deleted")).value;
    program.clock.advance(2 * MINUTE);
    const list = await chiara.command("/apikey requests").then(async () => chiara.message(id));
    const block = list.blocks.find((each) => JSON.stringify(each).includes(id));
    const at = { in: { channel: list.channel, ts: list.ts }, blockId: block?.block_id ?? "" };
    expect(await chiara.act({ ...at, actionId: "decide.approve" })).toEqual({ ok: true });
    await claimMessage(ada, "card-deleted", "[Show my secret once]");
  });
});

test("a card that Slack posted without saying so is known from the first click on it, and kept up to date", async () => {
  faults({ fault: "cut_after", method: "chat.postMessage", times: 1 });
  await askFor(program, ada, { name: "unknown-card", role: "Full Access" });
  program.clock.advance(MINUTE);
  await until(async () => (await cardsOf("unknown-card")).length === 2);
  const [unknown] = await cardsOf("unknown-card");
  expect(await chiara.click(unknown!, "decide.approve")).toEqual({ ok: true });
  await until(async () => (await requestNamed(program, "unknown-card")).value.approvals.length === 1);
  const { id } = (await requestNamed(program, "unknown-card")).value;
  expect(await eventsOf(program.context.store, `request:${id}`)).toContain("card.found");
  program.clock.advance(MINUTE);
  await until(async () => {
    const texts = (await cardsOf("unknown-card")).map(textOf);
    return texts.length === 2 && texts.every((each) => each.includes(`Approved so far by <@${chiara.user}>`));
  });
  const [, second] = await cardsOf("unknown-card");
  program.clock.advance(MINUTE);
  expect(await dmitri.click(second!, "decide.approve")).toEqual({ ok: true });
  program.clock.advance(MINUTE);
  await until(async () =>
    (await cardsOf("unknown-card")).every((each) => !textOf(each).includes("[Approve]")),
  );
});
