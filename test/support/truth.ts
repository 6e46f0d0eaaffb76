import { expect } from "vitest";
import { normaliseBlocks } from "../../src/local-slack/block-kit/normalise.ts";
import type { Message } from "../../src/local-slack/client-protocol.ts";
import type { AuditRow } from "../../src/domain/audit.ts";
import type { Claim } from "../../src/domain/claim.ts";
import type { KeyRecord } from "../../src/domain/key.ts";
import { holding } from "../../src/domain/lockout.ts";
import type { Request } from "../../src/domain/request.ts";
import { requestId, SECOND } from "../../src/domain/values.ts";
import { titleOf } from "../../src/domain/wants.ts";
import { cardNamed } from "../../src/slack/card-name.ts";
import { slackMessages } from "../../src/slack/announce.ts";
import type { SlackClients } from "../../src/slack/connection/clients.ts";
import { openDatabase } from "../../src/store/dialects.ts";
import { readCard, readClaim, readKey, readLockout, readRequest } from "../../src/store/tables.ts";
import { drawDueCards } from "../../src/usecases/cards.ts";
import type { Context, ManagedKey } from "../../src/usecases/ports.ts";
import { verifyAudit } from "../../src/usecases/audit/verify-audit.ts";
import { trail } from "./audit.ts";
import { works } from "./context.ts";
import { textOf, trailIsWhole } from "./conversation.ts";
import { CROWD, type Crowd } from "./crowd.ts";
import { type Scene, waitUntilQuiet } from "./quiet.ts";

/** What is held against each other at the end: the store, the manager, Slack, and what people saw. */
export type World = Scene & {
  crowd: Crowd;
  /** How keys that nobody asked for here were made in the manager; active unless it says otherwise. */
  madeOutside?: ReadonlyMap<number, boolean>;
};

/** What there was to check: a run in which nothing happened proves nothing. */
export type Checked = {
  requests: number;
  keys: number;
  secrets: number;
  cards: number;
  lockouts: number;
  events: number;
  /** Attempts at showing a secret that were cut off. */
  givenUp: number;
  /**
   * Cards that stood a second time. `healed`: no row knew them, until a button on them was pressed here;
   * `left`: they have no button, so nobody can; `untrue`: those of them that say what is no more.
   */
  copies: { healed: number; left: number; untrue: number };
};

type Everything = {
  world: World;
  rows: AuditRow[];
  requests: Request[];
  claims: Claim[];
  records: KeyRecord[];
  managed: ManagedKey[];
};

/** Waits until all is quiet, holds everything against everything, and says all that is untrue at once. */
export async function checkTruth(world: World): Promise<Checked> {
  await waitUntilQuiet(world);
  const healed = await pressStrays(world);
  await waitUntilQuiet(world);
  const { context, where } = world;
  const { store, manager } = context;
  const { kysely } = openDatabase(where);
  try {
    const all: Everything = {
      world,
      rows: await trail(store),
      requests: (await kysely.selectFrom("requests").selectAll().execute()).map(
        (row) => readRequest(row).value,
      ),
      claims: (await kysely.selectFrom("claims").selectAll().execute()).map((row) => readClaim(row).value),
      records: (await kysely.selectFrom("keys").selectAll().execute()).map((row) => readKey(row).value),
      managed: await manager.keysAfter(0, 1_000_000),
    };
    const lockouts = (await kysely.selectFrom("lockouts").selectAll().execute()).map(readLockout);
    const items = await kysely.selectFrom("lockout_items").select(["lockout", "key", "state"]).execute();
    const cards = await kysely.selectFrom("cards").selectAll().where("gone", "=", 0).execute();
    const { flaws } = await verifyAudit(store, []);
    const looked = await cardFlaws(world, cards);
    const between = ["waiting", "locked", "leaving", "opening", "opened"];
    const untrue = [
      ...flaws.map((flaw) => `the audit chain: ${JSON.stringify(flaw)}`),
      ...promisesBroken(all),
      ...all.requests.flatMap((each) => requestFlaws(all, each)),
      ...all.claims.flatMap((each) => claimFlaws(all, each)),
      ...(await keyFlaws(all)),
      ...(await secretFlaws(all)),
      ...items
        .filter(({ state }) => between.includes(state))
        .map(({ lockout, key, state }) => `key ${key} of lockout ${lockout} is left ${state}`),
      ...looked.flaws,
    ];
    expect(untrue).toEqual([]);
    await trailIsWhole(store);
    return {
      requests: all.requests.length,
      keys: all.records.length,
      secrets: world.crowd.shown().length,
      cards: cards.length,
      lockouts: lockouts.length,
      events: all.rows.length,
      givenUp: all.rows.filter(({ event }) => event === "claim.given-up").length,
      copies: { healed, ...looked.copies },
    };
  } finally {
    await kysely.destroy();
  }
}

