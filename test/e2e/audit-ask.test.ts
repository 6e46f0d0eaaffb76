import { afterAll, beforeAll, expect, test } from "vitest";
import { personId } from "../../src/domain/values.ts";
import { trail } from "../support/audit.ts";
import { personNamed } from "../support/context.ts";
import { privateAnswer, refusalsOf, textOf, trailIsWhole } from "../support/conversation.ts";
import { aWorkingKey, policyWithTwoResponders, type } from "../support/keys.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

let program: Program;
let ada: Client;
let grace: Client;
let request: string;
let key: number;

beforeAll(async () => {
  program = await startProgram({ policy: policyWithTwoResponders() });
  [ada, grace] = await Promise.all([program.slack.as("ada"), program.slack.as("grace")]);
  ({ id: key } = await aWorkingKey(program, ada, "ci-asked"));
  await type(ada, 'lock ci-asked because "too loud"');
  const made = (await trail(program.context.store)).find(({ event }) => event === "request.made");
  request = made?.subject.slice("request:".length) ?? "";
});
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

const asked = async (): Promise<unknown[]> =>
  (await trail(program.context.store))
    .filter(({ event }) => event === "audit.asked")
    .map(({ actor, evidence }) => ({ actor, ...JSON.parse(evidence) }));

test("an auditor asks what happened to a key, by its name or ID, its request and secret included", async () => {
  for (const which of ["ci-asked", "CI-Asked", key]) {
    const said = await type(grace, `audit key:${which}`);
    expect(said).toContain(`<@${ada.user}> made a request`);
    expect(said).toContain("was shown the secret");
    expect(said).toContain(`<@${ada.user}> locked the key: too loud`);
    expect(said).toContain(`key.locked, key:${key}`);
    expect(said.indexOf("locked the key")).toBeLessThan(said.indexOf("made a request"));
  }
});

test("who, what, which request and when are asked for in one line", async () => {
  const approved = await type(grace, `audit request:${request} event:request.approved since:1h until:0d`);
  expect(approved).toContain("I cannot read this search");
  const line = `request:${request} event:request.approved since:1h`;
  const said = await type(grace, `audit ${line}`);
  expect(said).toContain("approved the request");
  expect(said).not.toContain("made a request");
  const mine = await type(grace, `audit by:<@${ada.user}|ada> event:request`);
  expect(mine).toContain("made a request");
  expect(mine).not.toContain("approved");
  expect(await type(grace, "audit event:request until:2020-01-01")).toContain(
    "Nothing like this has happened.",
  );
  expect(await type(grace, "audit lockout:8QK2V7M4TXB1")).toContain("Nothing like this has happened.");
  expect(await type(grace, `audit key:${key} lockout:8QK2V7M4TXB1`)).toContain(
    "Nothing like this has happened.",
  );
});

test("asking is an event itself, with the line", async () => {
  const before = await asked();
  await type(grace, "audit event:policy  by:portcullis");
  expect((await asked()).slice(before.length)).toEqual([
    { actor: personNamed("grace"), query: "event:policy by:portcullis", events: 1 },
  ]);
  expect(await type(grace, "audit by:@me event:audit")).toContain("asked the audit trail");
});

test("nobody else is answered, and that they tried stands in the trail", async () => {
  const before = await asked();
  for (const who of ["ada", "farid", "chiara"]) {
    expect(await type(await program.slack.as(who), "audit")).toContain("Only auditors may do this");
    expect(await refusalsOf(program, who)).toContainEqual({ reason: "not-an-auditor" });
  }
  expect(await asked()).toEqual(before);
  expect(await type(grace, "audit event:refused")).toContain("refused (not-an-auditor)");
});

test("a mistake is named with its place, an unknown key with near ones, and a secret goes nowhere", async () => {
  expect(await type(grace, "audit by:@me wat")).toContain("from character 8 on");
  const near = await type(grace, "audit key:ci-askd");
  expect(near).toContain("ci-asked");
  const secret = `12:${"A".repeat(43)}=`;
  expect(await type(grace, `audit key:${secret}`)).toContain("looks as if it has a secret in it");
});

test("older events are a page away, and the way back too; each page is asked for anew", async () => {
  const event = {
    at: program.clock.now(),
    actor: personId.parse("UMANY"),
    event: "lockout.noted",
    evidence: {},
  } as const;
  const events = Array.from({ length: 45 }, (_, n) => ({ ...event, subject: `lockout:${n}` }));
  await program.context.store.commit({ changes: [], events });
  const subjects = (said: string): number[] => [...said.matchAll(/lockout:(\d+)/g)].map(([, n]) => Number(n));
  const first = await privateAnswer(grace, async () => grace.command("/apikey audit by:UMANY"));
  expect(textOf(first)).not.toContain("[Newest]");
  const seen = [subjects(textOf(first))];
  let page = first;
  for (let turns = 0; turns < 2; turns += 1) {
    const before = textOf(page);
    expect(await grace.click(page, "audit.older")).toEqual({ ok: true });
    page = await grace.waitFor(({ conversations }) =>
      conversations
        .flatMap(({ messages }) => messages)
        .find((each) => each.ts === first.ts && textOf(each) !== before),
    );
    seen.push(subjects(textOf(page)));
  }
  expect(seen.map((each) => each.length)).toEqual([20, 20, 5]);
  expect(seen.flat()).toEqual(Array.from({ length: 45 }, (_, n) => 44 - n));
  expect(textOf(page)).toContain("[Newest]");
  expect(textOf(page)).not.toContain("[Older]");
  expect((await asked()).slice(-3)).toMatchObject([{ events: 20 }, { events: 20 }, { events: 5 }]);
});
