import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import { HOUR, MINUTE } from "../../src/domain/values.ts";
import { compromiseKey } from "../../src/usecases/keys/change-key.ts";
import { eventsOf, trail } from "../support/audit.ts";
import { manifestText, personNamed, secretsIn } from "../support/context.ts";
import {
  answerTo,
  answerToLateClick,
  breakableManager,
  inTime,
  messageWith,
  privateAnswer,
  refusalsOf,
  statusWith,
  textOf,
  trailIsWhole,
  until,
} from "../support/conversation.ts";
import { aWorkingKey, formAfter, managedById, policyWithTwoResponders, sendForm } from "../support/keys.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

const WATCHING = manifestText()
  .replace("# - channels:history", "- channels:history")
  .replace("# - groups:history", "- groups:history")
  .replace("# - message.channels", "- message.channels")
  .replace("# - message.groups", "- message.groups");

const policy = (leaks: Record<string, boolean>) => ({
  ...policyWithTwoResponders(),
  leaks: { "try-secret": true, "lock-proved": true, "watch-channels": false, ...leaks },
});

const { around, broken, mended } = breakableManager();
let program: Program;
let ada: Client;
let ben: Client;
let emi: Client;
let farid: Client;

beforeAll(async () => {
  program = await startProgram({ policy: policy({}), manifest: WATCHING, around });
  const as = async (name: string) => program.slack.as(name);
  [ada, ben, emi, farid] = await Promise.all([as("ada"), as("ben"), as("emi"), as("farid")]);
  await program.slack.admin("PATCH", "channels/C0INCIDENTS", { add: [personNamed("emi")] });
});
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

/** A secret that nobody made. */
function madeUp(front = "999999"): string {
  const secret = `${front}:${randomBytes(32).toString("base64")}`;
  program.canary.pasted(secret);
  return secret;
}

/** Somebody posts these words in #general; answers what comes of another's pointing at it. */
async function pointAt(who: Client, text: string): Promise<string> {
  await ben.say("#general", text);
  const message = await who.waitFor(({ conversations }) =>
    conversations
      .flatMap(({ messages }) => messages)
      .findLast((each) => !each.ephemeral && each.text === text),
  );
  return answerTo(who, async () => who.shortcut("leak", message));
}

const card = async (...words: string[]) => messageWith(farid, "#incidents", ...words);
/** How often anybody has called the manager with a secret that stood in a message. */
const calls = () => program.canary.uses().tried;

describe("a secret that works, in a message", () => {
  let pasted: string;

  test("is tried once; the key goes down, its owner and the responders know, and who reported is thanked", async () => {
    const { id, secret } = await aWorkingKey(program, ada, "ci-leaked");
    program.canary.pasted(secret);
    pasted = secret;
    const said = await pointAt(
      ben,
      `why does this fail?\n\`\`\`curl -H "api-secret-key: ${secret}" https://m/api\`\`\``,
    );
    expect(said).toContain("Thank you");
    expect(said).toContain("A secret of a key: it works. I have taken the key down.");
    expect((await managedById(program, id))?.active).toBe(false);
    expect(await statusWith(program, secret)).not.toBe(200);
    const shown = textOf(
      await card("A secret stood in a message: ci-leaked", "works: I tried it once", "locked by"),
    );
    expect(shown).toContain(`written by <@${ben.user}>, reported by <@${ben.user}>`);
    expect(shown).toContain(`Owner: <@${ada.user}>`);
    await messageWith(ada, "app", "A secret of your API key ci-leaked stood in a message", "The key is down");
    expect(await eventsOf(program.context.store, `key:${id}`)).toContain("key.compromised");
  });

  test("seen again, it is not tried again, and is told of as the same", async () => {
    const before = (await trail(program.context.store)).filter(({ event }) => event === "leak.found").length;
    // The same message once more is nothing new: Slack may tell of it again.
    const message = await ada.message("curl -H");
    await answerTo(ada, async () => ada.shortcut("leak", message));
    const again = `and again: ${pasted}`;
    await ada.say("#general", again);
    const other = await ada.message("and again");
    const used = calls();
    const said = await answerTo(ada, async () => ada.shortcut("leak", other));
    expect(said).toContain("which I have seen before");
    expect(used).toBeGreaterThan(0);
    expect(calls()).toBe(used);
    expect((await trail(program.context.store)).filter(({ event }) => event === "leak.found")).toHaveLength(
      before,
    );
    await inTime(program, async () =>
      textOf(await card("A secret stood in a message: ci-leaked")).includes(`reported by <@${ada.user}>`),
    );
  });

  test("comes back when its owner has been shown a new secret, and the old one stays dead", async () => {
    await formAfter(ada, "rotate ci-leaked", "since its secret got out");
    await sendForm(ada, {}, "Until it is pressed, everything stays as it is");
    const offer = await messageWith(
      ada,
      "app",
      "A new secret for your API key ci-leaked",
      "[Show my secret once]",
    );
    const [secret = ""] = secretsIn([await privateAnswer(ada, async () => ada.click(offer, "claim.show"))]);
    await inTime(program, async () => (await statusWith(program, secret)) === 200);
    await inTime(
      program,
      async () => !textOf(await card("in a message: ci-leaked")).includes("[False alarm]"),
    );
  });
});

