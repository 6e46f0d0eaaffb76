import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DAY } from "../../src/domain/values.ts";
import { personNamed, secretsIn, testPolicy } from "../support/context.ts";
import {
  approve,
  askFor,
  filledIn,
  formOf,
  openForm,
  refusalsOf,
  requestsMade,
  showSecret,
  textOf,
  trailIsWhole,
  type Wish,
} from "../support/conversation.ts";
import type { Client, Given } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

const policy = testPolicy({
  groups: {
    security: { "slack-group": "S0SECURITY1" },
    responders: { "slack-group": "S0INCIDENT1" },
    auditors: { "slack-group": "S0AUDITORS1" },
    nobody: { people: [] },
    "only-ada": { people: [personNamed("ada")] },
    gone: { people: [personNamed("dora"), personNamed("gus"), personNamed("sam")] },
    "no-such-group": { "slack-group": "S0NOSUCH001" },
  },
  approvers: ["security", "nobody", "only-ada", "gone", "no-such-group"],
  limits: {
    "longest-life": "100 days",
    "default-life": "90 days",
    "keys-per-person": 4,
    "reason-at-least": 10,
  },
  rules: [
    {
      name: "reading",
      when: { roles: ["Auditor"], "life-over": "7 days" },
      needs: [{ group: "security", approvals: 1 }],
    },
    { name: "empty group", when: { "life-up-to": "1 day" }, needs: [{ group: "nobody", approvals: 1 }] },
    {
      name: "power",
      when: { roles: ["Full Access"], "life-over": "89 days" },
      refuse: "Full access lives for a day at most.",
    },
    {
      name: "only the asker",
      when: { roles: ["Full Access"], "life-over": "29 days", "life-up-to": "30 days" },
      needs: [{ group: "only-ada", approvals: 1 }],
    },
    {
      name: "all have left",
      when: { roles: ["Full Access"], "life-over": "6 days", "life-up-to": "7 days" },
      needs: [{ group: "gone", approvals: 1 }],
    },
  ],
});

let program: Program;
let ada: Client;

beforeAll(async () => {
  program = await startProgram({ policy });
  program.clock.advanceToNoon();
  ada = await program.slack.as("ada");
});
// Each refusal is then the first of its minute, and recorded by itself.
beforeEach(() => program.clock.advance(10 * 60_000));
afterEach(async () => {
  if ((await ada.snapshot()).modals.length > 0) await ada.closeModal({ all: true });
});
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

const REASON = "a reason that is long enough";
const day = (days: number): string => new Date(program.clock.now() + days * DAY).toISOString().slice(0, 10);

/** Sends a form that is to be refused; all that was typed must still stand in it, and nothing be made. */
async function refusedForm(wish: Wish, other: Record<string, Given> = {}): Promise<Record<string, string>> {
  await openForm(ada);
  const given = { ...(await filledIn(ada, { reason: REASON, ...wish })), ...other };
  const answer = await ada.submit(given);
  expect(answer.ok).toBe(false);
  const form = await formOf(ada);
  expect(form.errors).toEqual(answer.errors);
  for (const [id, typed] of Object.entries(given)) {
    const kept = JSON.stringify(form.values[id]?.[id]);
    expect(kept).toContain(
      JSON.stringify(typeof typed === "object" && "value" in typed ? typed.value : typed),
    );
  }
  return answer.errors ?? {};
}

async function lastRefusal(): Promise<unknown> {
  return (await refusalsOf(program, "ada")).at(-1);
}

describe("an error stands at its field, with everything typed kept, and in the trail", () => {
  test.each(["1ci", "ci deploy", "42", "ci/deploy", "Käse"])("the form of the name %j", async (name) => {
    expect(await refusedForm({ name })).toEqual({
      "request.name": expect.stringContaining("A name starts with a letter"),
    });
    expect(await lastRefusal()).toEqual({ reason: "name-form" });
  });

  test("a reason that is too short", async () => {
    expect(await refusedForm({ name: "ci-short", reason: "  because   " })).toEqual({
      "request.reason": expect.stringContaining("at least 10 characters"),
    });
    expect(await lastRefusal()).toEqual({ reason: "reason-too-short", atLeast: 10 });
  });

  test("a date beyond the longest life", async () => {
    expect(await refusedForm({ name: "ci-long", date: day(101) })).toEqual({
      "request.date": "A key may live for 100 days at most. Choose a shorter time.",
    });
    expect(await lastRefusal()).toEqual({ reason: "life-too-long", longestDays: 100 });
  });

  test("a life in days beyond the longest, from the line", async () => {
    const form = await openForm(ada, `ci-long as Auditor for 200 days because ${REASON}`);
    expect(textOf(form)).toContain("Who will be asked");
    const answer = await ada.submit();
    expect(answer.errors).toEqual({ "request.life": expect.stringContaining("100 days at most") });
    expect((await formOf(ada)).values["request.name"]).toMatchObject({
      "request.name": { value: "ci-long" },
    });
  });

  test("a date in the past", async () => {
    expect(await refusedForm({ name: "ci-past", date: day(-2) })).toEqual({
      "request.date": "This date has passed. Choose a later one.",
    });
    expect(await lastRefusal()).toEqual({ reason: "expiry-in-past" });
  });

  test.each([
    ["name", "request.name"],
    ["reason", "request.reason"],
    ["description", "request.description"],
  ] as const)("a secret typed into the %s, which is not repeated anywhere", async (field, block) => {
    const secret = `7:${"Qx".repeat(21)}Q=`;
    expect(secretsIn([secret])).toHaveLength(1);
    const wish = { name: "ci-leak", [field]: `${field === "name" ? "" : "see "}${secret}` };
    expect(await refusedForm(wish)).toEqual({ [block]: expect.stringContaining("has a secret in it") });
    expect(await lastRefusal()).toEqual({ reason: "contains-secret", field });
    expect(program.logged()).not.toContain(secret);
    await ada.closeModal({ all: true });
  });

  test("a role that the manager does not have", async () => {
    const unknown = { text: { type: "plain_text", text: "Ghost" }, value: "99" };
    expect(await refusedForm({ name: "ci-ghost" }, { "request.role": unknown })).toEqual({
      "request.role": expect.stringContaining("no such role"),
    });
    expect(await lastRefusal()).toEqual({ reason: "role-gone" });
  });

  test("a time zone that does not exist", async () => {
    const unknown = { text: { type: "plain_text", text: "Mars/Base" }, value: "Mars/Base" };
    expect(await refusedForm({ name: "ci-mars" }, { "request.zone": unknown })).toEqual({
      "request.zone": expect.stringContaining("time zone"),
    });
  });

  test("what the policy refuses, with its own words", async () => {
    expect(await refusedForm({ name: "ci-power", role: "Full Access" })).toEqual({
      "request.role": expect.stringContaining("Full access lives for a day at most."),
    });
    expect(await lastRefusal()).toMatchObject({ reason: "policy-refuses", rule: "power" });
  });

  test("what no rule covers", async () => {
    expect(await refusedForm({ name: "ci-none", life: "days:7" })).toEqual({
      "request.role": expect.stringContaining("No rule of the policy covers this role and life"),
    });
    expect(await lastRefusal()).toEqual({ reason: "no-rule" });
  });
});

