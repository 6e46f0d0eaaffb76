import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { OpenView } from "../../src/local-slack/client-protocol.ts";
import { HOUR, MINUTE, SECOND } from "../../src/domain/values.ts";
import { eventsOf } from "../support/audit.ts";
import {
  approve,
  askAndGetApproved,
  askFor,
  formOf,
  requestNamed,
  showSecret,
  textOf,
  trailIsWhole,
  until,
} from "../support/conversation.ts";
import { personNamed, secretsIn } from "../support/context.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

let program: Program;
let ada: Client;
let chiara: Client;
let farid: Client;

beforeAll(async () => {
  program = await startProgram();
  [ada, chiara, farid] = await Promise.all([
    program.slack.as("ada"),
    program.slack.as("chiara"),
    program.slack.as("farid"),
  ]);
  const read = async () => (await program.context.store.inventoryState()) !== undefined;
  await vi.waitUntil(read, { timeout: 10_000 });
});
// Whatever was opened before is watched no more.
beforeEach(() => program.clock.advance(HOUR));
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

/** Opens the Home and waits until it says all these words. */
async function openHome(client: Client, ...words: string[]): Promise<OpenView> {
  const before = published(client);
  expect(await client.open("app", "home")).toEqual({ ok: true });
  await client.waitFor(() => published(client) > before);
  return homeWith(client, ...words);
}

/** Waits until the Home says all these words, however it came to. */
async function homeWith(client: Client, ...words: string[]): Promise<OpenView> {
  return client.waitFor(({ homes }) =>
    Object.values(homes).find((home) => words.every((each) => textOf(home).includes(each))),
  );
}

/** What stands in the Home below one of its headings. */
function part(home: OpenView, heading: string): string {
  const blocks = home.view.blocks.map((block) => ({
    block,
    text: textOf({ ...home, view: { ...home.view, blocks: [block] } }),
  }));
  const from = blocks.findIndex(({ block, text }) => block.type === "header" && text === heading);
  if (from < 0) return "";
  const rest = blocks.slice(from + 1);
  const to = rest.findIndex(({ block }) => block.type === "header" || block.type === "divider");
  return rest
    .slice(0, to < 0 ? undefined : to)
    .map(({ text }) => text)
    .join("\n");
}

/** Presses a button in the Home whose block has this value. */
async function pressIn(client: Client, home: OpenView, actionId: string, value: string): Promise<void> {
  const block = home.view.blocks.find((each) => {
    const text = JSON.stringify(each);
    return text.includes(`"${actionId}"`) && text.includes(value);
  });
  if (block === undefined) throw new Error(`no ${actionId} for ${value} in ${textOf(home)}`);
  const act = { in: { view: home.id }, blockId: block.block_id ?? "", actionId };
  expect(await client.act(act)).toEqual({ ok: true });
}

const published = (client: Client): number => client.events.filter(({ type }) => type === "home").length;

describe("a Home", () => {
  test("tells a newcomer what keys are for and how to get one, and the button there opens the form", async () => {
    const grace = await program.slack.as("grace");
    const home = await openHome(grace, "You have no API keys yet", "As of");
    expect(textOf(home)).not.toContain("Waiting for your decision");
    expect(textOf(home)).not.toContain("All keys");
    await grace.click(home, "request.open");
    await formOf(grace);
  });

  test("is one sentence for a guest, and nothing is held against them", async () => {
    const guest = await program.slack.as("gus");
    const before = await program.context.store.auditHead();
    await openHome(guest, "Guests");
    expect((await guest.home()).view.blocks).toHaveLength(1);
    expect(await program.context.store.auditHead()).toBe(before);
  });

  test("follows a key from the request to its secret, without being opened again", async () => {
    await openHome(ada, "Your API keys");
    await askFor(program, ada, { name: "followed" });
    program.clock.advance(10 * SECOND);
    await homeWith(ada, "Your requests", "followed", "Waiting for a decision", "[Withdraw]");
    await approve(program, "chiara", "followed");
    program.clock.advance(10 * SECOND);
    const waits = await homeWith(ada, "Secrets that wait for you");
    expect(part(waits, "Secrets that wait for you")).toContain("followed");
    // The button stands once.
    expect(textOf(waits).split("[Show my secret once]")).toHaveLength(2);
    await ada.click(waits, "claim.show");
    await homeWith(ada, "Your secret is in our direct message now");
    await until(async () => secretsIn(await ada.ephemerals()).length === 1);
    program.clock.advance(10 * SECOND);
    const done = await homeWith(ada, "Your API keys", "[Show]");
    expect(part(done, "Your API keys")).toContain("followed");
    expect(secretsIn([done])).toEqual([]);
  });
});

