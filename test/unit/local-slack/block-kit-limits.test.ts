import { describe, expect, it } from "vitest";
import { limits } from "../../../src/local-slack/block-kit/limits.ts";
import {
  messageProblems,
  optionsProblems,
  type Told,
  viewProblems,
} from "../../../src/local-slack/block-kit/validate.ts";

const plain = (text: string) => ({ type: "plain_text", text });
/** Astral characters: each is one code point and two UTF-16 units. */
const long = (length: number): string => "🔑".repeat(length);
const many = <T>(length: number, make: (index: number) => T): T[] =>
  Array.from({ length }, (_, index) => make(index));
const urlOf = (length: number): string => (length < 9 ? "" : `https://${"x".repeat(length - 8)}`);

const option = (value: string) => ({ text: plain("An option"), value });
const options = (count: number) => many(count, (index) => option(String(index)));
const section = { type: "section", text: plain("text") };

/** One list of problems for each thing measured: each of them must object for itself. */
type Parts = Told[][];

const block = (one: object): Parts => [messageProblems([one])];
const accessory = (element: object): Parts =>
  block({ ...section, accessory: { action_id: "it", ...element } });
const action = (element: object): Parts =>
  block({ type: "actions", elements: [{ action_id: "it", ...element }] });
const button = (more: object): Parts => action({ type: "button", text: plain("Press"), ...more });
const confirm = (more: object): Parts => button({ confirm: { text: plain("Sure?"), ...more } });
const select = (more: object): Parts => action({ type: "static_select", ...more });
const icon = (more: object): Parts =>
  block({
    type: "context_actions",
    elements: [{ type: "icon_button", icon: "trash", text: plain("x"), ...more }],
  });
const view = (more: object): Parts => [
  viewProblems({ type: "modal", title: plain("Title"), blocks: [section], ...more }, "modal"),
];
const input = (element: object, more: object = {}): Parts =>
  view({
    submit: plain("Go"),
    blocks: [{ type: "input", label: plain("Label"), element: { action_id: "it", ...element }, ...more }],
  });
const text = (more: object): Parts => input({ type: "plain_text_input", ...more });
const richTable = (rows: number, columns: number): Parts =>
  block({ type: "table", rows: many(rows, () => many(columns, () => ({ type: "raw_text", text: "x" }))) });
const dataTable = (rows: number): Parts =>
  block({ type: "data_table", caption: "c", rows: many(rows, () => [{ type: "raw_text", text: "x" }]) });
const card = (more: object) => ({ type: "card", ...more });
const mrkdwn = (words: string) => ({ type: "mrkdwn", text: words });
const image = { type: "image", image_url: "https://example.com/x.png", alt_text: "x" };
const video = {
  type: "video",
  title: plain("t"),
  video_url: urlOf(20),
  thumbnail_url: urlOf(20),
  alt_text: "x",
};
const task = { type: "task_card", task_id: "1", title: "t", status: "pending" };

