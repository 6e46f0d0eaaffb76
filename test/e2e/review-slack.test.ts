import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import { DAY, MINUTE } from "../../src/domain/values.ts";
import { personNamed, testPolicy } from "../support/context.ts";
import {
  approve,
  askAndGetApproved,
  askFor,
  claimMessage,
  deny,
  filledIn,
  formOf,
  openForm,
  privateAnswer,
  refusalsOf,
  requestNamed,
  said,
  showSecret,
  textOf,
  until,
  newKeyIn,
} from "../support/conversation.ts";
import { aWorkingKey, formAfter, managed, sendForm } from "../support/keys.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, type ProgramOptions, startProgram } from "../support/program.ts";

let program: Program;
let ada: Client;
/** While it is true, Slack says nothing about people. */
let slackIsSilent: boolean;

async function start(options: ProgramOptions = {}): Promise<void> {
  program = await startProgram({
    ...options,
    around: (context) => ({
      ...context,
      directory: {
        ...context.directory,
        readPerson: async (id) => {
          if (slackIsSilent) throw new Fault("slack-unreachable", "users.info");
          return context.directory.readPerson(id);
        },
      },
    }),
  });
  ada = await program.slack.as("ada");
}

beforeEach(() => void (slackIsSilent = false));
afterEach(async () => program[Symbol.asyncDispose]());

/** Ada is a guest from now on, and what was known of her is forgotten. */
async function becomeGuest(): Promise<void> {
  await program.slack.admin("PATCH", `people/${ada.user}`, { kind: "guest" });
  await until(async () => (await program.context.store.person(personNamed("ada"))) === undefined);
}

/** The modal on top, once it has these words. */
const modalSaying = (client: Client, words: string) =>
  client.waitFor(({ modals }) => {
    const top = modals.at(-1);
    return top !== undefined && textOf(top).includes(words) ? top : undefined;
  });

describe("a secret that is pasted after the command", () => {
  test.each(["", "request ", "requests ", "help ", "request ci because ", "dance "])(
    "behind %j is not repeated, opens nothing, and stands in the trail without its letters",
    async (before) => {
      await start();
      const secret = `8:${"Qx".repeat(21)}Q=`;
      const answer = await privateAnswer(ada, async () => ada.command(`/apikey ${before}${secret}`));
      expect(textOf(answer)).toContain("looks as if it has a secret in it");
      expect(JSON.stringify(answer).toLowerCase()).not.toContain("qxqx");
      await until(async () => (await refusalsOf(program, "ada")).length === 1);
      expect(await refusalsOf(program, "ada")).toMatchObject([{ reason: "contains-secret" }]);
      expect((await ada.snapshot()).modals).toEqual([]);
    },
  );
});

describe("a form that cannot be prepared", () => {
  test("says why, and opens with all that was typed when it is tried again", async () => {
    await start();
    slackIsSilent = true;
    await ada.command("/apikey request ci-typed as Auditor for 30 days because many typed words");
    const sorry = await modalSaying(ada, "Slack did not tell me");
    expect(textOf(sorry)).toMatch(/Reference [0-9A-Z]{4}/);
    slackIsSilent = false;
    expect(await ada.click(sorry, "request.again")).toEqual({ ok: true });
    const form = await formOf(ada);
    expect((await ada.snapshot()).modals).toHaveLength(1);
    expect(JSON.stringify(form.values)).toContain("many typed words");
    expect(await ada.submit()).toEqual({ ok: true });
    await modalSaying(ada, "is made");
    expect((await requestNamed(program, "ci-typed")).value.reason).toBe("many typed words");
  });

  test("because of a bug says so too, instead of waiting for ever", async () => {
    await start();
    const { store } = program.context;
    const person = store.person.bind(store);
    store.person = async () => Promise.reject(new Error("a bug"));
    await ada.command("/apikey request ci-bug because many typed words");
    const sorry = await modalSaying(ada, "Something broke on my side");
    store.person = person;
    await ada.click(sorry, "request.again");
    expect(JSON.stringify((await formOf(ada)).values)).toContain("many typed words");
  });
});

