import type { Message, OpenView } from "../../src/local-slack/client-protocol.ts";
import { textOf } from "./conversation.ts";
import type { Client, TestSlack } from "./local-slack.ts";

/** Somebody of the crowd. */
export type Person = {
  name: string;
  client: Client;
  luck: () => number;
  slack: TestSlack;
  /** Of all keys that anybody has asked for so far. */
  names: string[];
  /** Those of them whose secret somebody has seen. */
  seen: Set<string>;
};

/** One thing to do; whether it was done to its end, as far as one person can see. */
type Act = (person: Person) => Promise<boolean>;
type Weighed = { name: string; weight: number; act: Act };

/** How long somebody looks for what should come of a click, before they shrug: milliseconds. */
const PATIENCE = 4000;

const ASKERS: Weighed[] = [
  { name: "ask by form", weight: 10, act: askByForm },
  { name: "ask by line", weight: 10, act: askByLine },
  { name: "withdraw", weight: 3, act: withdraw },
  { name: "lock", weight: 6, act: lock },
  { name: "unlock", weight: 6, act: unlock },
  { name: "rotate", weight: 5, act: rotate },
  { name: "extend", weight: 4, act: extend },
  { name: "role", weight: 4, act: changeRole },
];
const EVERYBODY: Weighed[] = [
  { name: "claim", weight: 25, act: claim },
  { name: "stored", weight: 8, act: stored },
  { name: "look up", weight: 8, act: lookUp },
];
const APPROVERS: Weighed[] = [
  { name: "approve", weight: 40, act: approve },
  { name: "deny", weight: 4, act: deny },
  { name: "approve late", weight: 4, act: approveLate },
];
const RESPONDERS: Weighed[] = [
  { name: "lock", weight: 6, act: lock },
  { name: "unlock", weight: 8, act: unlock },
  { name: "rotate", weight: 2, act: rotate },
  { name: "lockout", weight: 3, act: lockout },
  { name: "restore", weight: 8, act: restore },
  { name: "approve", weight: 12, act: approve },
];

/** What somebody does who is what they are in the policy of the tests. */
export function actsFor(name: string): Weighed[] {
  return [
    ...EVERYBODY,
    ...(["ada", "ben", "dmitri"].includes(name) ? ASKERS : []),
    ...(["chiara", "dmitri", "emi"].includes(name) ? APPROVERS : []),
    ...(["chiara", "emi", "farid"].includes(name) ? RESPONDERS : []),
  ];
}

function one<Thing>({ luck }: Person, things: readonly Thing[]): Thing | undefined {
  return things[Math.floor(luck() * things.length)];
}

function newName({ name, names }: Person): string {
  const made = `${name}-${names.length + 1}`;
  names.push(made);
  return made;
}

/** Mostly what is small; sometimes what needs two approvals. */
const aRole = ({ luck }: Person): string => (luck() < 0.8 ? "Auditor" : "Full Access");

/** The modal on top, once it is what is looked for. */
function modal({ client }: Person, is: (top: OpenView) => boolean): Promise<OpenView> {
  return client.waitFor(({ modals }) => {
    const top = modals.at(-1);
    return top !== undefined && is(top) ? top : undefined;
  }, PATIENCE);
}

const has = (where: Message | OpenView, words: string): boolean =>
  JSON.stringify("ts" in where ? where.blocks : where.view.blocks).includes(words);

/** Does it, and waits for the next private answer. */
async function heard({ client }: Person, act: () => Promise<unknown>): Promise<string> {
  const before = new Set((await client.ephemerals()).map(({ ts }) => ts));
  await act();
  const answer = await client.waitFor(
    ({ conversations }) =>
      conversations
        .flatMap(({ messages }) => messages)
        .find(({ ephemeral, ts }) => ephemeral && !before.has(ts)),
    PATIENCE,
  );
  return textOf(answer);
}

/** Lasting messages here that have such a button; those of late more often than old ones. */
async function withButton(
  person: Person,
  channels: readonly string[],
  action: string,
): Promise<Message | undefined> {
  const all = (await Promise.all(channels.map((each) => person.client.messages(each)))).flat();
  const clickable = all.filter((each) => has(each, `"${action}"`));
  return one(person, person.luck() < 0.7 ? clickable.slice(-6) : clickable);
}

/** One click, or in a hurry two at once. */
async function press(person: Person, where: Message | OpenView, action: string): Promise<boolean> {
  const times = person.luck() < 0.2 ? 2 : 1;
  const outcomes = await Promise.all(
    Array.from({ length: times }, async () => person.client.click(where, action)),
  );
  return outcomes.every(({ ok }) => ok);
}

async function send(person: Person, filled: Parameters<Client["submit"]>[0]): Promise<boolean> {
  const times = person.luck() < 0.2 ? 2 : 1;
  const results = await Promise.all(Array.from({ length: times }, async () => person.client.submit(filled)));
  return results.some(({ ok, errors }) => ok && errors === undefined);
}

async function askByForm(person: Person): Promise<boolean> {
  await person.client.command("/apikey request");
  const form = await modal(person, (top) => has(top, '"request.name"'));
  const role = aRole(person);
  const { options = [] } = await person.client.options(form, "request.role", role);
  const option = options.find(({ text }) => text.text === role);
  if (option === undefined) return false;
  const given = {
    "request.name": newName(person),
    "request.role": option,
    "request.reason": "nightly report",
  };
  return sendAsked(person, given);
}