/** Something whose one measure is `n`, for each limit of the table; the compiler asks for them all. */
const measured: Record<Exclude<keyof typeof limits, "viewBytes" | "attachments">, (n: number) => Parts> = {
  messageBlocks: (n) => [messageProblems(many(n, () => section))],
  viewBlocks: (n) => view({ blocks: many(n, () => section) }),
  viewTitle: (n) => [
    ...view({ title: plain(long(n)) }),
    ...view({ close: plain(long(n)) }),
    ...view({ submit: plain(long(n)) }),
  ],
  privateMetadata: (n) => view({ private_metadata: long(n) }),
  callbackId: (n) => view({ callback_id: long(n) }),
  externalId: (n) => view({ external_id: long(n) }),
  blockId: (n) => block({ ...section, block_id: long(n) }),
  actionId: (n) => button({ action_id: long(n) }),
  text: (n) => [
    ...block({ type: "section", text: mrkdwn(long(n)) }),
    ...block({ type: "context", elements: [plain(long(n))] }),
  ],
  sectionFields: (n) => block({ type: "section", fields: many(n, () => plain("x")) }),
  sectionField: (n) => block({ type: "section", fields: [plain(long(n))] }),
  headerText: (n) => block({ type: "header", text: plain(long(n)) }),
  actionsElements: (n) =>
    block({
      type: "actions",
      elements: many(n, (index) => ({ type: "button", text: plain("x"), action_id: `b${index}` })),
    }),
  contextElements: (n) => block({ type: "context", elements: many(n, () => plain("x")) }),
  contextActionsElements: (n) =>
    block({
      type: "context_actions",
      elements: many(n, (index) => ({
        type: "icon_button",
        icon: "trash",
        text: plain("x"),
        action_id: `i${index}`,
      })),
    }),
  buttonText: (n) => button({ text: plain(long(n)) }),
  buttonValue: (n) => button({ value: long(n) }),
  url: (n) => [...button({ url: urlOf(n) }), ...block({ ...image, image_url: urlOf(n) })],
  accessibilityLabel: (n) => button({ accessibility_label: long(n) }),
  confirmTitle: (n) => confirm({ title: plain(long(n)) }),
  confirmText: (n) => confirm({ text: plain(long(n)) }),
  confirmButton: (n) => [...confirm({ confirm: plain(long(n)) }), ...confirm({ deny: plain(long(n)) })],
  optionText: (n) => [
    ...select({ options: [{ ...option("a"), text: plain(long(n)) }] }),
    ...select({ options: [{ ...option("a"), description: plain(long(n)) }] }),
  ],
  optionValue: (n) => select({ options: [option(long(n))] }),
  selectOptions: (n) => [
    ...select({ options: options(n) }),
    ...select({ option_groups: [{ label: plain("g"), options: options(n) }] }),
  ],
  optionGroups: (n) => select({ option_groups: many(n, () => ({ label: plain("g"), options: options(1) })) }),
  groupLabel: (n) => select({ option_groups: [{ label: plain(long(n)), options: options(1) }] }),
  overflowOptions: (n) => accessory({ type: "overflow", options: options(n) }),
  choiceOptions: (n) => [
    ...action({ type: "checkboxes", options: options(n) }),
    ...action({ type: "radio_buttons", options: options(n) }),
  ],
  suggestedOptions: (n) => [optionsProblems({ options: options(n) })],
  placeholder: (n) => [
    ...action({ type: "users_select", placeholder: plain(long(n)) }),
    ...text({ placeholder: plain(long(n)) }),
    ...action({ type: "datepicker", placeholder: plain(long(n)) }),
  ],
  inputLabel: (n) => input({ type: "plain_text_input" }, { label: plain(long(n)) }),
  inputHint: (n) => input({ type: "plain_text_input" }, { hint: plain(long(n)) }),
  inputMinLength: (n) => text({ min_length: n }),
  inputMaxLength: (n) => text({ max_length: n }),
  maxSelectedItems: (n) => action({ type: "multi_users_select", max_selected_items: n }),
  maxFiles: (n) => input({ type: "file_input", max_files: n }),
  richTextLines: (n) => [
    ...input({ type: "rich_text_input", min_lines: n }),
    ...input({ type: "rich_text_input", max_lines: n }),
  ],
  altText: (n) => block({ ...image, alt_text: long(n) }),
  imageTitle: (n) => block({ ...image, title: plain(long(n)) }),
  markdown: (n) => block({ type: "markdown", text: long(n) }),
  alertText: (n) => view({ blocks: [{ type: "alert", text: plain(long(n)) }] }),
  tableRows: (n) => richTable(n, 1),
  tableColumns: (n) => richTable(1, n),
  dataTableRows: (n) => dataTable(n),
  cardTitle: (n) => [
    ...block(card({ title: mrkdwn(long(n)) })),
    ...block(card({ subtitle: mrkdwn(long(n)) })),
  ],
  cardBody: (n) => [...block(card({ body: mrkdwn(long(n)) })), ...block(card({ subtext: mrkdwn(long(n)) }))],
  cardActions: (n) =>
    block(
      card({ actions: many(n, (index) => ({ type: "button", text: plain("x"), action_id: `b${index}` })) }),
    ),
  carouselElements: (n) => block({ type: "carousel", elements: many(n, () => card({ title: mrkdwn("x") })) }),
  containerChildren: (n) =>
    block({ type: "container", title: plain("x"), child_blocks: many(n, () => section) }),
  planTasks: (n) => block({ type: "plan", title: "x", tasks: many(n, () => task) }),
  videoTitle: (n) => [
    ...block({ ...video, title: plain(long(n)) }),
    ...block({ ...video, description: plain(long(n)) }),
  ],
  videoAuthor: (n) => [
    ...block({ ...video, author_name: long(n) }),
    ...block({ ...video, provider_name: long(n) }),
  ],
  dispatchTriggers: (n) =>
    text({ dispatch_action_config: { trigger_actions_on: many(n, () => "on_enter_pressed") } }),
  visibleTo: (n) => icon({ visible_to_user_ids: many(n, (index) => `U${index}`) }),
};

const cases = Object.entries(measured).map(([name, build]) => {
  const limit: { min?: number; max?: number } = limits[name as keyof typeof measured];
  return { name, build, ...limit };
});

describe("the limits of Block Kit (2.5)", () => {
  const upper = cases.flatMap(({ max, ...rest }) => (max === undefined ? [] : [{ ...rest, max }]));
  it.each(upper)("$name: $max pass", ({ build, max }) => {
    expect(build(max).flat()).toEqual([]);
  });

  it.each(upper)("$name: one more than $max does not", ({ build, max }) => {
    for (const problems of build(max + 1)) {
      expect(problems).not.toEqual([]);
      for (const { line } of problems) expect(line).toMatch(/^\[ERROR\] .+ \[json-pointer:.*\]$/);
    }
  });

  const lower = cases.flatMap(({ min, ...rest }) => (min === undefined ? [] : [{ ...rest, min }]));
  it.each(lower.filter(({ name }) => name !== "url"))("$name: $min pass", ({ build, min }) => {
    expect(build(min).flat()).toEqual([]);
  });

  it.each(lower)("$name: one less than $min does not", ({ build, min }) => {
    for (const problems of build(min - 1)) expect(problems).not.toEqual([]);
  });
});
