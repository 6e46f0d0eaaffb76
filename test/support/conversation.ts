import { expect, vi } from "vitest";
import type { Message, OpenView } from "../../src/local-slack/client-protocol.ts";
import type { Claim } from "../../src/domain/claim.ts";
import type { Request } from "../../src/domain/request.ts";
import { claimId, requestId } from "../../src/domain/values.ts";
import { type NewKey, titleOf } from "../../src/domain/wants.ts";
import type { Context, Manager } from "../../src/usecases/ports.ts";
import type { Store, Versioned } from "../../src/usecases/store-port.ts";
import { chainHolds, trail } from "./audit.ts";
import { personNamed, secretsIn } from "./context.ts";
import type { Client, Given } from "./local-slack.ts";
import type { Program } from "./program.ts";

/* What people do and see in the main job, in the words of the tests. */

/** What somebody fills in; what is absent stays as the form proposes it. */
export type Wish = {
  name: string;
  role?: string;
  /** A value of the list: `days:30`, `until`, `unlimited`. */
  life?: string;
  /** With `until`: YYYY-MM-DD. */
  date?: string;
  reason?: string;
  description?: string;
};

type Node = {
  type?: string;
  text?: unknown;
  elements?: unknown[];
  element?: unknown;
  label?: unknown;
  hint?: unknown;
  user_id?: string;
  usergroup_id?: string;
  fallback?: string;
};

/** All words of a message or modal, as it is read; people and groups as Slack's markup names them. */
export function textOf(where: Message | OpenView): string {
  return ("ts" in where ? where.blocks : where.view.blocks).map((block) => wordsOf(block)).join("\n");
}

function wordsOf(node: unknown): string {
  if (typeof node === "string") return node;
  if (Array.isArray(node)) return node.map(wordsOf).join("");
  if (typeof node !== "object" || node === null) return "";
  const { type, text, elements, element, label, hint, user_id, usergroup_id, fallback } = node as Node;
  if (type === "user") return `<@${user_id}>`;
  if (type === "usergroup") return `<!subteam^${usergroup_id}>`;
  if (type === "date") return fallback ?? "";
  if (type === "button") return ` [${wordsOf(text)}]`;
  return [label, hint, text, elements, element].map(wordsOf).join("");
}

/** Types a command and waits for the form, filled in as far as the line goes. */
export async function openForm(client: Client, line = ""): Promise<OpenView> {
  expect(await client.command(`/apikey request ${line}`)).toEqual({ ok: true });
  return formOf(client);
}

/** The form on top, once it is more than "One moment"; with these words in it, where some are given. */
export function formOf(client: Client, words = ""): Promise<OpenView> {
  return client.waitFor(({ modals }) => {
    const top = modals.at(-1);
    const ready = top !== undefined && JSON.stringify(top.view.blocks).includes('"request.name"');
    return ready && textOf(top).includes(words) ? top : undefined;
  });
}

/** A role as the list offers it when its name is typed. */
export async function roleOption(
  client: Client,
  form: OpenView,
  name: string,
): Promise<{ text: unknown; value: string }> {
  const { options = [] } = await client.options(form, "request.role", name);
  const found = options.find(({ text }) => text.text === name);
  if (found === undefined) throw new Error(`no role ${name} is offered`);
  return found;
}

/** What a wish means in the form on top, by action id; chooses "until" first where a date is wished for. */
export async function filledIn(client: Client, wish: Wish): Promise<Record<string, Given>> {
  let form = await formOf(client);
  const { name, role = "Auditor", life, date, reason = "nightly report", description } = wish;
  const given: Record<string, Given> = {
    "request.name": name,
    "request.role": await roleOption(client, form, role),
    "request.reason": reason,
  };
  if (description !== undefined) given["request.description"] = description;
  if (date !== undefined) {
    await client.click(form, "request.life", "until");
    form = await formOf(client, "Until the end of");
    given["request.date"] = date;
  } else if (life !== undefined) {
    given["request.life"] = life;
  }
  return given;
}

/** Asks for a key through the form, and waits until the form says that it is made. */
export async function askFor(program: Program, who: string | Client, wish: Wish): Promise<Request> {
  const client = typeof who === "string" ? await program.slack.as(who) : who;
  await openForm(client);
  expect(await client.submit(await filledIn(client, wish))).toEqual({ ok: true });
  await client.waitFor(({ modals }) => {
    const top = modals.at(-1);
    return top !== undefined && /is made|is approved/.test(textOf(top));
  });
  await client.closeModal();
  return (await requestNamed(program, wish.name)).value;
}

/** The newest request for a key of this name, whoever made it. */
export async function requestNamed({ context }: Program, name: string): Promise<Versioned<Request>> {
  const ids = (await trail(context.store)).filter((row) => row.event === "request.made");
  for (const { subject } of ids.toReversed()) {
    const found = await context.store.request(requestId.parse(subject.slice("request:".length)));
    if (found !== undefined && titleOf(found.value.wants) === name) return found;
  }
  throw new Error(`nobody has asked for ${name}`);
}

