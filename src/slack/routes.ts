import type { App } from "@slack/bolt";
import { containsSecret } from "../domain/secret.ts";
import { personId, type PersonId } from "../domain/values.ts";
import { lateClick, recordRefusal } from "../usecases/people.ts";
import type { Boundary } from "./boundary.ts";
import { deliveryOf } from "./connection/delivery.ts";
import { explainMissing, explainRefusal } from "./words/explain.ts";
import { sentAt } from "./connection/freshness.ts";
import type { Bot, Conversation, Submission } from "./interaction.ts";
import { authorOf, textIn } from "./input/message-text.ts";
import { publish, redrawModal } from "./modal.ts";
import { noteCopy } from "./note-copy.ts";
import { clickOf, firstWord, opened, origin, shownTo, viewClick } from "./input/read-payload.ts";
import { directly, inView, once, privately } from "./replies.ts";
import { sayingHome, sayingModal } from "./views/saying-modal.ts";
import { type Message, saying, type Words } from "./words/words.ts";

/** Of the whole line, since before it is taken apart nobody can say which part of it that is. */
const SECRET_IN_LINE: Words = [
  "What you typed looks as if it has a secret in it, so nothing was done with it. Leave it out, and if it is real, have that key rotated.",
];

/**
 * Binds conversations to Bolt. One Bolt listener takes each kind of payload and finds ours by id,
 * so that every command and click gets an answer, known or not (design.md section 7).
 */
