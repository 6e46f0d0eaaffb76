import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import { DAY, HOUR, MINUTE } from "../../src/domain/values.ts";
import type { Context, KeyMaking } from "../../src/usecases/ports.ts";
import { trail } from "../support/audit.ts";
import { personNamed, secretsIn } from "../support/context.ts";
import {
  askAndGetApproved,
  answerTo,
  breakableManager,
  claimMessage,
  claimNamed,
  clickOnItsWay,
  inTime,
  letCardsBeDrawn,
  privateAnswer,
  refusalsOf,
  requestNamed,
  said,
  showSecret,
  statusWith,
  textOf,
  trailIsWhole,
} from "../support/conversation.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

const { around, broken, mended, real } = breakableManager();
/** Whether the key was active in the manager at the moment at which its secret was sent. */
const activeWhenSent = new Map<string, boolean | undefined>();
function watchingTheMessage(context: Context): Context {
  const watched = around(context);
  const { messages } = watched;
  const showSecretOf: Context["messages"]["showSecret"] = async (showing) => {
    activeWhenSent.set(showing.keyName, (await real().describeKey(showing.key))?.active);
    return messages.showSecret(showing);
  };
  return { ...watched, messages: { ...messages, showSecret: showSecretOf } };
}

let program: Program;
let ada: Client;

beforeAll(async () => {
  program = await startProgram({ around: watchingTheMessage });
  ada = await program.slack.as("ada");
});
beforeEach(() => program.clock.advance(10 * MINUTE));
afterEach(() => {
  mended();
  program.slack.setFaults({ rules: [], away: [] });
});
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

const shownTo = async (client: Client) => secretsIn(await client.ephemerals());
const keyNamed = async (name: string) => real().keyNamed(name);

describe("the secret", () => {
  test("stands in one block of one private message in the asker's own conversation with the bot", async () => {
    await askAndGetApproved(program, ada, { name: "ci-place" });
    const { secret, shown } = await showSecret(program, ada, "ci-place");
    expect(shown.channel).toBe(await ada.channel("app"));
    expect(shown.text).toBe("Your secret is here, for you alone.");
    expect(shown.blocks.filter((block) => JSON.stringify(block).includes(secret))).toHaveLength(1);
    expect(textOf(shown)).toContain("It is shown this once, to you alone, and kept nowhere.");
    for (const name of ["ben", "chiara"]) expect(await shownTo(await program.slack.as(name))).toEqual([]);
    expect(JSON.stringify(await ada.messages("app"))).not.toContain(secret);
  });

  test("opens the manager by the very lines that the message gives", async () => {
    await askAndGetApproved(program, ada, { name: "ci-curl" });
    const { secret, shown } = await showSecret(program, ada, "ci-curl");
    await claimMessage(ada, "ci-curl", "The key is active since");
    const text = textOf(shown);
    expect(text).toContain("read -rs PORTCULLIS_SECRET");
    const [, url = ""] = /^curl (?:-H "[^"]*" )+(\S+)$/m.exec(text.slice(text.indexOf("curl "))) ?? [];
    const headers = [...text.matchAll(/-H "([\w-]+): ([^"]*)"/g)].map(
      ([, name = "", value = ""]): [string, string] => [name, value.replace("$PORTCULLIS_SECRET", secret)],
    );
    const answer = await fetch(url, { headers });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ keyName: "ci-curl", active: true });
  });

  test("is gone after a reload, and from the message that is left behind it", async () => {
    await askAndGetApproved(program, ada, { name: "ci-reload" });
    const session = await program.slack.as("ada");
    const { secret } = await showSecret(program, session, "ci-reload");
    const after = await session.reload();
    expect(await shownTo(after)).toEqual([]);
    const dm = await claimMessage(after, "ci-reload", "Its secret was shown on", "The key is active since");
    expect(textOf(dm)).not.toContain("[Show my secret once]");
    expect(JSON.stringify(dm)).not.toContain(secret);
  });

  test('is deleted from the screen by "I have stored it"', async () => {
    await askAndGetApproved(program, ada, { name: "ci-stored" });
    const { secret, shown } = await showSecret(program, ada, "ci-stored");
    expect(await ada.click(shown, "claim.stored")).toEqual({ ok: true });
    await ada.waitFor(({ conversations }) => !JSON.stringify(conversations).includes(secret));
    await claimMessage(ada, "ci-stored", "The key is active since");
    expect(await statusWith(program, secret)).toBe(200);
  });

  test("says how to be rid of it when the message is too old to be deleted", async () => {
    await askAndGetApproved(program, ada, { name: "ci-old" });
    const { shown } = await showSecret(program, ada, "ci-old");
    // Each click brings a URL of its own, so only what Slack no longer holds cannot be deleted (R4).
    const click = await clickOnItsWay(program, ada, shown, "claim.stored");
    program.clock.advance(31 * MINUTE);
    await click.arrived;
    await said(ada, "I can no longer take that message away myself. Reload Slack, and it is gone.");
  });
});

