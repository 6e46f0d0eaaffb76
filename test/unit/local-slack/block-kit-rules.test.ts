import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normaliseBlocks } from "../../../src/local-slack/block-kit/normalise.ts";
import {
  messageProblems,
  optionsProblems,
  viewProblems,
} from "../../../src/local-slack/block-kit/validate.ts";

const plain = (text: string) => ({ type: "plain_text", text });
const section = { type: "section", text: plain("text") };
const button = (id: string) => ({ type: "button", action_id: id, text: plain("Press") });
const option = (value: string) => ({ text: plain(value), value });
const input = (element: object) => ({ type: "input", label: plain("Label"), element });
const lines = (blocks: unknown): string[] => messageProblems(blocks).map(({ line }) => line);
const modal = (blocks: object[], more: object = {}): string[] =>
  viewProblems({ type: "modal", title: plain("Title"), blocks, ...more }, "modal").map(({ line }) => line);

describe("a message's blocks", () => {
  it.each<[string, unknown, string]>([
    ["no array", {}, "must provide an array [json-pointer:/blocks]"],
    ["a block that is no object", ["x"], "must provide an object [json-pointer:/blocks/0]"],
    ["a block without type", [{}], "missing required field: type [json-pointer:/blocks/0]"],
    ["an unknown type", [{ type: "banner" }], "unsupported type: banner [json-pointer:/blocks/0/type]"],
    [
      "a type of Object's own",
      [{ type: "constructor" }],
      "unsupported type: constructor [json-pointer:/blocks/0/type]",
    ],
    ["a missing field", [{ type: "header" }], "missing required field: text [json-pointer:/blocks/0]"],
    [
      "a field too many",
      [{ ...section, colour: "red" }],
      "invalid additional property: colour [json-pointer:/blocks/0]",
    ],
    [
      "a header in mrkdwn",
      [{ type: "header", text: { type: "mrkdwn", text: "x" } }],
      "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
    ],
    [
      "a section of nothing",
      [{ type: "section" }],
      "missing required field: text or fields [json-pointer:/blocks/0]",
    ],
    [
      "an unknown style",
      [{ type: "actions", elements: [{ ...button("a"), style: "loud" }] }],
      "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]",
    ],
    [
      "two elements of one id",
      [{ type: "actions", elements: [button("a"), button("a")] }],
      "`action_id` a already exists [json-pointer:/blocks/0/elements/1/action_id]",
    ],
    [
      "two blocks of one id",
      [
        { ...section, block_id: "a" },
        { ...section, block_id: "a" },
      ],
      "`block_id` a already exists [json-pointer:/blocks/1/block_id]",
    ],
    [
      "a text input among actions",
      [{ type: "actions", elements: [{ type: "plain_text_input", action_id: "a" }] }],
      "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]",
    ],
    [
      "a date that is none",
      [{ ...section, accessory: { type: "datepicker", action_id: "a", initial_date: "tomorrow" } }],
      "must be a date in the form YYYY-MM-DD [json-pointer:/blocks/0/accessory/initial_date]",
    ],
    [
      "options and groups",
      [
        {
          ...section,
          accessory: {
            type: "static_select",
            action_id: "a",
            options: [option("a")],
            option_groups: [{ label: plain("g"), options: [option("a")] }],
          },
        },
      ],
      "exactly one of options and option_groups is needed [json-pointer:/blocks/0/accessory]",
    ],
    [
      "a first choice that is not offered",
      [
        {
          ...section,
          accessory: {
            type: "static_select",
            action_id: "a",
            options: [option("a")],
            initial_option: option("b"),
          },
        },
      ],
      "must be one of the given options [json-pointer:/blocks/0/accessory/initial_option]",
    ],
    [
      "an image without a source",
      [{ type: "image", alt_text: "x" }],
      "exactly one of image_url and slack_file is needed [json-pointer:/blocks/0]",
    ],
    [
      "a link that is no URL",
      [{ type: "actions", elements: [{ ...button("a"), url: "nowhere" }] }],
      "must be a valid URL [json-pointer:/blocks/0/elements/0/url]",
    ],
    [
      "a file input",
      [input({ type: "file_input", action_id: "a" })],
      "unsupported type: file_input [json-pointer:/blocks/0/element/type]",
    ],
    [
      "an alert",
      [{ type: "alert", text: plain("x") }],
      "unsupported type: alert [json-pointer:/blocks/0/type]",
    ],
    [
      "a rich text element that is none",
      [{ type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "shout" }] }] }],
      "unsupported type: shout [json-pointer:/blocks/0/elements/0/elements/0/type]",
    ],
  ])("may not have %s", (_name, blocks, line) => {
    expect(lines(blocks)).toContain(`[ERROR] ${line}`);
  });

  it("may not have two tables, nor more markdown in all than one may have", () => {
    const table = { type: "table", rows: [[{ type: "raw_text", text: "x" }]] };
    expect(lines([table, table])).toContain("[ERROR] only one table is allowed [json-pointer:/blocks]");
    const markdown = { type: "markdown", text: "x".repeat(6001) };
    expect(lines([markdown, markdown])).toHaveLength(1);
  });

  it("may be what Slack's documentation shows", () => {
    expect(
      lines([
        { type: "header", text: { type: "plain_text", text: "New request", emoji: true } },
        { type: "section", fields: [{ type: "mrkdwn", text: "*Type:*\nPaid time off", verbatim: true }] },
        {
          type: "section",
          text: { type: "mrkdwn", text: "Pick" },
          accessory: {
            type: "multi_external_select",
            action_id: "a",
            min_query_length: 0,
            max_selected_items: 2,
          },
        },
        {
          type: "rich_text",
          elements: [{ type: "rich_text_preformatted", elements: [{ type: "text", text: "x" }], border: 0 }],
        },
        {
          type: "context",
          elements: [{ type: "image", image_url: "https://example.com/a.png", alt_text: "a" }],
        },
        input({
          type: "number_input",
          is_decimal_allowed: false,
          action_id: "n",
          min_value: "1",
          max_value: "10",
        }),
        { type: "divider", block_id: "d" },
      ]),
    ).toEqual([]);
  });
});

