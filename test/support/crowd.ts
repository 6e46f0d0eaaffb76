import { setTimeout as pause } from "node:timers/promises";
import type { Message, OpenView } from "../../src/local-slack/client-protocol.ts";
import { personNamed, secretsIn, testPolicyFile } from "./context.ts";
import { textOf } from "./conversation.ts";
import { actsFor, type Person } from "./crowd-acts.ts";
import type { Client, TestSlack } from "./local-slack.ts";

/** Numbers from 0 up to 1 that come again with the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A secret in a message that one person saw; `claim`: whose "I have stored it" stood below it. */
export type Shown = { secret: string; key: number; claim: string; to: string; ts: string };

/** Something that the program has told a person is done. */
export type Told = { event: string; by: string; about: string; request?: string };

/** People of the default workspace who do random things, each with luck of their own. */
export type Crowd = {
  /** Everybody goes on until told otherwise; resolves once the last one has finished what they were at. */
  actUntil(over: () => boolean): Promise<void>;
  /** How often each thing was done to its end, and how often it went wrong on the way. */
  readonly done: Map<string, { well: number; badly: number }>;
  /** Every message with a secret that reached anybody, dismissed or not. */
  shown(): Shown[];
  /** What people were told is done: each must stand in the trail. */
  told(): Told[];
  /** Somebody's client, by first name. */
  client(name: string): Client;
};

export const CROWD = ["ada", "ben", "chiara", "dmitri", "emi", "farid", "grace"] as const;

/** A policy file in which somebody of the crowd can do each thing that anybody may do. */
export function policyForCrowd(): Record<string, unknown> {
  const people = (...names: string[]) => ({ people: names.map(personNamed) });
  const groups = {
    security: people("chiara", "dmitri", "emi"),
    responders: people("farid", "emi", "chiara"),
    auditors: people("grace"),
  };
  return testPolicyFile({ groups });
}

/**
 * Opens a client for each of them. `rest`: up to so many milliseconds between two acts of one person;
 * `only`: the names of what is done, where that is not everything.
 */
export async function gatherCrowd(
  slack: TestSlack,
  { seed, rest = 150, only }: { seed: number; rest?: number; only?: readonly string[] },
): Promise<Crowd> {
  const shared = { slack, names: [], seen: new Set<string>() };
  const people = await Promise.all(
    CROWD.map(async (name, i): Promise<Person> => {
      return { name, client: await slack.as(name), luck: seeded(seed * 31 + i), ...shared };
    }),
  );
  const done: Crowd["done"] = new Map();
  const live = async (person: Person, over: () => boolean): Promise<void> => {
    const { events } = person.client;
    let read = 0;
    const acts = actsFor(person.name).filter(({ name }) => only?.includes(name) ?? true);
    while (!over()) {
      const { name, act } = drawn(acts, person.luck);
      const count = done.get(name) ?? { well: 0, badly: 0 };
      done.set(name, count);
      try {
        await closeModals(person.client);
        if (await act(person)) count.well += 1;
      } catch {
        // The program was killed, or somebody was faster: people shrug and go on.
        count.badly += 1;
      }
      for (; read < events.length; read++) noteKey(events[read], person.seen);
      await pause(person.luck() * rest);
    }
  };
  return {
    actUntil: async (over) => void (await Promise.all(people.map((each) => live(each, over)))),
    done,
    shown: () => people.flatMap(({ client }) => shownTo(client)),
    told: () => people.flatMap(({ client }) => toldTo(client)),
    client: (name) => found(people.find((each) => each.name === name)).client,
  };
}

function drawn<Weighed extends { weight: number }>(all: readonly Weighed[], luck: () => number): Weighed {
  let left = luck() * all.reduce((sum, { weight }) => sum + weight, 0);
  return found(all.find(({ weight }) => (left -= weight) < 0) ?? all.at(-1));
}

async function closeModals(client: Client): Promise<void> {
  if ((await client.snapshot()).modals.length > 0) await client.closeModal({ all: true });
}

/** A secret's message names its key. */
function noteKey(event: Client["events"][number] | undefined, seen: Set<string>): void {
  if (event?.type !== "message" || !event.message.ephemeral) return;
  const name = /^The secret of (\S+) \(key/.exec(textOf(event.message))?.[1];
  if (name !== undefined) seen.add(name);
}

/** Each private message with a secret that came, whatever has become of it since. */
function shownTo(client: Client): Shown[] {
  return client.events.flatMap((event) => {
    if (event.type !== "message" || !event.message.ephemeral) return [];
    const { message } = event;
    return secretsIn([message]).map((secret) => ({
      secret,
      key: Number(secret.split(":")[0]),
      claim: storedButton(message),
      to: client.user,
      ts: message.ts,
    }));
  });
}

function storedButton({ blocks }: Message): string {
  for (const block of blocks)
    for (const element of block.type === "actions" ? block.elements : [])
      if (element.type === "button" && element.action_id === "claim.stored") return element.value ?? "";
  return "";
}

/** What the program's words promise, by the event that must stand in the trail then. */
const PROMISES: [RegExp, string][] = [
  [/^Your request for (.*) is (?:made|approved)(?:\.|:)/, "request.made"],
  [/^You withdrew (\S+)\./, "request.withdrawn"],
  [/^(\S+) is locked(?:\.| until )/, "key.locked"],
  [/^(\S+) is as it was before it was locked/, "key.unlocked"],
  [/^Your lock is lifted. (\S+) stays locked/, "key.unlocked"],
];

function toldTo(client: Client): Told[] {
  const by = client.user;
  const told: Told[] = [];
  const asked = new Map<string, string>();
  const heard = new Set<string>();
  const hear = (where: Message | OpenView, id: string, request?: string): void => {
    const words = textOf(where);
    for (const [promise, event] of PROMISES) {
      const about = promise.exec(words)?.[1];
      if (about === undefined || heard.has(`${id} ${event}`)) continue;
      heard.add(`${id} ${event}`);
      told.push({ event, by, about, ...(request === undefined ? {} : { request }) });
    }
  };
  for (const event of client.events) {
    // Only what one person alone is told: a card says "is locked" to everybody, and of others.
    if (event.type === "message" && event.message.ephemeral) hear(event.message, event.message.ts);
    if (event.type !== "modals") continue;
    for (const modal of event.modals) {
      const { callback_id: form, private_metadata: carried } = modal.view;
      if (form === "request.modal") asked.set(modal.id, carried ?? "");
      else hear(modal, modal.id, asked.get(modal.id));
    }
  }
  return told;
}

function found<Thing>(thing: Thing | undefined): Thing {
  if (thing === undefined) throw new Error("there is no such thing");
  return thing;
}
