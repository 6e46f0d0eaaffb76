import type { KeyRecord } from "../../domain/key.ts";
import { rotateKey } from "../../usecases/keys/rotate.ts";
import { keyConversation } from "../key-conversation.ts";
import { Outdated } from "../input/outdated.ts";
import { code, person, type Words } from "../words/words.ts";

/** A new secret for a key; its owner sees it once, and the old one works until then. */
export const rotate = keyConversation({
  doing: "rotate",
  title: "Rotate a key",
  submit: "Rotate",
  help: {
    topic: "change",
    does: "Give a key a new secret, which its owner alone sees, once",
    who: "the key's owner and incident responders",
    lines: ["rotate ci-deploy"],
    form: true,
    key: true,
  },
  words: [],
  complete: () => false,
  fields: async (_, { found: { key, record } }) => {
    const owner: Words = record?.owner === undefined ? ["its owner"] : [person(record.owner)];
    return {
      explained: [
        [
          "The new secret goes to ",
          ...owner,
          " alone: I send them a message with a button that shows it, once.",
        ],
        untilThen(key.active, record),
      ],
      inputs: [],
    };
  },
  carryOut: async ({ context }, { id, key, by, clickedAt }) => {
    const asked = await rotateKey(context, { id, key, by, clickedAt });
    if ("refusal" in asked) return asked;
    const { wants } = asked.made.value;
    if (wants.kind !== "rotation") throw new Outdated("a form with the id of another request");
    const toWhom: Words = wants.owner === undefined || wants.owner === by ? ["you"] : [person(wants.owner)];
    return {
      said: [
        [
          "I have sent ",
          ...toWhom,
          " a message with a button that shows the new secret of ",
          code(wants.keyName),
          ", once.",
        ],
        ["Until it is pressed, everything stays as it is; the old secret is dead from then on."],
      ],
    };
  },
});

function untilThen(active: boolean, record: KeyRecord | undefined): Words {
  const compromised = record?.holds?.reasons.some((each) => each.kind === "compromised") ?? false;
  if (compromised)
    return ["The key is down, since its secret got out. It comes back when the new one has been shown."];
  return active
    ? ["The old secret works until that button is pressed, and is dead from then on."]
    : ["The key is locked, and stays so with the new secret."];
}
