import type { Json } from "../json.ts";
import { limits } from "./limits.ts";
import {
  confirm,
  hasImageSource,
  imageFields,
  initialAmongOptions,
  optionGroup,
  overflowOption,
  plainOption,
  plainText,
  richOption,
  style,
} from "./objects.ts";
import { richTextElement } from "./rich-text.ts";
import {
  anything,
  boolean,
  type Check,
  integer,
  list,
  object,
  oneOf,
  pattern,
  require,
  string,
  type,
  url,
} from "./schema.ts";

const actionId = string(limits.actionId);
const placeholder = plainText(limits.placeholder);
const shared = { action_id: actionId, focus_on_load: boolean };
const picker = { ...shared, confirm, placeholder };
const dispatching = {
  dispatch_action_config: object(
    {},
    { trigger_actions_on: list(oneOf("on_enter_pressed", "on_character_entered"), limits.dispatchTriggers) },
  ),
};
const many = { max_selected_items: integer(limits.maxSelectedItems) };

const date = pattern(/^\d{4}-\d{2}-\d{2}$/, "a date in the form YYYY-MM-DD");
const time = pattern(/^\d{2}:\d{2}$/, "a time in the form HH:mm");
const numeric = pattern(/^-?\d+(\.\d+)?$/, "a number in a string");

const filter = object(
  {},
  {
    include: list(oneOf("im", "mpim", "private", "public"), { min: 1 }),
    exclude_external_shared_channels: boolean,
    exclude_bot_users: boolean,
  },
);

function staticSelect(field: "initial_option" | "initial_options", more: Record<string, Check>): Check {
  return object(
    { type },
    {
      ...picker,
      options: list(plainOption, limits.selectOptions),
      option_groups: list(optionGroup, limits.optionGroups),
      ...more,
    },
    (value, pointer, report) => {
      require(eitherOptions, "exactly one of options and option_groups is needed")(value, pointer, report);
      initialAmongOptions(field)(value, pointer, report);
    },
  );
}

const eitherOptions = (value: Json): boolean =>
  (value["options"] === undefined) !== (value["option_groups"] === undefined);

const lengthsAgree = (value: Json): boolean =>
  Number(value["min_length"] ?? 0) <= Number(value["max_length"] ?? limits.inputMaxLength.max);

const lineInput = object({ type }, { ...shared, ...dispatching, placeholder, initial_value: string() });
const feedback = object(
  { text: plainText(limits.buttonText), value: string(limits.buttonValue) },
  { accessibility_label: string(limits.accessibilityLabel) },
);
const conversations = { default_to_current_conversation: boolean, filter, response_url_enabled: boolean };

/** Every element by its type, with the fields that it may have. */
export const elements: Record<string, Check> = {
  button: object(
    { type, text: plainText(limits.buttonText) },
    {
      action_id: actionId,
      url: url(limits.url),
      value: string(limits.buttonValue),
      style,
      confirm,
      accessibility_label: string(limits.accessibilityLabel),
    },
  ),
  workflow_button: object(
    { type, text: plainText(limits.buttonText), workflow: anything },
    { action_id: actionId, style, confirm, accessibility_label: string(limits.accessibilityLabel) },
  ),
  feedback_buttons: object(
    { type, positive_button: feedback, negative_button: feedback },
    { action_id: actionId },
  ),
  icon_button: object(
    { type, icon: string({ min: 1 }), text: plainText(limits.buttonText) },
    {
      action_id: actionId,
      value: string(limits.buttonValue),
      confirm,
      accessibility_label: string(limits.accessibilityLabel),
      visible_to_user_ids: list(string(), limits.visibleTo),
    },
  ),
  overflow: object(
    { type, options: list(overflowOption, limits.overflowOptions) },
    { action_id: actionId, confirm },
  ),
  checkboxes: object(
    { type, options: list(richOption, limits.choiceOptions) },
    { ...shared, confirm, initial_options: list(richOption, { min: 1 }) },
    initialAmongOptions("initial_options"),
  ),
  radio_buttons: object(
    { type, options: list(richOption, limits.choiceOptions) },
    { ...shared, confirm, initial_option: richOption },
    initialAmongOptions("initial_option"),
  ),
  static_select: staticSelect("initial_option", { initial_option: plainOption }),
  multi_static_select: staticSelect("initial_options", { initial_options: list(plainOption), ...many }),
  external_select: object(
    { type },
    { ...picker, initial_option: plainOption, min_query_length: integer({ min: 0 }) },
  ),
  multi_external_select: object(
    { type },
    { ...picker, initial_options: list(plainOption), min_query_length: integer({ min: 0 }), ...many },
  ),
  users_select: object({ type }, { ...picker, initial_user: string() }),
  multi_users_select: object({ type }, { ...picker, initial_users: list(string()), ...many }),
  conversations_select: object({ type }, { ...picker, ...conversations, initial_conversation: string() }),
  multi_conversations_select: object(
    { type },
    { ...picker, ...conversations, initial_conversations: list(string()), ...many },
  ),
  channels_select: object({ type }, { ...picker, initial_channel: string(), response_url_enabled: boolean }),
  multi_channels_select: object({ type }, { ...picker, initial_channels: list(string()), ...many }),
  datepicker: object({ type }, { ...picker, initial_date: date }),
  timepicker: object({ type }, { ...picker, initial_time: time, timezone: string() }),
  datetimepicker: object(
    { type },
    { ...shared, confirm, initial_date_time: integer({ min: 1_000_000_000, max: 9_999_999_999 }) },
  ),
  plain_text_input: object(
    { type },
    {
      ...shared,
      ...dispatching,
      placeholder,
      initial_value: string({ max: limits.inputMaxLength.max }),
      multiline: boolean,
      min_length: integer(limits.inputMinLength),
      max_length: integer(limits.inputMaxLength),
    },
    require(lengthsAgree, "min_length must not be greater than max_length"),
  ),
  email_text_input: lineInput,
  url_text_input: lineInput,
  number_input: object(
    { type, is_decimal_allowed: boolean },
    {
      ...shared,
      ...dispatching,
      placeholder,
      initial_value: numeric,
      min_value: numeric,
      max_value: numeric,
    },
  ),
  rich_text_input: object(
    { type },
    {
      ...shared,
      ...dispatching,
      placeholder,
      initial_value: object({ type, elements: list(richTextElement) }, { block_id: string() }),
      min_lines: integer(limits.richTextLines),
      max_lines: integer(limits.richTextLines),
    },
  ),
  file_input: object(
    { type },
    { action_id: actionId, filetypes: list(string(), { min: 1 }), max_files: integer(limits.maxFiles) },
  ),
  image: object(
    { type, alt_text: string(limits.altText) },
    imageFields,
    require(hasImageSource, "exactly one of image_url and slack_file is needed"),
  ),
};

const selects = [
  "static_select",
  "external_select",
  "users_select",
  "conversations_select",
  "channels_select",
];
const choosers = [...selects, ...selects.map((name) => `multi_${name}`), "checkboxes", "radio_buttons"];

/** Which elements may stand where. */
export const allowedIn = {
  actions: [
    ...choosers,
    "button",
    "datepicker",
    "datetimepicker",
    "overflow",
    "rich_text_input",
    "timepicker",
    "workflow_button",
  ],
  accessory: [...choosers, "button", "datepicker", "image", "overflow", "timepicker", "workflow_button"],
  input: [
    ...choosers,
    "datepicker",
    "datetimepicker",
    "email_text_input",
    "number_input",
    "plain_text_input",
    "rich_text_input",
    "timepicker",
    "url_text_input",
  ],
} as const satisfies Record<string, readonly string[]>;
