import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MINUTE } from "../../src/domain/values.ts";
import type { Message } from "../../src/local-slack/client-protocol.ts";
import type { ManagedKey } from "../../src/usecases/ports.ts";
import { eventsOf, trail } from "../support/audit.ts";
import { personNamed } from "../support/context.ts";
import {
  answerTo,
  askFor,
  cardOf,
  inTime,
  messageWith,
  refusalsOf,
  requestNamed,
  statusWith,
  textOf,
  trailIsWhole,
  until,
} from "../support/conversation.ts";
import { aWorkingKey, formAfter, modalWith, type } from "../support/keys.ts";
import type { Client } from "../support/local-slack.ts";
import { activeNow, makeKeys, policyForIncidents } from "../support/lockouts.ts";
import { type Program, startProgram } from "../support/program.ts";

let program: Program;
let ada: Client;
let chiara: Client;
let emi: Client;
let farid: Client;
let keys: ManagedKey[];
let secret: string;

beforeAll(async () => {
  program = await startProgram({ policy: policyForIncidents() });
  const as = async (name: string) => program.slack.as(name);
  [ada, chiara, emi, farid] = await Promise.all([as("ada"), as("chiara"), as("emi"), as("farid")]);
  await program.slack.admin("PATCH", "channels/C0INCIDENTS", {
    add: [personNamed("emi"), personNamed("chiara")],
  });
  ({ secret } = await aWorkingKey(program, ada, "ci-ada"));
  keys = await makeKeys(program.context.manager, 30);
  program.clock.advance(6 * MINUTE);
  await until(async () => ((await program.context.store.inventoryState())?.counts.all ?? 0) >= 31);
}, 60_000);
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

const TITLE = "Lockout: INC-7";
const card = async (who: Client, ...words: string[]) =>
  messageWith(who, "#incidents", TITLE, "Declared: by", ...words);
const below = async (which = card(farid)): Promise<string> => {
  const { ts } = await which;
  const messages = await farid.messages("#incidents");
  return messages
    .filter(({ threadTs }) => threadTs === ts)
    .map(textOf)
    .join("\n");
};

describe("declaring", () => {
  test("is for responders; everything else is told no", async () => {
    await ada.command("/apikey lockout key*");
    await modalWith(ada, "Only incident responders may do this");
    await ada.closeModal({ all: true });
    expect(await refusalsOf(program, "ada")).toContainEqual({ reason: "not-a-responder" });
  });

  test("shows first what it would do, anew with each scope, and never takes all keys for nothing typed", async () => {
    await formAfter(farid, "lockout", "Write a search above, or choose all keys");
    const form = await modalWith(farid, "Write a search above");
    await farid.click(form, "lockout.which", "all");
    const all = await modalWith(farid, "31 keys", "the key that I work with");
    expect(textOf(all)).toContain("Type the incident's reference once more");
    await farid.closeModal({ all: true });
    const presets = await formAfter(farid, "lockout", "Write a search above");
    await farid.click(presets, "lockout.which", "role");
    await modalWith(farid, "Write the role's name above");
    await farid.click(await modalWith(farid, "Its name, such as Auditor"), "lockout.which", "owner");
    await farid.click(await modalWith(farid, "Choose whose keys above"), "lockout.owner", ada.user);
    await modalWith(farid, "1 key", "ci-ada");
    await farid.closeModal({ all: true });
    const some = await formAfter(farid, "lockout key-1*", "11 keys");
    expect(textOf(some)).toContain("The most dangerous first");
    expect(textOf(some)).not.toContain("once more");
    await farid.closeModal({ all: true });
    await formAfter(farid, "lockout used>tomorrow", "I cannot read this search");
    await farid.closeModal({ all: true });
  });

  test("wants the incident's reference typed twice where there are many, and says what is missing at its field", async () => {
    const before = await activeNow(program.context.manager);
    await formAfter(farid, "lockout has:no-expiry", "30 keys");
    const nothing = await farid.submit({});
    expect(nothing.errors?.["lockout.incident"]).toBeDefined();
    const given = { "lockout.incident": "INC-7", "lockout.because": "a laptop was stolen" };
    const untyped = await farid.submit(given);
    expect(Object.keys(untyped.errors ?? {})).toEqual(["lockout.typed"]);
    await farid.submit({ ...given, "lockout.until": "some day", "lockout.typed": "INC-7" });
    expect((await farid.modal()).errors["lockout.until"]).toContain("I cannot read");
    for (const typed of ["INC-8", " "]) {
      const once = await farid.submit({ ...given, "lockout.until": "", "lockout.typed": typed });
      expect(once.errors?.["lockout.typed"]).toContain("type the incident's reference once more (INC-7)");
    }
    expect(textOf(await farid.modal())).not.toContain("This did not work");
    expect(await activeNow(program.context.manager)).toEqual(before);
    await farid.closeModal({ all: true });
  });
});

