import type { ModalView } from "@slack/types";
import { Fault } from "../../domain/fault.ts";
import { DAY, type PersonId, requestId } from "../../domain/values.ts";
import { MOST } from "../../domain/typed.ts";
import { ask, findRoles } from "../../usecases/requests/ask.ts";
import { isSilence } from "../../usecases/keys/find-key.ts";
import { asMember, recordRefusal } from "../../usecases/people.ts";
import { answerInTime, type Settled } from "../answer-in-time.ts";
import { report } from "../boundary.ts";
import { findZones } from "../input/calendar.ts";
import { explainRefusal } from "../words/explain.ts";
import type { Bot, Click, Conversation, Shortcut, Submission } from "../interaction.ts";
import { openModal, redrawModal } from "../modal.ts";
import { Outdated, requestOf } from "../input/outdated.ts";
import { readRequestLine, type RequestLine } from "../input/request-line.ts";
import { formFor } from "../request-preview.ts";
import { SHORTCUT } from "../views/home.ts";
import { draftOf, errorAt, type FieldErrors, readForm } from "../views/request-form.ts";
import { type Filled, loadingModal, REQUEST, requestModal } from "../views/request-modal.ts";
import { roleOptions, zoneOptions } from "../views/request-options.ts";
import { openAgain, sentInWords, tryAgain } from "../views/request-sent.ts";
import { sayingModal } from "../views/saying-modal.ts";
import { saying, type Words } from "../words/words.ts";

const TITLE = "Ask for an API key";

/** Asking for a key: the line, the form and its lists, and sending it. */
export const request: Conversation = {
  help: {
    request: {
      topic: "ask",
      does: "Ask for an API key",
      who: "everybody; the policy says who has to approve",
      lines: ["request", "request ci-deploy as Auditor for 90 days because nightly report"],
      form: true,
    },
  },
  commands: { request: async (bot, command) => open(bot, command, command.text) },
  clicks: {
    [REQUEST.open]: async (bot, click) => open(bot, click, click.value),
    [REQUEST.again]: again,
    [REQUEST.role]: redraw,
    [REQUEST.life]: redraw,
    [REQUEST.date]: redraw,
  },
  shortcuts: { [SHORTCUT.request]: async (bot, shortcut) => open(bot, shortcut, "") },
  submissions: { [REQUEST.modal]: submit },
  suggestions: {
    [REQUEST.role]: async ({ context }, { typed }) => roleOptions(await findRoles(context, typed)),
    [REQUEST.zone]: async (_, { typed }) => zoneOptions(findZones(typed)),
  },
};

/** Opens the form at once, and fills it in afterwards: its trigger lives for three seconds (R3). */
async function open(bot: Bot, { by, trigger, reply }: Shortcut, line: string): Promise<void> {
  const opened = await openModal(bot.clients, trigger, loadingModal());
  await (opened === undefined ? reply(openAgain(line)) : fillIn(bot, opened.id, by, line));
}

/** Prepares the form once more, in the window that could not show it. */
async function again(bot: Bot, { by, view, value }: Click): Promise<void> {
  if (view === undefined) throw new Outdated("a field without its form");
  await redrawModal(bot.clients, { id: view.id }, loadingModal());
  await fillIn(bot, view.id, by, value);
}

/** Whatever goes wrong is said in the window, which would say "One moment" for ever otherwise. */
async function fillIn(bot: Bot, id: string, by: PersonId, line: string): Promise<void> {
  let view: ModalView;
  try {
    view = await firstForm(bot, by, line);
  } catch (error) {
    view = tryAgain(TITLE, report(bot.context, by, error), line);
  }
  await redrawModal(bot.clients, { id }, view);
}

