import type { KeyId, PersonId } from "../domain/values.ts";
import { DECIDING } from "../usecases/people.ts";
import { standing } from "../usecases/find-key.ts";
import type { Context } from "../usecases/ports.ts";
import { expiryInWords, stateOfKey } from "./key-words.ts";
import { button, buttons } from "./views/buttons.ts";
import { KEY, keyActions } from "./views/key-actions.ts";
import { code, fallback, field, lines, type Message, type Words } from "./words.ts";

/** What was done to a key, how it is now, and what this person can do to it next. */
export async function doneMessage(
  context: Context,
  { by, key: id, said }: { by: PersonId; key: KeyId; said: readonly Words[] },
): Promise<Message> {
  const record = (await context.store.key(id))?.value;
  const { keys } = await context.store.findKeys([{ on: "id", is: id }], { limit: 1 });
  const [key] = keys;
  if (key === undefined || record?.deletedAt !== undefined) {
    return { text: fallback(...said), blocks: [lines(...said)] };
  }
  const may = { ...(await standing(context, by, record, DECIDING)), reader: by };
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
