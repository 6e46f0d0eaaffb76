import { deleteKey } from "../../usecases/keys/change-key.ts";
import type { Settling } from "../../usecases/keys/settle-key.ts";
import { keyConversation } from "../key-conversation.ts";
import { textField } from "../views/fields.ts";
import { keyField } from "../views/key-form.ts";
import { refusedByManager } from "../words/settling-words.ts";
import { bold, code, type Words } from "../words/words.ts";

/** Deletes a key for good, once its name has been typed. */
export const deletion = keyConversation({
  doing: "delete",
  title: "Delete a key",
  submit: "Delete for good",
  help: {
    topic: "change",
    does: "Delete a key for good, after typing its name",
    who: "the key's owner and incident responders",
    lines: ["delete ci-deploy"],
    form: true,
    key: true,
  },
  words: [],
  // A name in the line is what one reads; typing it once more is what one means.
  complete: () => false,
  fields: async (_, { typed }) => ({
    explained: [
      [
        bold("Nothing brings it back: "),
        "whatever uses this key stops working, and a new key has another secret. To stop it for now: ",
        code("/apikey lock"),
      ],
    ],
    inputs: [
      textField(keyField("delete", "typed"), "Type the key's name", typed["typed"], {
        most: 254,
        hint: "Exactly as it stands above.",
      }),
    ],
  }),
  at: { "name-not-typed": "typed" },
  carryOut: async ({ context }, { typed, ...on }) => {
    const changed = await deleteKey(context, { ...on, typed: typed["typed"] ?? "" });
    if ("refusal" in changed) return changed;
    return { said: [deletedWords(changed.record.value.name, changed.manager)] };
  },
});

function deletedWords(keyName: string, manager: Settling): Words {
  if (typeof manager === "object") return refusedByManager(keyName, "deleted");
  const name = code(keyName);
  return manager === "settled"
    ? [name, " is deleted."]
    : ["The deletion of ", name, " is on record, and will be done as soon as the manager answers."];
}