describe("what waits for one's decision", () => {
  test("is approved there, which answers there and on the card", async () => {
    await askFor(program, ada, { name: "from-home" });
    const { id } = (await requestNamed(program, "from-home")).value;
    const home = await openHome(chiara, "Waiting for your decision", "from-home", "nightly report");
    await pressIn(chiara, home, "decide.approve", id);
    const after = await homeWith(chiara, "You approved from-home");
    expect(part(after, "Waiting for your decision")).not.toContain("from-home");
    expect((await requestNamed(program, "from-home")).value.state).toBe("approved");
    // The words go with the next change.
    await askFor(program, ada, { name: "next-one" });
    program.clock.advance(10 * SECOND);
    expect(textOf(await homeWith(chiara, "next-one"))).not.toContain("You approved");
  });

  test("is denied there with a reason, and the Home is brought up to date behind the form", async () => {
    await askFor(program, ada, { name: "no-from-home" });
    const { id } = (await requestNamed(program, "no-from-home")).value;
    const home = await openHome(chiara, "no-from-home");
    await pressIn(chiara, home, "decide.deny", id);
    await chiara.modal("Deny a request");
    expect(await chiara.submit({ "decide.because": "too wide" })).toEqual({ ok: true });
    await homeWith(chiara, "You denied no-from-home");
    const { value } = await requestNamed(program, "no-from-home");
    expect(value).toMatchObject({ state: "denied", because: "too wide" });
  });

  test("is refused in words to somebody who may not any more, and nothing changes", async () => {
    await askFor(program, ada, { name: "too-late" });
    const { id } = (await requestNamed(program, "too-late")).value;
    const home = await openHome(chiara, "too-late");
    await approve(program, "dmitri", "too-late");
    await pressIn(chiara, home, "decide.approve", id);
    await homeWith(chiara, "already");
    const rows = await eventsOf(program.context.store, `request:${id}`);
    expect(rows.filter((event) => event === "request.approved")).toHaveLength(1);
  });

  test("that was decided while Slack takes no Home is answered all the same", async () => {
    await askFor(program, ada, { name: "no-home-now" });
    const { id } = (await requestNamed(program, "no-home-now")).value;
    const home = await openHome(chiara, "no-home-now");
    program.slack.setFaults({ rules: [{ fault: "http_429", method: "views.publish", times: 1 }], away: [] });
    await pressIn(chiara, home, "decide.approve", id);
    const answer = await chiara.modal("API keys");
    expect(textOf(answer)).toContain("You approved no-home-now");
    program.slack.setFaults({ rules: [], away: [] });
  });

  test("never stands in anybody else's Home", async () => {
    await askFor(program, ada, { name: "not-for-all" });
    const grace = await program.slack.as("grace");
    const home = await openHome(grace, "Your API keys");
    expect(textOf(home)).not.toContain("not-for-all");
  });
});

describe("publishing", () => {
  test("happens once for many changes within ten seconds, and not at all where nothing would look new", async () => {
    await openHome(ada, "Your API keys");
    await askFor(program, ada, { name: "quick-one" });
    await askFor(program, ada, { name: "quick-two" });
    const before = published(ada);
    program.clock.advance(10 * SECOND);
    const both = await homeWith(ada, "quick-one", "quick-two");
    expect(published(ada)).toBe(before + 1);
    // Somebody else's change, which this Home does not show.
    await askFor(program, chiara, { name: "not-adas" });
    program.clock.advance(2 * MINUTE);
    // Drawn since, or it would be due as soon as its pace and lease are over.
    await until(async () => {
      const { homes } = await program.context.store.leaseHomes({
        now: program.clock.now() + 20 * SECOND,
        openedSince: 0,
        lookedAtBefore: 0,
        until: 0,
        limit: 100,
      });
      return homes.every(({ person }) => person !== ada.user);
    });
    expect(published(ada)).toBe(before + 1);
    expect((await ada.home()).view).toEqual(both.view);
  });

  test("ends ten minutes after the Home was opened, and begins anew with the next opening", async () => {
    await openHome(ada, "Your API keys");
    program.clock.advance(11 * MINUTE);
    const before = published(ada);
    await askFor(program, ada, { name: "unwatched" });
    await openHome(chiara, "unwatched");
    expect(published(ada)).toBe(before);
    await openHome(ada, "unwatched");
  });

  test("goes on after a restart", async () => {
    await openHome(ada, "Your API keys");
    await program.restart();
    await askFor(program, ada, { name: "after-restart" });
    program.clock.advance(10 * SECOND);
    await homeWith(ada, "after-restart");
  });

  test("is tried again when Slack would not take it", async () => {
    await openHome(ada, "Your API keys");
    program.slack.setFaults({ rules: [{ fault: "http_500", method: "views.publish", times: 1 }], away: [] });
    await askFor(program, ada, { name: "in-the-end" });
    program.clock.advance(10 * SECOND);
    await until(async () => program.logged().includes("a Home was not drawn"));
    program.clock.advance(20 * SECOND);
    await homeWith(ada, "in-the-end");
  });
});

