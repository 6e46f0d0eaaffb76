import type { ModalView } from "@slack/types";
import { Fault } from "../../domain/fault.ts";
import type { Refusal, RefusalReason } from "../../domain/refusal.ts";
import { checkRoleTexts, NEW_ROLE, type RoleDrafting } from "../../domain/role-draft.ts";
import type { PersonId, RequestId } from "../../domain/values.ts";
import { checkReasonText } from "../../domain/typed.ts";
import { recordRefusal } from "../../usecases/people.ts";
import {
  allRights,
  askForDraft,
  keepDraft,
  reviewDraft,
  startDraft,
} from "../../usecases/roles/role-draft.ts";
import { report } from "../boundary.ts";
import { differenceInFull } from "../words/difference-words.ts";
import { explainRefusal } from "../words/explain.ts";
import type { Bot, Click, Command, Conversation, OpenView, Submission } from "../interaction.ts";
import { openModal, pushModal, redrawModal } from "../modal.ts";
import { Outdated, requestOf } from "../input/outdated.ts";
import { differenceModal } from "../views/difference-modal.ts";
import type { FieldErrors } from "../views/request-form.ts";
import { sentInWords } from "../views/request-sent.ts";
import { readRoleForm, ROLE_FORM, roleForm, roleLoading } from "../views/role-form.ts";
import { readRoleReason, ROLE_REVIEW, roleFailed, roleReview } from "../views/role-review.ts";
import { areaChosen, rightGroups, RIGHTS } from "../views/role-rights.ts";
import { sayingModal } from "../views/saying-modal.ts";
import { asPlain, saying, type Words } from "../words/words.ts";

/** A modal's list is answered within three seconds (R1): the manager has this many milliseconds of them. */
const MANAGER_PATIENCE = 1500;
const TITLE = "Roles";

/** Putting a change to a role together, step by step, and asking for it; the draft's row is what counts. */
export const roleChange: Conversation = {
  clicks: { [RIGHTS.area]: showArea, [ROLE_REVIEW.back]: goBack, [ROLE_REVIEW.all]: showAll },
  submissions: { [ROLE_FORM.modal]: lookOver, [ROLE_REVIEW.modal]: ask },
  suggestions: {
    [RIGHTS.chosen]: async ({ context }, { typed, block }) => ({
      groups: rightGroups(await allRights(context, { timeout: MANAGER_PATIENCE }), { typed, block }),
    }),
  },
};

/** Opens the form at once, and fills it in afterwards: its trigger lives for three seconds (R3). */
export async function openRoleChange(
  bot: Bot,
  { by, trigger, reply }: Command | Click,
  what: { does: RoleDrafting["does"]; text: string },
): Promise<void> {
  const opened = await openModal(bot.clients, trigger, roleLoading(what.does));
  if (opened === undefined) return reply(saying(["Slack was too slow to open the form. Please try again."]));
  await show(bot, opened, by, async () => {
    const started = await startDraft(bot.context, { by, ...what });
    if ("refusal" in started) return saidNo(started.refusal);
    return what.does === "delete" ? reviewed(bot, started.drafting) : form(bot, started.drafting);
  });
}

/** Another area: what was chosen in this one is kept first. */
async function showArea(bot: Bot, { by, view, value }: Click): Promise<void> {
  if (view === undefined) throw new Outdated("a field without its form");
  const draft = requestOf(view.metadata);
  await show(bot, { ...view, draft }, by, async () => {
    const kept = await keep(bot, by, view);
    return "refusal" in kept ? saidNo(kept.refusal) : form(bot, kept.drafting, { area: areaChosen(value) });
  });
}

/** The form is done: what it would change, or what is wrong with it. */
async function lookOver(bot: Bot, { by, view, answer }: Submission): Promise<void> {
  const kept = await keep(bot, by, view);
  if ("refusal" in kept) return answer({ view: saidNo(kept.refusal) });
  const { drafting, errors } = kept;
  const wrong = checkRoleTexts(drafting.draft, drafting.before);
  const field =
    wrong !== undefined && "field" in wrong && wrong.field === "description" ? "description" : "name";
  if (wrong !== undefined) errors[ROLE_FORM[field]] = asPlain(explainRefusal(wrong));
  if (Object.keys(errors).length > 0) {
    await answer({ errors });
    if (wrong !== undefined) await recordRefusal(bot.context, by, `request:${drafting.id}`, wrong);
    return;
  }
  // Answered before anything is done, because that asks Slack and the manager (R1, R30).
  await answer({ view: roleLoading(drafting.does) });
  const { id: draft } = drafting;
  await show(bot, { id: view.id, draft }, by, async () => reviewed(bot, drafting));
}

