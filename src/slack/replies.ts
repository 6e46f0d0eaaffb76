import type { BlockAction, RespondFn } from "@slack/bolt";
import { Fault } from "../domain/fault.ts";
import type { PersonId } from "../domain/values.ts";
import { sayDirectly } from "./announce.ts";
import type { Bot, Click } from "./interaction.ts";
import { openModal, pushModal } from "./modal.ts";
import { SAID, saidModal } from "./views/saying-modal.ts";
import type { Message } from "./words/words.ts";

/* The ways in which somebody is answered, wherever they are. */

/** The first message goes one way, and whatever follows the other. */
export function once(first: Click["reply"], then: Click["reply"]): Click["reply"] {
  let said = false;
  return async (message) => {
    const way = said ? then : first;
    said = true;
    await way(message);
  };
}

/** Where there is no URL for answers: over the Home or the list in which it was pressed, else directly. */
export function inView(bot: Bot, by: PersonId, { view, trigger_id: trigger }: BlockAction): Click["reply"] {
  const tell = directly(bot, by);
  if (view?.type !== "home" && view?.callback_id !== SAID) return tell;
  return async (message) => {
    const said = saidModal(message);
    const shown =
      view.type === "home"
        ? await openModal(bot.clients, trigger, said)
        : await pushModal(bot.clients, trigger, said);
    if (shown === undefined) await tell(message);
  };
}

/** By the payload's own URL, which needs no membership (R4); where that has run out, in a direct message. */
export function privately(bot: Bot, by: PersonId, respond: RespondFn): Click["reply"] {
  const there = { response_type: "ephemeral", replace_original: false } as const;
  return otherwise(directly(bot, by), async (message) => respond({ ...message, ...there }));
}

/** One way, and where it leads nowhere the other. */
export function otherwise(
  next: Click["reply"],
  first: (message: Message) => Promise<unknown>,
): Click["reply"] {
  return async (message) => {
    try {
      await first(message);
    } catch {
      await next(message);
    }
  };
}

export function directly(bot: Bot, by: PersonId): Click["reply"] {
  return async (message) => sayDirectly(bot.clients, by, message);
}

/** By that URL alone. Throws `slack-uncertain`: it may have arrived whatever became of the call. */
export async function byUrl(respond: RespondFn, message: Parameters<RespondFn>[0]): Promise<void> {
  try {
    await respond(message);
  } catch (cause) {
    throw new Fault("slack-uncertain", "a response URL", { cause });
  }
}
