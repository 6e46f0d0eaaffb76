import { expect } from "vitest";
import type { OpenView } from "../../src/local-slack/client-protocol.ts";
import { keyId, type KeyId } from "../../src/domain/values.ts";
import type { ManagedKey } from "../../src/usecases/ports.ts";
import { personNamed, testPolicy } from "./context.ts";
import { answerTo, askAndGetApproved, showSecret, statusWith, textOf, until } from "./conversation.ts";
import type { Client, Given } from "./local-slack.ts";
import type { Program } from "./program.ts";

/* What people do to keys, in the words of the tests. */

/** Two responders, so that one can lift what the other locked. */
export const policyWithTwoResponders = () =>
  testPolicy({
    groups: {
      security: { people: ["chiara", "dmitri", "emi"].map(personNamed) },
      responders: { people: ["farid", "emi"].map(personNamed) },
      auditors: { people: [personNamed("grace")] },
    },
  });

/** A key of somebody's that works, with its secret: asked for, approved, claimed. */
export async function aWorkingKey(
  program: Program,
  owner: Client,
  name: string,
): Promise<{ id: KeyId; secret: string }> {
  await askAndGetApproved(program, owner, { name });
  const { secret } = await showSecret(program, owner, name);
  await until(async () => (await statusWith(program, secret)) === 200);
  const key = await managed(program, name);
  return { id: key.id, secret };
}

/** The key as the manager has it: the proof. */
export async function managed({ context }: Program, name: string): Promise<ManagedKey> {
  const key = await context.manager.keyNamed(name);
  if (key === undefined) throw new Error(`the manager has no key ${name}`);
  return key;
}

export async function managedById({ context }: Program, id: number): Promise<ManagedKey | undefined> {
  return context.manager.describeKey(keyId.parse(id));
}

/** Types a line and reads the private answer. */
export function type(client: Client, line: string): Promise<string> {
  return answerTo(client, async () => client.command(`/apikey ${line}`));
}

/** Types a line and waits for a form with these words. */
export async function formAfter(client: Client, line: string, ...words: string[]): Promise<OpenView> {
  expect(await client.command(`/apikey ${line}`)).toEqual({ ok: true });
  return modalWith(client, ...words);
}

/** Waits until the form on top has all these words. */
export function modalWith(client: Client, ...words: string[]): Promise<OpenView> {
  return client.waitFor(({ modals }) => {
    const top = modals.at(-1);
    return top !== undefined && words.every((each) => textOf(top).includes(each)) ? top : undefined;
  });
}

/** Sends the form on top, and waits for what it says then. */
export async function sendForm(
  client: Client,
  given: Record<string, Given>,
  ...words: string[]
): Promise<string> {
  expect(await client.submit(given)).toEqual({ ok: true });
  const said = textOf(await modalWith(client, ...words));
  await client.closeModal({ all: true });
  return said;
}