async function goBack(bot: Bot, { by, view }: Click): Promise<void> {
  if (view === undefined) throw new Outdated("a field without its form");
  const draft = requestOf(view.metadata);
  await show(bot, { ...view, draft }, by, async () => {
    const reason = readRoleReason(view.values);
    const kept = await keepDraft(bot.context, { id: draft, by, ...(reason === undefined ? {} : { reason }) });
    if ("refusal" in kept) return saidNo(kept.refusal);
    return kept.drafting.does === "delete" ? reviewed(bot, kept.drafting) : form(bot, kept.drafting);
  });
}

async function showAll(bot: Bot, { by, trigger, view, reply }: Click): Promise<void> {
  if (view === undefined) throw new Outdated("a field without its form");
  const pushed = await pushModal(bot.clients, trigger, sayingModal(TITLE, ["One moment."]));
  if (pushed === undefined)
    return reply(saying(["Slack was too slow to show it. Please press the button again."]));
  await show(bot, pushed, by, async () => {
    const seen = await reviewDraft(bot.context, { id: requestOf(view.metadata), by });
    if ("refusal" in seen) return saidNo(seen.refusal);
    const { before, drafting } = seen;
    return differenceModal(before?.name ?? drafting.draft.name, differenceInFull(before, drafting.draft));
  });
}

async function ask(bot: Bot, { by, view, answer }: Submission): Promise<void> {
  const { context } = bot;
  const id = requestOf(view.metadata);
  const reason = readRoleReason(view.values) ?? "";
  const wrong = checkReasonText(reason, context.policy().policy.limits["reason-at-least"]);
  if (wrong !== undefined) {
    await answer({ errors: { [ROLE_REVIEW.reason]: asPlain(explainRefusal(wrong)) } });
    return recordRefusal(context, by, `request:${id}`, wrong);
  }
  await answer({ view: sayingModal(TITLE, ["One moment."]) });
  await show(bot, { id: view.id, draft: id }, by, async () => {
    const asked = await askForDraft(context, { id, by, reason });
    if ("made" in asked) return sayingModal(TITLE, ...sentInWords(asked.made.value, !asked.same));
    const drafting = await context.store.draft(id, by);
    return drafting === undefined ? saidNo(asked.refusal) : afterNo(bot, drafting, asked.refusal);
  });
}

/** Redraws a window; where the manager or Slack fails, it says so, and the way back loses nothing. */
async function show(
  bot: Bot,
  { id, hash, draft }: { id: string; hash?: string; draft?: RequestId },
  by: PersonId,
  next: () => Promise<ModalView>,
): Promise<void> {
  let view: ModalView;
  try {
    view = await next();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    view = roleFailed(report(bot.context, by, error), draft);
  }
  await redrawModal(bot.clients, { id, ...(hash === undefined ? {} : { hash }) }, view);
}

async function form(
  { context }: Bot,
  drafting: RoleDrafting,
  how: { area?: string | undefined; problem?: Words } = {},
): Promise<ModalView> {
  return roleForm({ drafting, all: await allRights(context), ...how });
}

async function reviewed(bot: Bot, drafting: RoleDrafting, problem?: Words): Promise<ModalView> {
  const { context } = bot;
  const seen = await reviewDraft(context, drafting);
  return "refusal" in seen
    ? afterNo(bot, drafting, seen.refusal)
    : roleReview(seen, context.policy().policy, problem);
}

/** What the form can mend, with the form; anything else ends it. */
const MENDED_BY_FORM = new Set<RefusalReason>([
  "contains-secret",
  "no-change",
  "role-name-form",
  "role-name-taken",
  "too-long",
  "unknown-rights",
  "unseen-character",
  "policy-refuses",
  "no-rule",
]);

/** What the reason lacks by the rules that match; it stands where the change is looked over. */
const ABOUT_REASON = new Set<RefusalReason>(["reason-too-short", "ticket-missing"]);

async function afterNo(bot: Bot, drafting: RoleDrafting, refusal: Refusal): Promise<ModalView> {
  if (ABOUT_REASON.has(refusal.reason)) {
    return reviewed(bot, drafting, explainRefusal(refusal));
  }
  return drafting.does !== "delete" && MENDED_BY_FORM.has(refusal.reason)
    ? form(bot, drafting, { problem: explainRefusal(refusal) })
    : saidNo(refusal);
}

function saidNo(refusal: Refusal): ModalView {
  return sayingModal(TITLE, explainRefusal(refusal));
}

/** Keeps what stands in the form, and says what is wrong with it at which field. */
async function keep(
  { context }: Bot,
  by: PersonId,
  { metadata, values }: OpenView,
): Promise<{ drafting: RoleDrafting; errors: FieldErrors } | { refusal: Refusal }> {
  const id = requestOf(metadata);
  const draft = (await context.store.draft(id, by))?.draft ?? NEW_ROLE;
  const { change, errors } = readRoleForm(values, draft);
  const kept = await keepDraft(context, { id, by, change });
  return "refusal" in kept ? kept : { ...kept, errors };
}