describe("a view", () => {
  it("needs its submit button where there is an input (R29), and its type and title", () => {
    const text = input({ type: "plain_text_input", action_id: "a" });
    expect(modal([text])).toEqual([expect.stringContaining("missing required field: submit")]);
    expect(modal([text], { submit: plain("Go") })).toEqual([]);
    expect(viewProblems({ type: "modal", blocks: [section] }, "modal")).toHaveLength(1);
    expect(viewProblems({ type: "home", blocks: [section] }, "home")).toEqual([]);
    expect(viewProblems({ type: "home", blocks: [section] }, "modal")).not.toEqual([]);
    expect(viewProblems("modal", "modal")).not.toEqual([]);
  });

  it("may give the focus to one element", () => {
    const text = (id: string) => input({ type: "plain_text_input", action_id: id, focus_on_load: true });
    expect(modal([text("a"), text("b")], { submit: plain("Go") })).toHaveLength(1);
  });

  it("may have alerts and file inputs in a modal, tables in a Home", () => {
    const file = input({ type: "file_input", action_id: "f" });
    expect(
      modal([{ type: "alert", text: plain("Mind the gap"), level: "warning" }, file], {
        submit: plain("Go"),
      }),
    ).toEqual([]);
    const table = { type: "table", rows: [[{ type: "raw_text", text: "x" }]] };
    expect(modal([table])).toHaveLength(1);
    expect(viewProblems({ type: "home", blocks: [table] }, "home")).toEqual([]);
  });

  it("may not ask for more characters than it takes", () => {
    const text = input({ type: "plain_text_input", action_id: "a", min_length: 10, max_length: 9 });
    expect(modal([text], { submit: plain("Go") })).toEqual([
      expect.stringContaining("min_length must not be greater"),
    ]);
  });
});

describe("suggested options", () => {
  it("are options or groups, not both and not neither", () => {
    expect(optionsProblems({ options: [] })).toEqual([]);
    expect(optionsProblems({ option_groups: [] })).toEqual([]);
    expect(optionsProblems({})).toHaveLength(1);
    expect(optionsProblems({ options: [], option_groups: [] })).toHaveLength(1);
    expect(optionsProblems({ options: [{ text: "x" }] })).not.toEqual([]);
  });
});

describe("whatever is given", () => {
  it("is judged without a crash", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        messageProblems(value);
        viewProblems(value, "modal");
        normaliseBlocks(Array.isArray(value) ? value : [value], () => "x");
      }),
    );
  });

  it("passes after normalising if it passed before, and every block then has an id", () => {
    const text = fc.string({ minLength: 1, maxLength: 75 }).map(plain);
    const blocks = fc.array(
      fc.oneof(
        text.map((one) => ({ type: "section", text: one })),
        text.map((one) => ({ type: "header", text: one })),
        fc.array(text, { minLength: 1, maxLength: 5 }).map((texts) => ({
          type: "actions",
          elements: texts.map((one) => ({ type: "button", text: one })),
        })),
      ),
      { minLength: 1, maxLength: 50 },
    );
    fc.assert(
      fc.property(blocks, (given) => {
        expect(messageProblems(given)).toEqual([]);
        let count = 0;
        const normalised = normaliseBlocks(given, () => `id${(count += 1)}`);
        expect(messageProblems(normalised)).toEqual([]);
        for (const block of normalised) expect(block["block_id"]).toMatch(/^id/);
        expect(normaliseBlocks(normalised, () => "never")).toEqual(normalised);
      }),
    );
  });
});