describe("keys", () => {
  test("that need their owner come first, and those without room are counted", async () => {
    const ben = await program.slack.as("ben");
    const { context } = program;
    for (let i = 10; i < 30; i++)
      await askAndGetApproved(program, ben, { name: `key-${i}`, life: "days:90" });
    for (let i = 10; i < 30; i++) {
      await showSecret(program, ben, `key-${i}`);
    }
    const last = await context.manager.keyNamed("key-29");
    if (last === undefined) throw new Error("no key-29");
    await context.manager.setActive(last.id, false);
    await context.store.putKey({ ...last, active: false, roleName: "Auditor" }, program.clock.now());
    program.clock.advance(MINUTE);
    await openHome(ben, "And 5 more");
    // The Home of a moment ago says so as well: the key that is locked now was not on it.
    const home = await ben.waitFor(({ homes }) =>
      Object.values(homes).find((each) => part(each, "Your API keys").includes("key-29")),
    );
    const mine = part(home, "Your API keys");
    expect(mine.indexOf("key-29")).toBeLessThan(mine.indexOf("key-10"));
    expect(home.view.blocks.length).toBeLessThanOrEqual(100);
  }, 60_000);
});

describe("for responders", () => {
  test("there are counts over all keys, each with the list behind it", async () => {
    const { store, clock } = program.context;
    await store.syncEnded({ asOf: clock(), soon: clock() + 30 * 24 * HOUR });
    const home = await openHome(farid, "All keys", "Never used", "Without an owner");
    expect(part(home, "All keys")).toMatch(/Without an owner: [1-9]/);
    await pressIn(farid, home, "list.open", "has:no-owner");
    const list = await farid.modal("API keys");
    expect(textOf(list).length).toBeGreaterThan(20);
  });
});

describe("a private answer to something pressed in the Home", () => {
  test("lies over the Home, a further one over that, and closing leads back", async () => {
    const grace = await program.slack.as("grace");
    const home = await openHome(grace, "See the roles");
    const before = (await grace.messages("app")).length;
    await grace.click(home, "roles.list");
    const list = await grace.modal("API keys");
    expect(textOf(list)).toContain("Auditor");
    await grace.click(list, "roles.show");
    await grace.waitFor(({ modals }) => modals.length === 2);
    await grace.closeModal();
    expect(textOf(await grace.modal("API keys"))).toBe(textOf(list));
    expect((await grace.messages("app")).length).toBe(before);
  });

  test("is a direct message where Slack takes no modal any more", async () => {
    const grace = await program.slack.as("grace");
    const home = await openHome(grace, "See the roles");
    program.slack.setFaults({
      rules: [{ fault: "delay_delivery", method: "block_actions", times: 1, seconds: 3.5 }],
      away: [],
    });
    await grace.click(home, "roles.list");
    await grace.message("roles.show");
    expect((await grace.snapshot()).modals).toEqual([]);
  });
});

describe("the global shortcut", () => {
  test("opens the form, which asks for a key as the command does", async () => {
    const emi = await program.slack.as("emi");
    expect(await emi.shortcut("request")).toEqual({ ok: true });
    await formOf(emi);
    expect(personNamed("emi")).toBe(emi.user);
  });

  test("is answered in words to a guest", async () => {
    const guest = await program.slack.as("gus");
    expect(await guest.shortcut("request")).toEqual({ ok: true });
    await guest.waitFor(({ modals }) => modals.some((each) => textOf(each).includes("Guests")));
  });
});
