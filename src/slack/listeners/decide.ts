import { requestId, type RequestId } from "../../domain/values.ts";
import { titleOf } from "../../domain/wants.ts";
import { approveRequest, type Decided, denyRequest } from "../../usecases/requests/decide.ts";
import { effectNow } from "../../usecases/requests/effect.ts";
import { recordRefusal } from "../../usecases/people.ts";
import { differenceInFull, sidesOf } from "../words/difference-words.ts";
import { explainRefusal } from "../words/explain.ts";
import type { Bot, Click, Conversation, Submission } from "../interaction.ts";
import { report } from "../boundary.ts";
import { openModal, redrawModal } from "../modal.ts";
import { requestOf } from "../input/outdated.ts";
import { DENY, denyModal, readDenial } from "../views/deny-modal.ts";
import { differenceModal } from "../views/difference-modal.ts";
import { DECIDE } from "../views/request-card.ts";
import { sayingModal } from "../views/saying-modal.ts";
import { asPlain, code, saying, type Words } from "../words/words.ts";
import { inList, relist } from "./requests.ts";

const TITLE = "Deny a request";
const DIFFERENCE = "What would change";

/**
 * The lists in which Deny was pressed, by the form that it opened: a form has no URL for answers
 * (R7), and the list's own is kept nowhere else (R6), so only the newest can be brought up to date.
 */
const lists = new Map<string, Click>();
const MOST_LISTS = 200;

/** Approving and denying, from the card in the channel and from one's own list. */
export const decide: Conversation = {
  clicks: { [DECIDE.approve]: approve, [DECIDE.deny]: askWhy, [DECIDE.difference]: showDifference },
  submissions: { [DENY.modal]: deny },
};

async function approve(bot: Bot, click: Click): Promise<void> {
  const request = await known(click);
  if (request === undefined) return;
  const decided = await approveRequest(bot.context, { request, by: click.by, clickedAt: click.at });
  if (inList(click)) return relist(bot, click, outcome(decided, "You approved"));
  if ("refusal" in decided) bot.context.nudge();
  // Its own card says what was decided, as far as Slack lets it be drawn; a "no" needs words of its own, and a
  // list that lasts.
  if ("refusal" in decided || click.card?.startsWith(`${request}/`) !== true)
    await click.reply(saying(outcome(decided, "You approved")));
}

async function askWhy(bot: Bot, click: Click): Promise<void> {
  const request = requestId.safeParse(click.value);
  if (!request.success) return void (await known(click));
  // The modal first: its trigger lives for three seconds (R3).
  const open = await openModal(bot.clients, click.trigger, denyModal(request.data));
  if (open === undefined)
    await click.reply(saying(["Slack was too slow to open the form. Press Deny again."]));
  else if (inList(click)) keepList(open.id, click);
}

/** What a card has no room for, as the manager describes the roles now. */
async function showDifference(bot: Bot, click: Click): Promise<void> {
  const { context, clients } = bot;
  const opened = await openModal(clients, click.trigger, sayingModal(DIFFERENCE, ["One moment."]));
  if (opened === undefined)
    return click.reply(saying(["Slack was too slow to open it. Please press the button again."]));
  const id = requestId.safeParse(click.value);
  const request = id.success ? await context.store.request(id.data) : undefined;
  const seen = request && (await effectNow(context, request.value.wants, request.value.asker));
  const roles = seen === undefined || "gone" in seen ? [] : seen.roles;
  const sides = request && sidesOf(request.value.wants, new Map(roles.map((role) => [role.id, role])));
  const view =
    request === undefined || sides === undefined
      ? sayingModal(DIFFERENCE, explainRefusal({ reason: "role-gone" }))
      : differenceModal(titleOf(request.value.wants), differenceInFull(sides.before, sides.after));
  await redrawModal(clients, opened, view);
}

function keepList(form: string, click: Click): void {
  lists.set(form, click);
  const [oldest] = lists.keys();
  if (lists.size > MOST_LISTS && oldest !== undefined) lists.delete(oldest);
}

async function deny(bot: Bot, { by, at, view, answer }: Submission): Promise<void> {
  const { context, clients } = bot;
  const request = requestOf(view.metadata);
  const read = readDenial(view.values);
  if ("refusal" in read) {
    await answer({ errors: { [DENY.because]: asPlain(explainRefusal(read.refusal)) } });
    if (read.refusal.reason === "contains-secret")
      await recordRefusal(context, by, `request:${request}`, read.refusal);
    return;
  }
  // Answered before it is decided, because deciding asks Slack and the store (R1, R30).
  await answer({ view: sayingModal(TITLE, ["One moment."]) });
  let decided: Decided;
  try {
    decided = await denyRequest(context, { request, by, because: read.because, clickedAt: at });
  } catch (error) {
    const failed = { problem: report(context, by, error), because: read.because };
    return redrawModal(clients, { id: view.id }, denyModal(request, failed));
  }
  if ("refusal" in decided) context.nudge();
  const words = outcome(decided, "You denied");
  await redrawModal(clients, { id: view.id }, sayingModal(TITLE, words));
  await refreshList(bot, view.id, words);
}

/** The list of the form is no answer to wait for: its URL lives for 30 minutes (R4). */
async function refreshList(bot: Bot, form: string, words: Words): Promise<void> {
  const list = lists.get(form);
  lists.delete(form);
  if (list === undefined) return;
  try {
    await relist(bot, list, words);
  } catch (error) {
    bot.context.log.warn({ err: error, by: list.by }, "a list of requests could not be brought up to date");
  }
}

/** Which request a button stands for. */
async function known(click: Click): Promise<RequestId | undefined> {
  const request = requestId.safeParse(click.value);
  if (!request.success) {
    await click.reply(saying(explainRefusal({ reason: "not-found", what: "request" })));
    return undefined;
  }
  return request.data;
}

function outcome(decided: Decided, done: string): Words {
  if ("refusal" in decided) return explainRefusal(decided.refusal);
  const { wants, state } = decided.request.value;
  const rest = state === "pending" ? " It still needs somebody else." : " The person who asked is told.";
  return [`${done} `, code(titleOf(wants)), ".", rest];
}
