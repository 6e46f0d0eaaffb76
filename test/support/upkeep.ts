import { DAY, MINUTE } from "../../src/domain/values.ts";
import type { Message } from "../../src/local-slack/client-protocol.ts";
import { sweepOnce } from "../../src/usecases/sweep.ts";
import { trail } from "./audit.ts";
import { testPolicy } from "./context.ts";
import { textOf } from "./conversation.ts";
import { policyWithTwoResponders } from "./keys.ts";
import type { Client } from "./local-slack.ts";
import { type Program, type ProgramOptions, startProgram } from "./program.ts";

/* Time that passes over keys, in the words of the tests. */

/** The channel that stands for the owners' team. */
export const TEAM = { id: "C0GENERAL01", name: "#general" } as const;

/** A program whose policy says this of expiry, with some of its people. */
export async function startUpkeep<Name extends string>(
  names: readonly Name[],
  expiry: Parameters<typeof testPolicy>[0],
  around?: ProgramOptions["around"],
): Promise<{ program: Program; as: Record<Name, Client>; [Symbol.asyncDispose](): Promise<void> }> {
  const { groups } = policyWithTwoResponders();
  const policy = testPolicy({ groups, expiry });
  const program = await startProgram({ policy, ...(around === undefined ? {} : { around }) });
  const clients = await Promise.all(names.map(async (name) => [name, await program.slack.as(name)] as const));
  return {
    program,
    as: Object.fromEntries(clients) as Record<Name, Client>,
    [Symbol.asyncDispose]: async () => program[Symbol.asyncDispose](),
  };
}

/** So many days and a minute later, with everything looked at that is due then. */
export async function pass({ clock, context }: Program, days: number): Promise<void> {
  clock.advance(days * DAY + MINUTE);
  await sweepOnce(context);
}

/** What the trail says of a key's reminders: `step` in days for an expiry, in weeks for a rotation. */
export async function remindedOf(
  { context }: Program,
  key: number,
): Promise<{ what: string; step: number; team: boolean; owner?: string }[]> {
  return (await trail(context.store))
    .filter(({ subject, event }) => subject === `key:${key}` && event.endsWith(".reminded"))
    .map(({ event, evidence }) => {
      const { step, team, owner } = JSON.parse(evidence) as { step: number; team: boolean; owner?: string };
      const what = event.slice(0, -".reminded".length);
      return {
        what,
        step: what === "expiry" ? step / DAY : step,
        team,
        ...(owner === undefined ? {} : { owner }),
      };
    });
}

/** The lasting messages of a conversation that have these words. */
export async function messagesSaying(client: Client, channel: string, words: string): Promise<Message[]> {
  return (await client.messages(channel)).filter((message) => textOf(message).includes(words));
}
