import type { ModalView, PlainTextElement, PlainTextOption } from "@slack/types";
import type { CardId } from "../domain/card.ts";
import type { Instant, PersonId } from "../domain/values.ts";
import type { Context } from "../usecases/ports.ts";
import type { SlackClients } from "./connection/clients.ts";
import type { FieldErrors } from "./views/request-form.ts";
import type { Message } from "./words/words.ts";

/*
 * What people do to us in Slack, in the few words that listeners need. routes.ts makes these out of
 * Bolt's payloads, acknowledges what must be acknowledged, and catches what listeners throw.
 */

/** What every listener works with. */
export type Bot = { context: Context; clients: SlackClients };

/** `view.state.values`: by block id, then by action id (R26). */
export type Values = Readonly<Record<string, Readonly<Record<string, Value>>>>;
type Value = {
  readonly value?: string | null;
  readonly selected_date?: string | null;
  readonly selected_time?: string | null;
  readonly selected_user?: string | null;
  readonly selected_option?: Option | null;
  readonly selected_options?: readonly Option[] | null;
};
type Option = { readonly text: { readonly text: string }; readonly value: string };

/** Says something to the person alone, where they are. */
type Reply = (message: Message) => Promise<void>;

/** `/apikey request …`: `text` is what follows the first word; `at`: when Slack sent it, as far as that can be known. */
export type Command = { by: PersonId; at: Instant; text: string; trigger: string; reply: Reply };

/** A button or a choice; acknowledged before the listener sees it. */
export type Click = {
  by: PersonId;
  /** When Slack says that it was pressed. */
  at: Instant;
  value: string;
  trigger: string;
  reply: Reply;
  /** Replaces the private message in which the button stands (R5); absent for lasting messages and modals. */
  replace?: Reply;
  /** Deletes the message in which the button stands (R34). */
  dismiss: () => Promise<void>;
  /** Which card the message in which it stands was drawn as. */
  card?: CardId;
  /** The modal in which it stands. */
  view?: OpenView;
  /** It was pressed in the App Home: a private answer opens as a modal there. */
  home?: true;
};

/** "Request an API key" from Slack's own menus; it has no channel, so the reply is a direct message (R7). */
export type Shortcut = { by: PersonId; trigger: string; reply: Reply };

/** "Key in this message…" from a message's own menu (R40): all text of it, and where it stands. */
export type Pointed = MessageSeen & { by: PersonId; reply: Reply };

/**
 * A message in a channel that we are in; `tell`: its author alone, where that is a person; `kept`:
 * what it says stands in rows, so Slack need not send it again.
 */
export type Posted = MessageSeen & { tell?: Reply; kept: () => Promise<void> };

type MessageSeen = { text: string; channel: string; ts: string; author?: PersonId };

/** Somebody looks at our App Home (R39). */
export type Opening = { by: PersonId };

/** A modal as it stands at somebody's. */
export type OpenView = { id: string; hash: string; metadata: string; values: Values };

export type Submission = {
  by: PersonId;
  /** When Slack sent it, as far as that can be known. */
  at: Instant;
  view: OpenView;
  /** Answers Slack, once and within three seconds (R1): errors at their fields, another view, or nothing, which closes. */
  answer: (answer: { errors: FieldErrors } | { view: ModalView } | "close") => Promise<void>;
};

/** A search in a list that we fill (R40); `block` is the id of the block in which the list stands. */
export type Suggestion = { by: PersonId; typed: string; block: string };

/** What such a list offers: at most 100 options, or 100 groups of them. */
type Suggested = PlainTextOption[] | { groups: { label: PlainTextElement; options: PlainTextOption[] }[] };

/** What `/apikey help` says of one command. */
export type Help = {
  /** Where it stands among what `/apikey help` lists. */
  topic: "ask" | "find" | "change" | "stop" | "manager";
  /** What it does, in a few words, without a full stop. */
  does: string;
  /** Who may use it, without a full stop. */
  who: string;
  /** Lines that can be typed as they stand, the shortest first. */
  lines: readonly string[];
  /** A form asks for what a line leaves out. */
  form?: true;
  /** A line names a key. */
  key?: true;
};

/** One conversation: its words after `/apikey`, and its buttons, modals and lists by id. */
export type Conversation = {
  commands?: Readonly<Record<string, (bot: Bot, command: Command) => Promise<void>>>;
  /** Words that nobody has to be asked about: their answer goes with the acknowledgement. */
  answers?: Readonly<Record<string, (text: string) => Message>>;
  /** By command, for those that are offered to people. */
  help?: Readonly<Record<string, Help>>;
  clicks?: Readonly<Record<string, (bot: Bot, click: Click) => Promise<void>>>;
  shortcuts?: Readonly<Record<string, (bot: Bot, shortcut: Shortcut) => Promise<void>>>;
  /** By the id of a message shortcut. */
  messages?: Readonly<Record<string, (bot: Bot, message: Pointed) => Promise<void>>>;
  posted?: (bot: Bot, message: Posted) => Promise<void>;
  home?: (bot: Bot, opening: Opening) => Promise<void>;
  submissions?: Readonly<Record<string, (bot: Bot, submission: Submission) => Promise<void>>>;
  suggestions?: Readonly<Record<string, (bot: Bot, suggestion: Suggestion) => Promise<Suggested>>>;
};
