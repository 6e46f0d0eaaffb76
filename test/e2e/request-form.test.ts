import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DAY } from "../../src/domain/values.ts";
import { personNamed, testPolicy } from "../support/context.ts";
import {
  askFor,
  cardOf,
  filledIn,
  formOf,
  openForm,
  requestNamed,
  roleOption,
  textOf,
  trailIsWhole,
  newKeyIn,
} from "../support/conversation.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

const longLived = { roles: ["Auditor"], "life-over": "30 days" };
const policy = testPolicy({
  rules: [
    {
      name: "short reading",
      when: { roles: ["Auditor"], "life-up-to": "30 days" },
      needs: [{ group: "security", approvals: 1 }],
    },
    { name: "long reading", when: longLived, needs: [{ group: "security", approvals: 2 }] },
    {
      name: "no power",
      when: { roles: ["Full Access"], "life-over": "30 days" },
      refuse: "Too strong for so long.",
    },
    { name: "power", when: { roles: ["Full Access"] }, needs: [{ group: "security", approvals: 3 }] },
  ],
});

let program: Program;
let ada: Client;

beforeAll(async () => {
  program = await startProgram({ policy });
  ada = await program.slack.as("ada");
});
beforeEach(() => program.clock.advance(10 * 60_000));
afterEach(async () => {
  if ((await ada.snapshot()).modals.length > 0) await ada.closeModal({ all: true });
});
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

const value = (form: Awaited<ReturnType<typeof formOf>>, id: string) =>
  Object.values(form.values[id] ?? {})[0];

describe("a request in one line opens the form filled in", () => {
  test("with name, role, life in days and reason", async () => {
    const form = await openForm(ada, "ci-deploy as Auditor for 90 days because nightly report, for 3 teams");
    expect(value(form, "request.name")).toMatchObject({ value: "ci-deploy" });
    expect(value(form, "request.role")).toMatchObject({ selected_option: { value: "2" } });
    expect(value(form, "request.life")).toMatchObject({ selected_option: { value: "days:90" } });
    expect(value(form, "request.reason")).toMatchObject({ value: "nightly report, for 3 teams" });
    expect(textOf(form)).toContain(`2 of <!subteam^S0SECURITY1>, by the rule "long reading"`);
    expect(await ada.submit()).toEqual({ ok: true });
    expect((await requestNamed(program, "ci-deploy")).value.wants).toMatchObject({
      roleId: 2,
      life: { kind: "days", days: 90 },
      locale: "en-US",
      timeZone: "Europe/Berlin",
    });
  });

  test("with a role of two words, a length in weeks, and clause words in capitals", async () => {
    const form = await openForm(ada, "ci-two AS full access FOR 2 weeks BECAUSE migration");
    expect(value(form, "request.role")).toMatchObject({ selected_option: { value: "1" } });
    expect(value(form, "request.life")).toMatchObject({ selected_option: { value: "days:14" } });
  });

  test("with a date, which has a field of its own and ends in the asker's day", async () => {
    const date = new Date(program.clock.now() + 20 * DAY).toISOString().slice(0, 10);
    const form = await openForm(ada, `ci-date as Auditor until ${date} because audit`);
    expect(value(form, "request.life")).toMatchObject({ selected_option: { value: "until" } });
    expect(value(form, "request.date")).toMatchObject({ selected_date: date });
    expect(textOf(form)).toContain("A day in your time zone, Europe/Berlin.");
    expect(textOf(form)).toContain(`by the rule "short reading"`);
    expect(await ada.submit()).toEqual({ ok: true });
    const { life } = newKeyIn((await requestNamed(program, "ci-date")).value);
    const lastMinute = new Intl.DateTimeFormat("sv-SE", {
      dateStyle: "short",
      timeStyle: "short",
      timeZone: "Europe/Berlin",
    }).format(life.kind === "until" ? life.at : 0);
    expect(lastMinute).toBe(`${date} 23:59`);
  });

  test("with curly quotes around the parts, and an escaped & in the reason", async () => {
    const form = await openForm(
      ada,
      "“ci-curly” as “Full Access” for “30 days” because “reports for R&D <x>”",
    );
    expect(value(form, "request.name")).toMatchObject({ value: "ci-curly" });
    expect(value(form, "request.role")).toMatchObject({ selected_option: { value: "1" } });
    expect(value(form, "request.life")).toMatchObject({ selected_option: { value: "days:30" } });
    expect(value(form, "request.reason")).toMatchObject({ value: "reports for R&D <x>" });
  });

  test("with what was not understood said above it, and the rest kept", async () => {
    const form = await openForm(ada, 'ci-odd as "No Such Role" for ages because x');
    expect(textOf(form)).toContain('I did not understand "for ages"');
    expect(textOf(form)).toContain('There is no role called "No Such Role"');
    expect(value(form, "request.name")).toMatchObject({ value: "ci-odd" });
    expect(value(form, "request.reason")).toMatchObject({ value: "x" });
  });
});

