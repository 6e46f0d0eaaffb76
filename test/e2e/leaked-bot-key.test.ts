import { afterAll, beforeAll, expect, test } from "vitest";
import { Secret } from "../../src/domain/secret.ts";
import { messageWith, statusWith, textOf, trailIsWhole } from "../support/conversation.ts";
import { startTestManager } from "../support/embedded-manager.ts";
import { aWorkingKey } from "../support/keys.ts";
import type { Client } from "../support/local-slack.ts";
import { keysReadAgain, reports } from "../support/outside.ts";
import { type Program, startProgram } from "../support/program.ts";

/* Somebody else has the secret that Portcullis works with, and uses it: as a key, past Portcullis. */

let program: Program;
let manager: Awaited<ReturnType<typeof startTestManager>>;
let ada: Client;
let farid: Client;

beforeAll(async () => {
  program = await startProgram({
    settings: async (config, { clock }) => {
      manager = await startTestManager({ now: clock.now });
      const { url, botSecret } = manager;
      const secret = new Secret(botSecret);
      return { ...config, manager: { kind: "remote", url, secret, trust: { kind: "system" } } };
    },
  });
  [ada, farid] = await Promise.all([program.slack.as("ada"), program.slack.as("farid")]);
});
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
  await manager.close();
});

async function thief(path: string, body: object = {}): Promise<void> {
  const answer = await fetch(`${manager.url}${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "api-version": "v1",
      "api-secret-key": manager.botSecret,
    },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
  await answer.arrayBuffer();
}

test("what a thief of the bot's key changes in a key, or makes, is reported to the responders", async () => {
  const { id } = await aWorkingKey(program, ada, "ci-ada");
  await keysReadAgain(program);
  await thief(`/apikeys/${id}`, { roleID: 1 });
  await thief("/apikeys", { keyName: "back-door", roleID: 1, locale: "en-US", timeZone: "UTC" });
  await keysReadAgain(program);
  const card = textOf(await messageWith(farid, "#incidents", "ci-ada", "back-door"));
  expect(card).toContain("Somebody did this in the manager itself, not here.");
  expect(card).toContain("Role: ID 2 → ID 1");
});

test("a new secret, a new role, and what is undone before the next reading show nowhere", async () => {
  const { id, secret } = await aWorkingKey(program, ada, "ci-taken");
  await keysReadAgain(program);
  const before = (await reports(program)).length;
  await thief(`/apikeys/${id}/secretkey`);
  await thief("/roles", { name: "another", rights: {} });
  await thief(`/apikeys/${id}`, { roleID: 1 });
  await thief(`/apikeys/${id}`, { roleID: 2 });
  expect(await statusWith(program, secret)).toBe(401);
  await keysReadAgain(program);
  expect(await reports(program)).toHaveLength(before);
});
