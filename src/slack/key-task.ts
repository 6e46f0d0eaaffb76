import type { InputBlock } from "@slack/types";
import type { Policy } from "../domain/policy.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { Instant, KeyId, PersonId, RequestId } from "../domain/values.ts";
import type { Doing, Found } from "../usecases/keys/find-key.ts";
import type { Person } from "../usecases/ports.ts";
import type { Seen } from "../usecases/keys/seen-key.ts";
import type { Bot, Conversation, Help } from "./interaction.ts";
import type { Typed } from "./views/key-form.ts";
import type { Words } from "./words/words.ts";

/** Somebody does something to a key: in a line, with a button or by sending a form. */
export type Act = {
  key: KeyId;
  by: PersonId;
  person: Person;
  clickedAt: Instant;
  /** The nonce of the form or line. */
  id: RequestId;
  /** The line, or the form as it was sent: with other values in it, it is another one. */
  act: string;
  /** The page that was looked at; absent where a line was typed. */
  seen?: Seen;
  typed: Typed;
};

/** What was typed under these clause words cannot be read, and why. */
export type Unread = Readonly<Record<string, Words>>;

/** What came of it. */
export type Done = { said: Words[] } | { refusal: Refusal } | { wrong: Unread };

export type FormNeeds = { found: Found; typed: Typed; limits: Policy["limits"] };

/**
 * One thing that can be done to a key. Its line, button, form and answers all work alike
 * (key-conversation.ts); this is what differs.
 */
export type KeyTask = {
  doing: Doing;
  help: Help;
  title: string;
  /** The form's button. */
  submit: string;
  /** The words that open a clause in its line. */
  words: readonly string[];
  /** Whether a line says all that is needed, so that no form is opened. */
  complete: (typed: Typed, limits: Policy["limits"]) => boolean;
  /** What of the typed texts cannot be read; dates are meant in the person's zone. */
  check?: (typed: Typed, when: { now: Instant; zone: string }) => Unread;
  /** What the form says of what will happen, and its fields, by clause word. */
  fields: (bot: Bot, needs: FormNeeds) => Promise<{ explained?: Words[]; inputs: InputBlock[] }>;
  /** Which rule applies and who will be asked; `undefined`: nothing is chosen yet. */
  preview?: (bot: Bot, act: Pick<Act, "key" | "by" | "person" | "typed">) => Promise<Words[] | undefined>;
  carryOut: (bot: Bot, act: Act) => Promise<Done>;
  /** The clause word under which a refusal belongs, of those that the form has. */
  at?: Partial<Record<Refusal["reason"], string>>;
  /** Lists of its own, by clause word. */
  suggestions?: Record<string, NonNullable<Conversation["suggestions"]>[string]>;
};
