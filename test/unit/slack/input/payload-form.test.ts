import { describe, expect, it } from "vitest";
import { isInForm } from "../../../../src/slack/input/payload-form.ts";

/* The shapes that Slack's own pages and SDKs show, not those that our local Slack makes. */

const user = { id: "W012A3CDE", username: "ada", name: "ada", team_id: "T012AB3C4" };
const inWorkspace = {
  api_app_id: "A02",
  token: "verification",
  user,
  team: { id: "T012AB3C4", domain: "example" },
  enterprise: null,
  is_enterprise_install: false,
};
const inGrid = {
  ...inWorkspace,
  team: { id: "T012AB3C4", domain: "example", enterprise_id: "E0ABC", enterprise_name: "Example" },
  enterprise: { id: "E0ABC", name: "Example" },
};
const button = {
  type: "button",
  action_id: "decide.approve",
  block_id: "b",
  text: { type: "plain_text", text: "Approve", emoji: true },
  value: "8QK2V7M4TXB1",
  action_ts: "1596530385.194939",
};
const viewOf = (more: object) => ({
  id: "VMHU10V25",
  team_id: "T012AB3C4",
  type: "modal",
  blocks: [],
  private_metadata: "",
  callback_id: "",
  external_id: "",
  state: { values: {} },
  hash: "1596530361.3wRYuk3R",
  title: { type: "plain_text", text: "A form", emoji: true },
  close: null,
  submit: null,
  clear_on_close: false,
  notify_on_close: false,
  previous_view_id: null,
  root_view_id: "VMHU10V25",
  app_id: "A02",
  app_installed_team_id: "T012AB3C4",
  bot_id: "B00",
  ...more,
});
const inView = (view: object) => ({
  type: "block_actions",
  ...inWorkspace,
  container: { type: "view", view_id: "VMHU10V25" },
  trigger_id: "12466734323.1395872398.ec2cbf1ee43ac2ee",
  view,
  actions: [button],
});
const inMessage = {
  type: "block_actions",
  ...inWorkspace,
  container: {
    type: "message",
    message_ts: "1548261231.000200",
    channel_id: "CBR2V3XEX",
    is_ephemeral: false,
    is_app_unfurl: false,
  },
  trigger_id: "12466734323.1395872398.ec2cbf1ee43ac2ee",
  channel: { id: "CBR2V3XEX", name: "approvals" },
  message: { type: "message", bot_id: "B00", text: "a card", user: "U1", ts: "1548261231.000200" },
  state: { values: {} },
  response_url: "https://hooks.slack.com/actions/T012AB3C4/1/x",
  actions: [button],
};
const eventOf = (event: object, more: object = {}) => ({
  type: "event_callback",
  token: "verification",
  team_id: "T012AB3C4",
  api_app_id: "A02",
  event_id: "Ev111",
  event_time: 1665102362,
  authorizations: [
    { enterprise_id: null, team_id: "T012AB3C4", user_id: "U02", is_bot: true, is_enterprise_install: false },
  ],
  is_ext_shared_channel: false,
  event,
  ...more,
});
const command = {
  token: "verification",
  team_id: "T012AB3C4",
  team_domain: "example",
  channel_id: "C2147483705",
  channel_name: "directmessage",
  user_id: "U2147483697",
  user_name: "ada",
  command: "/apikey",
  text: "",
  api_app_id: "A02",
  is_enterprise_install: "false",
  response_url: "https://hooks.slack.com/commands/1234/5678",
  trigger_id: "13345224609.738474920.8088930838d88f008e0",
};