/** What people were told is done, and does not stand in the store or the trail as often. */
function promisesBroken({ world, rows, requests, records }: Everything): string[] {
  const told = world.crowd.told();
  const names = new Map(records.map(({ id, name }) => [`key:${id}`, name]));
  for (const { id, wants } of requests) names.set(`request:${id}`, titleOf(wants));
  const made = new Map(requests.map((each) => [each.id, each]));
  return told.flatMap(({ event, by, about, request }) => {
    const said = `${by} was told of ${event}: ${about}`;
    if (request !== undefined) {
      const found = made.get(requestId.parse(request));
      return found?.asker === by ? [] : [`${said}, and there is no such request`];
    }
    const alike = told.filter((each) => each.event === event && each.by === by && each.about === about);
    const stand = rows.filter((row) => {
      const name = names.get(row.subject);
      // "Your request for another role for ada-3 is made": the name stands at its end.
      return (
        row.event === event && row.actor === by && name !== undefined && ` ${about}`.endsWith(` ${name}`)
      );
    });
    return stand.length >= alike.filter((each) => each.request === undefined).length
      ? []
      : [`${said}, ${alike.length} times, and ${stand.length} stand in the trail`];
  });
}

const ENDS = ["denied", "withdrawn", "lapsed", "fulfilled", "failed", "applied"];

function requestFlaws({ world, rows }: Everything, request: Request): string[] {
  const of = (name: string) =>
    rows.filter((row) => row.subject === `request:${request.id}` && row.event === name);
  const ends = ENDS.flatMap((end) => of(`request.${end}`).map(() => end));
  const flaws: string[] = [];
  const say = (words: string): void =>
    void flaws.push(`request ${request.id} (${request.wants.kind}) ${words}`);
  if (of("request.made").length !== 1) say(`was made ${of("request.made").length} times`);
  const isEnd = ENDS.includes(request.state);
  if (ends.join(", ") !== (isEnd ? request.state : ""))
    say(`is ${request.state}, and ended as ${ends.join(", ") || "nothing"}`);
  const wasApproved = of("request.approved").length;
  if (wasApproved > 1) say(`was approved ${wasApproved} times`);
  const approvers = request.approvals.map(({ by }) => by);
  if (new Set(approvers).size !== approvers.length) say(`counts somebody twice: ${approvers.join(", ")}`);
  if (approvers.includes(request.asker)) say("was approved by who asked");
  if (wasApproved > 0) {
    const { groups } = world.context.policy().policy;
    for (const { rule, needs } of request.demands)
      for (const { group, approvals } of needs) {
        const named = groups[group];
        const members = named !== undefined && "people" in named ? named.people : approvers;
        const met = approvers.filter((each) => members.includes(each)).length;
        if (met < approvals)
          say(`was approved by ${met} of the ${approvals} of ${group} that "${rule}" needs`);
      }
  }
  return flaws;
}

function claimFlaws({ world, rows }: Everything, claim: Claim): string[] {
  const flaws: string[] = [];
  const say = (words: string): void => void flaws.push(`claim ${claim.id} (${claim.purpose.kind}) ${words}`);
  if (["minting", "showing", "undoing"].includes(claim.state)) say(`is left ${claim.state}`);
  if (claim.strays.length > 0) say("still looks for strays");
  const of = (name: string) =>
    rows.filter((row) => row.subject === `claim:${claim.id}` && row.event === name);
  const delivered = of("claim.delivered").length;
  if (delivered > 1) say(`was delivered ${delivered} times`);
  const shown = world.crowd.shown().filter((each) => each.claim === claim.id);
  const tries = of("claim.showing").length;
  if (shown.length > tries) say(`showed ${shown.length} secrets in ${tries} tries`);
  if (claim.state === "delivered" && shown.length === 0) say("is delivered, and nobody was shown anything");
  if (claim.state === "delivered" && tries === 1 && shown.length !== 1) say(`showed ${shown.length} secrets`);
  for (const { to } of shown) if (to !== claim.owner) say(`was shown to ${to}`);
  return flaws;
}