describe("a lockout", () => {
  test("locks what is in scope within seconds, and its card says so only when it was read back", async () => {
    await formAfter(farid, "lockout", "Write a search above");
    await farid.click(await modalWith(farid, "Write a search above"), "lockout.which", "all");
    await modalWith(farid, "31 keys");
    await farid.submit({
      "lockout.incident": "INC-7",
      "lockout.because": "a laptop was stolen",
      "lockout.typed": "INC-7",
    });
    await modalWith(farid, "Declared");
    await farid.closeModal({ all: true });
    await until(async () => ![...(await activeNow(program.context.manager)).values()].some(Boolean));
    expect(await statusWith(program, secret)).not.toBe(200);
    await inTime(program, async () => textOf(await card(farid)).includes("Contained: every key"));
    const text = textOf(await card(farid));
    expect(text).toContain("31 locked and read back, 1 left alone");
    expect(text).toContain("Clock: first locked after");
    expect(text).toContain("verified after");
    expect(text).toContain("the key that I work with myself");
  });

  test("tells each owner once, of all of their keys", async () => {
    await messageWith(ada, "app", "An API key of yours is locked", "INC-7", "a laptop was stolen", "ci-ada");
    const mine = (await ada.messages("app")).filter((each) => textOf(each).includes("of yours is locked"));
    expect(mine).toHaveLength(1);
  });

  test("keeps its timeline below the card, with the responders' notes, and nobody else's", async () => {
    await inTime(program, async () => (await below()).includes("read keys back as inactive ("));
    await emi.click(await card(emi), "lockout.note");
    program.slack.setFaults({
      rules: [{ fault: "deliver_twice", method: "view_submission", times: 1 }],
      away: [],
    });
    await emi.submit({ "lockout.note-text": "the laptop is wiped" });
    await inTime(program, async () => (await below()).includes("the laptop is wiped"));
    expect(await below()).toContain(`<@${emi.user}> noted: the laptop is wiped`);
    // Slack hears no answer, and she writes more before she sends it again.
    await emi.click(await card(emi), "lockout.note");
    program.slack.setFaults({
      rules: [{ fault: "drop_ack", method: "view_submission", times: 1 }],
      away: [],
    });
    expect(await emi.submit({ "lockout.note-text": "the phone" })).toMatchObject({ ok: false });
    expect(await emi.submit({ "lockout.note-text": "the phone is wiped too" })).toEqual({ ok: true });
    await inTime(program, async () => (await below()).includes("noted: the phone is wiped too"));
    await program.slack.admin("PATCH", "channels/C0INCIDENTS", { add: [ada.user] });
    await ada.click(await card(ada), "lockout.note");
    await ada.submit({ "lockout.note-text": "let me in" });
    await modalWith(ada, "Only incident responders");
    await ada.closeModal({ all: true });
    expect(await below()).not.toContain("let me in");
    const notes = (await trail(program.context.store)).filter(({ event }) => event === "lockout.noted");
    expect(notes).toHaveLength(3);
  });

  test("is taken away as a report, for people and for programs", async () => {
    expect(await answerTo(farid, async () => farid.click(await card(farid), "lockout.report"))).toContain(
      "The report is",
    );
    const sent = (await farid.messages("app")).flatMap(({ files = [] }) => files);
    const read = async (end: string): Promise<string> => {
      const file = sent.find(({ name }) => name.endsWith(end));
      return (await farid.download(file?.id ?? "")).text();
    };
    expect(await read(".md")).toMatch(/\| \d+ \| ci\\-ada \| U0ADA000001 \| 2 \| yes \|/);
    expect(JSON.parse(await read(".json"))).toMatchObject({ lockout: { incident: "INC-7" } });
    const id = (await program.context.store.lockouts(1))[0]?.value.id ?? "";
    expect(await eventsOf(program.context.store, `lockout:${id}`)).toContain("lockout.reported");
    // Nothing else has changed, and the timeline says so all the same.
    await inTime(program, async () => /told the owners[^]*took the report away/.test(await below()));
  });

  test("keeps keys down whatever else is clicked", async () => {
    expect(await type(ada, "unlock ci-ada")).toContain("lockout");
    // All keys are in scope, those to come too.
    await askFor(program, ada, { name: "ci-meanwhile" });
    const asked = await cardOf(chiara, "ci-meanwhile");
    expect(await answerTo(chiara, async () => chiara.click(asked, "decide.approve"))).toContain(
      "A lockout is in force (INC-7)",
    );
    expect((await requestNamed(program, "ci-meanwhile")).value.state).toBe("pending");
    expect(await statusWith(program, secret)).not.toBe(200);
  });
});

