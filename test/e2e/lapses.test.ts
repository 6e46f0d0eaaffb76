import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DAY, HOUR } from "../../src/domain/values.ts";
import { eventsOf } from "../support/audit.ts";
import {
  answerTo,
  approve,
  askAndGetApproved,
  askFor,
  cardOf,
  claimMessage,
  claimNamed,
  messageWith,
  postButton,
  privateAnswer,
  requestNamed,
  said,
  textOf,
  trailIsWhole,
  until,
  newKeyIn,
} from "../support/conversation.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

let program: Program;
let ada: Client;
let chiara: Client;

beforeAll(async () => {
  program = await startProgram();
  [ada, chiara] = await Promise.all([program.slack.as("ada"), program.slack.as("chiara")]);
});
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

const stateOf = async (name: string) => (await requestNamed(program, name)).value.state;
/** The day in Berlin after so many days. */
const day = (days: number): string =>
  new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Berlin" }).format(program.clock.now() + days * DAY);

describe("a request that nobody decides", () => {
  test("lapses after the policy's time, not before; the asker is told, and the name is free", async () => {
    const { id } = await askFor(program, ada, { name: "undecided" });
    await cardOf(chiara, "undecided");
    program.clock.advance(3 * DAY - HOUR);
    // Whatever was due by then has been done when something younger has been.
    await askFor(program, ada, { name: "younger" });
    await cardOf(chiara, "younger");
    expect(await stateOf("undecided")).toBe("pending");
    program.clock.advance(HOUR);
    await until(async () => (await stateOf("undecided")) === "lapsed");
    const card = textOf(await cardOf(chiara, "undecided", "Lapsed: nobody decided in time"));
    expect(card).not.toContain("[Approve]");
    const told = await messageWith(ada, "app", "Your request for the API key undecided", "Lapsed");
    expect(textOf(told)).toContain("If it is still wanted, ask again: /apikey request");
    expect(await eventsOf(program.context.store, `request:${id}`)).toEqual([
      "request.made",
      "request.lapsed",
    ]);
    expect(await askFor(program, ada, { name: "undecided" })).toMatchObject({ state: "pending" });
  });

  test("cannot be approved any more", async () => {
    await askFor(program, ada, { name: "too-late" });
    const { id } = (await requestNamed(program, "too-late")).value;
    await cardOf(chiara, "too-late");
    program.clock.advance(3 * DAY);
    const old = await postButton(program, chiara, {
      action: "decide.approve",
      value: id,
      words: "An old card",
    });
    const words = await answerTo(chiara, async () => chiara.click(old, "decide.approve"));
    expect(words).toContain("The time for this was over");
    await until(async () => (await stateOf("too-late")) === "lapsed");
  });

  test("lapses at the key's own date where that comes first", async () => {
    await askFor(program, ada, { name: "dated", date: day(1) });
    const { value } = await requestNamed(program, "dated");
    const { life } = newKeyIn(value);
    expect(value).toMatchObject({ state: "pending", lapsesAt: life.kind === "until" ? life.at : 0 });
    program.clock.advance(2 * DAY);
    await until(async () => (await stateOf("dated")) === "lapsed");
    await messageWith(ada, "app", "Your request for the API key dated", "Lapsed");
  });
});

describe("a secret that nobody has shown", () => {
  test("can be shown no more after the policy's time; the asker is told, and the name is free", async () => {
    const { id } = await askAndGetApproved(program, ada, { name: "unclaimed" });
    const claim = (await claimNamed(program, "unclaimed")).value;
    // The list keeps its button; the message of the claim loses it.
    const list = await privateAnswer(ada, async () => ada.command("/apikey requests"));
    const button = list.blocks.find((each) => JSON.stringify(each).includes(claim.id));
    program.clock.advance(DAY);
    await until(async () => (await claimNamed(program, "unclaimed")).value.state === "lapsed");
    const dm = textOf(await claimMessage(ada, "unclaimed", "The time to see its secret was over"));
    expect(dm).toContain("no key was made");
    expect(dm).not.toContain("[Show my secret once]");
    await messageWith(ada, "app", "Your request for the API key unclaimed", "Lapsed: approved, but");
    await cardOf(chiara, "unclaimed", "Lapsed: approved, but the secret was not asked for in time");
    const at = { in: { channel: list.channel, ts: list.ts }, blockId: button?.block_id ?? "" };
    await ada.act({ ...at, actionId: "claim.show" });
    await said(ada, "The time for this was over");
    expect(await program.context.manager.keyNamed("unclaimed")).toBeUndefined();
    expect(await eventsOf(program.context.store, `request:${id}`)).toEqual([
      "request.made",
      "request.approved",
      "request.lapsed",
    ]);
    expect(await eventsOf(program.context.store, `claim:${claim.id}`)).toEqual([
      "claim.opened",
      "claim.lapsed",
      "refused",
    ]);
    expect(await askFor(program, ada, { name: "unclaimed" })).toMatchObject({ state: "pending" });
  });

  test("lapses at the key's own date where that comes first", async () => {
    const { life } = newKeyIn(await askFor(program, ada, { name: "dated-claim", date: day(1) }));
    const end = life.kind === "until" ? life.at : 0;
    await cardOf(chiara, "dated-claim");
    program.clock.advance(end - 2 * HOUR - program.clock.now());
    await approve(program, chiara, "dated-claim");
    expect((await claimNamed(program, "dated-claim")).value.lapsesAt).toBe(end);
    program.clock.advance(2 * HOUR);
    await until(async () => (await stateOf("dated-claim")) === "lapsed");
    await claimMessage(ada, "dated-claim", "The time to see its secret was over");
  });
});
