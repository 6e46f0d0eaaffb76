import type { ModalView } from "@slack/types";
import { type PersonId, requestId } from "../domain/values.ts";
import { findKey, type Found } from "../usecases/find-key.ts";
import { seenOf } from "../usecases/seen-key.ts";
import { report } from "./boundary.ts";
import { explainRefusal } from "./explain.ts";
import type { Bot } from "./interaction.ts";
import type { KeyTask } from "./key-task.ts";
import { keyInBrief } from "./key-words.ts";
import { type AboutForm, keyFormModal, pickKeyModal, type Typed } from "./views/key-form.ts";
import { sayingModal } from "./views/saying-modal.ts";
import type { Words } from "./words.ts";

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

/** The form on the key that is meant; without one, or with one that is not found, the choice of a key. */
export async function firstView(
  bot: Bot,
  task: KeyTask,
  by: PersonId,
  { text, typed }: Asked,
): Promise<ModalView> {
  const { doing, title } = task;
  if (text === "") return pickKeyModal(doing, title, typed);
  const looked = await findKey(bot.context, { by, text, doing });
  if ("refusal" in looked) {
    const { refusal } = looked;
    return refusal.reason === "no-such-key"
      ? pickKeyModal(doing, title, typed, explainRefusal(refusal))
      : sayingModal(title, explainRefusal(refusal));
  }
  const { context } = bot;
  const { found } = looked;
  const zone = found.person.timeZone;
  const wrong = Object.values(task.check?.(typed, { now: context.clock(), zone }) ?? {});
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
  const role = await context.manager.role(key.role);
  const brief = keyInBrief(key, { record, role: role?.name, now: context.clock() });
  return keyFormModal({
    doing: task.doing,
    title: task.title,
    submit: task.submit,
    about,
    key: [...brief, ...explained],
    fields: inputs,
    preview: await task.preview?.(bot, { key: key.id, by: person.id, person, typed }),
    problem,
  });
}
