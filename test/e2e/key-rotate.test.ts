import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { DAY } from "../../src/domain/values.ts";
import { secretsIn } from "../support/context.ts";
import {
  letCardsBeDrawn,
  messageWith,
  privateAnswer,
  statusWith,
  textOf,
  trailIsWhole,
} from "../support/conversation.ts";
import { aWorkingKey, formAfter, managed, policyWithTwoResponders, sendForm } from "../support/keys.ts";
import type { Client } from "../support/local-slack.ts";
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
beforeEach(() => program.clock.advance(10_000));
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

const rotate = async (who: Client, name: string): Promise<string> => {
  await formAfter(who, `rotate ${name}`, "The old secret works until that button is pressed");
  return sendForm(who, {}, "Until it is pressed, everything stays as it is");
};
const offer = async (name: string) =>
  messageWith(ada, "app", `A new secret for your API key ${name}`, "[Show my secret once]");

test("the old secret works until the new one is shown, and is dead from then on", async () => {
  const { secret: old, id } = await aWorkingKey(program, ada, "ci-rotated");
  await rotate(ada, "ci-rotated");
  const message = await offer("ci-rotated");
  expect(textOf(message)).toContain("goes on working until you press the button");
  expect(await statusWith(program, old)).toBe(200);
  letCardsBeDrawn(program);
  const shown = await privateAnswer(ada, async () => ada.click(message, "claim.show"));
  const [renewed = ""] = secretsIn([shown]);
  expect(renewed).not.toBe(old);
  expect(await statusWith(program, renewed)).toBe(200);
  expect(await statusWith(program, old)).not.toBe(200);
  expect((await managed(program, "ci-rotated")).id).toBe(id);
});

test("a responder's rotation reaches the owner alone", async () => {
  const { secret: old } = await aWorkingKey(program, ada, "ci-theirs");
  const said = await rotate(farid, "ci-theirs");
  expect(said).toContain(`I have sent <@${ada.user}> a message`);
  const message = await offer("ci-theirs");
  const theirs = await farid.messages("app");
  expect(JSON.stringify(theirs)).not.toContain("ci-theirs");
  letCardsBeDrawn(program);
  const shown = await privateAnswer(ada, async () => ada.click(message, "claim.show"));
  expect(secretsIn([shown])).toHaveLength(1);
  expect(await statusWith(program, old)).not.toBe(200);
});

test("nobody else rotates it, and one rotation at a time is enough", async () => {
  const { secret } = await aWorkingKey(program, ada, "ci-once");
  await formAfter(ben, "rotate ci-once", "somebody else's key");
  await ben.closeModal();
  await rotate(ada, "ci-once");
  await formAfter(ada, "rotate ci-once", "The old secret works");
  await sendForm(ada, {}, "has a button for a new secret already");
  expect(await statusWith(program, secret)).toBe(200);
});

test("a rotation that nobody uses lapses, and the old secret goes on working", async () => {
  const { secret } = await aWorkingKey(program, ada, "ci-left");
  await rotate(ada, "ci-left");
  await offer("ci-left");
  program.clock.advance(2 * DAY);
  await messageWith(
    ada,
    "app",
    "A new secret for your API key ci-left",
    "the secret that you have goes on working",
  );
  expect(await statusWith(program, secret)).toBe(200);
});