const SENT: readonly (readonly [string, object])[] = [
  ["a command without a word", command],
  ["a command in Enterprise Grid", { ...command, enterprise_id: "E0001", enterprise_name: "Example" }],
  ["a button in a message", inMessage],
  ["a button in a message in Enterprise Grid", { ...inMessage, ...inGrid }],
  [
    "a button in an ephemeral message",
    { ...inMessage, container: { ...inMessage.container, is_ephemeral: true }, message: undefined },
  ],
  ["a button in a modal", inView(viewOf({}))],
  [
    "a button in the Home",
    inView(viewOf({ type: "home", title: { type: "plain_text", text: "View Title" } })),
  ],
  ["a button in a Home whose empty state is a list", inView(viewOf({ type: "home", state: { values: [] } }))],
  [
    "a choice that was taken back",
    {
      ...inMessage,
      actions: [{ ...button, type: "static_select", selected_option: null, value: undefined }],
    },
  ],
  [
    "a form with each kind of field, untouched and filled in",
    {
      type: "view_submission",
      ...inWorkspace,
      trigger_id: "1.2.a",
      response_urls: [],
      view: viewOf({
        callback_id: "request.modal",
        state: {
          values: {
            name: { name: { type: "plain_text_input", value: null } },
            number: { number: { type: "number_input", value: "30" } },
            day: { day: { type: "datepicker", selected_date: null } },
            role: {
              role: {
                type: "external_select",
                selected_option: { text: { type: "plain_text", text: "Auditor", emoji: true }, value: "1" },
              },
            },
            owner: { owner: { type: "users_select", selected_user: null } },
            kinds: { kinds: { type: "checkboxes", selected_options: [] } },
          },
        },
      }),
    },
  ],
  [
    "a form without any field",
    { type: "view_submission", ...inWorkspace, response_urls: [], view: viewOf({ state: { values: [] } }) },
  ],
  [
    "a global shortcut",
    {
      type: "shortcut",
      ...inGrid,
      callback_id: "request",
      trigger_id: "1.2.a",
      action_ts: "1581106241.371594",
    },
  ],
  [
    "a message's shortcut, on a bot's message",
    {
      type: "message_action",
      ...inWorkspace,
      callback_id: "leak",
      trigger_id: "1.2.a",
      response_url: "https://hooks.slack.com/app/T012AB3C4/1/x",
      action_ts: "1581106241.371594",
      message_ts: "1516229207.000133",
      channel: { id: "D7E4X", name: "directmessage" },
      message: { type: "message", subtype: "bot_message", bot_id: "B7", ts: "1516229207.000133", text: "" },
    },
  ],
  [
    "a search in a list of a modal",
    {
      type: "block_suggestion",
      ...inWorkspace,
      container: { type: "view", view_id: "V111" },
      block_id: "role",
      action_id: "role",
      value: "",
      view: viewOf({ state: { values: [] } }),
    },
  ],
  [
    "the Home being opened, drawn before with an empty state",
    eventOf({
      type: "app_home_opened",
      user: "U061F7AUR",
      channel: "D0LAN2Q65",
      event_ts: "1515449522.000016",
      tab: "home",
      view: viewOf({ type: "home", state: { values: [] } }),
    }),
  ],
  [
    "a message that was edited",
    eventOf({
      type: "message",
      subtype: "message_changed",
      hidden: true,
      channel: "C111",
      ts: "1665102362.013600",
      message: { type: "message", text: "new", user: "U111", ts: "1665102338.901939" },
      previous_message: { type: "message", text: "old", user: "U111", ts: "1665102338.901939" },
      event_ts: "1665102362.013600",
      channel_type: "channel",
    }),
  ],
  [
    "a message of a workspace that shares the channel",
    eventOf(
      { type: "message", user: "U9", text: "x", ts: "1.1", team: "T9", user_team: "T9", channel: "C111" },
      { team_id: "T9", context_team_id: "T012AB3C4", is_ext_shared_channel: true },
    ),
  ],
  ["a change of a person", eventOf({ type: "user_change", user: { id: "U1", deleted: true }, cache_ts: 1 })],
  ["a change of a group", eventOf({ type: "subteam_updated", subteam: { id: "S1", date_delete: 0 } })],
  [
    "a change of who is in a group",
    eventOf({ type: "subteam_members_changed", subteam_id: "S1", team_id: "T1", added_users: ["U1"] }),
  ],
];

describe("what Slack sends is in form", () => {
  it.each(SENT)("%s", (_, payload) => {
    expect(isInForm(payload)).toBe(true);
  });
});

// A Home that is taken for a form would be redrawn as one, which Slack refuses.
it.each(["homehome", "workflow_step", "", undefined])("a view is never of type %s", (type) => {
  expect(isInForm(inView(viewOf({ type })))).toBe(false);
});

describe("a day in a form", () => {
  const withDay = (day: unknown) => ({
    type: "view_submission",
    ...inWorkspace,
    response_urls: [],
    view: viewOf({ state: { values: { day: { day: { type: "datepicker", selected_date: day } } } } }),
  });

  it.each(["2027-03-01", "2028-02-29", null, undefined])("may be %s", (day) => {
    expect(isInForm(withDay(day))).toBe(true);
  });

  // Slack refuses a form that is redrawn with one of them.
  it.each(["000000000000", "2027-02-29", "2027-3-1", "tomorrow", "", 20_270_301])("is never %s", (day) => {
    expect(isInForm(withDay(day))).toBe(false);
  });
});
