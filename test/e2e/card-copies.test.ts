import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { proposeAdoption } from "../../src/domain/adoption.ts";
import type { AuditEvent } from "../../src/domain/audit.ts";
import { type Card as CardOf, newCard } from "../../src/domain/card.ts";
import { makeReminder } from "../../src/domain/reminder.ts";
import { makeReport } from "../../src/domain/report.ts";
import { DAY, type KeyId, requestId } from "../../src/domain/values.ts";
import type { Message } from "../../src/local-slack/client-protocol.ts";
import { reportLeaks } from "../../src/usecases/leak/leak.ts";
import type { Change } from "../../src/usecases/store-port.ts";
import { trail } from "../support/audit.ts";
import { personNamed } from "../support/context.ts";
import { approve, askFor, cardOf, inTime, textOf, trailIsWhole } from "../support/conversation.ts";
import { aWorkingKey, managedById, policyWithTwoResponders } from "../support/keys.ts";
import type { Client } from "../support/local-slack.ts";
import { declared } from "../support/lockouts.ts";
import { type Program, startProgram } from "../support/program.ts";
import { messagesSaying, TEAM } from "../support/upkeep.ts";

/* Slack has posted a card, and its answer was lost: the card stands twice, and a row knows the second alone. */

const INCIDENTS = { id: "C0INCIDENTS", name: "#incidents" };
let program: Program;
let ada: Client;
let farid: Client;
let key: { id: KeyId; secret: string };

beforeAll(async () => {
  program = await startProgram({ policy: policyWithTwoResponders() });
  program.clock.advanceToNoon();
  [ada, farid] = await Promise.all([program.slack.as("ada"), program.slack.as("farid")]);
  key = await aWorkingKey(program, ada, "ci-twice");
}, 60_000);
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

/** A row that we have made ourselves, with its cards, of which Slack says nothing. */
async function posted(
  change: Extract<Change, { row: "report" | "adoption" | "reminder" }>,
  event: AuditEvent,
  ...cards: [kind: CardOf["kind"], to: CardOf["to"]][]
): Promise<void> {
  const rows = cards.map(([kind, to]) => newCard(change.next.id, kind, to, event.at));
  const changes = [change, ...rows.map((next) => ({ row: "card" as const, next }))];
  await unheard(cards.length, async () => program.context.store.commit({ changes, events: [event] }));
}

/** Where a card stands, who presses which of its buttons there, and what it says when that is done. */
type Card = { reader: Client; where: string; title: string; press: string; after: string };

async function standsTwice({ reader, where, title }: Card): Promise<[Message, Message]> {
  const found = async () => messagesSaying(reader, where, title);
  await inTime(program, async () => (await found()).length === 2);
  const [unknown, known] = await found();
  expect(unknown?.blocks[0]?.block_id).toBe(known?.blocks[0]?.block_id);
  return [unknown!, known!];
}

/** What posts cards meanwhile: Slack says nothing of the first so many. */
async function unheard(cards: number, posting: () => Promise<unknown>): Promise<void> {
  const rules = [{ fault: "cut_after" as const, method: "chat.postMessage", times: cards }];
  program.slack.setFaults({ rules, away: [] });
  await posting();
}

/** A press on the one that no row knows, and both of them say what came of it. */
async function isHealed(card: Card): Promise<void> {
  const [unknown] = await standsTwice(card);
  program.slack.setFaults({ rules: [], away: [] });
  expect(await card.reader.click(unknown, card.press)).toEqual({ ok: true });
  const here = JSON.stringify({ channel: unknown.channel, ts: unknown.ts });
  await inTime(program, async () =>
    (await trail(program.context.store)).some(
      ({ event, evidence }) => event === "card.found" && evidence === here,
    ),
  );
  await inTime(program, async () => {
    const said = await messagesSaying(card.reader, card.where, card.title);
    const [first, second] = said.map(textOf);
    return said.length === 2 && first === second && first!.includes(card.after);
  });
}

test("a claim", async () => {
  const chiara = await program.slack.as("chiara");
  await askFor(program, ada, { name: "ci-claimed" });
  await cardOf(chiara, "ci-claimed", "[Approve]");
  await unheard(1, async () => approve(program, chiara, "ci-claimed"));
  const title = "Your API key ci-claimed";
  await isHealed({ reader: ada, where: "app", title, press: "claim.show", after: "The key is active since" });
});

