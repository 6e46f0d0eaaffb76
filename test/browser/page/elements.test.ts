import type { BlockAction } from "@slack/bolt";
import type { ActionsBlockElement, KnownBlock, SectionBlockAccessory } from "@slack/types";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { noBrowserBecause } from "../../support/browser.ts";
import { ada, general, messageWith, openStage, type Stage } from "./stage.ts";

const text = (words: string) => ({ type: "plain_text" as const, text: words });
const option = (value: string, description?: string) => ({
  text: text(value),
  value: value.toLowerCase(),
  ...(description === undefined ? {} : { description: text(description) }),
});
const options = [option("Red", "As a rose"), option("Green"), option("Blue")];

describe.skipIf(noBrowserBecause !== undefined)("elements on the page", () => {
  let stage: Stage;
  let actions: BlockAction[];
  let told: () => void;
  let count = 0;

  beforeAll(async () => {
    stage = await openStage();
    stage.app.action(/.*/, async ({ ack, body }) => {
      await ack();
      if (body.type === "block_actions") actions.push(body);
      told();
    });
    stage.app.options(/.*/, async ({ ack, options: { value } }) => {
      await ack({ options: options.filter(({ value: known }) => known.includes(value)) });
    });
  });
  beforeEach(() => {
    actions = [];
    told = () => {};
  });
  afterEach(() => stage.leave());
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  /** Does something and answers the first action that the app hears of after it. */
  const next = async (act: () => Promise<void>) => {
    const arrived = new Promise<void>((resolve) => (told = resolve));
    await act();
    await arrived;
    return actions.at(-1)?.actions[0];
  };

  /** Posts an element beside a text and answers its message on Ada's page. */
  async function show(
    element: ActionsBlockElement | SectionBlockAccessory,
    block: "section" | "actions" = "section",
  ) {
    count += 1;
    const words = `Element ${count}.`;
    const blocks: KnownBlock[] =
      block === "section"
        ? [{ type: "section", text: text(words), accessory: element as SectionBlockAccessory }]
        : [
            { type: "section", text: text(words) },
            { type: "actions", elements: [element as ActionsBlockElement] },
          ];
    const page = await stage.visit(`${ada}/${general}`);
    await page.getByRole("log").waitFor();
    await stage.post(blocks);
    const message = messageWith(page, words);
    await message.waitFor();
    return { page, message };
  }

  it("sends a button's value, after its confirm dialog", async () => {
    const { page, message } = await show({
      type: "button",
      action_id: "go",
      text: text("Go"),
      value: "42",
      style: "primary",
      confirm: { title: text("Sure?"), text: text("It goes."), confirm: text("Yes, go"), deny: text("No") },
    });
    await message.getByRole("button", { name: "Go" }).click();
    const dialog = page.getByRole("dialog", { name: "Sure?" });
    await dialog.getByRole("button", { name: "No", exact: true }).click();
    await dialog.waitFor({ state: "detached" });
    expect(actions).toEqual([]);

    await message.getByRole("button", { name: "Go" }).click();
    const action = await next(() => dialog.getByRole("button", { name: "Yes, go" }).click());
    expect(action).toMatchObject({ type: "button", action_id: "go", value: "42" });
  });

  it("draws a button with an address as a link", async () => {
    const { message } = await show({
      type: "button",
      action_id: "out",
      text: text("Out"),
      url: "https://example.com/",
    });
    expect(await message.getByRole("link", { name: "Out" }).getAttribute("href")).toBe(
      "https://example.com/",
    );
  });

  it("sends what was chosen from a static select, whose options show their descriptions", async () => {
    const { page, message } = await show({
      type: "static_select",
      action_id: "colour",
      placeholder: text("Colour"),
      options,
    });
    await message.getByRole("combobox").click();
    await page.getByRole("option", { name: "Red As a rose" }).waitFor();
    await page.getByRole("combobox", { expanded: true }).fill("bl");
    expect(await page.getByRole("option").allTextContents()).toEqual(["Blue"]);
    const action = await next(() => page.keyboard.press("Enter"));
    expect(action).toMatchObject({ type: "static_select", selected_option: { value: "blue" } });
    expect(await message.getByRole("combobox").inputValue()).toBe("Blue");
  });

  it("groups the options of a select", async () => {
    const groups = [
      { label: text("Warm"), options: [option("Red")] },
      { label: text("Cold"), options: [option("Blue")] },
    ];
    const { page, message } = await show({
      type: "multi_static_select",
      action_id: "many",
      placeholder: text("Colours"),
      option_groups: groups,
    });
    await message.getByRole("combobox").click();
    const first = await next(() =>
      page.getByRole("group", { name: "Cold" }).getByRole("option", { name: "Blue" }).click(),
    );
    expect(first).toMatchObject({ selected_options: [{ value: "blue" }] });
    await next(() => page.getByRole("option", { name: "Red" }).click());
    const last = await next(() => message.getByRole("button", { name: "Remove Blue" }).click());
    expect(last).toMatchObject({ selected_options: [{ value: "red" }] });
  });

  it("asks the app for an external select's options, once enough has been typed", async () => {
    const { page, message } = await show({
      type: "external_select",
      action_id: "far",
      placeholder: text("Find"),
      min_query_length: 2,
    });
    await message.getByRole("combobox").click();
    await page.getByText("Type at least 2 characters").waitFor();
    await page.keyboard.type("re");
    await page.getByRole("option", { name: "Red" }).waitFor();
    expect(await page.getByRole("option").count()).toBe(2);
    const action = await next(() => page.getByRole("option", { name: "Green" }).click());
    expect(action).toMatchObject({ selected_option: { value: "green" } });
  });

  it("offers people, conversations and public channels, but nobody who is deactivated", async () => {
    const users = await show({ type: "users_select", action_id: "who", placeholder: text("Who") });
    await users.message.getByRole("combobox").click();
    await users.page.getByRole("option", { name: "Grace Kim Auditor" }).waitFor();
    expect(await users.page.getByRole("option", { name: "Dora Lang" }).count()).toBe(0);
    const who = await next(() => users.page.getByRole("option", { name: "Grace Kim" }).click());
    expect(who).toMatchObject({ selected_user: "U0GRACE0001" });

    const channels = await show({ type: "channels_select", action_id: "where", placeholder: text("Where") });
    await channels.message.getByRole("combobox").click();
    const where = await next(() => channels.page.getByRole("option", { name: "#audit" }).click());
    expect(where).toMatchObject({ selected_channel: "C0AUDIT0001" });

    const several = await show({
      type: "multi_conversations_select",
      action_id: "all",
      placeholder: text("All"),
    });
    await several.message.getByRole("combobox").click();
    const all = await next(() => several.page.getByRole("option", { name: "Probe" }).click());
    expect(all).toMatchObject({ selected_conversations: [expect.stringMatching(/^D/)] });
  });

  it("sends an overflow's choice, reached by keyboard", async () => {
    const { page, message } = await show({ type: "overflow", action_id: "more", options });
    await message.getByRole("button", { name: "More options" }).press("Enter");
    await page.getByRole("menuitem", { name: "Red" }).waitFor();
    await page.keyboard.press("ArrowDown");
    const action = await next(() => page.keyboard.press("Enter"));
    expect(action).toMatchObject({ type: "overflow", selected_option: { value: "green" } });
    expect(await page.getByRole("menu").count()).toBe(0);
  });

  it("sends checkboxes and radio buttons, whose denied confirm leaves them as they were", async () => {
    const boxes = await show({
      type: "checkboxes",
      action_id: "boxes",
      options,
      initial_options: [option("Blue")],
    });
    const red = boxes.message.getByRole("checkbox", { name: "Red" });
    const ticked = await next(() => red.check());
    expect(ticked).toMatchObject({ selected_options: [{ value: "red" }, { value: "blue" }] });
    expect(await red.isChecked()).toBe(true);

    const confirm = { title: text("Sure?"), text: text("Really"), confirm: text("Yes"), deny: text("No") };
    const radio = await show({ type: "radio_buttons", action_id: "one", options, confirm });
    const green = radio.message.getByRole("radio", { name: "Green" });
    await green.click();
    await radio.page.getByRole("button", { name: "No", exact: true }).click();
    expect(await green.isChecked()).toBe(false);
    await green.click();
    const one = await next(() => radio.page.getByRole("button", { name: "Yes" }).click());
    expect(one).toMatchObject({ selected_option: { value: "green" } });
    await expect.poll(() => green.isChecked()).toBe(true);
  });

  it("sends dates and times", async () => {
    const date = await show({ type: "datepicker", action_id: "day", initial_date: "2026-12-24" });
    const day = date.message.locator("input[type=date]");
    expect(await day.inputValue()).toBe("2026-12-24");
    expect(await next(() => day.fill("2027-01-02"))).toMatchObject({ selected_date: "2027-01-02" });

    const time = await show({ type: "timepicker", action_id: "time", timezone: "Asia/Tokyo" });
    await time.message.getByText("Asia/Tokyo").waitFor();
    expect(await next(() => time.message.locator("input[type=time]").fill("09:30"))).toMatchObject({
      selected_time: "09:30",
    });

    const moment = await show({ type: "datetimepicker", action_id: "moment" }, "actions");
    const seconds = Date.UTC(2027, 0, 2, 8, 30) / 1000; // 09:30 where Ada is
    expect(await next(() => moment.message.locator("input").fill("2027-01-02T09:30"))).toMatchObject({
      selected_date_time: seconds,
    });
  });

  it("draws headers, fields, context, images, rich text and tables", async () => {
    const page = await stage.visit(`${ada}/${general}`);
    await page.getByRole("log").waitFor();
    await stage.post([
      { type: "header", text: text("All that is drawn") },
      { type: "section", fields: [{ type: "mrkdwn", text: "*Role*\nAuditor" }, text("plain *field*")] },
      { type: "divider" },
      {
        type: "context",
        elements: [
          { type: "image", image_url: "https://example.com/x.png", alt_text: "small" },
          { type: "mrkdwn", text: "_aside_" },
        ],
      },
      { type: "image", image_url: "https://example.com/y.png", alt_text: "large", title: text("A title") },
      {
        type: "rich_text",
        elements: [
          {
            type: "rich_text_section",
            elements: [
              { type: "text", text: "rich", style: { bold: true } },
              { type: "user", user_id: ada },
            ],
          },
          { type: "rich_text_preformatted", elements: [{ type: "text", text: "read -rs SECRET" }] },
          {
            type: "rich_text_list",
            style: "ordered",
            elements: [{ type: "rich_text_section", elements: [{ type: "text", text: "item" }] }],
          },
          { type: "rich_text_quote", elements: [{ type: "text", text: "said" }] },
        ],
      },
    ]);
    const message = messageWith(page, "All that is drawn");
    await message.getByRole("heading", { name: "All that is drawn" }).waitFor();
    await message.getByText("plain *field*").waitFor();
    for (const name of ["small", "large"])
      await message.getByRole("img", { name }).waitFor({ state: "attached" });
    expect(await message.locator("pre").textContent()).toBe("read -rs SECRET");
    expect(await message.getByRole("listitem").textContent()).toBe("item");
    expect(await message.getByRole("blockquote").textContent()).toBe("said");
  });

  it("says at the block when the app does not take a click", async () => {
    const { message } = await show({ type: "button", action_id: "late", text: text("Late") });
    stage.slack.setFaults({ rules: [{ fault: "drop_ack", times: 1 }], away: [] });
    await message.getByRole("button", { name: "Late" }).click();
    await message.getByRole("alert").filter({ hasText: "operation_timeout" }).waitFor();
  });

  it("makes no script fail and breaks no rule of its content policy", () => {
    expect(stage.troubles.filter((trouble) => !trouble.includes("ERR_"))).toEqual([]);
  });
});
