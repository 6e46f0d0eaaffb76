import type { ActionsBlock, InputBlock, KnownBlock, ModalView } from "@slack/types";
import { z } from "zod";
import { clean } from "../../domain/clean.ts";
import { keyId, requestId } from "../../domain/values.ts";
import type { Doing } from "../../usecases/keys/find-key.ts";
import type { ListedKey } from "../../usecases/inventory-port.ts";
import type { Values } from "../interaction.ts";
import { button, buttons } from "./buttons.ts";
import { bold, lines, plain, shorten, type Words } from "../words/words.ts";

/** What somebody typed or chose about a key, by clause word; the same words in lines and forms. */
export type Typed = Readonly<Partial<Record<string, string>>>;

/** Ids of the forms on a key: one modal for each thing to do, and a field for each clause word. */
export const keyModal = (doing: Doing): string => `key.${doing}-modal`;
export const keyField = (doing: Doing, word: string): string => `key.${doing}.${word}`;
export const keyAgain = (doing: Doing): string => `key.${doing}-again`;
export const keyPick = (doing: Doing): string => `key.${doing}-pick`;

/** What a form carries: which key it is about, how that looked, and the nonce that makes it one request. */
const aboutForm = z.object({
  id: requestId,
  key: keyId,
  seen: z.record(z.string(), z.string()),
});
export type AboutForm = z.infer<typeof aboutForm>;

export type KeyForm = {
  doing: Doing;
  title: string;
  submit: string;
  about: AboutForm;
  /** The key as it is now. */
  key: readonly Words[];
  fields: readonly (InputBlock | KnownBlock)[];
  /** Which rule applies and who will be asked. */
  preview?: readonly Words[] | undefined;
  problem?: Words | undefined;
};

/** Opened before anything else is asked, because a trigger lives for three seconds (R3). */
export function keyLoading(doing: Doing, title: string): ModalView {
  return {
    type: "modal",
    callback_id: keyModal(doing),
    title: plain(title, 24),
    close: plain("Cancel", 24),
    blocks: [lines(["One moment: I am asking the manager."])],
  };
}

/** What the key is now, what is to be done to it, and who will be asked. */
export function keyFormModal(form: KeyForm): ModalView {
  const { problem, preview } = form;
  return {
    ...keyLoading(form.doing, form.title),
    private_metadata: JSON.stringify(form.about),
    submit: plain(form.submit, 24),
    blocks: [
      ...(problem === undefined ? [] : [lines([bold("This did not work. "), ...problem])]),
      lines(...form.key),
      ...form.fields,
      ...(preview === undefined ? [] : [lines([bold("Who will be asked")], ...preview)]),
    ],
  };
}

/** Which key is meant, where none was named; what was typed besides comes along. */
export function pickKeyModal(doing: Doing, title: string, typed: Typed, problem?: Words): ModalView {
  return {
    ...keyLoading(doing, title),
    private_metadata: carried(typed),
    blocks: [
      ...(problem === undefined ? [] : [lines(problem)]),
      lines(["Which key? Those that you may do this to are offered."]),
      {
        type: "actions",
        block_id: keyPick(doing),
        elements: [
          {
            type: "external_select",
            action_id: keyPick(doing),
            min_query_length: 0,
            placeholder: plain("Search by name or ID", 150),
          },
        ],
      },
    ],
  };
}

/** After a line that was refused: a button that opens the form with all that was typed in it. */
export function formButton(doing: Doing, line: { text: string; typed: Typed }): ActionsBlock[] {
  const value = JSON.stringify(line);
  // A button's value has room for so many characters (slack-rules.md 2.5).
  return value.length > 2000 ? [] : [buttons(button(keyAgain(doing), "Open the form", value))];
}

/** The line that such a button carries. */
export function readFormButton(value: string): { text: string; typed: Typed } | undefined {
  return z.object({ text: z.string(), typed: z.record(z.string(), z.string()) }).safeParse(parsed(value))
    .data;
}

/** Keys to choose from. */
export function keyOptions(keys: readonly ListedKey[]): {
  text: ReturnType<typeof plain>;
  value: string;
  description: ReturnType<typeof plain>;
}[] {
  return keys.slice(0, 100).map((key) => ({
    text: plain(key.name, 75),
    value: String(key.id),
    description: plain(`ID ${key.id}, ${key.roleName}${key.active ? "" : ", locked"}`, 75),
  }));
}

/** What a form stands for; `undefined` where it is none of ours. */
export function readAbout(metadata: string): AboutForm | undefined {
  return aboutForm.safeParse(parsed(metadata)).data;
}

/** Slack takes 3,000 characters of this, quotes and escapes counted (slack-rules.md 2.5). */
function carried(typed: Typed): string {
  const each = Object.entries(typed);
  for (let most = 1000; most > 0; most = Math.floor(most / 2)) {
    const text = JSON.stringify(
      Object.fromEntries(each.map(([word, value = ""]) => [word, shorten(clean(value), most)])),
    );
    if (text.length <= 3000) return text;
  }
  return "{}";
}

/** What was typed before the key was chosen. */
export function readCarried(metadata: string): Typed {
  return z.record(z.string(), z.string()).safeParse(parsed(metadata)).data ?? {};
}

/** What stands in the form's fields, empty ones included. */
export function readKeyForm(doing: Doing, values: Values): Typed {
  const start = keyField(doing, "");
  return Object.fromEntries(
    Object.entries(values)
      .filter(([block]) => block.startsWith(start))
      .map(([block, actions]) => {
        const given = actions[block];
        const value = given?.value ?? given?.selected_option?.value ?? given?.selected_user ?? "";
        return [block.slice(start.length), value];
      }),
  );
}

function parsed(metadata: string): unknown {
  try {
    return JSON.parse(metadata);
  } catch {
    return undefined;
  }
}