/** A key is as our record has it, and active exactly if nothing holds it and its base says so; no other is there. */
async function keyFlaws({ world, claims, records, managed }: Everything): Promise<string[]> {
  const { context, madeOutside } = world;
  const own = await context.manager.describeCurrent();
  const ours = new Map(records.map((each) => [Number(each.id), each]));
  const inManager = new Map(managed.map((each) => [Number(each.id), each]));
  const flaws: string[] = [];
  const delivered = new Set(
    claims.flatMap((each) =>
      each.state === "delivered" && each.purpose.kind === "new-key" ? [Number(each.key)] : [],
    ),
  );
  for (const key of managed) {
    const record = ours.get(key.id);
    if (key.id === own.id) continue;
    const outside = madeOutside?.has(key.id) === true || record?.origin.kind === "outside";
    if (!outside && !delivered.has(key.id)) {
      flaws.push(`key ${key.id} (${key.name}) is in the manager, and its secret reached nobody`);
      continue;
    }
    if (record !== undefined && record.deletedAt !== undefined)
      flaws.push(`key ${key.id} (${key.name}) is in the manager, and should be gone`);
    const about = record ?? { id: key.id, name: key.name, role: key.role, owner: undefined };
    const { lockouts } = await context.store.gate(key.id);
    const held = record?.holds !== undefined || holding(lockouts, about) !== undefined;
    const should = !held && (outside ? (madeOutside?.get(key.id) ?? true) : true);
    // Nobody changes keys of ours but we: what was carried out stands in the manager, and nothing else.
    const ends = (record?.expiresAt ?? 0) - (key.expiresAt ?? 0);
    if (!outside && record !== undefined)
      if (record.name !== key.name || record.role !== key.role || Math.abs(ends) >= SECOND)
        flaws.push(
          `key ${key.id} (${key.name}) is another than on record: ${JSON.stringify({ record, key })}`,
        );
    if (key.active !== should)
      flaws.push(`key ${key.id} (${key.name}) is ${key.active ? "" : "in"}active: ${JSON.stringify(record)}`);
  }
  for (const { id, name, deletedAt } of records)
    if (deletedAt === undefined && !inManager.has(id))
      flaws.push(`key ${id} (${name}) is not in the manager`);
  return flaws;
}

/** Each secret stood in one message; the last that a delivered claim showed works, and no other. */
async function secretFlaws({ world, rows, claims, managed }: Everything): Promise<string[]> {
  const { context, crowd } = world;
  const shown = crowd.shown();
  const flaws: string[] = [];
  for (const [secret, messages] of Map.groupBy(shown, (each) => each.secret))
    if (messages.length > 1)
      flaws.push(`the secret of key ${secret.split(":")[0]} was shown ${messages.length} times`);
  const active = new Set(managed.filter((each) => each.active).map(({ id }) => Number(id)));
  for (const [key, messages] of Map.groupBy(shown, (each) => each.key)) {
    const begun = (claim: string): number =>
      rows.findLast((row) => row.subject === `claim:${claim}` && row.event === "claim.minting")?.seq ?? 0;
    // An attempt at a new secret that came to nothing may have ended the old one: nobody knows.
    const attempts = claims.filter(({ purpose, id }) =>
      purpose.kind === "rotation" ? purpose.key === key : messages.some(({ claim }) => claim === id),
    );
    const latest = attempts.toSorted((a, b) => begun(b.id) - begun(a.id))[0];
    const good =
      latest?.state === "delivered"
        ? messages.filter(({ claim }) => claim === latest.id).toSorted((a, b) => (a.ts < b.ts ? 1 : -1))[0]
        : undefined;
    if (good !== undefined && active.has(key) && !(await works(context.manager.url, good.secret)))
      flaws.push(`key ${key} is active, and the secret that was shown last does not open it`);
    const unsure = latest !== undefined && latest.state !== "delivered" && latest.purpose.kind === "rotation";
    const lastGood = unsure ? messages.at(-1) : good;
    for (const each of messages)
      if (each !== good && each !== lastGood && (await works(context.manager.url, each.secret)))
        flaws.push(`a secret of key ${key} works that was replaced or made void`);
  }
  return flaws;
}

type CardRow = Parameters<typeof readCard>[0];

/**
 * Every card is word for word what drawing it now would give, and so is every copy that has a button,
 * since it was pressed. Of copies without one, which nobody can heal, it is said how many there are.
 */
async function cardFlaws(
  world: World,
  rows: readonly CardRow[],
): Promise<{ flaws: string[]; copies: { left: number; untrue: number } }> {
  const messages = await everyMessage(world.crowd);
  const flaws: string[] = [];
  const drawn = await drawnNow(world, rows, flaws);
  const known = new Set<string>();
  for (const row of rows) {
    const { id, place } = readCard(row);
    if (place === undefined) {
      flaws.push(`card ${id} was never posted`);
      continue;
    }
    const at = `${place.channel} ${place.ts}`;
    known.add(at);
    const stands = messages.get(at);
    const should = drawn.get(at);
    if (stands === undefined) flaws.push(`card ${id} is not in Slack`);
    else if (should === undefined) flaws.push(`card ${id} cannot be drawn`);
    else if (lookOf(stands) !== lookOf(should))
      flaws.push(`card ${id} says\n${textOf(stands)}\nand should say\n${wordsOf(should)}`);
  }
  const looks = new Set([...drawn.values()].map(lookOf));
  const strays = [...messages].filter(([at, message]) => !known.has(at) && isCard(message));
  for (const [at, message] of strays)
    if (buttonOf(message) !== undefined)
      flaws.push(`no row knows the message at ${at}, though it was pressed: ${textOf(message)}`);
  const untrue = strays.filter(([, message]) => !looks.has(lookOf(message))).length;
  return { flaws, copies: { left: strays.length, untrue } };
}