describe("what nobody could ever approve is said before it is made", () => {
  test.each([
    ["an empty group", { life: "days:1" }, "empty group", "nobody"],
    ["a group of the asker alone", { role: "Full Access", life: "days:30" }, "only the asker", "only-ada"],
    ["people who do not count", { role: "Full Access", life: "days:7" }, "all have left", "gone"],
  ])("%s", async (_, wish, rule, group) => {
    const name = `ci-${group}`;
    await openForm(ada);
    const form = await formOf(ada);
    const given = await filledIn(ada, { name, reason: REASON, ...wish });
    await ada.click(form, "request.life", wish.life);
    await ada.click(await formOf(ada), "request.role", given["request.role"]);
    const words = `Nobody could approve this: the rule "${rule}" needs 1 person more from ${group}`;
    await formOf(ada, words);
    const answer = await ada.submit(given);
    expect(answer.errors).toEqual({ "request.role": expect.stringContaining(words) });
    expect(await lastRefusal()).toMatchObject({ reason: "nobody-could-approve", rule, group, open: 1 });
    expect(await requestsMade(program, name)).toBe(0);
  });
});

describe("a name that is taken", () => {
  test("by a key in the manager, whatever its letters' case, is said at the name", async () => {
    await program.context.manager.createKey({
      name: "Made-Outside",
      description: "",
      role: 2,
      locale: "en-US",
      timeZone: "UTC",
      active: true,
    });
    expect(await refusedForm({ name: "made-outside" })).toEqual({
      "request.name": "There is a key with this name already. Choose another name.",
    });
    expect(await lastRefusal()).toEqual({ reason: "name-taken", by: "key" });
  });

  test("by another living request, and is free again when that is withdrawn", async () => {
    const ben = await program.slack.as("ben");
    await askFor(program, ben, { name: "ci-taken", reason: REASON });
    expect(await refusedForm({ name: "CI-Taken" })).toEqual({
      "request.name": "Another request has reserved this name. Choose another name.",
    });
    expect(await lastRefusal()).toEqual({ reason: "name-taken", by: "request" });
    await ada.closeModal({ all: true });
    await ben.command("/apikey requests");
    const list = await ben.message("requests.withdraw");
    await ben.click(list, "requests.withdraw");
    await ben.message("You withdrew ");
    expect(await askFor(program, ada, { name: "CI-Taken", reason: REASON })).toMatchObject({
      state: "pending",
    });
  });
});

test("more keys than the policy allows are refused, pending requests and made keys counted together", async () => {
  const emi = await program.slack.as("emi");
  const wish = (name: string): Wish => ({ name, reason: REASON });
  await askFor(program, emi, wish("emi-1"));
  await approve(program, "chiara", "emi-1");
  await showSecret(program, emi, "emi-1");
  for (const name of ["emi-2", "emi-3", "emi-4"]) await askFor(program, emi, wish(name));
  await openForm(emi);
  const answer = await emi.submit(await filledIn(emi, wish("emi-5")));
  expect(answer.errors).toEqual({
    "request.name": expect.stringContaining("You have 4 keys or requests for keys"),
  });
  expect(await refusalsOf(program, "emi")).toEqual([{ reason: "too-many-keys", limit: 4 }]);
  expect(await requestsMade(program, "emi-5")).toBe(0);
});

test("what is put right in the same form is accepted", async () => {
  expect(await refusedForm({ name: "ci right" })).toHaveProperty("request.name");
  expect(await ada.submit({ "request.name": "ci-right" })).toEqual({ ok: true });
  expect(await requestsMade(program, "ci-right")).toBe(1);
});
