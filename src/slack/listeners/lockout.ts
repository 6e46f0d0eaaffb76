import type { ModalView } from "@slack/types";
import { printQuery } from "../../domain/query.ts";
import type { Refusal } from "../../domain/refusal.ts";
import { DAY, lockoutId, type PersonId } from "../../domain/values.ts";
import { declareLockout } from "../../usecases/lockout/lockout.ts";
import { asMember } from "../../usecases/people.ts";
import { scopeOf, surveyLockout } from "../../usecases/lockout/survey-lockout.ts";
import { answerInTime, type Settled } from "../answer-in-time.ts";
import { report } from "../boundary.ts";
import { unescaped } from "../input/clauses.ts";
import { explainMissing, explainRefusal } from "../words/explain.ts";
import type { Bot, Click, Command, Conversation, Shortcut, Submission } from "../interaction.ts";
import { idFrom } from "../id-from.ts";
import { keyIdsIn } from "../input/key-ids.ts";
import { openModal, pushModal, redrawModal } from "../modal.ts";
import { Outdated } from "../input/outdated.ts";
import { DECLARE, type Declared, type LookedAt, lockoutForm, readDeclared } from "../views/lockout-form.ts";
import { sayingModal } from "../views/saying-modal.ts";
import { readWhen } from "../words/when.ts";
import { asPlain, code, saying, type Words } from "../words/words.ts";

const TITLE = "Declare a lockout";
const DECLARED = "Declared: from now on no key in scope becomes active, and the keys are being locked.";
const SENT_AGAIN = "This form had been sent before: it declared then what it says, and nothing more now.";

/** Locking many keys at once: the form with its dry run, from a line, a list or the shortcut. */
export const lockout: Conversation = {
  help: {
    lockout: {
      topic: "stop",
      does: "Lock many keys at once, after a dry run; restored later exactly as it was",
      who: "incident responders",
      lines: ["lockout", "lockout role:auditor unused<7d", "lockout --drill owner:@ada"],
      form: true,
    },
  },
  commands: { lockout: async (bot, command) => open(bot, command, unescaped(command.text)) },
  shortcuts: { lockout: async (bot, shortcut) => open(bot, shortcut, "") },
  clicks: {
    [DECLARE.open]: async (bot, click) => open(bot, click, click.value),
    [DECLARE.look]: lookAgain,
    [DECLARE.which]: lookAgain,
    [DECLARE.line]: lookAgain,
    [DECLARE.owner]: lookAgain,
    [DECLARE.spare]: lookAgain,
  },
  submissions: { [DECLARE.modal]: submit },
};

async function open(bot: Bot, asked: Command | Shortcut | Click, text: string): Promise<void> {
  const inModal = "view" in asked && asked.view !== undefined;
  const window = await (inModal ? pushModal : openModal)(
    bot.clients,
    asked.trigger,
    sayingModal(TITLE, ["One moment."]),
  );
  if (window === undefined) {
    return asked.reply(
      saying(["Slack was too slow to open the form. Nothing was locked: please try again."]),
    );
  }
  const drill = /(^|\s)--drill(\s|$)/.test(text);
  const line = text.replace(/(^|\s)--drill(?=\s|$)/, " ").trim();
  const empty = { owner: undefined, spare: "", incident: "", because: "", until: "", typed: "" };
  const id = lockoutId.parse(bot.context.newId());
  const filled: Declared = { id, drill, which: "query", line, ...empty };
  await redrawModal(bot.clients, window, await formFor(bot, asked.by, filled));
}

/** The scope was entered anew, and with it the dry run. */
async function lookAgain(bot: Bot, { by, view }: Click): Promise<void> {
  const filled = view && readDeclared(view.metadata, view.values);
  if (view === undefined || filled === undefined) throw new Outdated("a field without its form");
  await redrawModal(bot.clients, view, await formFor(bot, by, filled));
}

/** The form; for who is no responder, why there is none. */
async function formFor(bot: Bot, by: PersonId, filled: Declared, problem?: Words): Promise<ModalView> {
  try {
    const looked = await look(bot, by, filled);
    return "refusal" in looked
      ? sayingModal(TITLE, explainRefusal(looked.refusal))
      : lockoutForm(filled, looked, problem);
  } catch (error) {
    return lockoutForm(filled, { problem: report(bot.context, by, error) }, problem);
  }
}

async function look(
  { context }: Bot,
  by: PersonId,
  filled: Declared,
): Promise<LookedAt | { refusal: Refusal }> {
  const lacking = lacks(filled);
  if (lacking !== undefined) {
    const allowed = await scopeOf(context, { by, line: "" });
    return "refusal" in allowed ? allowed : { problem: [lacking] };
  }
  const read = await scopeFor(context, by, filled);
  if ("scope" in read) return { survey: await surveyLockout(context, read.scope) };
  return read.refusal.reason === "bad-query" ? { problem: explainRefusal(read.refusal) } : read;
}