/** The form as the line fills it in, or why this person gets none. */
async function firstForm(bot: Bot, by: PersonId, line: string): Promise<ModalView> {
  const { context } = bot;
  const member = await asMember(context, by, DAY);
  if ("refusal" in member) {
    await recordRefusal(context, by, `person:${by}`, member.refusal);
    return sayingModal(TITLE, explainRefusal(member.refusal));
  }
  const { person } = member;
  const { role, unclear, ...typed } = readRequestLine(line, {
    now: context.clock(),
    zone: person.timeZone,
  });
  const found = await roleNamed(bot, by, role);
  const filled: Filled = {
    locale: person.locale,
    timeZone: person.timeZone,
    ...typed,
    ...(found.role === undefined ? {} : { role: found.role }),
  };
  const unclearWords: Words =
    unclear.length === 0 ? [] : [`I did not understand "${unclear.join('", "')}": please choose below. `];
  const problem = [...unclearWords, ...found.problem, ...cutInWords(typed)];
  const id = requestId.parse(context.newId());
  const form = await formFor(bot, { id, filled, person }, problem.length === 0 ? undefined : problem);
  return requestModal(form);
}

/** A field takes only so much of what a line may have, and nothing is left out silently. */
function cutInWords({ keyName = "", reason = "" }: Pick<RequestLine, "keyName" | "reason">): Words {
  const texts = [
    { what: "name", text: keyName, most: MOST.name },
    { what: "reason", text: reason, most: MOST.reason },
  ];
  return texts
    .filter(({ text, most }) => [...text].length > most)
    .map(({ what, most }) => `The ${what} is cut to ${most} characters, the most that it may have. `);
}

/** The role that a line names, if it is the only one that could be meant. */
async function roleNamed(
  { context }: Bot,
  by: PersonId,
  name: string | undefined,
): Promise<{ role?: { id: number; name: string }; problem: Words }> {
  if (name === undefined) return { problem: [] };
  try {
    const roles = await findRoles(context, name);
    const role = roles.find((each) => each.name.toLowerCase() === name.toLowerCase());
    if (role !== undefined) return { role: { id: role.id, name: role.name }, problem: [] };
    return { problem: [`There is no role called "${name}": please choose one below. `] };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const why: Words = isSilence(error)
      ? ["The manager does not answer now, so I could not look the role up. "]
      : [...report(context, by, error), " "];
    return { problem: [...why, "Please choose the role below. "] };
  }
}

/** A choice of role or life changes which rule applies, and who will be asked. */
async function redraw(bot: Bot, { by, view, reply }: Click): Promise<void> {
  if (view === undefined) throw new Outdated("a field without its form");
  const member = await asMember(bot.context, by, DAY);
  if ("refusal" in member) {
    await recordRefusal(bot.context, by, `person:${by}`, member.refusal);
    return reply(saying(explainRefusal(member.refusal)));
  }
  const id = requestOf(view.metadata);
  const form = await formFor(bot, { id, filled: readForm(view.values), person: member.person });
  await redrawModal(bot.clients, view, requestModal(form));
}

async function submit(bot: Bot, submission: Submission): Promise<void> {
  return answerInTime(bot, submission, { title: TITLE, settling: settle(bot, submission) });
}

async function settle(bot: Bot, { by, view }: Submission): Promise<Settled> {
  const { context } = bot;
  const member = await asMember(context, by, DAY);
  if ("refusal" in member) {
    await recordRefusal(context, by, `person:${by}`, member.refusal);
    return { view: sayingModal(TITLE, explainRefusal(member.refusal)) };
  }
  const { person } = member;
  const id = requestOf(view.metadata);
  const filled = readForm(view.values);
  // Nothing that was typed is lost: the form comes back as it was, with what is wrong above it.
  const again = async (problem: Words): Promise<ModalView> =>
    requestModal(await formFor(bot, { id, filled, person }, problem));
  const wrong = (errors: FieldErrors): Settled => ({
    errors,
    form: async () => again(Object.values(errors)),
  });
  const read = draftOf(filled, person.timeZone);
  if ("errors" in read) return wrong(read.errors);
  try {
    const asked = await ask(context, { id, asker: by, draft: read.draft });
    if ("made" in asked) return { view: sayingModal(TITLE, ...sentInWords(asked.made.value, !asked.same)) };
    const errors = errorAt(asked.refusal, filled);
    return errors === undefined ? { view: sayingModal(TITLE, explainRefusal(asked.refusal)) } : wrong(errors);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { view: await again(report(context, by, error)) };
  }
}