describe("a secret that works, while the manager does not lock its key", () => {
  test("takes no key down in words only, and its card shows when the key is down", async () => {
    const { id, secret } = await aWorkingKey(program, ada, "ci-stands");
    program.canary.pasted(secret);
    broken.modifyKey = async (key) => {
      throw new Fault("manager-failed", `POST /apikeys/${key} (500)`);
    };
    const said = await pointAt(ben, `see ${secret}`);
    expect(said).toContain(
      "it works. The lock on the key is on record, but the manager has not confirmed it",
    );
    expect(said).not.toContain("I have taken the key down");
    expect((await managedById(program, id))?.active).toBe(true);
    await card("A secret stood in a message: ci-stands", "active still; to be locked by");
    await messageWith(ada, "app", "A secret of your API key ci-stands", "Whoever has seen the message may");
    mended();
    await inTime(program, async () => (await managedById(program, id))?.active === false);
    await card("A secret stood in a message: ci-stands", "State: locked by");
    await messageWith(ada, "app", "A secret of your API key ci-stands", "The key is down");
  });

  test("is told so when the manager refuses the lock", async () => {
    const { id, secret } = await aWorkingKey(program, ada, "ci-refuses");
    program.canary.pasted(secret);
    broken.modifyKey = async (key) => {
      throw new Fault("manager-rejected", `POST /apikeys/${key} (400)`);
    };
    expect(await pointAt(ben, `look ${secret}`)).toContain("the manager refuses to lock the key");
    mended();
    await inTime(program, async () => (await managedById(program, id))?.active === false);
  });

  test("goes down once more where somebody had unlocked it in the manager meanwhile", async () => {
    const { id, secret } = await aWorkingKey(program, ada, "ci-unlocked");
    program.canary.pasted(secret);
    const { context, clock } = program;
    await compromiseKey(context, { key: id, by: personNamed("farid"), clickedAt: clock.now() });
    // The sweep may have taken the lock up as well, and tell it a moment later.
    await until(async () => {
      await context.manager.setActive(id, true);
      await pause(300);
      return (await managedById(program, id))?.active === true;
    });
    expect(await pointAt(ben, `there: ${secret}`)).toContain("it works. I have taken the key down.");
    expect((await managedById(program, id))?.active).toBe(false);
  });
});

describe("a secret that does not work", () => {
  test("never takes a key down, whatever number stands in front of it", async () => {
    const { id, secret } = await aWorkingKey(program, ada, "ci-spared");
    const said = await pointAt(ben, `{"secretKey": "${madeUp(String(id))}"}`);
    // What it is called is for its owner and the responders: numbers are easily made up.
    expect(said).toContain("A secret of a key: it does not work now.");
    expect(said).not.toContain("ci-spared");
    expect(await pointAt(farid, madeUp(String(id)))).toContain(
      "A secret of the key ci-spared: I have not tried",
    );
    expect(await statusWith(program, secret)).toBe(200);
    await card("A secret stood in a message: ci-spared", "was refused by the manager");
  });

  test("reported again while it is being tried, it is not said to be known to anybody yet", async () => {
    const asked = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    broken.describeKey = async () => {
      asked.resolve();
      await answered.promise;
      throw new Fault("manager-unreachable", "GET /apikeys/999999");
    };
    const text = `slowly ${madeUp()}`;
    const first = pointAt(ben, text);
    await asked.promise;
    const message = await ada.message("slowly");
    const said = await answerTo(ada, async () => ada.shortcut("leak", message));
    answered.resolve();
    mended();
    expect(said).toContain("I am finding out already whether it works");
    expect(said).not.toContain("knows");
    expect(await first).toContain("I could not find out whether it works");
  });

  test("of the same key is not tried within the hour, and is after it", async () => {
    const { id } = await aWorkingKey(program, ada, "ci-hour");
    expect(await pointAt(ben, madeUp(String(id)))).toContain("it does not work now");
    expect(await pointAt(ben, madeUp(String(id)))).toContain("I have not tried whether it works");
    program.clock.advance(HOUR + MINUTE);
    expect(await pointAt(ben, madeUp(String(id)))).toContain("it does not work now");
  });

  test("of a key that there is not, or of a tenant, is told to the responders alone, and not tried where it could lock one", async () => {
    const guid = "0F3A8D6E-3C11-4B5A-9E7D-2F6B1C0D9A8E";
    const said = await pointAt(
      ben,
      `${madeUp(guid)} and broken ${madeUp("888888").replace(/^(.{20})/, "$1\n")}`,
    );
    expect(said.match(/A secret of a key that I do not know/g)).toHaveLength(2);
    expect(textOf(await card("A secret stood in a message", "I do not know whose it is"))).toContain(
      "[Not ours]",
    );
  });
});

