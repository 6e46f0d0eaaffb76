import type { InstalledApp } from "./apps.ts";
import { isOffered, readValue, valueField, valuesOf } from "./block-kit/state.ts";
import { findElement, type Placed } from "./block-kit/walk.ts";
import type { Act, AskOptions, Message, ViewValues } from "./client-protocol.ts";
import { isJson, type Json } from "./json.ts";
import type { KeptView, Modal } from "./modals.ts";
import type { Slack } from "./slack.ts";
import type { Session } from "./sessions.ts";
import { optionsProblems } from "./block-kit/validate.ts";

/** Where an element stands: a message of a conversation, or a view. */
type Place = { app: InstalledApp; blocks: readonly unknown[] } & (
  | { message: Message }
  | { view: KeptView | Modal }
);

/** Delivers a click or a changed element. Answers an error code, or undefined when the app took it. */
export async function act(slack: Slack, session: Session, given: Act): Promise<string | undefined> {
  const place = findPlace(slack, session, given.in);
  if ("error" in place) return place.error;
  const placed = findElement(place.blocks, given.blockId, given.actionId);
  if (placed === undefined) return "element_not_found";
  const chosen = { ...given.chosen };
  if (!isOffered(placed.element, chosen)) return "option_not_found";
  const values = remember(place, given.values ?? {}, placed, chosen);
  // An input in an input block is silent unless it asks to dispatch (R28).
  if (placed.block["type"] === "input" && placed.block["dispatch_action"] !== true) return undefined;
  const answer = await slack.delivery.interaction(place.app, {
    type: "block_actions",
    ...slack.payloads.base(place.app, session.user),
    ...context(slack, session, place, values),
    trigger_id: slack.triggers.issue({
      app: place.app.appId,
      user: session.user,
      session: session.id,
      ...("view" in place && { view: place.view.id }),
    }),
    actions: [actionOf(placed, chosen, slack.ids.ts())],
  });
  if (answer.ok) return undefined;
  slack.sessions.notify(session, `${place.app.name} did not answer. Try again?`);
  return answer.reason === "timeout" ? "operation_timeout" : answer.reason;
}

export type OptionsAnswer =
  | { ok: true; options?: unknown; option_groups?: unknown }
  | { ok: false; error: string };

/** Asks the app for the options of an external select (R40). */
export async function askOptions(slack: Slack, session: Session, given: AskOptions): Promise<OptionsAnswer> {
  const place = findPlace(slack, session, given.in);
  if ("error" in place) return { ok: false, error: place.error };
  const placed = findElement(place.blocks, given.blockId, given.actionId);
  if (placed === undefined) return { ok: false, error: "element_not_found" };
  if ([...given.query].length < Number(placed.element["min_query_length"] ?? 3))
    return { ok: true, options: [] };
  const values = remember(place, given.values ?? {});
  const { response_url: _none, ...where } = context(slack, session, place, values);
  const answer = await slack.delivery.interaction(place.app, {
    type: "block_suggestion",
    ...slack.payloads.base(place.app, session.user),
    ...where,
    action_id: given.actionId,
    block_id: given.blockId,
    value: given.query,
  });
  if (!answer.ok)
    return { ok: false, error: answer.reason === "timeout" ? "operation_timeout" : answer.reason };
  const body = isJson(answer.body) ? answer.body : {};
  if (optionsProblems(body).length > 0) return { ok: false, error: "invalid_options" };
  return {
    ok: true,
    ...(body["options"] !== undefined && { options: body["options"] }),
    ...(body["option_groups"] !== undefined && { option_groups: body["option_groups"] }),
  };
}

function findPlace(slack: Slack, session: Session, where: Act["in"]): Place | { error: string } {
  if ("view" in where) {
    const home = slack.homes.find(where.view);
    const view =
      session.modals.find(({ id }) => id === where.view) ?? (home?.user === session.user ? home : undefined);
    const app = slack.apps.byId(view?.app ?? "");
    return view === undefined || app === undefined
      ? { error: "view_not_found" }
      : { app, view, blocks: view.view.blocks };
  }
  const conversation = slack.workspace.conversations.get(where.channel);
  if (conversation === undefined || !slack.workspace.sees(session.user, conversation))
    return { error: "channel_not_found" };
  const message =
    session.ephemerals.find(({ ts, channel }) => ts === where.ts && channel === where.channel) ??
    slack.messages.find(where.channel, where.ts);
  const app = slack.apps.byId(message?.app ?? "");
  if (message === undefined) return { error: "message_not_found" };
  return app === undefined ? { error: "app_not_found" } : { app, message, blocks: message.blocks };
}

/** All values as they stand with this change; a view keeps them (R27). */
function remember(place: Place, given: ViewValues, placed?: Placed, chosen: Json = {}): ViewValues {
  const known = "view" in place ? place.view.values : {};
  const merged: ViewValues = structuredClone(known);
  for (const [blockId, block] of Object.entries(given)) merged[blockId] = { ...merged[blockId], ...block };
  if (placed !== undefined && valueField(placed.element) !== undefined)
    merged[placed.blockId] = {
      ...merged[placed.blockId],
      [String(placed.element["action_id"])]: readValue(placed.element, chosen),
    };
  const values = valuesOf(place.blocks, merged);
  if ("view" in place) place.view.values = values;
  return values;
}

function context(slack: Slack, session: Session, place: Place, values: ViewValues): Json {
  if ("view" in place)
    return {
      container: { type: "view", view_id: place.view.id },
      view: slack.payloads.view(place.view, place.app, values),
    };
  const { message, app } = place;
  const conversation = slack.workspace.conversations.get(message.channel);
  return {
    container: {
      type: "message",
      message_ts: message.ts,
      channel_id: message.channel,
      is_ephemeral: message.ephemeral,
      ...(message.threadTs !== undefined && { thread_ts: message.threadTs }),
    },
    ...(conversation !== undefined && { channel: slack.payloads.channel(conversation) }),
    // Slack does not give an ephemeral's content back.
    ...(!message.ephemeral && { message: slack.payloads.message(message, app) }),
    state: { values },
    response_url: slack.responseUrls.issue({
      app: app.appId,
      kind: "actions",
      user: session.user,
      channel: message.channel,
      source: { ts: message.ts, ephemeral: message.ephemeral },
    }),
  };
}

function actionOf({ blockId, element }: Placed, chosen: Json, actionTs: string): Json {
  const type = String(element["type"]);
  const value =
    valueField(element) !== undefined
      ? readValue(element, chosen)
      : type === "overflow"
        ? overflow(element, chosen)
        : {};
  const kept = ["text", "value", "url", "style", "placeholder", "icon", "confirm"].filter(
    (key) => element[key] !== undefined,
  );
  return {
    type,
    action_id: element["action_id"],
    block_id: blockId,
    ...Object.fromEntries(kept.map((key) => [key, element[key]])),
    ...value,
    ...(type === "feedback_buttons" && { value: chosen["value"] }),
    action_ts: actionTs,
  };
}

function overflow(element: Json, chosen: Json): Json {
  return { selected_option: readValue({ ...element, type: "static_select" }, chosen)["selected_option"] };
}
