import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import type { Manager } from "../../src/usecases/ports.ts";
import { eventsOf } from "../support/audit.ts";
import {
  approve,
  askFor,
  breakableManager,
  cardOf,
  cardWithout,
  filledIn,
  formOf,
  inTime,
  letCardsBeDrawn,
  messageWith,
  openForm,
  requestNamed,
  requestsMade,
  textOf,
  trailIsWhole,
} from "../support/conversation.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

const { around, broken, mended, real } = breakableManager();
let program: Program;
let ada: Client;
let chiara: Client;

beforeAll(async () => {
  program = await startProgram({ around });
  ada = await program.slack.as("ada");
  chiara = await program.slack.as("chiara");
});
beforeEach(() => program.clock.advance(10 * 60_000));
afterEach(async () => {
  mended();
  program.slack.setFaults({ rules: [], away: [] });
  if ((await ada.snapshot()).modals.length > 0) await ada.closeModal({ all: true });
});
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

/** The manager lists its roles as ever, but begins only after so many milliseconds. */
function slowRoles(ms: number): void {
  broken.roles = async (options) => {
    await sleep(ms);
    return real().roles(options);
  };
}

/** No answer in the time that the asker's form can wait; the sweep, which can wait longer, is refused at once. */
const hanging: Manager["keyNamed"] = async (_, { timeout = 0 } = {}) => {
  await sleep(timeout);
  throw new Fault("manager-timeout", "POST /apikeys/search");
};
const unreachable = async (): Promise<never> => {
  throw new Fault("manager-unreachable", "POST /apikeys/search");
};

const UNCHECKED = "Still being checked with the manager: the name.";

describe("a manager that does not say whether the name is free", () => {
  test.each([
    ["is down", unreachable],
    ["hangs", hanging],
  ])(
    "because it %s holds no request up; the card says so until the sweep has asked again",
    async (how, keyNamed) => {
      const name = `ci-${how.replace(" ", "-")}`;
      await openForm(ada);
      const given = await filledIn(ada, { name });
      broken.keyNamed = keyNamed;
      expect(await ada.submit(given)).toEqual({ ok: true });
      await cardOf(chiara, name, UNCHECKED);
      mended();
      const { id } = (await requestNamed(program, name)).value;
      await inTime(program, async () =>
        (await eventsOf(program.context.store, `request:${id}`)).includes("request.checked"),
      );
      letCardsBeDrawn(program);
      await cardWithout(chiara, name, UNCHECKED);
      await approve(program, chiara, name);
    },
  );

  test("is asked again, and a name that turns out to be taken ends the request and is told to the asker", async () => {
    broken.keyNamed = unreachable;
    const { id } = await askFor(program, ada, { name: "ci-doomed" });
    await cardOf(chiara, "ci-doomed", UNCHECKED);
    letCardsBeDrawn(program);
    const key = {
      name: "CI-Doomed",
      description: "",
      role: 2,
      locale: "en-US",
      timeZone: "UTC",
      active: true,
    } as const;
    await program.context.manager.createKey(key);
    mended();
    await inTime(program, async () => (await requestNamed(program, "ci-doomed")).value.state === "failed");
    letCardsBeDrawn(program);
    const card = await cardOf(chiara, "ci-doomed", "Not carried out", "The name belongs to another by now");
    expect(textOf(card)).not.toContain("[Approve]");
    await messageWith(ada, "app", "Your request for the API key ci-doomed", "Ask again with another name.");
    expect(await eventsOf(program.context.store, `request:${id}`)).toEqual([
      "request.made",
      "request.failed",
    ]);
  });
});