test("a leak, for the responders and for the key's owner", async () => {
  const text = `${key.id}:${randomBytes(32).toString("base64")}`;
  program.canary.pasted(text);
  const message = { text, by: personNamed("emi"), channel: TEAM.id, ts: "1.2" };
  await unheard(2, async () => reportLeaks(program.context, message));
  const title = "A secret stood in a message: ci-twice";
  const theirs = { reader: farid, where: INCIDENTS.name, title, press: "leak.close", after: "Put aside by" };
  const owners = { reader: ada, where: "app", title: "A secret of your API key ci-twice" };
  await standsTwice({ ...owners, press: "", after: "" });
  await isHealed(theirs);
  await isHealed({ ...owners, press: "key.compromised", after: "The key is down." });
  const [card] = await messagesSaying(farid, INCIDENTS.name, title);
  expect(await farid.click(card!, "key.cleared")).toEqual({ ok: true });
  await inTime(program, async () => (await managedById(program, key.id))?.active === true);
});

test("a report of what happened outside", async () => {
  const { newId, clock } = program.context;
  const happenings = [{ key: key.id, name: "ci-twice", what: "deleted" as const, changes: [] }];
  const { next, event } = makeReport({ id: newId(), at: clock(), happenings });
  await posted({ row: "report", next }, event, ["outside", { channel: INCIDENTS.id }]);
  const title = "A key was deleted outside";
  const after = "Looked at by";
  await isHealed({ reader: farid, where: INCIDENTS.name, title, press: "outside.seen", after });
});

test("owners for the keys of a lost database", async () => {
  const { newId, clock } = program.context;
  const proposals = [
    { key: key.id, name: "ci-twice", owner: personNamed("ada"), request: requestId.parse(newId()) },
  ];
  const rest = { copied: [], forged: [], unmarked: 0, known: 0 };
  const { next, event } = proposeAdoption({ id: newId(), at: clock(), proposals, ...rest });
  await posted({ row: "adoption", next }, event, ["adoption", { channel: INCIDENTS.id }]);
  const title = "Owners for 1 key of a lost database";
  const after = "Left be by";
  await isHealed({ reader: farid, where: INCIDENTS.name, title, press: "adoption.decline", after });
});

test("a reminder, for the owner and for the team", async () => {
  const managed = await managedById(program, key.id);
  const of = managed?.expiresAt ?? 0;
  const about = { key: { ...managed!, createdAt: 0, expiresAt: of }, at: program.clock.now(), own: false };
  const occasion = { what: "expiry", of, step: 90 * DAY, last: true } as const;
  const told = { owner: personNamed("ada"), team: true };
  const { next, event } = makeReminder({ ...about, occasion }, told);
  await posted(
    { row: "reminder", next },
    event,
    ["key-reminder", { person: told.owner }],
    ["team-reminder", { channel: TEAM.id }],
  );
  const owners = { reader: ada, where: "app", title: "Expires soon: ci-twice" };
  await standsTwice({ ...owners, press: "", after: "" });
  await isHealed({ ...owners, press: "key.rotate", after: "[Let it go]" });
  await ada.closeModal();
  const team = { reader: farid, where: TEAM.name, title: ": ci-twice", press: "reminder.let-go" };
  await isHealed({ ...team, after: "lets it go" });
  // The owner's tell it as well.
  const saying = async () => (await messagesSaying(ada, "app", "Expiry: ci-twice")).map(textOf);
  await inTime(
    program,
    async () => (await saying()).filter((each) => each.includes("lets it go")).length === 2,
  );
});

test("an owner who has left, and a lockout", async () => {
  const ben = await program.slack.as("ben");
  await aWorkingKey(program, ben, "ci-bens");
  const become = async (kind: "deactivated" | "member") =>
    program.slack.admin("PATCH", `people/${ben.user}`, { kind });
  await unheard(1, async () => become("deactivated"));
  const left = { reader: farid, where: INCIDENTS.name, title: "<@U0BEN000001> is deactivated" };
  await isHealed({ ...left, press: "key.show", after: "1 key has lost its owner" });
  await become("member");
  await inTime(program, async () => {
    const said = (await messagesSaying(farid, INCIDENTS.name, left.title)).map(textOf);
    return said.length === 2 && said.every((each) => each.includes("They are back since"));
  });

  await unheard(1, async () => declared(program.context));
  const lockout = { reader: farid, where: INCIDENTS.name, title: "Lockout: INC-1" };
  await isHealed({ ...lockout, press: "lockout.note", after: "Contained" });
});
