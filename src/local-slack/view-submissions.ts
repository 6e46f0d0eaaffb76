import type { InstalledApp } from "./apps.ts";
import { clientErrors } from "./block-kit/client-checks.ts";
import { isOffered, valuesOf } from "./block-kit/state.ts";
import { elementsOf } from "./block-kit/walk.ts";
import { viewProblems } from "./block-kit/validate.ts";
import type { CloseView, SubmitResult, SubmitView, ViewValues } from "./client-protocol.ts";
import { isJson, type Json } from "./json.ts";
import { type Modal, stackLimit } from "./modals.ts";
import type { Slack } from "./slack.ts";
import type { Session } from "./sessions.ts";

const trouble = "We had some trouble connecting. Try again?";

/** Submits a modal: the client's own checks first (R29), then the app's answer (R1, R23). */
export async function submitView(
  slack: Slack,
  session: Session,
  given: SubmitView,
): Promise<SubmitResult | undefined> {
  const modal = session.modals.find(({ id }) => id === given.view);
  const app = slack.apps.byId(modal?.app ?? "");
  if (modal === undefined || app === undefined) return undefined;
  if (modal.submitting) return { ok: false, banner: "This is being sent already." };
  const merged: ViewValues = structuredClone(modal.values);
  for (const [blockId, block] of Object.entries(given.values))
    merged[blockId] = { ...merged[blockId], ...block };
  modal.values = valuesOf(modal.view.blocks, merged);
  modal.errors = { ...clientErrors(modal.view.blocks, modal.values), ...optionErrors(modal) };
  delete modal.banner;
  if (Object.keys(modal.errors).length > 0) {
    slack.modals.show(session);
    return { ok: false, errors: modal.errors };
  }
  modal.submitting = true;
  const answer = await slack.delivery.interaction(app, {
    type: "view_submission",
    ...slack.payloads.base(app, session.user),
    trigger_id: slack.triggers.issue({
      app: app.appId,
      user: session.user,
      session: session.id,
      view: modal.id,
    }),
    view: slack.payloads.view(modal, app, modal.values),
    response_urls: responseUrls(slack, app, modal),
  });
  modal.submitting = false;
  // The person has closed it meanwhile, so that the answer has nothing to act on.
  if (!session.modals.includes(modal)) return { ok: true };
  const taken = answer.ok && takeAnswer(slack, app, modal, answer.body);
  if (taken === true) return { ok: true };
  if (taken !== false) {
    modal.errors = taken;
    slack.modals.show(session);
    return { ok: false, errors: taken };
  }
  modal.banner = trouble;
  slack.modals.show(session);
  return { ok: false, banner: trouble };
}

/** Does what the acknowledgement says (R23): true when done, false when it makes no sense, else the errors. */
function takeAnswer(
  slack: Slack,
  app: InstalledApp,
  modal: Modal,
  body: unknown,
): boolean | Record<string, string> {
  const answer = isJson(body) ? body : {};
  const action = answer["response_action"];
  switch (action) {
    case undefined:
      slack.modals.remove(modal);
      return true;
    case "clear":
      slack.modals.clear(modal.session);
      return true;
    case "errors":
      return readErrors(modal, answer["errors"]);
    case "update":
    case "push":
      return showAnswer(slack, app, modal, answer["view"], action);
    default:
      return false;
  }
}

function showAnswer(
  slack: Slack,
  app: InstalledApp,
  modal: Modal,
  view: unknown,
  action: "update" | "push",
): boolean {
  const problems = viewProblems(view, "modal");
  if (problems.length > 0 || !isJson(view)) return false;
  if (action === "update") slack.modals.update(modal, view);
  else if (modal.session.modals.length >= stackLimit) return false;
  else slack.modals.push(modal.session, app.appId, view);
  return true;
}

/** Only input blocks of this view can carry errors: any other key is a failure (R23). */
function readErrors(modal: Modal, errors: unknown): Record<string, string> | false {
  if (!isJson(errors)) return false;
  const inputs = new Set(
    modal.view.blocks.filter(({ type }) => type === "input").map((block) => String(block["block_id"])),
  );
  const entries = Object.entries(errors);
  if (
    entries.length === 0 ||
    entries.some(([blockId, text]) => !inputs.has(blockId) || typeof text !== "string")
  )
    return false;
  return Object.fromEntries(entries.map(([blockId, text]) => [blockId, String(text)]));
}

function optionErrors(modal: Modal): Record<string, string> {
  return Object.fromEntries(
    elementsOf(modal.view.blocks)
      .filter(
        ({ blockId, element }) =>
          !isOffered(element, modal.values[blockId]?.[String(element["action_id"])] ?? {}),
      )
      .map(({ blockId }) => [blockId, "This is not one of the options."]),
  );
}

/** R7. */
function responseUrls(slack: Slack, app: InstalledApp, modal: Modal): Json[] {
  return elementsOf(modal.view.blocks).flatMap(({ blockId, block, element }) => {
    const actionId = String(element["action_id"]);
    const value = modal.values[blockId]?.[actionId];
    const channel = value?.["selected_channel"] ?? value?.["selected_conversation"];
    if (block["type"] !== "input" || element["response_url_enabled"] !== true || typeof channel !== "string")
      return [];
    const url = slack.responseUrls.issue({ app: app.appId, kind: "app", user: modal.user, channel });
    return [{ block_id: blockId, action_id: actionId, channel_id: channel, response_url: url }];
  });
}

/** Close takes the view off, the X all of them; the app hears of it where it asked to (R24). */
export function closeView(slack: Slack, session: Session, given: CloseView): boolean {
  const modal = session.modals.find(({ id }) => id === given.view);
  if (modal === undefined) return false;
  const all = given.all === true || modal.view["clear_on_close"] === true;
  const told = given.all === true ? (session.modals[0] ?? modal) : modal;
  const app = slack.apps.byId(told.app);
  if (all) slack.modals.clear(session);
  else slack.modals.remove(modal);
  if (app !== undefined && told.view["notify_on_close"] === true)
    void slack.delivery.interaction(app, {
      type: "view_closed",
      ...slack.payloads.base(app, session.user),
      view: slack.payloads.view(told, app),
      is_cleared: all,
    });
  return true;
}
