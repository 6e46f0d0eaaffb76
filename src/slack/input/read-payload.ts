import type { BlockAction, RespondFn } from "@slack/bolt";
import { z } from "zod";
import type { CardId } from "../../domain/card.ts";
import type { PersonId } from "../../domain/values.ts";
import type { Arrival } from "../boundary.ts";
import { cardNamed } from "../card-name.ts";
import type { Bot, Click, Submission } from "../interaction.ts";
import { redrawModal } from "../modal.ts";
import { byUrl, otherwise } from "../replies.ts";
import { SAID, saidModal } from "../views/saying-modal.ts";
import type { Message } from "../words/words.ts";

/** The word that says what is asked for, and what stands behind it. */
export function firstWord(text: string): { first: string; rest: string } {
  const [, first = "", rest = ""] = /^\s*(\S*)\s*([\s\S]*)$/.exec(text) ?? [];
  return { first: first.toLowerCase(), rest };
}

type Body = {
  team?: { id: string; enterprise_id?: string } | null;
  user: { team_id?: string };
  enterprise?: { id: string };
  is_enterprise_install?: boolean;
};

/** Whose installation somebody acts in. */
export function origin({
  team,
  user,
  enterprise,
  is_enterprise_install: orgWide = false,
}: Body): Arrival["from"] {
  return { team: user.team_id ?? team?.id, enterprise: enterprise?.id ?? team?.enterprise_id, orgWide };
}

type Tenancy = { team_id?: string | null; enterprise_id?: string | null };

/** Whose installation an event is shown to: in a shared channel, `team_id` may be the others' (R44). */
export function shownTo({
  authorizations,
  ...body
}: Tenancy & { authorizations?: Tenancy[] }): Arrival["from"] {
  const { team_id: team, enterprise_id: enterprise } = authorizations?.[0] ?? body;
  return { team: team ?? undefined, enterprise: enterprise ?? undefined, orgWide: false };
}

/** A click as our listeners take it; `at` is when Slack says that it was made, in milliseconds. */
export function clickOf(body: BlockAction, by: PersonId, reply: Click["reply"], respond: RespondFn): Click {
  const [action] = body.actions;
  const { channel_id: channel, message_ts: ts, is_ephemeral: passing = false } = body.container;
  const inMessage = typeof channel === "string" && typeof ts === "string";
  const card = cardIn(body);
  return {
    by,
    at: Math.round(Number(action?.action_ts) * 1000),
    value: action === undefined ? "" : valueOf(action),
    trigger: body.trigger_id,
    reply,
    dismiss: async () => byUrl(respond, { delete_original: true }),
    ...(card === undefined ? {} : { card }),
    ...(inMessage && passing
      ? { replace: otherwise(reply, async (message) => respond({ ...message, replace_original: true })) }
      : {}),
  };
}

/** Which card the message was drawn as in which something was pressed. */
export function cardIn({ message }: BlockAction): CardId | undefined {
  const [first] = drawn.parse(message).blocks;
  return cardNamed(first?.block_id);
}

const drawn = z
  .object({ blocks: z.array(z.object({ block_id: z.string().optional().catch(undefined) })) })
  .catch({ blocks: [] });

/** What a click in a view has besides: a list in a modal is brought up to date where it stands. */
export function viewClick({ clients }: Bot, { view }: BlockAction): Pick<Click, "view" | "home" | "replace"> {
  if (view === undefined) return {};
  if (view.type === "home") return { home: true };
  const { id } = view;
  const replace = async (message: Message): Promise<void> => redrawModal(clients, { id }, saidModal(message));
  return { view: opened(view), ...(view.callback_id === SAID ? { replace } : {}) };
}

/** What was pressed or chosen: a button's value, or that of a choice. */
function valueOf(action: BlockAction["actions"][number]): string {
  if ("selected_option" in action) return action.selected_option?.value ?? "";
  return "value" in action && typeof action.value === "string" ? action.value : "";
}

/** A form as it was sent, or stands open. */
export function opened(view: NonNullable<BlockAction["view"]>): Submission["view"] {
  return { id: view.id, hash: view.hash, metadata: view.private_metadata, values: view.state.values };
}