/** What was asked for, where that is a new key. */
export function newKeyIn({ wants }: Request): NewKey {
  if (wants.kind !== "new-key") throw new Error(`a ${wants.kind} was asked for`);
  return wants;
}

/** The claim of the newest request for this name. */
export async function claimNamed(program: Program, name: string): Promise<Versioned<Claim>> {
  const found = await program.context.store.claimOf((await requestNamed(program, name)).value.id);
  if (found === undefined) throw new Error(`${name} has no claim`);
  return found;
}

/** How many requests were ever made for a key of this name. */
export async function requestsMade({ context }: Program, name: string): Promise<number> {
  const made = (await trail(context.store)).filter((row) => row.event === "request.made");
  return made.filter((row) => JSON.parse(row.evidence).title === name).length;
}

/** Waits for a lasting message in this conversation that has all these words. */
export function messageWith(client: Client, channel: string, ...words: string[]): Promise<Message> {
  return client.waitFor(({ conversations }) => {
    const at = conversations.find(({ kind, ...one }) =>
      kind === "im" ? channel === "app" : "name" in one && `#${one.name}` === channel,
    );
    return at?.messages
      .filter(({ ephemeral }) => !ephemeral)
      .findLast((message) => words.every((each) => textOf(message).includes(each)));
  });
}

/** The approvers' card of a key, once it says all these words. */
export function cardOf(client: Client, name: string, ...words: string[]): Promise<Message> {
  return messageWith(client, "#key-approvals", `API key: ${name}\n`, ...words);
}

/** The approvers' card of a key, once it says these words no more. */
export function cardWithout(client: Client, name: string, words: string): Promise<Message> {
  return client.waitFor(({ conversations }) =>
    conversations
      .flatMap(({ messages }) => messages)
      .findLast((message) => {
        const text = textOf(message);
        return text.startsWith(`API key: ${name}\n`) && !text.includes(words);
      }),
  );
}

/** Waits for any message, private or not, that reads so. */
export function said(client: Client, words: string): Promise<Message> {
  return client.waitFor(({ conversations }) =>
    conversations.flatMap(({ messages }) => messages).findLast((message) => textOf(message).includes(words)),
  );
}

/** A click that Slack has stamped, and takes a moment to deliver; `arrived` once the program has acknowledged it. */
export async function clickOnItsWay(
  { slack }: Program,
  client: Client,
  where: Message,
  actionId: string,
): Promise<{ arrived: Promise<unknown> }> {
  const rule = { fault: "delay_delivery", method: "block_actions", times: 1, seconds: 0.8 } as const;
  slack.setFaults({ rules: [rule], away: [] });
  const arrived = client.click(where, actionId);
  await until(async () => {
    const faults = await fetch(`${slack.url}client/faults`);
    return ((await faults.json()) as { rules: unknown[] }).rules.length === 0;
  });
  return { arrived };
}

/** The private answer to a click that reaches the program just after it has ceased to count. */
export async function answerToLateClick(
  program: Program,
  client: Client,
  where: Message,
  actionId: string,
): Promise<string> {
  return answerTo(client, async () => {
    const click = await clickOnItsWay(program, client, where, actionId);
    program.clock.advance(31_000);
    await click.arrived;
  });
}

/** The words of the next private answer that comes of doing something. */
export async function answerTo(client: Client, act: () => Promise<unknown>): Promise<string> {
  return textOf(await privateAnswer(client, act));
}

/** The next private message that comes of doing something. */
export async function privateAnswer(client: Client, act: () => Promise<unknown>): Promise<Message> {
  const before = new Set((await client.ephemerals()).map(({ ts }) => ts));
  await act();
  return client.waitFor(({ conversations }) =>
    conversations
      .flatMap(({ messages }) => messages)
      .find(({ ephemeral, ts }) => ephemeral && !before.has(ts)),
  );
}

/** A card is redrawn every two seconds at most: this much later, the next change is drawn at once. */
export function letCardsBeDrawn({ clock }: Program): void {
  clock.advance(2000);
}

/** Somebody approves on the card in the channel, and the card says what came of it. */
export async function approve(program: Program, who: string | Client, name: string): Promise<Message> {
  const client = typeof who === "string" ? await program.slack.as(who) : who;
  const before = (await requestNamed(program, name)).version;
  const card = await cardOf(client, name, "[Approve]");
  letCardsBeDrawn(program);
  expect(await client.click(card, "decide.approve")).toEqual({ ok: true });
  await until(async () => (await requestNamed(program, name)).version > before);
  return cardOf(client, name, `<@${client.user}>`);
}

/** Somebody denies on the card in the channel, with a reason. */
export async function deny(program: Program, client: Client, name: string, because: string): Promise<void> {
  const card = await cardOf(client, name, "[Deny…]");
  letCardsBeDrawn(program);
  expect(await client.click(card, "decide.deny")).toEqual({ ok: true });
  await client.modal("Deny a request");
  expect(await client.submit({ "decide.because": because })).toEqual({ ok: true });
}

