import type { Leak } from "../../domain/leak.ts";
import { keyId } from "../../domain/values.ts";
import { type Changed, clearAlarm, compromiseKey } from "../../usecases/keys/change-key.ts";
import { closeLeak, type Reported, reportLeaks } from "../../usecases/leak/leak.ts";
import type { Settling } from "../../usecases/keys/settle-key.ts";
import { explainMissing, explainRefusal } from "../words/explain.ts";
import type { Bot, Click, Conversation, Pointed, Posted } from "../interaction.ts";
import { KEY } from "../views/key-actions.ts";
import { LEAK } from "../views/leak-card.ts";
import { lockOnItsWay } from "../words/settling-words.ts";
import { code, type Message, saying, type Words } from "../words/words.ts";

/** Secrets that stand in messages: reported by somebody, or seen in a channel that we watch. */
export const leaking: Conversation = {
  messages: { leak: report },
  posted: watch,
  clicks: { [KEY.compromised]: gotOut, [KEY.cleared]: falseAlarm, [LEAK.close]: close },
};

async function report({ context }: Bot, { reply, ...message }: Pointed): Promise<void> {
  const found = await reportLeaks(context, message);
  await reply("refusal" in found ? saying(explainRefusal(found.refusal)) : thanks(found.reported));
}

/** Bots are told nothing, and neither is who pasted a secret that was seen before. */
async function watch({ context }: Bot, { author, tell, kept, ...message }: Posted): Promise<void> {
  if (!context.policy().policy.leaks["watch-channels"]) return;
  const seen = { ...message, by: "portcullis" as const, ...(author === undefined ? {} : { author }) };
  const found = await reportLeaks(context, seen, kept);
  if ("refusal" in found || found.reported.length === 0) return;
  await tell?.(
    saying(
      [
        "You have just posted what looks like a secret of a key. Please delete the message: whoever can read it can use the secret.",
      ],
      ...found.reported.map(inWords),
    ),
  );
}

function thanks(reported: readonly Reported[]): Message {
  if (reported.length === 0) {
    return saying([
      "I found nothing in this message that looks like a secret of a key. If it is one all the same, please tell the incident responders.",
    ]);
  }
  return saying(["Thank you. What I found in this message, and what I did:"], ...reported.map(inWords), [
    "If the message is yours, delete it now; otherwise ask its author to.",
  ]);
}

function inWords({ leak, again, keyName, lock }: Reported): Words {
  const which: Words =
    keyName === undefined
      ? [leak.key === undefined ? "A secret of a key that I do not know" : "A secret of a key"]
      : ["A secret of the key ", code(keyName)];
  if (leak.own) return ["A secret of the key that I work with myself. The incident responders know."];
  if (leak.proof.is === "trying") {
    return [
      ...which,
      ": I am finding out already whether it works, and tell whom it concerns within a minute or two.",
    ];
  }
  if (again) return [...which, ", which I have seen before. Whom it concerns knows."];
  const told =
    leak.key === undefined ? "The incident responders know." : "Its owner and the incident responders know.";
  return [...which, `: ${whether(leak.proof)}. `, ...lockInWords(lock), told];
}

/** What came of taking the key down, where the policy wants it down. */
function lockInWords(lock: Settling | undefined): Words {
  if (lock === undefined) return [];
  if (lock === "settled" || lock === "held") return ["I have taken the key down. "];
  return [...lockOnItsWay(["the key"], { refused: lock !== "later" }), " "];
}

function whether(proof: Exclude<Leak["proof"], { is: "trying" }>): string {
  switch (proof.is) {
    case "works":
      return "it works";
    case "refused":
      return "it does not work now";
    case "untried":
      return proof.because === "manager" || proof.because === "stopped"
        ? "I could not find out whether it works"
        : "I have not tried whether it works";
  }
}

async function gotOut({ context }: Bot, click: Click): Promise<void> {
  await answered(click, async (key) => compromiseKey(context, { key, by: click.by, clickedAt: click.at }), [
    "The key is marked: its secret got out. It stays down until its owner has been shown another one: ",
    code("/apikey rotate"),
  ]);
}

async function falseAlarm({ context }: Bot, click: Click): Promise<void> {
  await answered(click, async (key) => clearAlarm(context, { key, by: click.by, clickedAt: click.at }), [
    "The alarm is lifted. The key is as it was before, unless something else holds it.",
  ]);
}

async function answered(
  { value, reply }: Click,
  change: (key: ReturnType<typeof keyId.parse>) => Promise<Changed>,
  done: Words,
): Promise<void> {
  const key = keyId.safeParse(Number(value));
  if (!key.success) return reply(saying(explainMissing()));
  const changed = await change(key.data);
  if ("refusal" in changed) return reply(saying(explainRefusal(changed.refusal)));
  await reply(saying([...done, ...notYet(changed.manager)]));
}

function notYet(manager: Settling): Words {
  if (manager === "settled") return [];
  return typeof manager === "object"
    ? [
        " But the manager refuses to lock or unlock the key: its page says how it is. I go on trying; tell whoever runs this program.",
      ]
    : [" The manager has not confirmed it yet; I go on asking."];
}

async function close({ context }: Bot, { by, at, value, reply }: Click): Promise<void> {
  const done = await closeLeak(context, { leak: value, by, clickedAt: at });
  // The card itself says who put it aside; only a "no" needs words of its own.
  if ("refusal" in done) await reply(saying(explainRefusal(done.refusal)));
  else context.nudge();
}
