import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DAY } from "../../src/domain/values.ts";
import type { Message } from "../../src/local-slack/client-protocol.ts";
import { personNamed } from "../support/context.ts";
import {
  answerTo,
  answerToLateClick,
  letCardsBeDrawn,
  messageWith,
  textOf,
  trailIsWhole,
} from "../support/conversation.ts";
import { ADMIN_PASSWORD } from "../support/embedded-manager.ts";
import { aWorkingKey, modalWith, policyWithTwoResponders, sendForm, type } from "../support/keys.ts";
import type { Client } from "../support/local-slack.ts";
import { keysReadAgain, reports } from "../support/outside.ts";
import { type Program, startProgram } from "../support/program.ts";

let program: Program;
let ada: Client;
let ben: Client;
let chiara: Client;
let farid: Client;
let session: Record<string, string>;

beforeAll(async () => {
  program = await startProgram({ policy: policyWithTwoResponders() });
  [ada, ben, chiara, farid] = (await Promise.all(
    ["ada", "ben", "chiara", "farid"].map((name) => program.slack.as(name)),
  )) as [Client, Client, Client, Client];
  session = await signIn();
});
beforeEach(() => program.clock.advance(10_000));
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

/** As an administrator at the manager's console, who does not go through Portcullis. */
async function signIn(): Promise<Record<string, string>> {
  const answer = await fetch(`${program.context.manager.url}/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json", "api-version": "v1" },
    body: JSON.stringify({ userName: "MasterAdmin", password: ADMIN_PASSWORD }),
  });
  const { RID } = (await answer.json()) as { RID: string };
  return { rID: RID, cookie: answer.headers.get("set-cookie")?.split(";")[0] ?? "" };
}

async function outside(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const answer = await fetch(`${program.context.manager.url}${path}`, {
    method,
    headers: { "content-type": "application/json", "api-version": "v1", ...session },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(answer.status).toBe(200);
  const text = await answer.text();
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

const making = { locale: "en-US", roleID: 2, timeZone: "UTC", description: "" };
const make = async (keyName: string, change: object = {}): Promise<number> =>
  Number((await outside("POST", "/apikeys", { ...making, keyName, ...change }))["ID"]);

const reported = (...words: string[]): Promise<Message> => messageWith(farid, "#incidents", ...words);

describe("what happens in the manager without us", () => {
  test("is reported with what it is: a key that was made", async () => {
    await keysReadAgain(program);
    await make("made-outside");
    await keysReadAgain(program);
    const card = textOf(await reported("A key was made outside: made-outside"));
    expect(card).toContain("Somebody did this in the manager itself, not here.");
    expect(card).toContain("Auditor, active");
    expect(card).toContain("owner: nobody");
    expect(card).toContain("[Show] [Lock…] [Adopt…]");
  });

  test("is reported with what changed from what to what, and is not when only its use did", async () => {
    const { id, secret } = await aWorkingKey(program, ada, "ci-changed");
    await keysReadAgain(program);
    const before = (await reports(program)).length;
    await fetch(`${program.context.manager.url}/apikeys/current`, {
      headers: { "api-secret-key": secret, "api-version": "v1" },
    });
    await keysReadAgain(program);
    expect(await reports(program)).toHaveLength(before);
    await outside("POST", `/apikeys/${id}`, { roleID: 1, active: false });
    await keysReadAgain(program);
    const card = textOf(await reported("A key was changed outside: ci-changed"));
    expect(card).toContain("Role: ID 2 → ID 1");
    expect(card).toContain("State: active → locked");
    expect(card).toContain(`owner: <@${personNamed("ada")}>`);
  });

  test("is reported when a key goes, and several at once stand on one card", async () => {
    const first = await make("goes-1");
    await make("goes-2");
    await keysReadAgain(program);
    await reported("2 keys changed outside", "goes-1", "goes-2");
    await outside("DELETE", `/apikeys/${first}`);
    await keysReadAgain(program);
    expect(textOf(await reported("A key was deleted outside: goes-1"))).toContain("was deleted");
  });

  test("is never what we did ourselves, at whatever moment all keys are read", async () => {
    await keysReadAgain(program);
    const before = (await reports(program)).length;
    await aWorkingKey(program, ada, "ci-ours");
    await keysReadAgain(program);
    await type(ada, "edit ci-ours name ci-ours-2");
    await type(ada, "lock ci-ours-2 because a break");
    await keysReadAgain(program);
    await type(ada, "unlock ci-ours-2");
    await keysReadAgain(program);
    expect(await reports(program)).toHaveLength(before);
  });
});

describe("from the report", () => {
  test("a key is locked, and the card shows it", async () => {
    await make("to-be-locked");
    await keysReadAgain(program);
    const card = await reported("A key was made outside: to-be-locked", "[Lock…]");
    await farid.click(card, "key.lock");
    await modalWith(farid, "to-be-locked", "Why");
    await sendForm(farid, { "key.lock.because": "nobody knows it" }, "to-be-locked is locked.");
    expect((await program.context.manager.keyNamed("to-be-locked"))?.active).toBe(false);
    letCardsBeDrawn(program);
    await reported("A key was made outside: to-be-locked", "locked by");
  });

  test("a key is adopted by a request like any other", async () => {
    await make("to-be-adopted", { expiryDate: program.clock.now() + 30 * DAY });
    await keysReadAgain(program);
    const card = await reported("A key was made outside: to-be-adopted", "[Adopt…]");
    await farid.click(card, "key.assign");
    await modalWith(farid, "to-be-adopted", "New owner");
    await sendForm(
      farid,
      { "key.assign.to": ben.user, "key.assign.because": "Ben made it for the nightly job" },
      "a new owner for to-be-adopted is made",
    );
    const request = await messageWith(chiara, "#key-approvals", "New owner: to-be-adopted", "[Approve]");
    letCardsBeDrawn(program);
    await chiara.click(request, "decide.approve");
    letCardsBeDrawn(program);
    await reported("A key was made outside: to-be-adopted", `owner: <@${ben.user}>`, "[Hand over…]");
    expect(await type(ben, "show to-be-adopted")).toContain("made in the manager, not here");
  });

  test("a responder says that they have looked at it, nobody else can, and no click that is late", async () => {
    await make("looked-at");
    await keysReadAgain(program);
    const card = await reported("A key was made outside: looked-at", "[I have looked at it]");
    expect(await answerTo(chiara, async () => chiara.click(card, "outside.seen"))).toContain(
      "Only incident responders may do this",
    );
    expect(await answerToLateClick(program, farid, card, "outside.seen")).toContain("too late");
    await farid.click(card, "outside.seen");
    letCardsBeDrawn(program);
    await reported("A key was made outside: looked-at", `Looked at by <@${farid.user}>`);
  });
});

test("a forged marker is not believed: the key is reported as made outside", async () => {
  const { id } = await aWorkingKey(program, ada, "ci-marked");
  const real = (await program.context.manager.describeKey(id))?.description ?? "";
  expect(real).toContain("[portcullis ");
  await make("forged", { description: real.replace(/[0-9a-f]{32}\]$/, `${"0".repeat(32)}]`) });
  await make("copied", { description: real });
  await keysReadAgain(program);
  await reported("forged", "copied");
});