describe("the form", () => {
  test("says that a name or a reason of the line was cut, and how far", async () => {
    await start();
    const form = await openForm(ada, `${"n".repeat(101)} because ${"word ".repeat(120)}`);
    expect(textOf(form)).toContain("The reason is cut to 500 characters");
    expect(textOf(form)).toContain("The name is cut to 100 characters");
    await ada.closeModal();
    expect(textOf(await openForm(ada, `ci because ${"w".repeat(500)}`))).not.toContain("is cut to");
  });

  test("proposes a date that it accepts, where the usual life is also the longest", async () => {
    await start({
      policy: testPolicy({
        limits: { "longest-life": "90 days", "default-life": "90 days", "keys-per-person": 5 },
      }),
    });
    const given = { ...(await openForm(ada).then(async () => filledIn(ada, { name: "ci-date" }))) };
    await ada.click(await formOf(ada), "request.life", "until");
    await formOf(ada, "Until the end of");
    expect(await ada.submit(given)).toEqual({ ok: true });
    const { life } = newKeyIn((await requestNamed(program, "ci-date")).value);
    expect(life.kind === "until" && life.at - program.clock.now()).toBeGreaterThan(88 * DAY);
  });

  test("sent by somebody who has become a guest meanwhile is refused, and stands in the trail", async () => {
    await start();
    await openForm(ada);
    const given = await filledIn(ada, { name: "ci-guest" });
    await becomeGuest();
    expect(await ada.submit(given)).toEqual({ ok: true });
    await modalSaying(ada, "Guests cannot ask");
    expect(await refusalsOf(program, "ada")).toEqual([{ reason: "not-a-member", kind: "guest" }]);
  });

  test("does not go on for somebody who has become a guest meanwhile, which stands in the trail", async () => {
    await start();
    const form = await openForm(ada);
    await becomeGuest();
    expect(await ada.click(form, "request.life", "until")).toEqual({ ok: true });
    await said(ada, "Guests cannot ask");
    expect(await refusalsOf(program, "ada")).toEqual([{ reason: "not-a-member", kind: "guest" }]);
  });

  test("on a key, sent by somebody who has become a guest meanwhile, changes nothing and stands in the trail", async () => {
    await start();
    await aWorkingKey(program, ada, "ci-guest-key");
    await formAfter(ada, "lock ci-guest-key", "ci-guest-key", "Why");
    await becomeGuest();
    await sendForm(ada, { "key.lock.because": "laptop lost" }, "Guests cannot ask");
    expect(await refusalsOf(program, "ada")).toEqual([{ reason: "not-a-member", kind: "guest" }]);
    expect((await managed(program, "ci-guest-key")).active).toBe(true);
  });

  test("sent again with other content says that what was sent first was kept, and how to change it", async () => {
    await start();
    await openForm(ada);
    const given = await filledIn(ada, { name: "ci-first" });
    // The first answer never reaches her, so the form still stands there, and she changes it.
    program.slack.setFaults({
      rules: [{ fault: "drop_ack", method: "view_submission", times: 1 }],
      away: [],
    });
    expect(await ada.submit(given)).toMatchObject({ ok: false });
    await until(async () => program.context.store.nameReserved("ci-first"));
    expect(await ada.submit({ ...given, "request.name": "ci-second" })).toEqual({ ok: true });
    const answer = textOf(await modalSaying(ada, "stays as it was made then"));
    expect(answer).toContain("ci-first");
    expect(answer).toContain("withdraw it and ask again");
    await expect(requestNamed(program, "ci-second")).rejects.toThrow("nobody has asked");
  });
});

describe("the list of requests", () => {
  const listOf = async (client: Client) =>
    privateAnswer(client, async () => client.command("/apikey requests", "#general"));

  test("says where a secret is that was asked for in it, and that it cannot be shown again", async () => {
    await start();
    await askAndGetApproved(program, ada, { name: "ci-list" });
    const [list, twin] = [await listOf(ada), await listOf(ada)];
    expect(await ada.click(list, "claim.show")).toEqual({ ok: true });
    const after = await said(ada, "Your secret is in our direct message now.");
    expect(after.ts).toBe(list.ts);
    expect(textOf(after)).not.toContain("[Show my secret once]");
    await claimMessage(ada, "ci-list", "The key is active since");
    expect(await ada.click(twin, "claim.show")).toEqual({ ok: true });
    expect((await said(ada, "This secret was shown on")).ts).toBe(twin.ts);
  });

  test("is brought up to date by a denial that began in it", async () => {
    await start();
    await askFor(program, ada, { name: "ci-deny" });
    const chiara = await program.slack.as("chiara");
    const list = await listOf(chiara);
    expect(await chiara.click(list, "decide.deny")).toEqual({ ok: true });
    await chiara.modal("Deny a request");
    expect(await chiara.submit({ "decide.because": "not now" })).toEqual({ ok: true });
    const after = await chiara.waitFor(({ conversations }) =>
      conversations
        .flatMap(({ messages }) => messages)
        .find((each) => each.ts === list.ts && textOf(each).includes("You denied ci-deny")),
    );
    expect(textOf(after)).toContain("Nothing waits for you.");
  });

  test("says whose approval is still missing", async () => {
    await start();
    await askFor(program, ada, { name: "ci-two", role: "Full Access" });
    const card = await approve(program, "chiara", "ci-two");
    const missing = "Still missing: 1 more of <!subteam^S0SECURITY1>";
    expect(textOf(card)).toContain(missing);
    expect(textOf(await listOf(ada))).toContain(missing);
    expect(textOf(await listOf(await program.slack.as("dmitri")))).toContain(missing);
  });
});

test("a denial that could not be carried out keeps its reason, and says why", async () => {
  await start();
  await askFor(program, ada, { name: "ci-reason" });
  const chiara = await program.slack.as("chiara");
  program.clock.advance(2 * MINUTE);
  slackIsSilent = true;
  await deny(program, chiara, "ci-reason", "a long and careful reason");
  const form = await modalSaying(chiara, "Slack did not tell me");
  expect(JSON.stringify(form.values)).toContain("a long and careful reason");
  slackIsSilent = false;
  expect(await chiara.submit()).toEqual({ ok: true });
  await modalSaying(chiara, "You denied ci-reason");
  expect((await requestNamed(program, "ci-reason")).value).toMatchObject({
    state: "denied",
    because: "a long and careful reason",
  });
});

test("a secret asked for in the asker's own message needs no further words", async () => {
  await start();
  await askAndGetApproved(program, ada, { name: "ci-own" });
  await showSecret(program, ada, "ci-own");
  await claimMessage(ada, "ci-own", "The key is active since");
  expect((await ada.ephemerals()).filter((each) => textOf(each).includes("direct message now"))).toEqual([]);
});