/** What is not filled in yet: all keys are chosen on purpose only. */
function lacks({ which, line, owner }: Declared): string | undefined {
  if (which === "all") return undefined;
  if (which === "owner") return owner === undefined ? "Choose whose keys above." : undefined;
  if (which === "keys")
    return keyIdsIn(line).length === 0 ? "Write the keys' IDs above, such as 12, 15, 20." : undefined;
  return line === "" ? LACKING[which] : undefined;
}

const LACKING = {
  query: "Write a search above, or choose all keys.",
  role: "Write the role's name above.",
  used: "Write a length of time above, such as 7d.",
} as const;

/** The search that a choice stands for. */
function lineOf({ which, line, owner }: Declared): string {
  switch (which) {
    case "query":
      return line;
    case "role":
      return printQuery({ terms: [{ kind: "role", pattern: line }] });
    case "used":
      // A length is an age; a day is the day since which it was used.
      return `unused${/^\d{4}-/.test(line) ? ">" : "<"}${line.replace(/\s+/g, "")}`;
    case "owner":
      return owner === undefined ? "" : `owner:<@${owner}>`;
    case "keys":
    case "all":
      return "";
  }
}

async function scopeFor(context: Bot["context"], by: PersonId, filled: Declared): ReturnType<typeof scopeOf> {
  const { which, line, spare } = filled;
  const keys = which === "keys" ? { keys: keyIdsIn(line) } : {};
  return scopeOf(context, { by, line: lineOf(filled), spareLine: spare, ...keys });
}

async function submit(bot: Bot, submission: Submission): Promise<void> {
  const filled = readDeclared(submission.view.metadata, submission.view.values);
  if (filled === undefined) {
    return submission.answer({ view: sayingModal(TITLE, explainMissing()) });
  }
  await answerInTime(bot, submission, { title: TITLE, settling: settle(bot, submission, filled) });
}

async function settle(bot: Bot, { by, view }: Submission, filled: Declared): Promise<Settled> {
  const { context } = bot;
  const wrong = (at: keyof typeof DECLARE, words: Words): Settled => ({
    errors: { [DECLARE[at]]: asPlain(words) },
    form: async () => formFor(bot, by, filled, words),
  });
  const lacking = lacks(filled);
  if (lacking !== undefined) return wrong(filled.which === "owner" ? "owner" : "line", [lacking]);
  try {
    const until = await endOf(bot, by, filled.until);
    if (until === "unread") {
      return wrong("until", [`I cannot read "${filled.until}" as a time. Write 2h, tomorrow or 2027-03-01.`]);
    }
    const read = await scopeFor(context, by, filled);
    if ("refusal" in read) {
      const { refusal } = read;
      if (refusal.reason !== "bad-query") return { view: sayingModal(TITLE, explainRefusal(refusal)) };
      return wrong(refusal.line === filled.spare ? "spare" : "line", explainRefusal(refusal));
    }
    const { drill, incident, because, typed } = filled;
    // Sent again as it is, the form declares nothing more; with anything else in it, another lockout.
    const id = lockoutId.parse(idFrom(JSON.stringify(filled)));
    const ends = until === undefined ? {} : { until };
    const asked = { id, by, scope: read.scope, incident, because, drill, typed, ...ends };
    const declared = await declareLockout(context, asked);
    if ("refusal" in declared) {
      // The field is not there where the dry run had found fewer.
      if (declared.refusal.reason === "not-confirmed" && !(DECLARE.typed in view.values))
        return { view: await formFor(bot, by, filled, explainRefusal(declared.refusal)) };
      return refused(filled, declared.refusal, wrong);
    }
    context.nudge();
    const { incidents } = context.policy().policy.channels;
    return {
      view: sayingModal(
        TITLE,
        [declared.again ? SENT_AGAIN : drill ? "The drill has begun." : DECLARED],
        ["How far it is stands in ", { type: "channel", channel_id: incidents }, "."],
      ),
    };
  } catch (error) {
    return { view: await formFor(bot, by, filled, report(context, by, error)) };
  }
}

function refused(
  filled: Declared,
  refusal: Refusal,
  wrong: (at: keyof typeof DECLARE, words: Words) => Settled,
): Settled {
  const words = explainRefusal(refusal);
  const { reason } = refusal;
  if (reason === "not-confirmed") return wrong("typed", words);
  if (reason === "reason-too-short") return wrong(filled.incident === "" ? "incident" : "because", words);
  if (reason === "expiry-in-past") return wrong("until", words);
  return { view: sayingModal(TITLE, words, ["Nothing was locked. ", code("/apikey lockout")]) };
}

async function endOf({ context }: Bot, by: PersonId, text: string): Promise<number | undefined | "unread"> {
  if (text === "") return undefined;
  const member = await asMember(context, by, DAY);
  const zone = "person" in member ? member.person.timeZone : "UTC";
  const when = readWhen(text.replace(/^until\s+/i, ""), { now: context.clock(), zone });
  if (when === undefined) return "unread";
  return "at" in when ? when.at : undefined;
}
