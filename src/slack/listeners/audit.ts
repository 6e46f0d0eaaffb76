import type { PersonId } from "../../domain/values.ts";
import { askAudit } from "../../usecases/audit/ask-audit.ts";
import type { AuditPlace } from "../../usecases/store-port.ts";
import { unescaped } from "../input/clauses.ts";
import { explainMissing, explainRefusal } from "../words/explain.ts";
import type { Bot, Click, Conversation } from "../interaction.ts";
import { AUDIT, auditPage, readAuditTurn } from "../views/audit-page.ts";
import { type Message, saying } from "../words/words.ts";

/** What the trail says, for auditors; pages turn in place. */
export const audit: Conversation = {
  commands: {
    audit: async (bot, { by, text, reply }) => reply(await page(bot, by, { line: unescaped(text) })),
  },
  help: {
    audit: {
      topic: "find",
      does: "See what happened: who did what, when, to which key, request or lockout",
      who: "auditors; that they asked stands in the audit trail",
      lines: [
        "audit",
        "audit key:ci-deploy",
        "audit by:@me since:7d",
        "audit event:lockout since:2027-03-01 until:2027-03-02",
        "audit request:8QK2V7M4TXB1 event:request.approved",
      ],
    },
  },
  clicks: { [AUDIT.older]: turn, [AUDIT.newest]: turn },
};

async function turn(bot: Bot, click: Click): Promise<void> {
  const to = readAuditTurn(click.value);
  if (to === undefined) return click.reply(saying(explainMissing()));
  await (click.replace ?? click.reply)(await page(bot, click.by, to));
}

async function page(
  { context }: Bot,
  by: PersonId,
  asked: { line: string; before?: AuditPlace },
): Promise<Message> {
  const found = await askAudit(context, { by, ...asked });
  return "refusal" in found ? saying(explainRefusal(found.refusal)) : auditPage(found);
}
