import { afterAll, beforeAll, expect, test } from "vitest";
import { answerTo, formOf, postButton, privateAnswer, textOf } from "../support/conversation.ts";
import { CONVERSATIONS } from "../../src/slack/app.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

let program: Program;
let ada: Client;

beforeAll(async () => {
  program = await startProgram();
  ada = await program.slack.as("ada");
});
afterAll(async () => program?.[Symbol.asyncDispose]());

test.each(["/apikey", "/apikey help", "/apikey   HELP ", "/apikey help help"])(
  "%j says what one can do, as buttons",
  async (typed) => {
    const words = await answerTo(ada, async () => ada.command(typed));
    expect(words).toContain("Ask for an API key");
    for (const { commands } of CONVERSATIONS)
      for (const word of Object.keys(commands ?? {})) expect(words).toMatch(new RegExp(`[ ,]${word}[,\n]`));
    expect(words).toContain("[Ask for an API key] [Requests]");
    expect(words).not.toContain("I do not know");
  },
);

test("an unknown word is repeated as it was typed, with what one can do instead", async () => {
  const words = await answerTo(ada, async () => ada.command("/apikey frobnicate *all* keys"));
  expect(words).toContain("I do not know frobnicate.");
  expect(words).toContain("[Ask for an API key]");
});

test("help on one command says of forms and keys what holds for it", async () => {
  const about = async (word: string): Promise<string> =>
    answerTo(ada, async () => ada.command(`/apikey help ${word}`));
  const form = "What a line leaves out is asked for in a form.";
  const named = "A key is named by its name or its ID.";
  for (const word of ["rotate", "lock", "extend"]) expect(await about(word)).toContain(`${form} ${named}`);
  expect(await about("show")).not.toContain(form);
  expect(await about("show")).toContain(named);
  expect(await about("request")).not.toContain(named);
  for (const word of ["audit", "export", "list", "requests", "roles"])
    expect(await about(word)).not.toMatch(/in a form|A key is named/);
});

test("the answer is for the person alone, in whatever channel they are", async () => {
  const ben = await program.slack.as("ben");
  const chiara = await program.slack.as("chiara");
  const before = await chiara.ephemerals();
  await answerTo(ben, async () => ben.command("/apikey help"));
  expect(await chiara.ephemerals()).toEqual(before);
  expect(await ben.messages("#general")).toEqual([]);
});

test("the first button opens an empty form", async () => {
  const help = await privateAnswer(ada, async () => ada.command("/apikey"));
  expect(await ada.click(help, "request.open")).toEqual({ ok: true });
  const form = await formOf(ada);
  expect(form.values["request.name"]?.["request.name"]).toMatchObject({ value: null });
  await ada.closeModal();
});

test("the second button lists one's requests", async () => {
  const help = await privateAnswer(ada, async () => ada.command("/apikey"));
  const words = await answerTo(ada, async () => ada.click(help, "requests.open"));
  expect(words).toContain("You have made no requests.");
  expect(words).toContain("Nothing waits for you.");
});

test("a form that could not be opened in time is offered again, with all that was typed", async () => {
  program.slack.setFaults({
    rules: [{ fault: "delay_delivery", method: "slash_commands", times: 1, seconds: 3.2 }],
    away: [],
  });
  const late = await privateAnswer(ada, async () => ada.command("/apikey request ci-late for 30 days"));
  expect(textOf(late)).toContain("Slack was too slow to open the form. Nothing is lost");
  expect(await ada.click(late, "request.open")).toEqual({ ok: true });
  const form = await formOf(ada);
  expect(form.values["request.name"]?.["request.name"]).toMatchObject({ value: "ci-late" });
  await ada.closeModal();
});

test("a secret in the line is not carried into a form", async () => {
  const secret = `12:${"A".repeat(43)}=`;
  const words = await answerTo(ada, async () => ada.command(`/apikey request ci-x because ${secret}`));
  expect(words).toContain("looks as if it has a secret in it");
  expect((await ada.snapshot()).modals).toEqual([]);
});

test("a guest gets the reason instead of a form", async () => {
  const gus = await program.slack.as("gus");
  await gus.command("/apikey request");
  const view = await gus.waitFor(({ modals }) =>
    modals.find((each) => textOf(each).includes("Guests cannot")),
  );
  expect(JSON.stringify(view.view)).not.toContain("request.name");
});

test("a button of a version that is gone is answered, and does nothing", async () => {
  const old = await postButton(program, ada, { action: "old.button", value: "1", words: "Old" });
  const words = await answerTo(ada, async () => ada.click(old, "old.button"));
  expect(words).toContain("older version of me");
});
