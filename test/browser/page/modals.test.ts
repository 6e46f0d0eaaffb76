import type { KnownBlock, ModalView } from "@slack/types";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { noBrowserBecause } from "../../support/browser.ts";
import { ada, composer, general, messageWith, openStage, type Stage } from "./stage.ts";

const text = (words: string) => ({ type: "plain_text" as const, text: words });
const field = (id: string, label: string, more: object = {}): KnownBlock => ({
  type: "input",
  block_id: id,
  label: text(label),
  element: { type: "plain_text_input", action_id: "value", ...more },
});
const modal = (blocks: KnownBlock[], title = "A form"): ModalView => ({
  type: "modal",
  callback_id: "form",
  notify_on_close: true,
  title: text(title),
  submit: text("Save"),
  close: text("Cancel"),
  blocks,
});

const input = (id: string, label: string, element: object) =>
  ({
    type: "input",
    block_id: id,
    label: text(label),
    element: { action_id: "value", ...element },
  }) as KnownBlock;

type Answer = object | undefined;

describe.skipIf(noBrowserBecause !== undefined)("modals on the page", () => {
  let stage: Stage;
  let view: ModalView;
  let submitted: Record<string, Record<string, { value?: string | null }>>[];
  let closed: { title: string; cleared: boolean }[];
  let answer: (() => Promise<Answer>) | undefined;

  beforeAll(async () => {
    stage = await openStage();
    const { app } = stage;
    app.command("/probe", async ({ ack, client, body }) => {
      await ack();
      await client.views.open({ trigger_id: body.trigger_id, view });
    });
    app.shortcut("look", async ({ ack, client, body }) => {
      await ack();
      await client.views.open({ trigger_id: body.trigger_id, view });
    });
    app.shortcut("weigh", async ({ ack, body, respond }) => {
      await ack();
      if (body.type === "message_action") await respond(`It has ${body.message.text?.length} letters.`);
    });
    app.view({ callback_id: "form", type: "view_submission" }, async ({ ack, view: { state } }) => {
      submitted.push(state.values);
      await ack((await answer?.()) as undefined);
    });
    app.view({ callback_id: "form", type: "view_closed" }, async ({ ack, body }) => {
      await ack();
      closed.push({ title: body.view.title.text, cleared: "is_cleared" in body && body.is_cleared });
    });
    app.options("far", async ({ ack }) => {
      await ack({ options: [{ text: text("Auditor"), value: "1", description: text("Reads everything") }] });
    });
    app.action("more", async ({ ack, client, body }) => {
      await ack();
      if (body.type === "block_actions")
        await client.views.push({
          trigger_id: body.trigger_id,
          view: modal([field("inner", "Inner")], "On top"),
        });
    });
  });
  beforeEach(() => {
    submitted = [];
    closed = [];
    answer = undefined;
    view = modal([field("name", "Name"), field("why", "Reason", { multiline: true })]);
  });
  afterEach(() => stage.leave());
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  async function open(): Promise<Page> {
    const page = await stage.visit(`${ada}/${general}`);
    await composer(page).fill("/probe");
    await composer(page).press("Enter");
    await page.getByRole("dialog").waitFor();
    return page;
  }

  it("is filled in and sent by keyboard alone, and gives focus back", async () => {
    const page = await open();
    await expect
      .poll(() => page.getByLabel("Name").evaluate((field) => field === document.activeElement))
      .toBe(true);
    await page.keyboard.type("ci-deploy");
    await page.keyboard.press("Tab");
    await page.keyboard.type("a report");
    await page.keyboard.press("Tab"); // Cancel
    await page.keyboard.press("Tab"); // Save
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(submitted).toEqual([
      {
        name: { value: { type: "plain_text_input", value: "ci-deploy" } },
        why: { value: { type: "plain_text_input", value: "a report" } },
      },
    ]);
    expect(await composer(page).evaluate((field) => field === document.activeElement)).toBe(true);
    await page.keyboard.type("and on");
    expect(await composer(page).inputValue()).toBe("and on");
  });

  it("shows the app's errors at their fields, loses nothing, and moves to the first", async () => {
    answer = async () => ({ response_action: "errors", errors: { why: "Too short." } });
    const page = await open();
    await page.getByLabel("Name").fill("kept");
    await page.getByLabel("Reason").fill("x");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("alert").getByText("Too short.").waitFor();
    const reason = page.getByLabel("Reason");
    await expect.poll(() => reason.evaluate((field) => field === document.activeElement)).toBe(true);
    expect(await reason.getAttribute("aria-invalid")).toBe("true");
    const described = (await reason.getAttribute("aria-describedby")) ?? "";
    expect(await page.locator(`[id="${described}"]`).textContent()).toContain("Too short.");
    expect(await page.getByLabel("Name").inputValue()).toBe("kept");

    answer = undefined;
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(submitted).toHaveLength(2);
  });

  it("asks for what is required before the app hears of it", async () => {
    const page = await open();
    await page.getByRole("button", { name: "Save" }).click();
    await expect.poll(() => page.getByRole("alert").count()).toBe(2);
    expect(submitted).toEqual([]);
  });

  it("waits visibly for the app, and says so when no answer comes", async () => {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    answer = () => promise;
    const page = await open();
    await page.getByLabel("Name").fill("a");
    await page.getByLabel("Reason").fill("b");
    await page.getByRole("button", { name: "Save" }).click();
    await expect.poll(() => page.getByRole("button", { name: "Save" }).isDisabled()).toBe(true);
    await page.getByRole("alert").getByText("trouble connecting").waitFor();
    expect(await page.getByLabel("Name").inputValue()).toBe("a");
    resolve(undefined);
  });

  it("keeps what was typed when the app updates the view under the same ids", async () => {
    answer = async () => ({
      response_action: "update",
      view: modal([field("name", "Name again"), field("fresh", "New field")], "Updated"),
    });
    const page = await open();
    await page.getByLabel("Name").fill("survivor");
    await page.getByLabel("Reason").fill("gone");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog", { name: "Updated" }).waitFor();
    expect(await page.getByLabel("Name again").inputValue()).toBe("survivor");
    expect(await page.getByLabel("New field").inputValue()).toBe("");
  });

  it("closes with Escape as with Close, and all of a stack with the X", async () => {
    view = modal([
      field("name", "Name"),
      { type: "actions", elements: [{ type: "button", action_id: "more", text: text("More") }] },
    ]);
    const page = await open();
    await page.getByLabel("Name").fill("below");
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("dialog", { name: "On top" }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.closest("form:not([hidden])") !== null)).toBe(
      true,
    );
    await page.keyboard.press("Escape");
    await page.getByRole("dialog", { name: "A form" }).waitFor();
    expect(await page.getByLabel("Name").inputValue()).toBe("below");
    await expect.poll(() => closed).toEqual([{ title: "On top", cleared: false }]);

    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("dialog", { name: "On top" }).waitFor();
    await page.getByRole("button", { name: "Dismiss" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await expect.poll(() => closed.at(-1)).toEqual({ title: "A form", cleared: true });
  });

  it("sends every kind of field as Slack names it", async () => {
    const colours = ["Red", "Blue"].map((name) => ({ text: text(name), value: name.toLowerCase() }));
    view = modal([
      input("number", "Number", { type: "number_input", is_decimal_allowed: true }),
      input("mail", "Mail", { type: "email_text_input" }),
      input("url", "Address", { type: "url_text_input" }),
      input("rich", "Rich", { type: "rich_text_input" }),
      input("day", "Day", { type: "datepicker" }),
      input("role", "Role", { type: "external_select", action_id: "far", min_query_length: 0 }),
      input("colour", "Colour", { type: "static_select", initial_option: colours[0], options: colours }),
      input("boxes", "Boxes", { type: "checkboxes", options: colours }),
      input("people", "People", { type: "multi_users_select" }),
      { ...input("empty", "Empty", { type: "plain_text_input" }), optional: true } as KnownBlock,
    ]);
    const page = await open();
    await page.getByLabel("Number").fill("1.5");
    await page.getByLabel("Mail").fill("ada@example.com");
    await page.getByLabel("Address").fill("https://example.com");
    await page.getByLabel("Rich").fill("words");
    await page.getByLabel("Day").fill("2027-01-02");
    await page.getByRole("combobox", { name: "Role" }).click();
    await page.getByRole("option", { name: "Auditor Reads everything" }).click();
    await page.getByRole("checkbox", { name: "Blue" }).check();
    await page.getByRole("combobox", { name: "People" }).click();
    await page.getByRole("option", { name: "Grace Kim" }).click();
    await page.keyboard.press("Escape"); // closes the list, not the modal
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(submitted[0]).toMatchObject({
      number: { value: { value: "1.5" } },
      mail: { value: { value: "ada@example.com" } },
      url: { value: { value: "https://example.com" } },
      rich: { value: { rich_text_value: { type: "rich_text" } } },
      day: { value: { selected_date: "2027-01-02" } },
      role: { far: { selected_option: { value: "1" } } },
      colour: { value: { selected_option: { value: "red" } } },
      boxes: { value: { selected_options: [{ value: "blue" }] } },
      people: { value: { selected_users: ["U0GRACE0001"] } },
      empty: { value: { value: null } },
    });
  });

  it("opens from a global shortcut, and answers a message shortcut", async () => {
    const page = await stage.visit(`${ada}/${general}`);
    await page.getByRole("button", { name: "Shortcuts" }).click();
    await page.getByRole("menuitem", { name: "Look around" }).click();
    await page.getByRole("dialog", { name: "A form" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });

    await stage.post([], "seven!!");
    await messageWith(page, "seven!!").hover();
    await messageWith(page, "seven!!").getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Weigh this" }).click();
    await messageWith(page, "It has 7 letters.").waitFor();
  });

  it("makes no script fail and breaks no rule of its content policy", () => {
    expect(stage.troubles).toEqual([]);
  });
});
