import type { Refusal } from "../domain/refusal.ts";
import { requestId } from "../domain/values.ts";
import { keysToChoose } from "../usecases/keys/find-key.ts";
import { readClauses } from "./input/clauses.ts";
import { explainMissing, explainRefusal } from "./words/explain.ts";
import { idFrom } from "./id-from.ts";
import type { Bot, Click, Command, Conversation } from "./interaction.ts";
import { doneMessage } from "./key-done.ts";
import { submit } from "./key-submission.ts";
import type { KeyTask } from "./key-task.ts";
import { type Asked, firstView, form, guarded, look } from "./key-window.ts";
import { openModal, pushModal, redrawModal } from "./modal.ts";
import { Outdated } from "./input/outdated.ts";
import { KEY } from "./views/key-actions.ts";
import {
  formButton,
  keyAgain,
  keyField,
  keyLoading,
  keyModal,
  keyOptions,
  keyPick,
  readAbout,
  readCarried,
  readFormButton,
  readKeyForm,
} from "./views/key-form.ts";
import { type Message, saying } from "./words/words.ts";

/** The line, button, form and answers of one thing that can be done to a key. */
export function keyConversation(task: KeyTask): Conversation {
  const redraws = Object.fromEntries(
    (task.preview === undefined ? [] : task.words).map((word) => [
      keyField(task.doing, word),
      async (bot: Bot, click: Click) => redraw(bot, task, click),
    ]),
  );
  const lists = Object.fromEntries(
    Object.entries(task.suggestions ?? {}).map(([word, list]) => [keyField(task.doing, word), list]),
  );
  const again = async (bot: Bot, click: Click): Promise<void> => {
    const line = readFormButton(click.value);
    await (line === undefined ? click.reply(saying(explainMissing())) : openForm(bot, task, click, line));
  };
  return {
    help: { [task.doing]: task.help },
    commands: {
      [task.doing]: async (bot, command) => begin(bot, task, command, readLine(task, command.text)),
    },
    clicks: {
      [KEY[task.doing]]: async (bot, click) => begin(bot, task, click, { text: click.value, typed: {} }),
      [keyAgain(task.doing)]: again,
      [keyPick(task.doing)]: async (bot, click) => picked(bot, task, click),
      ...redraws,
    },
    submissions: { [keyModal(task.doing)]: async (bot, submission) => submit(bot, task, submission) },
    suggestions: {
      [keyPick(task.doing)]: async ({ context }, { by, typed }) =>
        keyOptions(await keysToChoose(context, { by, typed, doing: task.doing })),
      ...lists,
    },
  };
}

function readLine({ words }: KeyTask, line: string): Asked {
  const { head, clauses } = readClauses(line, words);
  const typed = clauses.filter(({ text }) => text !== "").map(({ word, text }) => [word, text]);
  return { text: head, typed: Object.fromEntries(typed) };
}

/** Done at once if nothing is missing; otherwise a form opens with what is known filled in. */
async function begin(bot: Bot, task: KeyTask, asked: Command | Click, line: Asked): Promise<void> {
  const { policy } = bot.context.policy();
  const now = bot.context.clock();
  // What cannot be read opens the form, where nothing that was typed is lost.
  const unread = Object.keys(task.check?.(line.typed, { now, zone: "UTC" }) ?? {}).length > 0;
  if (line.text !== "" && !unread && task.complete(line.typed, policy.limits)) {
    return asked.reply(await doNow(bot, task, asked, line));
  }
  await openForm(bot, task, asked, line);
}

/** Opens the form at once, and fills it in afterwards: its trigger lives for three seconds (R3). */
async function openForm(bot: Bot, task: KeyTask, asked: Command | Click, line: Asked): Promise<void> {
  const { by, reply } = asked;
  const inModal = "view" in asked && asked.view !== undefined;
  const open = inModal ? pushModal : openModal;
  const opened = await open(bot.clients, asked.trigger, keyLoading(task.doing, task.title));
  if (opened === undefined) {
    return reply(saying(["Slack was too slow to open the form, so nothing was done. Please try again."]));
  }
  await redrawModal(
    bot.clients,
    opened,
    await guarded(bot, task, by, async () => firstView(bot, task, by, line)),
  );
}

/** Carries a line out as it stands, and says what came of it. */
async function doNow(
  bot: Bot,
  task: KeyTask,
  { by, at: clickedAt, trigger }: Command | Click,
  line: Asked,
): Promise<Message> {
  const { context } = bot;
  const looked = await look(bot, task, by, line.text);
  const no = (refusal: Refusal): Message => {
    const said = saying(explainRefusal(refusal));
    const mends = refusal.reason === "no-such-key" || task.at?.[refusal.reason] !== undefined;
    return mends ? { ...said, blocks: [...said.blocks, ...formButton(task.doing, line)] } : said;
  };
  if ("refusal" in looked) return no(looked.refusal);
  const { key, person } = looked.found;
  // Slack gives each line and click a trigger of its own: delivered twice, it is the same (slack-rules.md 3.2).
  const id = requestId.parse(idFrom(trigger));
  const done = await task.carryOut(bot, {
    key: key.id,
    by,
    person,
    clickedAt,
    id,
    act: id,
    typed: line.typed,
  });
  if ("refusal" in done) return no(done.refusal);
  if ("wrong" in done) return saying(...Object.values(done.wrong));
  return doneMessage(context, { by, key: key.id, said: done.said });
}

/** A key was chosen: the form takes the list's place. */
async function picked(bot: Bot, task: KeyTask, { by, view, value }: Click): Promise<void> {
  if (view === undefined) throw new Outdated("a field without its form");
  const typed = readCarried(view.metadata);
  const next = await guarded(bot, task, by, async () => firstView(bot, task, by, { text: value, typed }));
  await redrawModal(bot.clients, { id: view.id }, next);
}

/** A choice changes which rule applies, and who will be asked. */
async function redraw(bot: Bot, task: KeyTask, { by, view, reply }: Click): Promise<void> {
  const about = view === undefined ? undefined : readAbout(view.metadata);
  if (view === undefined || about === undefined) throw new Outdated("a field without its form");
  const typed = readKeyForm(task.doing, view.values);
  const looked = await look(bot, task, by, String(about.key));
  if ("refusal" in looked) return reply(saying(explainRefusal(looked.refusal)));
  await redrawModal(bot.clients, view, await form(bot, task, looked.found, { typed, about }));
}
