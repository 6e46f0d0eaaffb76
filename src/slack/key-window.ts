import type { ModalView } from "@slack/types";
import { Fault } from "../domain/fault.ts";
import { DAY, type PersonId, requestId } from "../domain/values.ts";
import { MOST } from "../domain/typed.ts";
import { findKey, type Found } from "../usecases/keys/find-key.ts";
import { DECIDING } from "../usecases/people.ts";
import type { Context } from "../usecases/ports.ts";
import { seenOf } from "../usecases/keys/seen-key.ts";
import { report } from "./boundary.ts";
import { explainRefusal } from "./words/explain.ts";
import type { Bot } from "./interaction.ts";
import type { KeyTask } from "./key-task.ts";
import { keyInBrief } from "./words/key-words.ts";
import { type AboutForm, keyFormModal, pickKeyModal, type Typed } from "./views/key-form.ts";
import { sayingModal } from "./views/saying-modal.ts";
import { lines, type Words } from "./words/words.ts";

/** Milliseconds: a form goes without the name of a role that the manager does not say in time. */
const ROLE_PATIENCE = 1500;

/** Which key a line or button means, and what else it says. */
export type Asked = { text: string; typed: Typed };

/** Whatever goes wrong is said in the window, which would say "One moment" for ever otherwise. */
export async function guarded(
  { context }: Bot,
  { title }: KeyTask,
  by: PersonId,
  view: () => Promise<ModalView>,
): Promise<ModalView> {
  try {
    return await view();
  } catch (error) {
    return sayingModal(title, report(context, by, error));
  }
}

/** The key that is meant, if this person may do this to it; stopping does not wait for Slack (design.md section 6). */
export async function look(
  { context }: Bot,
  { doing }: KeyTask,
  by: PersonId,
  text: string,
): ReturnType<typeof findKey> {
  return findKey(context, { by, text, doing, noOlderThan: doing === "lock" ? DAY : DECIDING });
}

/** The form on the key that is meant; without one, or with one that is not found, the choice of a key. */
export async function firstView(
  bot: Bot,
  task: KeyTask,
  by: PersonId,
  { text, typed }: Asked,
): Promise<ModalView> {
  const { doing, title } = task;
  if (text === "") return pickKeyModal(doing, title, typed);
  const looked = await look(bot, task, by, text);
  if ("refusal" in looked) {
    const { refusal } = looked;
    return refusal.reason === "no-such-key"
      ? pickKeyModal(doing, title, typed, explainRefusal(refusal))
      : sayingModal(title, explainRefusal(refusal));
  }
  const { context } = bot;
  const { found } = looked;
  const zone = found.person.timeZone;
  const wrong = [...Object.values(task.check?.(typed, { now: context.clock(), zone }) ?? {}), ...cut(typed)];
  return form(bot, task, found, {
    typed,
    about: {
      id: requestId.parse(context.newId()),
      key: found.key.id,
      seen: seenOf(found.key, found.record?.owner),
    },
    ...(wrong.length === 0 ? {} : { problem: wrong.flatMap((words) => [...words, " "]) }),
  });
}

export async function form(
  bot: Bot,
  task: KeyTask,
  found: Found,
  { typed, about, problem }: { typed: Typed; about: AboutForm; problem?: Words },
): Promise<ModalView> {
  const { context } = bot;
  const { key, record, person } = found;
  const { limits } = context.policy().policy;
  const { explained = [], inputs } = await task.fields(bot, { found, typed, limits });
  const role = await roleName(context, key.role);
  const brief = keyInBrief(key, { record, role, now: context.clock() });
  return keyFormModal({
    doing: task.doing,
    title: task.title,
    submit: task.submit,
    about,
    key: brief,
    fields: [...(explained.length === 0 ? [] : [lines(...explained)]), ...inputs],
    preview: await task.preview?.(bot, { key: key.id, by: person.id, person, typed }),
    problem,
  });
}

/** A manager that does not answer holds no form up: what it did not tell is left out. */
async function roleName({ manager }: Context, id: number): Promise<string | undefined> {
  try {
    return (await manager.role(id, { timeout: ROLE_PATIENCE }))?.name;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return undefined;
  }
}

/** A field takes only so much of what a line may have, and nothing is left out silently. */
function cut({ because = "" }: Typed): Words[] {
  return [...because].length > MOST.reason
    ? [[`The reason is cut to ${MOST.reason} characters, the most that it may have.`]]
    : [];
}