describe("a manager that is slow with everything", () => {
  test("Slack is answered in time, and the form says later that the request is made", async () => {
    await openForm(ada);
    const given = await filledIn(ada, { name: "ci-slow" });
    slowRoles(2800);
    expect(await ada.submit(given)).toEqual({ ok: true });
    expect(textOf(await ada.modal())).toContain("One moment: this takes longer than usual.");
    await ada.waitFor(({ modals }) =>
      modals.some((each) => textOf(each).includes("Your request for ci-slow is made.")),
    );
    expect(await requestsMade(program, "ci-slow")).toBe(1);
  });

  test("Slack is answered in time, and the form comes back as it was typed with what is wrong", async () => {
    const key = {
      name: "ci-slow-taken",
      description: "",
      role: 2,
      locale: "en-US",
      timeZone: "UTC",
      active: true,
    } as const;
    await program.context.manager.createKey(key);
    await openForm(ada);
    const given = await filledIn(ada, { name: "ci-slow-taken", description: "what I typed" });
    slowRoles(2800);
    expect(await ada.submit(given)).toEqual({ ok: true });
    const form = await formOf(ada, "There is a key with this name already.");
    expect(form.values["request.name"]).toMatchObject({ "request.name": { value: "ci-slow-taken" } });
    expect(form.values["request.description"]).toMatchObject({
      "request.description": { value: "what I typed" },
    });
    expect(form.values["request.role"]).toMatchObject({
      "request.role": { selected_option: { value: "2" } },
    });
    mended();
    expect(await ada.submit({ "request.name": "ci-slow-free" })).toEqual({ ok: true });
    expect(await requestsMade(program, "ci-slow-free")).toBe(1);
  });
});

test("a manager that cannot name its roles is told of in the form, with a reference and everything typed kept", async () => {
  await openForm(ada);
  const given = await filledIn(ada, { name: "ci-down" });
  broken.roles = unreachable;
  expect(await ada.submit(given)).toEqual({ ok: true });
  const form = await formOf(ada, "The manager cannot be reached, so nothing was done.");
  const [, reference = ""] = /Reference ([0-9A-Z]{4})\./.exec(textOf(form)) ?? [];
  expect(program.logged()).toContain(`"reference":"${reference}"`);
  expect(form.values["request.name"]).toMatchObject({ "request.name": { value: "ci-down" } });
  expect(form.values["request.reason"]).toMatchObject({ "request.reason": { value: "nightly report" } });
  expect(await requestsMade(program, "ci-down")).toBe(0);
  mended();
  expect(await ada.submit()).toEqual({ ok: true });
  expect(await requestsMade(program, "ci-down")).toBe(1);
});

describe("the same submission more than once", () => {
  test("delivered twice at the same time, is one request with one card", async () => {
    await openForm(ada);
    const given = await filledIn(ada, { name: "ci-twice" });
    program.slack.setFaults({
      rules: [{ fault: "deliver_twice", method: "view_submission", times: 1 }],
      away: [],
    });
    expect(await ada.submit(given)).toEqual({ ok: true });
    await cardOf(chiara, "ci-twice");
    await askFor(program, ada, { name: "ci-after-twice" });
    await cardOf(chiara, "ci-after-twice");
    const cards = (await chiara.messages("#key-approvals")).filter((each) =>
      textOf(each).includes("API key: ci-twice\n"),
    );
    expect(cards).toHaveLength(1);
    expect(await requestsMade(program, "ci-twice")).toBe(1);
  });

  test("sent again after Slack lost the answer, is one request, and is told the same", async () => {
    await openForm(ada);
    const given = await filledIn(ada, { name: "ci-resent" });
    program.slack.setFaults({
      rules: [{ fault: "drop_ack", method: "view_submission", times: 1 }],
      away: [],
    });
    expect(await ada.submit(given)).toMatchObject({
      ok: false,
      banner: expect.stringContaining("Try again?"),
    });
    expect(await ada.submit()).toEqual({ ok: true });
    expect(textOf(await ada.modal())).toContain("Your request for ci-resent is made.");
    expect(await requestsMade(program, "ci-resent")).toBe(1);
  });
});

test("two people who ask for the same name at the same moment: one gets it, the other reads that it is taken", async () => {
  const ben = await program.slack.as("ben");
  const given = await Promise.all(
    [ada, ben].map(async (client) => {
      await openForm(client);
      return filledIn(client, { name: "ci-same" });
    }),
  );
  const answers = await Promise.all([ada.submit(given[0]), ben.submit(given[1])]);
  expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
  expect(answers.find(({ ok }) => !ok)?.errors).toEqual({
    "request.name": "Another request has reserved this name. Choose another name.",
  });
  expect(await requestsMade(program, "ci-same")).toBe(1);
  await ben.closeModal({ all: true });
});
