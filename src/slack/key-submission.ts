import type { ModalView } from "@slack/types";
import { actOf } from "../domain/acts.ts";
import { Fault } from "../domain/fault.ts";
import { DAY } from "../domain/values.ts";
import { asMember, recordRefusal } from "../usecases/people.ts";
import { seenOf } from "../usecases/keys/seen-key.ts";
import { answerInTime, type Settled } from "./answer-in-time.ts";
import { report } from "./boundary.ts";
import { explainMissing, explainRefusal } from "./words/explain.ts";
import type { Bot, Submission } from "./interaction.ts";
import { doneMessage } from "./key-done.ts";
import type { KeyTask } from "./key-task.ts";
import { form, guarded, look } from "./key-window.ts";
import { type AboutForm, keyField, readAbout, readKeyForm } from "./views/key-form.ts";
import { saidModal, sayingModal } from "./views/saying-modal.ts";
import { asPlain, plain, type Words } from "./words/words.ts";

/** A form on a key is sent. */
export async function submit(bot: Bot, task: KeyTask, submission: Submission): Promise<void> {
  const about = readAbout(submission.view.metadata);
  if (about === undefined) return submission.answer({ view: sayingModal(task.title, explainMissing()) });
  await answerInTime(bot, submission, {
    title: task.title,
    settling: settle(bot, task, submission, about),
  });
}

/** What the submission leads to; nothing that was typed is lost where something is wrong with it. */
async function settle(
  bot: Bot,
  task: KeyTask,
  { by, at, view }: Submission,
  about: AboutForm,
): Promise<Settled> {
  const { context } = bot;
  const typed = readKeyForm(task.doing, view.values);
  const again = async (problem: Words): Promise<ModalView> => {
    const looked = await look(bot, task, by, String(about.key));
    if ("refusal" in looked) return sayingModal(task.title, explainRefusal(looked.refusal));
    const seen = seenOf(looked.found.key, looked.found.record?.owner);
    return form(bot, task, looked.found, { typed, about: { ...about, seen }, problem });
  };
  const wrong = (words: Readonly<Record<string, Words>>): Settled => ({
    errors: Object.fromEntries(
      Object.entries(words).map(([word, each]) => [keyField(task.doing, word), asPlain(each)]),
    ),
    form: async () => again(Object.values(words).flat()),
  });
  try {
    const member = await asMember(context, by, DAY);
    if ("refusal" in member) {
      await recordRefusal(context, by, `key:${about.key}`, member.refusal);
      return { view: sayingModal(task.title, explainRefusal(member.refusal)) };
    }
    const { person } = member;
    const unread = task.check?.(typed, { now: context.clock(), zone: person.timeZone }) ?? {};
    if (Object.keys(unread).length > 0) return wrong(unread);
    const act = actOf(view.metadata, typed, context.seal);
    const done = await task.carryOut(bot, { ...about, act, by, person, clickedAt: at, typed });
    if ("wrong" in done) return wrong(done.wrong);
    if ("said" in done) {
      const message = await doneMessage(context, { by, key: about.key, said: done.said });
      return { view: { ...saidModal(message), title: plain(task.title, 24) } };
    }
    const { refusal } = done;
    const word = "field" in refusal ? FIELD_WORDS[refusal.field] : task.at?.[refusal.reason];
    const hasField = word !== undefined && keyField(task.doing, word) in view.values;
    if (hasField) return wrong({ [word]: explainRefusal(refusal) });
    if (refusal.reason === "page-stale") return { view: await again(explainRefusal(refusal)) };
    return { view: sayingModal(task.title, explainRefusal(refusal)) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const said = report(context, by, error);
    return { view: await guarded(bot, task, by, async () => again(said)) };
  }
}

/** The clause words of the texts that every form may have. */
const FIELD_WORDS: Partial<Record<string, string>> = {
  name: "name",
  reason: "because",
  description: "description",
};