describe("a restore", () => {
  const askBack = async (who: Client): Promise<void> => {
    await who.click(await card(who, "[Restore…]"), "lockout.restore");
    await modalWith(who, "INC-7 holds 31 keys");
    await who.submit({ "restore.because": "everything is clean again" });
    await modalWith(who, "Your request for");
    await who.closeModal({ all: true });
  };
  const request = async (who: Client) => messageWith(who, "#incidents", "INC-7", "[Approve]");

  test("of a part never becomes one of all because the choice above it was left alone", async () => {
    await emi.click(await card(emi, "[Restore…]"), "lockout.restore");
    await modalWith(emi, "INC-7 holds 31 keys");
    const sent = await emi.submit({ "restore.line": "key-1*", "restore.because": "clean again" });
    expect(sent.errors?.["restore.line"]).toContain("You typed a part");
    expect(sent.errors).not.toHaveProperty("restore.because");
    expect((await emi.modal()).errors).toHaveProperty(["restore.line"]);
    const other = { "restore.which": "keys", "restore.line": `${keys[0]?.id}, 9999` };
    const unheld = await emi.submit({ ...other, "restore.because": "everything is clean again" });
    expect(unheld.errors).toEqual({ "restore.line": "This lockout does not hold 9999." });
    await emi.closeModal({ all: true });
  });

  test("is asked for by a responder, and approved by neither who declared it nor who asks", async () => {
    await askBack(emi);
    expect(await answerTo(farid, async () => farid.click(await request(farid), "decide.approve"))).toMatch(
      /your own|somebody else/,
    );
    expect(await answerTo(emi, async () => emi.click(await request(emi), "decide.approve"))).toContain(
      "own request",
    );
    expect(await statusWith(program, secret)).not.toBe(200);
  });

  test("approved by a third brings back exactly what was, and the card says so when it was read back", async () => {
    await chiara.click(await request(chiara), "decide.approve");
    await until(async () => (await statusWith(program, secret)) === 200);
    await inTime(program, async () => textOf(await card(farid)).includes("Restored ("));
    expect(textOf(await card(farid))).toMatch(/Restore: of all, begun .*, read back after \d/);
    const now = await activeNow(program.context.manager);
    for (const { id, active } of keys) expect([id, now.get(id)]).toEqual([id, active]);
    await inTime(program, async () =>
      (await ada.messages("app")).some((each) => textOf(each).includes("Your API keys are locked no longer")),
    );
  });
});

test("what waited for the card above it was no trouble", () => {
  const lines = program.logged().split("\n");
  expect(lines.filter((line) => line.includes("a card was not drawn"))).toEqual([]);
});

test("a drill does everything but the locking, and keeps the clock", async () => {
  const before = await activeNow(program.context.manager);
  await formAfter(emi, "lockout --drill key*", "A drill");
  await emi.submit({ "lockout.incident": "DRILL-1", "lockout.because": "we practise" });
  await modalWith(emi, "The drill has begun");
  await inTime(program, async () =>
    textOf(await messageWith(emi, "#incidents", "Drill: DRILL-1")).includes("The drill is over"),
  );
  const drill = async (): Promise<Message> => messageWith(emi, "#incidents", "Drill: DRILL-1");
  expect(textOf(await drill())).toMatch(/Clock: first rehearsed after .* read back after/);
  await inTime(program, async () => (await below(drill())).includes("nothing was locked"));
  const timeline = await below(drill());
  expect(timeline).toContain("began a drill");
  expect(timeline).toContain("rehearsed locking keys");
  expect(timeline).not.toMatch(/declared a lockout|locked keys|as inactive/);
  expect(await activeNow(program.context.manager)).toEqual(before);
});

test("a card that Slack posted without saying so is known from the first click on it, and kept up to date", async () => {
  const copies = async (): Promise<Message[]> =>
    (await emi.messages("#incidents")).filter((each) => textOf(each).includes("Drill: DRILL-2\n"));
  program.slack.setFaults({
    rules: [{ fault: "cut_after", method: "chat.postMessage", times: 1 }],
    away: [],
  });
  await formAfter(emi, "lockout --drill key*", "A drill");
  await emi.submit({ "lockout.incident": "DRILL-2", "lockout.because": "we practise again" });
  await inTime(program, async () => (await copies()).length === 2);
  const over = async (): Promise<boolean[]> =>
    (await copies()).map((each) => textOf(each).includes("The drill is over"));
  await inTime(program, async () => (await over()).includes(true));
  const [unknown] = await copies();
  await emi.click(unknown!, "lockout.note");
  await inTime(program, async () => !(await over()).includes(false));
});

test("a list is locked out with one click, after the same dry run", async () => {
  expect(await type(farid, "list key-2*")).toContain("[Lock all of these out…]");
});
