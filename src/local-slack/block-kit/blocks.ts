import { allowedIn, elements } from "./elements.ts";
import { limits } from "./limits.ts";
import { anyText, hasImageSource, imageFields, mrkdwnText, plainText } from "./objects.ts";
import { richTextElement } from "./rich-text.ts";
import {
  anything,
  boolean,
  byType,
  type Check,
  integer,
  list,
  number,
  object,
  oneOf,
  type Report,
  require,
  string,
  type,
  url,
} from "./schema.ts";
import { asText, isJson, type Json } from "../json.ts";

export type Surface = "message" | "modal" | "home";

const blockId = { block_id: string(limits.blockId) };
const image = byType({ image: elements["image"] ?? anything });

/** Elements of one block need distinct action ids. */
function distinctActionIds(value: Json, pointer: string, report: Report): void {
  const seen = new Set<unknown>();
  const given = Array.isArray(value["elements"]) ? value["elements"] : [];
  for (const [index, element] of given.entries()) {
    const id = isJson(element) ? element["action_id"] : undefined;
    if (id !== undefined && seen.has(id))
      report({
        pointer: `${pointer}/elements/${index}/action_id`,
        message: `\`action_id\` ${asText(id)} already exists`,
        constraint: { type: "unique", got: id },
      });
    seen.add(id);
  }
}

const richText = object({ type, elements: list(richTextElement) }, blockId);
const cell = byType({
  rich_text: richText,
  raw_text: object({ type, text: string() }),
  raw_number: object({ type, value: number, text: string() }),
});

const card = object(
  { type },
  {
    ...blockId,
    hero_image: image,
    icon: image,
    slack_icon: anything,
    title: mrkdwnText(limits.cardTitle),
    subtitle: mrkdwnText(limits.cardTitle),
    body: mrkdwnText(limits.cardBody),
    subtext: mrkdwnText(limits.cardBody),
    actions: list(byType(elements, ["button"]), limits.cardActions),
  },
);

const taskCard = object(
  {
    type,
    task_id: string(),
    title: string({ min: 1 }),
    status: oneOf("pending", "in_progress", "complete", "error"),
  },
  { ...blockId, details: richText, output: richText, sources: list(anything) },
);

const plain: Record<string, Check> = {
  divider: object({ type }, blockId),
  header: object(
    { type, text: plainText(limits.headerText) },
    { ...blockId, level: integer({ min: 1, max: 4 }) },
  ),
  context: object(
    {
      type,
      elements: list(
        byType({
          image: elements["image"] ?? anything,
          plain_text: plainText(limits.text),
          mrkdwn: mrkdwnText(limits.text),
        }),
        limits.contextElements,
      ),
    },
    blockId,
  ),
  image: object(
    { type, alt_text: string(limits.altText) },
    { ...blockId, ...imageFields, title: plainText(limits.imageTitle) },
    require(hasImageSource, "exactly one of image_url and slack_file is needed"),
  ),
  section: object(
    { type },
    {
      ...blockId,
      text: anyText(limits.text),
      fields: list(anyText(limits.sectionField), limits.sectionFields),
      accessory: byType(elements, allowedIn.accessory),
      expand: boolean,
    },
    require(({ text, fields }) =>
      (text ?? fields ?? undefined) !== undefined, "missing required field: text or fields"),
  ),
  actions: object(
    { type, elements: list(byType(elements, allowedIn.actions), limits.actionsElements) },
    blockId,
    distinctActionIds,
  ),
  rich_text: richText,
  markdown: object({ type, text: string(limits.markdown) }, blockId),
  alert: object(
    { type, text: anyText(limits.alertText) },
    { ...blockId, level: oneOf("default", "info", "warning", "error", "success") },
  ),
  table: object(
    { type, rows: list(list(cell, limits.tableColumns), limits.tableRows) },
    { ...blockId, column_settings: list(anything, limits.tableColumns) },
  ),
  data_table: object(
    { type, rows: list(list(cell, limits.tableColumns), limits.dataTableRows), caption: string() },
    { ...blockId, page_size: integer({ min: 1, max: 100 }), row_header_column_index: integer({ min: 0 }) },
  ),
  data_visualization: anything,
  file: object({ type, external_id: string(), source: oneOf("remote") }, blockId),
  video: object(
    {
      type,
      title: plainText(limits.videoTitle),
      video_url: url(limits.url),
      thumbnail_url: url(limits.url),
      alt_text: string(limits.altText),
    },
    {
      ...blockId,
      title_url: url(limits.url),
      author_name: string(limits.videoAuthor),
      provider_name: string(limits.videoAuthor),
      provider_icon_url: url(limits.url),
      description: plainText(limits.videoTitle),
    },
  ),
  card,
  carousel: object({ type, elements: list(byType({ card }), limits.carouselElements) }, blockId),
  context_actions: object(
    {
      type,
      elements: list(byType(elements, ["feedback_buttons", "icon_button"]), limits.contextActionsElements),
    },
    blockId,
    distinctActionIds,
  ),
  task_card: taskCard,
  plan: object(
    { type, title: string({ min: 1 }) },
    { ...blockId, tasks: list(byType({ task_card: taskCard }), limits.planTasks) },
  ),
};

const everywhere = [
  "actions",
  "card",
  "context",
  "divider",
  "header",
  "image",
  "input",
  "rich_text",
  "section",
  "video",
];
const roomy = ["carousel", "container", "data_table", "data_visualization", "table"];

const allowedOn: Record<Surface, readonly string[]> = {
  modal: [...everywhere, "alert"],
  home: [...everywhere, ...roomy],
  message: [...everywhere, ...roomy, "context_actions", "file", "markdown", "plan", "task_card"],
};

/** A block on a surface: `file_input` and alerts are for modals, tables for messages and Homes (2.5). */
export function blockOn(surface: Surface): Check {
  const inputs = surface === "modal" ? [...allowedIn.input, "file_input"] : allowedIn.input;
  const all: Record<string, Check> = {
    ...plain,
    input: object(
      { type, label: plainText(limits.inputLabel), element: byType(elements, inputs) },
      { ...blockId, hint: plainText(limits.inputHint), optional: boolean, dispatch_action: boolean },
    ),
  };
  const child = byType(all, [
    "actions",
    "context",
    "divider",
    "file",
    "header",
    "image",
    "input",
    "rich_text",
    "section",
    "table",
    "video",
  ]);
  all["container"] = object(
    { type, child_blocks: list(child, limits.containerChildren) },
    {
      ...blockId,
      title: plainText(limits.cardTitle),
      rich_text_title: richText,
      subtitle: anyText(limits.cardTitle),
      width: oneOf("narrow", "standard", "wide", "full"),
      icon: image,
      is_collapsible: boolean,
      default_collapsed: boolean,
      has_header_divider: boolean,
    },
  );
  return byType(all, allowedOn[surface]);
}