const isCard = ({ app, blocks }: Message): boolean =>
  app !== undefined && cardNamed(blocks[0]?.block_id) !== undefined;

/** Of a card's buttons rather one that changes nothing; whichever it is, all has to be true afterwards. */
const MILD = ["decide.deny", "claim.show", "lockout.note", "key.show"];

function buttonOf({ blocks }: Message): string | undefined {
  const buttons = blocks.flatMap((block) => (block.type === "actions" ? block.elements : []));
  const ids = buttons.flatMap((each) => each.action_id ?? []);
  return MILD.find((each) => ids.includes(each)) ?? ids[0];
}

/**
 * A message that was posted just before a process died, or whose answer was lost, stands a second time,
 * and no row knows it. It is drawn anew from the first press of a button on it: so each is pressed, by
 * somebody who sees it. Answers how many there were.
 */
async function pressStrays({ crowd, where }: World): Promise<number> {
  const { kysely } = openDatabase(where);
  const rows = await kysely.selectFrom("cards").selectAll().execute();
  await kysely.destroy();
  const places = rows.flatMap((row) => readCard(row).place ?? []);
  const known = new Set(places.map(({ channel, ts }) => `${channel} ${ts}`));
  let pressed = 0;
  for (const name of CROWD) {
    const client = crowd.client(name);
    for (const { id, messages } of (await client.snapshot()).conversations)
      for (const message of messages) {
        const button = buttonOf(message);
        const stray = isCard(message) && !message.ephemeral && !known.has(`${id} ${message.ts}`);
        if (!stray || button === undefined) continue;
        known.add(`${id} ${message.ts}`);
        expect(await client.click(message, button), textOf(message)).toEqual({ ok: true });
        pressed += 1;
      }
  }
  return pressed;
}

/** Lasting messages of all conversations that the crowd sees, by channel and timestamp. */
async function everyMessage(crowd: Crowd): Promise<Map<string, Message>> {
  const all = new Map<string, Message>();
  for (const name of CROWD)
    for (const { messages } of (await crowd.client(name).snapshot()).conversations)
      for (const message of messages)
        if (!message.ephemeral) all.set(`${message.channel} ${message.ts}`, message);
  return all;
}

type Look = Pick<Message, "text" | "blocks">;

/** The program's own drawing of each card, taken where it would go to Slack. */
async function drawnNow(
  { context }: World,
  rows: readonly CardRow[],
  flaws: string[],
): Promise<Map<string, Look>> {
  const drawn = new Map<string, Look>();
  const update = async ({
    channel,
    ts,
    text,
    blocks,
  }: Look & { channel: string; ts: string }): Promise<{ ts: string }> => {
    drawn.set(`${channel} ${ts}`, { text, blocks });
    return { ts };
  };
  const taking = { notify: { chat: { update } } } as unknown as SlackClients;
  const left = new Map(rows.flatMap((row) => (row.place === null ? [] : [[row.id, row]])));
  const complain = (fields: Record<string, unknown>): void =>
    void flaws.push(`not drawn: ${JSON.stringify(fields)}`);
  const drawing: Context = {
    ...context,
    messages: slackMessages(taking),
    log: { debug: () => {}, info: () => {}, warn: complain, error: complain },
    store: {
      ...context.store,
      leaseCards: async () => [...left.values()].map((row) => ({ card: readCard(row), wanted: row.wanted })),
      // On a busy machine the manager may take longer than a drawing waits: then it is not what should stand there.
      cardDrawn: async (id, { incomplete }) => void (incomplete || left.delete(id)),
      cardFailed: async (id) => void left.delete(id),
    },
  };
  for (let tries = 0; left.size > 0 && tries < TRIES; tries += 1) await drawDueCards(drawing);
  for (const id of left.keys()) flaws.push(`card ${id} cannot be drawn whole`);
  return drawn;
}

/** How often a card is drawn that lacks something. */
const TRIES = 20;

/** What an approver would look up is told as of the drawing, and nothing makes a card stale by it. */
const EVIDENCE = '"The same with the role ';

/** Without ids that Slack makes up, as Slack fills blocks in. */
function lookOf({ text, blocks }: Look): string {
  const whole = normaliseBlocks(blocks, () => "").map((block) => ({ ...block, block_id: "" }));
  return JSON.stringify([text, whole.filter((block) => !JSON.stringify(block).includes(EVIDENCE))], sorted);
}

function sorted(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const wordsOf = ({ text, blocks }: Look): string =>
  textOf({ text, blocks, ts: "", channel: "", user: "", edited: false, ephemeral: false });
