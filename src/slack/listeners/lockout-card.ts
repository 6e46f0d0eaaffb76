import type { Lockout } from "../../domain/lockout.ts";
import { HELD } from "../../domain/lockout-item.ts";
import { lockoutId, requestId } from "../../domain/values.ts";
import { noteOn, reportOf } from "../../usecases/lockout/lockout.ts";
import { askRestore } from "../../usecases/lockout/restore.ts";
import { shareFile } from "../announce.ts";
import { answerInTime, type Settled } from "../answer-in-time.ts";
import { report } from "../boundary.ts";
import { explainMissing, explainRefusal } from "../words/explain.ts";
import type { Bot, Click, Conversation, Submission } from "../interaction.ts";
import { jsonReport, markdownReport } from "../words/lockout-report.ts";
import { openModal } from "../modal.ts";
import { LOCKOUT } from "../views/lockout-card.ts";
import { sentInWords } from "../views/request-sent.ts";
import { NOTE, noteForm, readNote, readRestore, RESTORE, restoreForm } from "../views/restore-form.ts";
import { sayingModal } from "../views/saying-modal.ts";
import { asPlain, saying } from "../words/words.ts";

const TITLE = "Restore keys";
const SLOW = saying(["Slack was too slow to open the form. Please press the button again."]);
const ALL = Number.MAX_SAFE_INTEGER;

/** What responders do about a lockout that there is: bring keys back, add notes, take the report away. */
export const lockoutCard: Conversation = {
  clicks: { [LOCKOUT.restore]: openRestore, [LOCKOUT.note]: openNote, [LOCKOUT.report]: sendReport },
  submissions: { [RESTORE.modal]: ask, [NOTE.modal]: addNote },
};

/** Which lockout a card's button stands for. */
async function known({ context }: Bot, { value }: Click): Promise<Lockout | undefined> {
  const id = lockoutId.safeParse(value);
  return id.success ? (await context.store.lockout(id.data))?.value : undefined;
}

async function openRestore(bot: Bot, click: Click): Promise<void> {
  const { context, clients } = bot;
  const { trigger, reply } = click;
  const found = await known(bot, click);
  if (found === undefined) return reply(saying(explainMissing()));
  const { incident, counts } = found;
  const held = HELD.reduce((sum, state) => sum + counts[state], 0);
  const form = restoreForm({
    id: requestId.parse(context.newId()),
    lockout: found.id,
    incident,
    held,
  });
  if ((await openModal(clients, trigger, form)) === undefined) await reply(SLOW);
}

async function ask(bot: Bot, submission: Submission): Promise<void> {
  await answerInTime(bot, submission, { title: TITLE, settling: settle(bot, submission) });
}

async function settle({ context }: Bot, { by, at, view }: Submission): Promise<Settled> {
  const read = readRestore(view.metadata, view.values);
  if (read === undefined) return { view: sayingModal(TITLE, explainMissing()) };
  const { id, lockout, which, line, reason } = read;
  const wrong = (at: string, words: Parameters<typeof asPlain>[0]): Settled => ({
    errors: { [at]: asPlain(words) },
    form: async () => sayingModal(TITLE, words),
  });
  // Preset is all that it holds: whoever typed a part means that part.
  if (which.kind === "all" && line !== "")
    return wrong(RESTORE.line, ["You typed a part: choose above what it is, or empty this."]);
  if (which.kind === "keys" && which.keys.length === 0)
    return wrong(RESTORE.line, ["Write the keys' IDs, such as 12, 15, 20."]);
  if (which.kind === "query" && which.line === "") return wrong(RESTORE.line, ["Write a search."]);
  try {
    const asked = await askRestore(context, { id, lockout, which, by, clickedAt: at, reason });
    if ("made" in asked) return { view: sayingModal(TITLE, ...sentInWords(asked.made.value, !asked.same)) };
    const { refusal } = asked;
    const words = explainRefusal(refusal);
    if (refusal.reason === "bad-query" || refusal.reason === "not-held") return wrong(RESTORE.line, words);
    if (refusal.reason === "reason-too-short" || refusal.reason === "ticket-missing")
      return wrong(RESTORE.because, words);
    return { view: sayingModal(TITLE, words) };
  } catch (error) {
    return { view: sayingModal(TITLE, report(context, by, error)) };
  }
}

async function openNote(bot: Bot, click: Click): Promise<void> {
  const { value, trigger, reply } = click;
  const id = lockoutId.safeParse(value);
  if (!id.success) return reply(saying(explainMissing()));
  // The modal first: its trigger lives for three seconds (R3).
  if ((await openModal(bot.clients, trigger, noteForm(id.data))) === undefined) await reply(SLOW);
  await known(bot, click);
}

async function addNote({ context }: Bot, { by, view, answer }: Submission): Promise<void> {
  const id = lockoutId.safeParse(view.metadata);
  if (!id.success) return answer({ view: sayingModal("Add a note", explainMissing()) });
  const noted = await noteOn(context, { id: id.data, by, text: readNote(view.values), form: view.id });
  if ("noted" in noted) return answer("close");
  const words = explainRefusal(noted.refusal);
  const atField = noted.refusal.reason === "reason-too-short" || noted.refusal.reason === "contains-secret";
  await answer(
    atField ? { errors: { [NOTE.text]: asPlain(words) } } : { view: sayingModal("Add a note", words) },
  );
}

async function sendReport(bot: Bot, click: Click): Promise<void> {
  const { context, clients } = bot;
  const { by, reply } = click;
  const lockout = await known(bot, click);
  const found = lockout && (await reportOf(context, { id: lockout.id, by, most: ALL }));
  if (found === undefined) return reply(saying(explainMissing()));
  if ("refusal" in found) return reply(saying(explainRefusal(found.refusal)));
  const { incident } = found.lockout;
  const name = `lockout-${found.lockout.id}`;
  const title = `Lockout: ${incident}`;
  const files = [
    { name: `${name}.md`, title, bytes: Buffer.from(markdownReport(found)) },
    { name: `${name}.json`, title, bytes: Buffer.from(jsonReport(found)) },
  ];
  for (const file of files) await shareFile(clients, by, file);
  await reply(saying(["The report is in our direct message, as Markdown and as JSON."]));
}