export function route(
  app: App,
  {
    bot,
    botFor,
    boundary,
    conversations,
  }: {
    bot: Bot;
    /** The same, with what this one person may look up. */
    botFor: (by: PersonId) => Bot;
    boundary: Boundary;
    conversations: readonly Conversation[];
  },
): void {
  const commands = merged(conversations.map((each) => each.commands));
  const answers = merged(conversations.map((each) => each.answers));
  const clicks = merged(conversations.map((each) => each.clicks));
  const shortcuts = merged(conversations.map((each) => each.shortcuts));
  const messages = merged(conversations.map((each) => each.messages));
  const submissions = merged(conversations.map((each) => each.submissions));
  const suggestions = merged(conversations.map((each) => each.suggestions));

  // Ahead of all listeners: Bolt asks each of them about each payload, which is most of what help costs.
  app.use(async (args) => {
    if (!("command" in args)) return args.next();
    const { command, ack, respond } = args;
    const { first, rest } = firstWord(command.text);
    const by = personId.parse(command.user_id);
    const reply = privately(bot, by, respond);
    const from = {
      team: command.team_id,
      enterprise: command.enterprise_id,
      // A form's fields are words; what comes by a socket need not be.
      orgWide: String(command.is_enterprise_install) === "true",
    };
    const known = commands.get(first);
    const what = ours(known === undefined ? answers : commands, first);
    const secret = containsSecret(command.text);
    if (known === undefined && !secret) {
      const tell = once(async (said) => ack({ ...said, response_type: "ephemeral" }), reply);
      // The word that is empty answers what no other one does.
      const answer = answers.get(first) ?? (() => answers.get("")?.(first));
      return boundary.run({ by, kind: "answer", what, from, tell }, async () => {
        const said = answer(rest);
        await (said === undefined ? ack() : tell(said));
      });
    }
    await boundary.run({ by, kind: "command", what, from, ack, tell: reply }, async () => {
      // Before anything looks at it: no answer may repeat it, and no button carry it.
      if (secret) {
        await reply(saying(SECRET_IN_LINE));
        return recordRefusal(bot.context, by, `person:${by}`, { reason: "contains-secret", field: "line" });
      }
      const at = sentAt(args.context, bot.context);
      await known?.(botFor(by), { by, at, text: rest, trigger: command.trigger_id, reply });
    });
  });

  app.action({ type: "block_actions" }, async ({ body, ack, respond }) => {
    const by = personId.parse(body.user.id);
    const reply = body.response_url ? privately(bot, by, respond) : inView(bot, by, body);
    const [action] = body.actions;
    const did = { kind: "click", what: ours(clicks, action?.action_id) } as const;
    await boundary.run({ by, ...did, from: origin(body), ack, tell: reply }, async () => {
      const known = action && clicks.get(action.action_id);
      try {
        if (known === undefined) return await reply(saying(explainMissing()));
        await known(botFor(by), { ...clickOf(body, by, reply, respond), ...viewClick(bot, body) });
      } finally {
        // Last, since a form cannot wait for it (R3).
        await noteCopy(bot, body);
      }
    });
  });

  app.shortcut({ type: "shortcut" }, async ({ shortcut: body, ack }) => {
    const by = personId.parse(body.user.id);
    const reply = directly(bot, by);
    const did = { kind: "shortcut", what: ours(shortcuts, body.callback_id) } as const;
    await boundary.run({ by, ...did, from: origin(body), ack, tell: reply }, async () => {
      const known = shortcuts.get(body.callback_id);
      if (known === undefined) return reply(saying(explainMissing()));
      await known(botFor(by), { by, trigger: body.trigger_id, reply });
    });
  });

  app.shortcut({ type: "message_action" }, async ({ shortcut: body, ack, respond }) => {
    const by = personId.parse(body.user.id);
    const reply = privately(bot, by, respond);
    const did = { kind: "shortcut", what: ours(messages, body.callback_id) } as const;
    await boundary.run({ by, ...did, from: origin(body), ack, tell: reply }, async () => {
      const known = messages.get(body.callback_id);
      if (known === undefined) return reply(saying(explainMissing()));
      const { channel, message } = body;
      await known(bot, {
        by,
        reply,
        ...authorOf(message),
        text: textIn(message),
        channel: channel.id,
        ts: message.ts,
      });
    });
  });

  app.event("message", async ({ event, body, context }) => {
    // Deleting is what we ask for; it tells of the text once more.
    if (event.subtype === "message_deleted") return;
    const message = "message" in event ? event.message : event;
    const text = textIn(message);
    // Nearly all messages end here: nobody is looked up, and nothing is kept.
    if (!containsSecret(text)) return;
    const seen = authorOf(message);
    const by = seen.author ?? personId.parse("USLACKBOT");
    const tell = directly(bot, by);
    const from = shownTo(body);
    const delivery = deliveryOf(context);
    const kept = async (): Promise<void> => delivery.kept();
    const failed = (): void => delivery.failed();
    const did = { kind: "message", what: "secret" } as const;
    await boundary.run({ by, ...did, from, tell: async () => {}, failed }, async () => {
      const { channel } = event;
      const ts = "ts" in message && typeof message.ts === "string" ? message.ts : event.ts;
      const note = seen.author === undefined ? {} : { tell };
      const said = { ...seen, ...note, text, channel, ts, kept };
      for (const { posted } of conversations) await posted?.(bot, said);
    });
  });

  app.event("app_home_opened", async ({ event, body, context }) => {
    // Nothing is lost with it: whoever sees no Home opens it again.
    await deliveryOf(context).kept();
    if (event.tab !== "home") return;
    const by = personId.parse(event.user);
    const tell = async (message: Message): Promise<void> => publish(bot.clients, by, sayingHome(message));
    const from = shownTo(body);
    await boundary.run({ by, kind: "home", what: "home", from, tell }, async () => {
      for (const { home } of conversations) await home?.(bot, { by });
    });
  });

  app.view(/^/, async ({ body, view, ack, context }) => {
    const by = personId.parse(body.user.id);
    let answered = false;
    const answer: Submission["answer"] = async (given) => {
      answered = true;
      if (given === "close") await ack();
      else if ("errors" in given) await ack({ response_action: "errors", errors: given.errors });
      else await ack({ response_action: "update", view: given.view });
    };
    const tell = async ({ blocks }: Message): Promise<void> => {
      const said = { ...sayingModal("This did not work"), blocks };
      await (answered ? redrawModal(bot.clients, { id: view.id }, said) : answer({ view: said }));
    };
    // R32: `team` may be the person's own; the directory tells strangers apart in any case.
    const did = { kind: "submission", what: ours(submissions, view.callback_id) } as const;
    await boundary.run({ by, ...did, from: origin(body), tell }, async () => {
      const known = submissions.get(view.callback_id);
      if (known === undefined) return tell(saying(explainMissing()));
      const at = sentAt(context, bot.context);
      const late = lateClick(bot.context, at);
      if (late !== undefined) {
        await tell(saying(explainRefusal(late)));
        return recordRefusal(bot.context, by, `person:${by}`, late);
      }
      await known(botFor(by), { by, at, view: opened(view), answer });
    });
  });

  app.options<"block_suggestion">({ type: "block_suggestion" }, async ({ body, ack }) => {
    const by = personId.parse(body.user.id);
    // A list has no room for words, so what went wrong stands in the log, and the list is empty.
    const tell = async (): Promise<void> => ack({ options: [] });
    const did = { kind: "suggestion", what: ours(suggestions, body.action_id) } as const;
    await boundary.run({ by, ...did, from: origin(body), tell }, async () => {
      const known = suggestions.get(body.action_id);
      const found = (await known?.(botFor(by), { by, typed: body.value, block: body.block_id })) ?? [];
      await ack(Array.isArray(found) ? { options: found } : { option_groups: found.groups });
    });
  });
}

function merged<Listener>(
  tables: readonly (Readonly<Record<string, Listener>> | undefined)[],
): Map<string, Listener> {
  return new Map(tables.flatMap((table) => Object.entries(table ?? {})));
}

/** An id for the log: of one of ours, or that it is none. */
function ours(table: ReadonlyMap<string, unknown>, id: string | undefined): string {
  return id !== undefined && table.has(id) ? id : "unknown";
}
