import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Message } from "../../src/local-slack/client-protocol.ts";
import { MINUTE } from "../../src/domain/values.ts";
import { testPolicy } from "../support/context.ts";
import {
  approve,
  askFor,
  cardOf,
  claimMessage,
  deny,
  filledIn,
  formOf,
  messageWith,
  openForm,
  privateAnswer,
  requestNamed,
  showSecret,
  statusWith,
  textOf,
  trailIsWhole,
} from "../support/conversation.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

/** A policy that lets names be anything, so that they can be as bad as the rest. */
const limits = {
  "longest-life": "365 days",
  "default-life": "90 days",
  "keys-per-person": 1000,
  "key-names": ".+",
};
const policy = testPolicy({ limits });

let program: Program;
let ada: Client;
let chiara: Client;

beforeAll(async () => {
  program = await startProgram({ policy });
  [ada, chiara] = await Promise.all([program.slack.as("ada"), program.slack.as("chiara")]);
});
beforeEach(() => program.clock.advance(10 * MINUTE));
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

/** What of a message would call somebody, or be more than letters; our own naming of people aside. */
function callsIn(message: Message): {
  people: string[];
  broadcasts: number;
  links: number;
  markup: string[];
} {
  const json = JSON.stringify(message.blocks);
  return {
    people: [...json.matchAll(/"type":"user","user_id":"(\w+)"/g)].map(([, id = ""]) => id),
    broadcasts: json.match(/"type":"(broadcast|channel)"/g)?.length ?? 0,
    links: json.match(/"type":"link"/g)?.length ?? 0,
    markup: json.match(/"type":"mrkdwn"/g) ?? [],
  };
}

const HOSTILE = [
  ["channel pings", "<!channel> <!here> <!everyone> @channel @here"],
  ["mentions of people and groups", "<@U0DMITRI001> <!subteam^S0SECURITY1> @dmitri"],
  ["links", "<https://evil.example|the policy> https://evil.example/x"],
  ["markup", "*bold* _it_ ~no~ `code` > quote ```block``` :tada:"],
  ["right-to-left marks", "safe\u202Egnp.exe\u2066\u2069\u200F"],
  ["ampersands", "&lt;!channel&gt; &amp; R&D <b>x</b>"],
] as const;

test("marks that nobody can see are refused in a name, whatever the policy allows", async () => {
  await openForm(ada);
  const given = await filledIn(ada, { name: "safe\u202Egnp.exe" });
  expect(await ada.submit(given)).toMatchObject({
    ok: false,
    errors: { "request.name": expect.any(String) },
  });
  await ada.closeModal();
});

describe.each(HOSTILE)("%s", (what, text) => {
  test("in name, reason and description are plain text on every surface, and call nobody", async () => {
    const shown = text.replaceAll(/[\u200F\u202A-\u202E\u2066-\u2069]/g, "");
    // A name with marks that nobody can see is refused before anything else; see below.
    const name = `k ${shown}`;
    await askFor(program, ada, { name, reason: `r ${text}`, description: `d ${text}` });
    const card = await cardOf(chiara, `k ${shown}`);
    expect(textOf(card)).toContain(`Reason: r ${shown}`);
    expect(textOf(card)).toContain(`Description: d ${shown}`);
    expect(callsIn(card)).toEqual({ people: [ada.user], broadcasts: 0, links: 0, markup: [] });
    expect(card.text).not.toMatch(/<[!@#h]/);

    const list = await privateAnswer(chiara, async () => chiara.command("/apikey requests"));
    expect(textOf(list)).toContain(`r ${shown}`);
    expect(callsIn(list)).toMatchObject({ broadcasts: 0, links: 0, markup: [] });

    const key = (await requestNamed(program, name)).value.wants;
    expect(key).toMatchObject({ keyName: name, description: `d ${text}` });
    await deny(program, chiara, `k ${shown}`, `because ${text}`);
    await cardOf(chiara, `k ${shown}`, "Denied by");
    await chiara.closeModal();
    const outcome = await messageWith(ada, "app", `because ${shown}`);
    expect(callsIn(outcome)).toEqual({ people: [chiara.user], broadcasts: 0, links: 0, markup: [] });
    expect(outcome.text).not.toMatch(/<[!@#h]/);
    expect(what).not.toBe("");
  });
});

test("a key with such a name is made under exactly that name, and its secret works", async () => {
  const name = "k <!channel> *x* & y";
  await askFor(program, ada, { name });
  await approve(program, chiara, name);
  const { secret, shown } = await showSecret(program, ada, name);
  expect(callsIn(shown)).toMatchObject({ people: [], broadcasts: 0, links: 0, markup: [] });
  await claimMessage(ada, name, "The key is active since");
  expect(await program.context.manager.keyNamed(name)).toMatchObject({ name, active: true });
  expect(await statusWith(program, secret)).toBe(200);
});

describe("5,000 characters", () => {
  const long = "0123456789".repeat(500);

  test.each(["request.name", "request.reason", "request.description"])(
    "are refused at %s, with everything else kept",
    async (field) => {
      await openForm(ada);
      const given = { ...(await filledIn(ada, { name: "ci-long", description: "" })), [field]: long };
      const answer = await ada.submit(given);
      expect(answer).toMatchObject({ ok: false, errors: { [field]: expect.any(String) } });
      const form = await formOf(ada);
      const untouched = field === "request.name" ? "request.reason" : "request.name";
      expect(JSON.stringify(form.values[untouched])).toContain(JSON.stringify(given[untouched]));
      await ada.closeModal();
    },
  );

  test("in the line are cut to what the form takes, and open it", async () => {
    const form = await openForm(ada, `ci-cut as Auditor because ${long}`);
    const value = form.values["request.reason"]?.["request.reason"]?.["value"];
    expect([...String(value)]).toHaveLength(500);
    await ada.closeModal();
  });

  test("of the widest sort that the fields allow still make a card, a list and a claim", async () => {
    const wide = "&<>\"'".repeat(100);
    const name = `${"𝕜".repeat(50)}&<>`;
    await askFor(program, ada, { name, reason: wide, description: wide });
    expect(textOf(await cardOf(chiara, name))).toContain(`Reason: ${wide}`);
    await approve(program, chiara, name);
    await showSecret(program, ada, name);
    await claimMessage(ada, name, "The key is active since");
  });
});