describe("the form", () => {
  test("proposes the policy's life, the asker's language and their time zone", async () => {
    const emi = await program.slack.as("emi");
    const form = await openForm(emi);
    expect(value(form, "request.life")).toMatchObject({ selected_option: { value: "days:90" } });
    expect(value(form, "request.zone")).toMatchObject({ selected_option: { value: "Asia/Tokyo" } });
    expect(value(form, "request.locale")).toMatchObject({ selected_option: { value: "en-US" } });
    await emi.closeModal();
  });

  test("finds roles as one types, each with a line on what it may do", async () => {
    const form = await openForm(ada);
    const { options: all = [] } = await ada.options(form, "request.role", "");
    expect(all.map(({ text }) => text.text)).toEqual(["Auditor", "Full Access"]);
    const { options: some = [] } = await ada.options(form, "request.role", "aCC");
    expect(some).toMatchObject([
      {
        text: { text: "Full Access" },
        value: "1",
        description: { text: "May do everything in the manager" },
      },
    ]);
    expect(await ada.options(form, "request.role", "nothing like it")).toEqual({ ok: true, options: [] });
  });

  test("finds time zones by any part of their name", async () => {
    const form = await openForm(ada);
    const { options: berlin = [] } = await ada.options(form, "request.zone", "berl");
    expect(berlin.map((each) => each.value)).toEqual(["Europe/Berlin"]);
    const { options: york = [] } = await ada.options(form, "request.zone", "new york");
    expect(york.map((each) => each.value)).toContain("America/New_York");
    const { options: utc = [] } = await ada.options(form, "request.zone", "utc");
    expect(utc[0]?.value).toBe("UTC");
  });

  test("says which rule applies and who will be asked, anew with each choice of role and life", async () => {
    await openForm(ada, "ci-preview");
    const form = await formOf(ada, "Choose a role and when the key expires");
    await ada.click(form, "request.role", await roleOption(ada, form, "Auditor"));
    await formOf(ada, `2 of <!subteam^S0SECURITY1>, by the rule "long reading"`);
    await ada.click(await formOf(ada), "request.life", "days:7");
    await formOf(ada, `1 of <!subteam^S0SECURITY1>, by the rule "short reading"`);
    await ada.click(await formOf(ada), "request.role", await roleOption(ada, form, "Full Access"));
    const powerful = await formOf(ada, `3 of <!subteam^S0SECURITY1>, by the rule "power"`);
    expect(textOf(powerful)).toContain("everything in the manager");
    expect(textOf(powerful)).toContain("Dangerous: ");
    await ada.click(powerful, "request.life", "days:90");
    const refused = await formOf(ada, "The policy does not allow this");
    expect(textOf(refused)).toContain("Too strong for so long.");
  });

  test("keeps what was typed in the other fields when role, life and date are chosen", async () => {
    const form = await openForm(ada);
    const values = {
      "request.name": { "request.name": { type: "plain_text_input", value: "ci-typed" } },
      "request.reason": { "request.reason": { type: "plain_text_input", value: "a reason" } },
    };
    const life = { text: { type: "plain_text", text: "Until a date…" }, value: "until" };
    const act = { in: { view: form.id }, blockId: "request.life", actionId: "request.life", values };
    expect(await ada.act({ ...act, chosen: { selected_option: life } })).toEqual({ ok: true });
    const after = await formOf(ada, "Until the end of");
    expect(value(after, "request.name")).toMatchObject({ value: "ci-typed" });
    expect(value(after, "request.reason")).toMatchObject({ value: "a reason" });
    await ada.click(after, "request.life", "days:30");
    const back = await ada.waitFor(({ modals }) => {
      const top = modals.at(-1);
      return top !== undefined && !textOf(top).includes("Until the end of") ? top : undefined;
    });
    expect(value(back, "request.name")).toMatchObject({ value: "ci-typed" });
  });

  test("says what was sent and what comes next, and the card appears in the approvers' channel", async () => {
    await openForm(ada);
    expect(
      await ada.submit(await filledIn(ada, { name: "ci-sent", description: "reads the nightly figures" })),
    ).toEqual({
      ok: true,
    });
    const sent = await ada.modal("Ask for an API key");
    expect(textOf(sent)).toContain("Your request for ci-sent is made.");
    expect(textOf(sent)).toContain("Waiting for a decision until");
    expect(textOf(sent)).toContain("/apikey requests");
    const card = await cardOf(await program.slack.as("chiara"), "ci-sent", "reads the nightly figures");
    expect(textOf(card)).toContain("2 of <!subteam^S0SECURITY1>");
  });

  test("a zone other than the asker's is the key's", async () => {
    const wants = newKeyIn(await askFor(program, ada, { name: "ci-zone" }));
    expect(wants.timeZone).toBe("Europe/Berlin");
    const form = await openForm(ada);
    const { options = [] } = await ada.options(form, "request.zone", "tokyo");
    const given = await filledIn(ada, { name: "ci-zone-2" });
    expect(
      await ada.submit({ ...given, "request.zone": options[0] ?? "", "request.locale": "ja-JP" }),
    ).toEqual({ ok: true });
    const second = (await requestNamed(program, "ci-zone-2")).value;
    expect(second).toMatchObject({
      asker: personNamed("ada"),
      wants: { timeZone: "Asia/Tokyo", locale: "ja-JP" },
    });
  });
});
