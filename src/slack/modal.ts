import type { HomeView, ModalView } from "@slack/types";
import { WebAPIPlatformError } from "@slack/web-api";
import { Fault } from "../domain/fault.ts";
import type { PersonId } from "../domain/values.ts";
import type { SlackClients } from "./connection/clients.ts";
import { isLasting, slackError } from "./connection/slack-error.ts";

const TRIGGER_GONE = /trigger(_id)?[`_ ]*(is )?(expired|exchanged)|(expired|exchanged|invalid)_trigger_id/;

/** Opens a modal; `undefined` when the trigger was too old or used, by any of Slack's names for that (R2). */
export async function openModal(
  { ui }: SlackClients,
  trigger: string,
  view: ModalView,
): Promise<{ id: string } | undefined> {
  try {
    const opened = await ui.views.open({ trigger_id: trigger, view });
    return opened.view?.id === undefined ? undefined : { id: opened.view.id };
  } catch (error) {
    if (error instanceof WebAPIPlatformError && triggerGone(error)) return undefined;
    throw asFault("views.open", error);
  }
}

/** Lays a modal over the one in which something was pressed; `undefined` where that is not possible (R22). */
export async function pushModal(
  { ui }: SlackClients,
  trigger: string,
  view: ModalView,
): Promise<{ id: string } | undefined> {
  try {
    const pushed = await ui.views.push({ trigger_id: trigger, view });
    return pushed.view?.id === undefined ? undefined : { id: pushed.view.id };
  } catch (error) {
    if (error instanceof WebAPIPlatformError && triggerGone(error)) return undefined;
    if (slackError(error) === "push_limit_reached") return undefined;
    throw asFault("views.push", error);
  }
}

/** Publishes somebody's App Home (R22). */
export async function publish({ ui }: SlackClients, person: PersonId, view: HomeView): Promise<void> {
  try {
    proving(await ui.views.publish({ user_id: person, view }));
  } catch (error) {
    throw asFault("views.publish", error);
  }
}

function triggerGone({ data }: WebAPIPlatformError): boolean {
  return [data.error, ...(data.response_metadata?.messages ?? [])].some((text) => TRIGGER_GONE.test(text));
}

/**
 * Redraws an open modal. One that was closed needs no redrawing; with a `hash`, neither does one
 * that was redrawn meanwhile: a later change of the person's is being answered already (R25).
 */
export async function redrawModal(
  { ui }: SlackClients,
  { id, hash }: { id: string; hash?: string },
  view: ModalView,
): Promise<void> {
  try {
    proving(await ui.views.update({ view_id: id, view, ...(hash === undefined ? {} : { hash }) }));
  } catch (error) {
    const why = slackError(error);
    if (why !== "not_found" && why !== "hash_conflict") throw asFault("views.update", error);
  }
}

/** Slack answers with the view as it is then: without it, "ok" is some other's. */
function proving(answer: { view?: { id?: string } }): void {
  if (answer.view?.id === undefined) throw new Error("no view");
}

/** What Slack refuses by name is a fault of ours; of anything else nobody knows whether it was done. */
function asFault(method: string, cause: unknown): unknown {
  return isLasting(slackError(cause)) ? cause : new Fault("slack-uncertain", method, { cause });
}
