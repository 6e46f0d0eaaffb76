import { setTimeout as sleep } from "node:timers/promises";
import type { ModalView } from "@slack/types";
import type { Bot, Submission } from "./interaction.ts";
import { redrawModal } from "./modal.ts";
import type { FieldErrors } from "./views/request-form.ts";
import { sayingModal } from "./views/saying-modal.ts";

/** Slack wants its answer within three seconds (R1); what takes longer is answered by a redraw. */
const ANSWER_WITHIN = 2300;

/** What a submission leads to: the last view, or errors at their fields and the form to go on with. */
export type Settled = { view: ModalView } | { errors: FieldErrors; form: () => Promise<ModalView> };

/** Answers a submission in time whatever happens; what takes longer is told by a redraw (R30). */
export async function answerInTime(
  { clients }: Bot,
  { view, answer }: Submission,
  { title, settling }: { title: string; settling: Promise<Settled> },
): Promise<void> {
  const inTime = await Promise.race([settling, sleep(ANSWER_WITHIN, undefined, { ref: false })]);
  if (inTime !== undefined) return answer(inTime);
  await answer({ view: sayingModal(title, ["One moment: this takes longer than usual."]) });
  const late = await settling;
  await redrawModal(clients, { id: view.id }, "view" in late ? late.view : await late.form());
}