describe("on the card", () => {
  test("a responder marks a key, another one lifts the alarm, and nobody takes back their own word", async () => {
    const { id, secret } = await aWorkingKey(program, ada, "ci-marked");
    await pointAt(ben, madeUp(String(id)));
    const shown = await card("A secret stood in a message: ci-marked");
    expect(await answerTo(farid, async () => farid.click(shown, "key.compromised"))).toContain(
      "its secret got out",
    );
    expect(await statusWith(program, secret)).not.toBe(200);
    await inTime(program, async () => textOf(await card("message: ci-marked")).includes("[False alarm]"));
    const down = await card("message: ci-marked", "[False alarm]");
    expect(await answerTo(farid, async () => farid.click(down, "key.cleared"))).toContain(
      "another incident responder",
    );
    expect(await answerTo(ada, async () => ada.command("/apikey unlock ci-marked"))).toContain(
      "its secret got out",
    );
    const seen = await messageWith(emi, "#incidents", "message: ci-marked", "[False alarm]");
    expect(await answerTo(emi, async () => emi.click(seen, "key.cleared"))).toContain("The alarm is lifted");
    await inTime(program, async () => (await statusWith(program, secret)) === 200);
    expect(await eventsOf(program.context.store, `key:${id}`)).toContain("key.cleared");
  });

  test("a responder puts it aside, nobody else, and not with a click that is late", async () => {
    await pointAt(ben, madeUp("777777"));
    const shown = await card("A secret stood in a message", "[Not ours]");
    const chiara = await program.slack.as("chiara");
    await program.slack.admin("PATCH", "channels/C0INCIDENTS", { add: [personNamed("chiara")] });
    const hers = await messageWith(chiara, "#incidents", "A secret stood in a message", "[Not ours]");
    expect(await answerTo(chiara, async () => chiara.click(hers, "leak.close"))).toContain(
      "Only incident responders",
    );
    expect(await answerToLateClick(program, farid, shown, "leak.close")).toContain("too late");
    expect(textOf(await card("A secret stood in a message"))).not.toContain("Put aside by");
    expect(await farid.click(shown, "leak.close")).toEqual({ ok: true });
    await inTime(program, async () =>
      textOf(await card("A secret stood in a message")).includes("Put aside by"),
    );
  });
});

test("a message without a secret is said to have none", async () => {
  expect(await pointAt(ben, "the key ID is 12:34")).toContain("I found nothing in this message");
});

test("one person is taken up twenty times an hour, so that nobody buries the responders", async () => {
  program.clock.advance(2 * HOUR);
  for (let i = 0; i < 20; i += 5) {
    const five = Array.from({ length: 5 }, () => madeUp(String(800_000 + i))).join(" ");
    expect(await pointAt(ben, five)).toContain("Thank you");
  }
  expect(await pointAt(ben, madeUp())).toContain("more than the 20 different secrets");
  expect(await refusalsOf(program, "ben")).toContainEqual({ reason: "too-many-reports", most: 20 });
});

describe("a channel that we are in", () => {
  test("is watched only if the policy says so; then who pastes a secret is told within two seconds", async () => {
    program.clock.advance(2 * HOUR);
    const found = async () =>
      (await trail(program.context.store)).filter(({ event }) => event === "leak.found").length;
    const before = await found();
    await ada.say("#general", `not seen ${madeUp()}`);
    await program.portcullis.takePolicy({ policy: policy({ "watch-channels": true }), hash: "2".repeat(64) });
    expect(await found()).toBe(before);
    const began = Date.now();
    await ada.say("#general", `deploy with ${madeUp()}`);
    const note = await messageWith(ada, "app", "You have just posted what looks like a secret");
    expect(Date.now() - began).toBeLessThan(2000);
    expect(textOf(note)).toContain("Please delete the message");
    expect(await found()).toBe(before + 1);
    await inTime(program, async () =>
      textOf(await card("A secret stood in a message")).includes("seen by me"),
    );
  });
});
