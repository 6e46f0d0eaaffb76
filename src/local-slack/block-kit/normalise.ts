import { isJson, type Json } from "../json.ts";

const actionable = new Set([
  "button",
  "checkboxes",
  "datepicker",
  "datetimepicker",
  "email_text_input",
  "feedback_buttons",
  "file_input",
  "icon_button",
  "number_input",
  "overflow",
  "plain_text_input",
  "radio_buttons",
  "rich_text_input",
  "timepicker",
  "url_text_input",
  "workflow_button",
]);

const isActionable = (type: unknown): boolean =>
  typeof type === "string" && (actionable.has(type) || type.endsWith("_select"));

/**
 * Blocks as Slack gives them back: ids made up where there were none, `emoji` and `verbatim` said.
 * `newId` makes one short random id.
 */
export function normaliseBlocks(blocks: readonly unknown[], newId: () => string): Json[] {
  return blocks.filter(isJson).map((block) => ({
    ...(fill(block, newId) as Json),
    block_id: typeof block["block_id"] === "string" && block["block_id"] !== "" ? block["block_id"] : newId(),
  }));
}

function fill(value: unknown, newId: () => string): unknown {
  if (Array.isArray(value)) return value.map((item) => fill(item, newId));
  if (!isJson(value)) return value;
  const filled = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, newId)]));
  if (filled["type"] === "plain_text") return { emoji: true, ...filled };
  if (filled["type"] === "mrkdwn") return { verbatim: false, ...filled };
  return isActionable(filled["type"]) ? { action_id: newId(), ...filled } : filled;
}
