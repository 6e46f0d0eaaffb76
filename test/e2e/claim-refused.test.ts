import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import type { Message } from "../../src/local-slack/client-protocol.ts";
import { MINUTE } from "../../src/domain/values.ts";
import { eventsOf, trail } from "../support/audit.ts";
import { personNamed, secretsIn } from "../support/context.ts";
import {
  answerTo,
  approve,
  askAndGetApproved,
  askFor,
  breakableManager,
  cardOf,
  claimMessage,
  claimNamed,
  clickOnItsWay,
  letCardsBeDrawn,
  messageWith,
  postButton,
  privateAnswer,
  refusalsOf,
  requestNamed,
  said,
  showSecret,
  statusWith,
  textOf,
  trailIsWhole,
  until,
} from "../support/conversation.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

const { around, broken, mended, real } = breakableManager();
let program: Program;
let ada: Client;
let ben: Client;

beforeAll(async () => {
  program = await startProgram({ around });
  [ada, ben] = await Promise.all([program.slack.as("ada"), program.slack.as("ben")]);
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

const listOf = async (client: Client): Promise<Message> =>
  privateAnswer(client, async () => client.command("/apikey requests"));
const shownTo = async (client: Client) => secretsIn(await client.ephemerals());

/** The newest refusal of a person, under the claim that it was about. */
async function standsInTrail(who: string, name: string, refusal: object): Promise<void> {
  const { id } = (await claimNamed(program, name)).value;
  const rows = await trail(program.context.store);
  const last = rows.findLast((row) => row.actor === personNamed(who) && row.event === "refused");
  expect(last?.subject).toBe(`claim:${id}`);
  expect(JSON.parse(last?.evidence ?? "{}")).toMatchObject(refusal);
}

describe("a second click on a secret that was shown", () => {
  test("shows nothing, says so, stands in the trail, and is put before the responders once", async () => {
    const name = "ci-again";
    await askAndGetApproved(program, ada, { name });
    // Lists keep their button until they are redrawn; the message of the claim loses it.
    const lists = [await listOf(ada), await listOf(ada)];
    const { id } = (await claimNamed(program, name)).value;
    const { secret } = await showSecret(program, ada, name);
    await claimMessage(ada, name, "The key is active since");
    const before = await shownTo(ada);
    /** Presses the button of an old list, and waits for the answer, which stands in the list. */
    const pressAgain = async (list: Message): Promise<void> => {
      const block = list.blocks.find((each) => JSON.stringify(each).includes(id));
      const at = { in: { channel: list.channel, ts: list.ts }, blockId: block?.block_id ?? "" };
      expect(await ada.act({ ...at, actionId: "claim.show" })).toEqual({ ok: true });
      await ada.waitFor(({ conversations }) =>
        conversations
          .flatMap(({ messages }) => messages)
          .some(
            (each) => each.ts === list.ts && /shown on .* UTC and cannot be shown again\./.test(textOf(each)),
          ),
      );
    };

    program.clock.advance(2 * MINUTE);
    await pressAgain(lists[0]!);
    await standsInTrail("ada", name, { reason: "shown-already" });
    const farid = await program.slack.as("farid");
    const alarm = await messageWith(farid, "#incidents", `The secret of ${name}, key`, "was asked for again");
    expect(textOf(alarm)).toContain(`to <@${ada.user}>. It was not shown a second time.`);

    await pressAgain(lists[1]!);
    expect(await shownTo(ada)).toEqual(before);
    const alarms = (await farid.messages("#incidents")).filter((each) =>
      textOf(each).includes(`The secret of ${name},`),
    );
    expect(alarms).toHaveLength(1);
    expect(await statusWith(program, secret)).toBe(200);
  });
});

describe("somebody else", () => {
  test("with a button of the asker's claim gets nothing, and the asker's turn is untouched", async () => {
    const name = "ci-forged";
    await askAndGetApproved(program, ada, { name });
    const { id, request } = (await claimNamed(program, name)).value;
    const forged = await postButton(program, ben, {
      action: "claim.show",
      value: `${id} ${request}`,
      words: "Forged",
    });
    const words = await answerTo(ben, async () => ben.click(forged, "claim.show"));
    expect(words).toContain("This secret belongs to somebody else");
    await standsInTrail("ben", name, { reason: "not-yours", what: "claim" });
    expect(await shownTo(ben)).toEqual([]);
    expect((await claimNamed(program, name)).value.state).toBe("open");
    await showSecret(program, ada, name);
    await claimMessage(ada, name, "The key is active since");
  });

  test("cannot approve by putting a request's id behind a button of their own", async () => {
    await askFor(program, ben, { name: "ci-forged-approval" });
    const { id } = (await requestNamed(program, "ci-forged-approval")).value;
    const forged = await postButton(program, ben, {
      action: "decide.approve",
      value: id,
      words: "Forged approval",
    });
    expect(await answerTo(ben, async () => ben.click(forged, "decide.approve"))).toContain(
      "This is your own request",
    );
    expect((await requestNamed(program, "ci-forged-approval")).value.state).toBe("pending");
  });
});

test.each([
  ["claim.show", "nonsense"],
  ["claim.show", "0123456789AB 0123456789AB"],
  ["decide.approve", "nonsense"],
  ["decide.approve", "0123456789AB"],
  ["requests.withdraw", "0123456789AB"],
])("a button %s with the value %j finds nothing, and says so", async (action, value) => {
  const words = `A button that says ${action} ${value}`.slice(0, 70);
  const button = await postButton(program, ben, { action, value, words });
  expect(await answerTo(ben, async () => ben.click(button, action))).toContain("I cannot find this");
});

describe("the asker's own account is looked at again at the click", () => {
  test("somebody who has become a guest since the approval gets no secret", async () => {
    const name = "ci-guest-now";
    await askAndGetApproved(program, ben, { name });
    const message = await claimMessage(ben, name, "[Show my secret once]");
    const known = program.context.store;
    await program.slack.admin("PATCH", `people/${ben.user}`, { kind: "guest" });
    await until(async () => (await known.person(personNamed("ben"))) === undefined);
    expect(await answerTo(ben, async () => ben.click(message, "claim.show"))).toContain("Guests cannot");
    await standsInTrail("ben", name, { reason: "not-a-member", kind: "guest" });
    expect(await real().keyNamed(name)).toBeUndefined();
    await program.slack.admin("PATCH", `people/${ben.user}`, { kind: "member" });
    await until(async () => (await known.person(personNamed("ben")))?.person.kind !== "guest");
    await showSecret(program, ben, name);
    await claimMessage(ben, name, "The key is active since");
  });

  test("somebody who is deactivated while the click is on its way gets no secret", async () => {
    const name = "ci-left";
    const emi = await program.slack.as("emi");
    await askAndGetApproved(program, emi, { name });
    const message = await claimMessage(emi, name, "[Show my secret once]");
    const click = await clickOnItsWay(program, emi, message, "claim.show");
    await program.slack.admin("PATCH", `people/${emi.user}`, { kind: "deactivated" });
    await click.arrived;
    await until(async () => (await refusalsOf(program, "emi")).length > 0);
    await standsInTrail("emi", name, { reason: "not-a-member", kind: "deactivated" });
    expect(await real().keyNamed(name)).toBeUndefined();
    await program.slack.admin("PATCH", `people/${emi.user}`, { kind: "member" });
  });
});

describe("what was approved has changed by the time of the claim", () => {
  /** The claim fails, with these words to the asker at the click, in their messages, and on the approvers' card. */
  async function fails(name: string, atTheClick: string, afterwards: string): Promise<void> {
    const message = await claimMessage(ada, name, "[Show my secret once]");
    letCardsBeDrawn(program);
    expect(await answerTo(ada, async () => ada.click(message, "claim.show"))).toContain(atTheClick);
    mended();
    letCardsBeDrawn(program);
    expect(textOf(await claimMessage(ada, name, "It could not be made"))).toContain(afterwards);
    await messageWith(ada, "app", `Your request for the API key ${name}`, afterwards);
    await cardOf(await program.slack.as("chiara"), name, "Not carried out", afterwards);
    const { value } = await requestNamed(program, name);
    expect(await eventsOf(program.context.store, `request:${value.id}`)).toEqual([
      "request.made",
      "request.approved",
      "request.failed",
    ]);
  }

  test("the role is gone: the request fails, and the name is free again", async () => {
    await askAndGetApproved(program, ada, { name: "ci-role-gone" });
    broken.role = async () => undefined;
    await fails(
      "ci-role-gone",
      "The manager has no such role any more.",
      "The role is gone from the manager.",
    );
    expect(await real().keyNamed("ci-role-gone")).toBeUndefined();
    expect(await askFor(program, ben, { name: "ci-role-gone" })).toMatchObject({ state: "pending" });
  });

  test("the role was edited: the approval no longer holds", async () => {
    await askAndGetApproved(program, ada, { name: "ci-role-edited" });
    broken.role = async (id) => {
      const role = await real().role(id);
      return role && { ...role, allComputers: !role.allComputers };
    };
    await fails(
      "ci-role-edited",
      "the role or the key was edited",
      "What it would do changed after it was asked for",
    );
    expect(await real().keyNamed("ci-role-edited")).toBeUndefined();
  });

  test("the name was given to another key meanwhile, which stays as it is", async () => {
    const name = "ci-name-gone";
    await askAndGetApproved(program, ada, { name });
    const key = {
      name,
      description: "theirs",
      role: 2,
      locale: "en-US",
      timeZone: "UTC",
      active: true,
    } as const;
    const { key: theirs } = await real().createKey(key);
    await fails(name, "There is a key with this name already.", "The name belongs to another by now.");
    expect(await real().describeKey(theirs.id)).toEqual(theirs);
  });

  test("a manager that cannot be asked leaves the claim open", async () => {
    const name = "ci-not-asked";
    await askAndGetApproved(program, ada, { name });
    broken.role = async () => {
      throw new Fault("manager-unreachable", "GET /roles/2");
    };
    const message = await claimMessage(ada, name, "[Show my secret once]");
    const words = await answerTo(ada, async () => ada.click(message, "claim.show"));
    expect(words).toContain("The manager cannot be reached, so nothing was done.");
    expect((await claimNamed(program, name)).value.state).toBe("open");
    mended();
    await showSecret(program, ada, name);
    await claimMessage(ada, name, "The key is active since");
  });
});

test("two people's keys are each shown to their own asker alone", async () => {
  await Promise.all([askFor(program, ada, { name: "ci-ada" }), askFor(program, ben, { name: "ci-ben" })]);
  await approve(program, "chiara", "ci-ada");
  await approve(program, "chiara", "ci-ben");
  const before = { ada: await shownTo(ada), ben: await shownTo(ben) };
  const [hers, his] = [await showSecret(program, ada, "ci-ada"), await showSecret(program, ben, "ci-ben")];
  await said(ada, "The secret of ci-ada");
  await said(ben, "The secret of ci-ben");
  await claimMessage(ada, "ci-ada", "The key is active since");
  await claimMessage(ben, "ci-ben", "The key is active since");
  expect((await shownTo(ada)).filter((each) => !before.ada.includes(each))).toEqual([hers.secret]);
  expect((await shownTo(ben)).filter((each) => !before.ben.includes(each))).toEqual([his.secret]);
});
