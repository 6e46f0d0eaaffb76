import { requestId, type RequestId } from "../../domain/values.ts";
import { noteCard } from "../../usecases/cards.ts";
import { approveRequest, type Decided, denyRequest } from "../../usecases/decide.ts";
import { recordRefusal } from "../../usecases/people.ts";
import { explainRefusal } from "../explain.ts";
import type { Bot, Click, Conversation, Submission } from "../interaction.ts";
import { openModal, redrawModal } from "../modal.ts";
import { DENY, denyModal, readDenial } from "../views/deny-modal.ts";
import { DECIDE } from "../views/request-card.ts";
import { sayingModal } from "../views/saying-modal.ts";
import { asPlain, code, saying, type Words } from "../words.ts";
import { relist } from "./requests.ts";

/** Approving and denying, from the card in the channel and from one's own list. */
export const decide: Conversation = {
  clicks: { [DECIDE.approve]: approve, [DECIDE.deny]: askWhy },
  submissions: { [DENY.modal]: deny },
};

async function approve(bot: Bot, click: Click): Promise<void> {
  const request = await known(bot, click);
  if (request === undefined) return;
  const decided = await approveRequest(bot.context, { request, by: click.by, clickedAt: click.at });
  if (click.replace !== undefined) return relist(bot, click, outcome(decided, "You approved"));
  // The card in the channel says what was decided; only a "no" needs words of its own.
  if ("refusal" in decided) {
    bot.context.nudge();
    await click.reply(saying(explainRefusal(decided.refusal)));
  }
}

async function askWhy(bot: Bot, click: Click): Promise<void> {
  const request = requestId.safeParse(click.value);
  if (!request.success) return void (await known(bot, click));
  // The modal first: its trigger lives for three seconds (R3).
  const open = await openModal(bot.clients, click.trigger, denyModal(request.data));
  if (open === undefined)
    await click.reply(saying(["Slack was too slow to open the form. Press Deny again."]));
  await known(bot, click);
}

async function deny(bot: Bot, { by, view, answer }: Submission): Promise<void> {
  const { context, clients } = bot;
  const request = requestId.parse(view.metadata);
  const read = readDenial(view.values);
  if ("refusal" in read) {
    await answer({ errors: { [DENY.because]: asPlain(explainRefusal(read.refusal)) } });
    if (read.refusal.reason === "contains-secret")
      await recordRefusal(context, by, `request:${request}`, read.refusal);
    return;
  }
  // Answered before it is decided, because deciding asks Slack and the store (R1, R30).
  await answer({ view: sayingModal("Deny a request", ["One moment."]) });
  const decided = await denyRequest(context, {
    request,
    by,
    because: read.because,
    clickedAt: context.clock(),
  });
  if ("refusal" in decided) context.nudge();
  await redrawModal(clients, { id: view.id }, sayingModal("Deny a request", outcome(decided, "You denied")));
}

/** Which request a button stands for; a card that we do not know of is remembered, so that it is kept up to date. */
async function known({ context }: Bot, click: Click): Promise<RequestId | undefined> {
  const request = requestId.safeParse(click.value);
  if (!request.success) {
    await click.reply(saying(explainRefusal({ reason: "not-found", what: "request" })));
    return undefined;
  }
  if (click.place !== undefined)
    await noteCard(context, { request: request.data, kind: "approval", ...click.place });
  return request.data;
}

function outcome(decided: Decided, done: string): Words {
  if ("refusal" in decided) return explainRefusal(decided.refusal);
  const { wants, state } = decided.request.value;
  const rest = state === "pending" ? " It still needs somebody else." : " The person who asked is told.";
  return [`${done} `, code(wants.keyName), ".", rest];
}