describe("the key", () => {
  test("does not exist before the click, is inactive until its secret is delivered, and active after", async () => {
    await askAndGetApproved(program, ada, { name: "ci-active" });
    expect(await keyNamed("ci-active")).toBeUndefined();
    const { secret } = await showSecret(program, ada, "ci-active");
    expect(activeWhenSent.get("ci-active")).toBe(false);
    await claimMessage(ada, "ci-active", "The key is active since");
    expect(await keyNamed("ci-active")).toMatchObject({ active: true });
    expect(await statusWith(program, secret)).toBe(200);
  });

  test("that a manager makes active against our word is locked before its secret is sent", async () => {
    await askAndGetApproved(program, ada, { name: "ci-wilful" });
    broken.createKey = async (making) => real().createKey({ ...making, active: true });
    await showSecret(program, ada, "ci-wilful");
    expect(activeWhenSent.get("ci-wilful")).toBe(false);
    await claimMessage(ada, "ci-wilful", "The key is active since");
  });

  test("lives its days from the claim on, not from the request", async () => {
    await askAndGetApproved(program, ada, { name: "ci-days", life: "days:30" });
    program.clock.advance(20 * HOUR);
    await showSecret(program, ada, "ci-days");
    const { id } = (await claimNamed(program, "ci-days")).value;
    const rows = await trail(program.context.store);
    const clicked = rows.find((row) => row.subject === `claim:${id}` && row.event === "claim.minting");
    expect((await keyNamed("ci-days"))?.expiresAt).toBe((clicked?.at ?? 0) + 30 * DAY);
  });

  test("bears the name, role, language, zone and description asked for, and belongs to the asker", async () => {
    const request = await askAndGetApproved(program, ada, {
      name: "ci-as-asked",
      description: "for the mover",
    });
    const { secret } = await showSecret(program, ada, "ci-as-asked");
    await claimMessage(ada, "ci-as-asked", "The key is active since");
    const headers = { "api-secret-key": secret, "api-version": "v1" };
    const answer = await fetch(`${program.context.manager.url}/apikeys/current`, { headers });
    expect(await answer.json()).toMatchObject({
      keyName: "ci-as-asked",
      roleID: 2,
      locale: "en-US",
      timeZone: "Europe/Berlin",
      description: expect.stringMatching(/^for the mover \[portcullis /),
    });
    const { id } = (await keyNamed("ci-as-asked"))!;
    expect((await program.context.store.key(id))?.value).toMatchObject({
      owner: personNamed("ada"),
      origin: { kind: "request", request: request.id },
    });
  });
});

describe("one click gets the secret", () => {
  test("when the button is pressed twice at once", async () => {
    await askAndGetApproved(program, ada, { name: "ci-double" });
    const before = await shownTo(ada);
    const message = await claimMessage(ada, "ci-double", "[Show my secret once]");
    letCardsBeDrawn(program);
    await Promise.all([ada.click(message, "claim.show"), ada.click(message, "claim.show")]);
    letCardsBeDrawn(program);
    await claimMessage(ada, "ci-double", "The key is active since");
    const shown = (await shownTo(ada)).filter((each) => !before.includes(each));
    expect(shown).toHaveLength(1);
    expect(await statusWith(program, shown[0] ?? "")).toBe(200);
  });

  test("when Slack delivers the click twice", async () => {
    await askAndGetApproved(program, ada, { name: "ci-twice" });
    const before = await shownTo(ada);
    const message = await claimMessage(ada, "ci-twice", "[Show my secret once]");
    letCardsBeDrawn(program);
    program.slack.setFaults({
      rules: [{ fault: "deliver_twice", method: "block_actions", times: 1 }],
      away: [],
    });
    await ada.click(message, "claim.show");
    await claimMessage(ada, "ci-twice", "The key is active since");
    expect((await shownTo(ada)).filter((each) => !before.includes(each))).toHaveLength(1);
  });
});

test("a click that comes too late to prove presence is answered with a fresh button, which works", async () => {
  await askAndGetApproved(program, ada, { name: "ci-stale" });
  const message = await claimMessage(ada, "ci-stale", "[Show my secret once]");
  const fresh = await privateAnswer(ada, async () => {
    const click = await clickOnItsWay(program, ada, message, "claim.show");
    program.clock.advance(11_000);
    await click.arrived;
  });
  expect(textOf(fresh)).toContain("That click reached me too late to be sure that you are still there.");
  expect((await refusalsOf(program, "ada")).at(-1)).toMatchObject({ reason: "stale-click" });
  expect(await keyNamed("ci-stale")).toBeUndefined();
  const shown = await privateAnswer(ada, async () => ada.click(fresh, "claim.show"));
  await claimMessage(ada, "ci-stale", "The key is active since");
  expect(await statusWith(program, secretsIn([shown])[0] ?? "")).toBe(200);
});

describe("when something fails, the asker is told, nothing is left behind, and the next click works", () => {
  /** Presses while something is broken; answers what the asker is told. */
  async function pressedInVain(name: string): Promise<string> {
    const message = await claimMessage(ada, name, "[Show my secret once]");
    letCardsBeDrawn(program);
    return answerTo(ada, async () => {
      await ada.click(message, "claim.show");
    });
  }

  async function worksAtTheNextClick(name: string): Promise<void> {
    letCardsBeDrawn(program);
    await claimMessage(ada, name, "The last try was undone", "[Show my secret once]");
    const { secret } = await showSecret(program, ada, name);
    await claimMessage(ada, name, "The key is active since");
    expect(await statusWith(program, secret)).toBe(200);
    expect((await requestNamed(program, name)).value.state).toBe("fulfilled");
  }

  test("Slack refuses the message", async () => {
    const name = "ci-slack-refuses";
    await askAndGetApproved(program, ada, { name });
    const before = await shownTo(ada);
    program.slack.setFaults({
      rules: [{ fault: "http_429", method: "chat.postEphemeral", times: 1 }],
      away: [],
    });
    expect(await pressedInVain(name)).toContain("Your turn is kept: the button comes back in a moment.");
    expect(await keyNamed(name)).toBeUndefined();
    expect(await shownTo(ada)).toEqual(before);
    await worksAtTheNextClick(name);
  });

  test("Slack takes the message and does not say so: the secret that may have been seen is dead", async () => {
    const name = "ci-slack-uncertain";
    await askAndGetApproved(program, ada, { name });
    const before = await shownTo(ada);
    program.slack.setFaults({
      rules: [{ fault: "cut_after", method: "chat.postEphemeral", times: 1 }],
      away: [],
    });
    const message = await claimMessage(ada, name, "[Show my secret once]");
    letCardsBeDrawn(program);
    await ada.click(message, "claim.show");
    await said(
      ada,
      "Slack did not say whether the message with the secret arrived, so I made that secret worthless.",
    );
    await said(ada, `If a secret for ${name} has appeared above, it is worthless`);
    const [seen, ...more] = (await shownTo(ada)).filter((each) => !before.includes(each));
    expect(more).toEqual([]);
    expect(await statusWith(program, seen ?? "")).not.toBe(200);
    await worksAtTheNextClick(name);
    expect(await statusWith(program, seen ?? "")).not.toBe(200);
  });

  test("the manager does not make the key", async () => {
    const name = "ci-manager-fails";
    await askAndGetApproved(program, ada, { name });
    broken.createKey = async () => {
      throw new Fault("manager-failed", "POST /apikeys");
    };
    expect(await pressedInVain(name)).toContain("The manager did not give me a secret. Your turn is kept");
    mended();
    await worksAtTheNextClick(name);
  });

  test.each([
    ["with another role", { role: 1 }],
    ["without its expiry", { expiresAt: undefined }],
  ])("the manager makes the key %s, against our word: it goes, and nothing is shown", async (how, wilful) => {
    const name = `ci-${how.replaceAll(" ", "-")}`;
    await askAndGetApproved(program, ada, { name });
    const before = await shownTo(ada);
    broken.createKey = async ({ expiresAt, ...making }) => {
      const given = { ...making, ...(expiresAt === undefined ? {} : { expiresAt }), ...wilful };
      return real().createKey(given as KeyMaking);
    };
    expect(await pressedInVain(name)).toContain("The manager did not give me a secret. Your turn is kept");
    expect(await keyNamed(name)).toBeUndefined();
    expect(await shownTo(ada)).toEqual(before);
    mended();
    await worksAtTheNextClick(name);
  });

  test("the manager makes the key, and its answer is lost", async () => {
    const name = "ci-answer-lost";
    await askAndGetApproved(program, ada, { name });
    broken.createKey = async (making) => {
      await real().createKey(making);
      throw new Fault("manager-timeout", "POST /apikeys");
    };
    expect(await pressedInVain(name)).toContain("The manager did not give me a secret. Your turn is kept");
    expect(await keyNamed(name)).toBeUndefined();
    mended();
    await worksAtTheNextClick(name);
  });

  test("the manager cannot make the delivered key active at first: it is, once it can", async () => {
    const name = "ci-activated-later";
    await askAndGetApproved(program, ada, { name });
    broken.setActive = async () => {
      throw new Fault("manager-unreachable", "POST /apikeys/1");
    };
    const { secret } = await showSecret(program, ada, name);
    await claimMessage(ada, name, "The key is being activated.");
    expect(await statusWith(program, secret)).not.toBe(200);
    mended();
    await inTime(program, async () => "activeSince" in (await claimNamed(program, name)).value);
    letCardsBeDrawn(program);
    await claimMessage(ada, name, "The key is active since");
    expect(await statusWith(program, secret)).toBe(200);
  });
});
