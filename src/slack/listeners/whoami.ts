import { Fault } from "../../domain/fault.ts";
import { changeOwnKey, whoami as lookAt } from "../../usecases/whoami.ts";
import { report } from "../boundary.ts";
import { findZones } from "../input/calendar.ts";
import { explainMissing, explainRefusal } from "../words/explain.ts";
import type { Bot, Click, Command, Conversation, Submission } from "../interaction.ts";
import { openModal, redrawModal } from "../modal.ts";
import { zoneOptions } from "../views/request-options.ts";
import { sayingModal } from "../views/saying-modal.ts";
import { whoamiMessage } from "../views/whoami.ts";
import { type OwnForm, readOwnForm, WHOAMI, whoamiLoading, whoamiModal } from "../views/whoami-modal.ts";
import { code, saying, type Words } from "../words/words.ts";

const TITLE = "The key I work with";

/** The key that we work with ourselves: what it is, what it lacks, and what may be changed about it. */
export const whoami: Conversation = {
  help: {
    whoami: {
      topic: "manager",
      does: "See the key that I work with myself",
      who: "incident responders",
      lines: ["whoami"],
    },
  },
  commands: { whoami: show },
  clicks: { [WHOAMI.open]: open },
  submissions: { [WHOAMI.modal]: submit },
  suggestions: { [WHOAMI.zone]: async (_, { typed }) => zoneOptions(findZones(typed)) },
};

async function show({ context }: Bot, { by, reply }: Command): Promise<void> {
  const looked = await lookAt(context, by);
  if ("refusal" in looked) return reply(saying(explainRefusal(looked.refusal)));
  await reply(whoamiMessage(looked.seen, context.clock()));
}

async function open({ context, clients }: Bot, { by, trigger, reply }: Click): Promise<void> {
  const opened = await openModal(clients, trigger, whoamiLoading());
  if (opened === undefined) return reply(saying(["Slack was too slow. Please press the button again."]));
  const looked = await lookAt(context, by);
  const view =
    "refusal" in looked ? sayingModal(TITLE, explainRefusal(looked.refusal)) : whoamiModal(looked.seen.own);
  await redrawModal(clients, opened, view);
}

async function submit(bot: Bot, { by, view, answer }: Submission): Promise<void> {
  const filled = readOwnForm(view.values);
  if (filled === undefined) return answer({ view: sayingModal(TITLE, explainMissing()) });
  // Answered before anything is done, because that asks Slack and the manager (R1, R30).
  await answer({ view: sayingModal(TITLE, ["One moment."]) });
  const problem = await carryOut(bot, by, filled);
  const next =
    problem === undefined
      ? sayingModal(TITLE, ["The manager has it now: the key is called ", code(filled.name), "."])
      : whoamiModal(filled, problem);
  await redrawModal(bot.clients, { id: view.id }, next);
}

/** What went wrong; the form comes back with it, and nothing that was typed is lost. */
async function carryOut({ context }: Bot, by: Submission["by"], change: OwnForm): Promise<Words | undefined> {
  try {
    const changed = await changeOwnKey(context, { by, change });
    return "refusal" in changed ? explainRefusal(changed.refusal) : undefined;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return report(context, by, error);
  }
}
