import { Fault } from "../domain/fault.ts";
import { DAY, type KeyId, type PersonId } from "../domain/values.ts";
import { standing } from "../usecases/keys/find-key.ts";
import type { Context } from "../usecases/ports.ts";
import { expiryInWords, stateOfKey } from "./words/key-words.ts";
import { button, buttons } from "./views/buttons.ts";
import { KEY, keyActions } from "./views/key-actions.ts";
import { code, fallback, field, lines, type Message, saying, type Words } from "./words/words.ts";

type DoneTo = { by: PersonId; key: KeyId; said: readonly Words[] };

/**
 * What was done to a key, how it is now, and what this person can do to it next. What was done is
 * done: where the rest cannot be told, it is said alone.
 */
export async function doneMessage(context: Context, done: DoneTo): Promise<Message> {
  try {
    return await withKeyNow(context, done);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    context.log.warn({ code: error.code, key: done.key }, "how a key is now could not be told");
    return saying(...done.said);
  }
}

async function withKeyNow(context: Context, { by, key: id, said }: DoneTo): Promise<Message> {
  const record = (await context.store.key(id))?.value;
  const { keys } = await context.store.findKeys([{ on: "id", is: id }], { limit: 1 });
  const [key] = keys;
  if (key === undefined || record?.deletedAt !== undefined) {
    return saying(...said);
  }
  const may = { ...(await standing(context, by, record, DAY)), reader: by };
  const now: Words[] = [
    field("Key", [code(key.name), ` (ID ${key.id})`]),
    field("State", stateOfKey(key, record?.holds?.reasons ?? [])),
    field("Expires", expiryInWords(key.expiresAt, context.clock())),
  ];
  return {
    text: fallback(...said),
    blocks: [
      lines(...said),
      lines(...now),
      buttons(button(KEY.show, "Show", String(id)), ...keyActions(may, { ...key, holds: record?.holds })),
    ],
  };
}