async function askByLine(person: Person): Promise<boolean> {
  const name = newName(person);
  await person.client.command(`/apikey request ${name} as ${aRole(person)} for 30 days because a report`);
  await modal(person, (top) => has(top, '"request.name"'));
  return sendAsked(person, {});
}

async function sendAsked(person: Person, given: Parameters<Client["submit"]>[0]): Promise<boolean> {
  if (!(await send(person, given))) return false;
  return /is made|is approved/.test(
    textOf(await modal(person, (top) => /is made|is approved|This did not/.test(textOf(top)))),
  );
}

const CARDS = ["#key-approvals", "#incidents"];

async function approve(person: Person): Promise<boolean> {
  const card = await withButton(person, CARDS, "decide.approve");
  return card !== undefined && (await press(person, card, "decide.approve"));
}

/** The click takes its time on the way: by its arrival the card may say something else. */
async function approveLate(person: Person): Promise<boolean> {
  const card = await withButton(person, CARDS, "decide.approve");
  if (card === undefined) return false;
  const seconds = 0.2 + person.luck();
  const rules = [{ fault: "delay_delivery", method: "block_actions", times: 1, seconds } as const];
  person.slack.setFaults({ rules, away: [] });
  return press(person, card, "decide.approve");
}

async function deny(person: Person): Promise<boolean> {
  const card = await withButton(person, CARDS, "decide.deny");
  if (card === undefined || !(await person.client.click(card, "decide.deny")).ok) return false;
  await modal(person, (top) => has(top, '"decide.because"'));
  return send(person, { "decide.because": "not this week" });
}

async function claim(person: Person): Promise<boolean> {
  const offer = await withButton(person, ["app"], "claim.show");
  return offer !== undefined && (await press(person, offer, "claim.show"));
}

async function stored(person: Person): Promise<boolean> {
  const secrets = (await person.client.ephemerals()).filter((each) => has(each, '"claim.stored"'));
  const [first] = secrets;
  return first !== undefined && (await person.client.click(first, "claim.stored")).ok;
}

async function withdraw(person: Person): Promise<boolean> {
  await heard(person, async () => person.client.command("/apikey requests"));
  const lists = (await person.client.ephemerals()).filter((each) => has(each, '"requests.withdraw"'));
  const list = lists.at(-1);
  return list !== undefined && (await press(person, list, "requests.withdraw"));
}

/** Mostly a key that there is, one's own where there are such; now and then any that was ever asked for. */
function aKey(person: Person): string {
  const { names, seen, luck, name } = person;
  const some = luck() < 0.85 && seen.size > 0 ? [...seen] : names;
  const own = some.filter((each) => each.startsWith(`${name}-`));
  return one(person, (own.length > 0 ? own : some).slice(-10)) ?? "nothing";
}

const line = (words: (key: string, person: Person) => string): Act => {
  return async (person) => {
    const answer = await heard(person, async () =>
      person.client.command(`/apikey ${words(aKey(person), person)}`),
    );
    return answer !== "";
  };
};

function lock(person: Person): Promise<boolean> {
  const span = person.luck() < 0.3 ? "for 2 minutes " : "";
  return line((key) => `lock ${key} ${span}because odd calls`)(person);
}

function unlock(person: Person): Promise<boolean> {
  return line((key) => `unlock ${key}`)(person);
}

function extend(person: Person): Promise<boolean> {
  const days = 100 + Math.floor(person.luck() * 200);
  return line((key) => `extend ${key} until in ${days} days because it goes on`)(person);
}

function changeRole(person: Person): Promise<boolean> {
  return line((key, who) => `role ${key} to ${aRole(who)} because the work has changed`)(person);
}

async function rotate(person: Person): Promise<boolean> {
  await person.client.command(`/apikey rotate ${aKey(person)}`);
  const form = await modal(person, (top) => !textOf(top).includes("One moment"));
  return form.view.type === "modal" && form.view.submit != null && (await send(person, {}));
}

const LOOKS = ["list", "requests", "whoami", "help", "roles"];

async function lookUp(person: Person): Promise<boolean> {
  const { client, luck } = person;
  if (luck() < 0.2) return (await client.open(await client.channel("app"), "home")).ok;
  const what = luck() < 0.4 ? `show ${aKey(person)}` : (one(person, LOOKS) ?? "help");
  return (await client.command(`/apikey ${what}`)).ok;
}

/** A few keys of one person; never everything, so that the others can go on. */
async function lockout(person: Person): Promise<boolean> {
  const key = aKey(person);
  const some = /\d\d$/.test(key) && person.luck() < 0.5 ? `${key.slice(0, -1)}*` : key;
  await person.client.command(`/apikey lockout ${some}`);
  const form = await modal(person, (top) => has(top, '"lockout.incident"'));
  const incident = `INC-${Math.floor(person.luck() * 1e6)}`;
  return send(person, {
    "lockout.incident": incident,
    "lockout.because": "a laptop was stolen",
    ...(has(form, '"lockout.typed"') ? { "lockout.typed": incident } : {}),
  });
}

async function restore(person: Person): Promise<boolean> {
  const card = await withButton(person, ["#incidents"], "lockout.restore");
  if (card === undefined || !(await person.client.click(card, "lockout.restore")).ok) return false;
  await modal(person, (top) => has(top, '"restore.because"'));
  return send(person, { "restore.because": "all is clean again" });
}