/** The asker's message with the button; with these words, where some are given. */
export function claimMessage(client: Client, name: string, ...words: string[]): Promise<Message> {
  return messageWith(client, "app", `Your API key ${name}`, ...words);
}

/** Presses the button in the asker's own message, and waits for the secret. */
export async function showSecret(
  program: Program,
  client: Client,
  name: string,
): Promise<{ secret: string; shown: Message }> {
  const message = await claimMessage(client, name, "[Show my secret once]");
  letCardsBeDrawn(program);
  const shown = await privateAnswer(client, async () => client.click(message, "claim.show"));
  const [secret] = secretsIn([shown]);
  if (secret === undefined) throw new Error(`no secret, but: ${textOf(shown)}`);
  letCardsBeDrawn(program);
  return { secret, shown };
}

/** Posts a message as the bot, with one button of this value: what an older version, or a forger, may have left. */
export async function postButton(
  { slack }: Program,
  client: Client,
  button: { action: string; value: string; words: string },
): Promise<Message> {
  const element = {
    type: "button",
    action_id: button.action,
    text: { type: "plain_text", text: button.words },
    value: button.value,
  };
  const posted = await fetch(`${slack.apiUrl}chat.postMessage`, {
    method: "POST",
    headers: { authorization: `Bearer ${slack.app.botToken}`, "content-type": "application/json" },
    body: JSON.stringify({
      channel: await client.channel("app"),
      text: button.words,
      blocks: [{ type: "actions", elements: [element] }],
    }),
  });
  expect(await posted.json()).toMatchObject({ ok: true });
  return said(client, button.words);
}

/** The main job up to an open claim. */
export async function askAndGetApproved(program: Program, asker: Client, wish: Wish): Promise<Request> {
  await askFor(program, asker, wish);
  await approve(program, "chiara", wish.name);
  return (await requestNamed(program, wish.name)).value;
}

/** Calls the manager as the message says. */
export async function statusWith({ context }: Program, secret: string): Promise<number> {
  const headers = { "api-secret-key": secret, "api-version": "v1" };
  return (await fetch(`${context.manager.url}/apikeys/current`, { headers })).status;
}

/** Waits for a condition; the sweep runs each second, so what waits for it takes that long. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  await vi.waitUntil(holds, { timeout: 10_000, interval: 100 });
}

/** The same while time runs on quickly: what could not be done is tried again only after a while. */
export async function inTime({ clock }: Program, holds: () => Promise<boolean>): Promise<void> {
  await until(async () => {
    clock.advance(1000);
    return holds();
  });
}

/** The refusals of a person that stand in the trail one by one, oldest first. */
export async function refusalsOf({ context }: Program, who: string): Promise<Record<string, unknown>[]> {
  const person = personNamed(who);
  return (await trail(context.store))
    .filter((row) => row.event === "refused" && row.actor === person)
    .map((row) => JSON.parse(row.evidence) as Record<string, unknown>);
}

/** Events that say something of a request or claim without changing it. */
const REMARKS = new Set(["refused", "refused.again", "card.found", "claim.asked-again"]);

/** The chain holds, and each change of each request and claim stands in it exactly once. */
export async function trailIsWhole(store: Store): Promise<void> {
  expect(await chainHolds(store)).toBe(true);
  const changes = new Map<string, string[]>();
  for (const { subject, event } of await trail(store))
    if (!REMARKS.has(event)) changes.set(subject, [...(changes.get(subject) ?? []), event]);
  for (const [subject, events] of changes) {
    const [kind, id] = subject.split(":");
    if (kind !== "request" && kind !== "claim") continue;
    const row =
      kind === "request" ? await store.request(requestId.parse(id)) : await store.claim(claimId.parse(id));
    // What is granted at once is made and approved in one write.
    const atOnce = row !== undefined && "approvals" in row.value && isAutomatic(row.value) ? 1 : 0;
    expect(events, subject).toHaveLength((row?.version ?? 0) + atOnce);
  }
}

function isAutomatic({ demands }: Request): boolean {
  return demands.length === 0;
}

/** The manager, of which a test takes single operations out of order; mended, it is the real one again. */
export function breakableManager(): {
  around: (context: Context) => Context;
  broken: Partial<Manager>;
  mended: () => void;
  real: () => Manager;
} {
  const broken: Partial<Manager> = {};
  let manager: Manager | undefined;
  return {
    broken,
    mended: () => {
      for (const name of Object.keys(broken)) delete broken[name as keyof Manager];
    },
    real: () => {
      if (manager === undefined) throw new Error("there is no manager yet");
      return manager;
    },
    around: (context) => {
      manager = context.manager;
      const get = (real: Manager, name: string | symbol): unknown =>
        Reflect.get(broken, name) ?? Reflect.get(real, name);
      return { ...context, manager: new Proxy(manager, { get }) };
    },
  };
}
