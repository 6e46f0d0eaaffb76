import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { trail } from "../support/audit.ts";
import { personNamed, testPolicy } from "../support/context.ts";
import {
  answerTo,
  approve,
  askFor,
  cardOf,
  claimMessage,
  claimNamed,
  deny,
  messageWith,
  openForm,
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

const policy = testPolicy({
  rules: [
    { name: "short reading", when: { roles: ["Auditor"], "life-up-to": "1 day" }, automatic: true },
    {
      name: "reading",
      when: { roles: ["Auditor"], "life-over": "1 day" },
      needs: [{ group: "security", approvals: 1 }],
    },
    { name: "power", when: { roles: ["Full Access"] }, needs: [{ group: "security", approvals: 2 }] },
  ],
});

let program: Program;
let ada: Client;
let chiara: Client;
let dmitri: Client;
let whenListed = (): void => {};

beforeAll(async () => {
  program = await startProgram({
    policy,
    around: (context) => ({
      ...context,
      store: {
        ...context.store,
        requestsOf: async (...given) => {
          whenListed();
          return context.store.requestsOf(...given);
        },
      },
    }),
  });
  [ada, chiara, dmitri] = await Promise.all([
    program.slack.as("ada"),
    program.slack.as("chiara"),
    program.slack.as("dmitri"),
  ]);
});
beforeEach(() => program.clock.advance(10 * 60_000));
afterEach(() => {
  program.slack.setFaults({ rules: [], away: [] });
  whenListed = () => {};
});
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

const approvalsOf = async (name: string) =>
  (await requestNamed(program, name)).value.approvals.map((each) => each.by);
const stateOf = async (name: string) => (await requestNamed(program, name)).value.state;

/** The events of all kinds about a name's request, with who did each. */
async function doneTo(name: string): Promise<[string, string][]> {
  const { id } = (await requestNamed(program, name)).value;
  const rows = await trail(program.context.store);
  return rows.filter((row) => row.subject === `request:${id}`).map((row) => [row.event, row.actor]);
}

test("the card says who asks, for what, what the role may do, until when, why, by which rule, and who may decide", async () => {
  await askFor(program, ada, {
    name: "ci-card",
    role: "Full Access",
    life: "days:30",
    reason: "moving to the new cluster",
    description: "used by the mover",
  });
  const card = await cardOf(chiara, "ci-card");
  const text = textOf(card);
  for (const words of [
    "API key: ci-card",
    "State: Waiting for a decision until ",
    `Asked for by: <@${personNamed("ada")}> on `,
    "Role: Full Access",
    "What it may do: everything in the manager",
    "Dangerous: ",
    "Life: 30 days from when its secret is shown",
    "Reason: moving to the new cluster",
    "Description: used by the mover",
    "Language and time zone: en-US, Europe/Berlin",
    'Rules: "power"',
    "2 of <!subteam^S0SECURITY1>",
    "[Approve] [Deny…]",
  ])
    expect(text).toContain(words);
  expect(JSON.stringify(card.blocks)).toContain('"confirm":{"title"');
  const dangerous = text.slice(text.indexOf("Dangerous: "));
  expect(dangerous).toContain("API keys");
});

test("one approval is enough where the rule says one, and the asker hears of it", async () => {
  await askFor(program, ada, { name: "ci-one" });
  const card = await approve(program, chiara, "ci-one");
  expect(textOf(card)).toContain(`State: Approved by <@${personNamed("chiara")}> (`);
  expect(textOf(card)).not.toContain("[Approve]");
  expect(textOf(await claimMessage(ada, "ci-one"))).toContain("[Show my secret once]");
  expect(await doneTo("ci-one")).toEqual([
    ["request.made", personNamed("ada")],
    ["request.approved", personNamed("chiara")],
  ]);
});

test("two approvals are needed where the rule says two; in between the card says who has approved", async () => {
  await askFor(program, ada, { name: "ci-both", role: "Full Access" });
  const between = textOf(await approve(program, chiara, "ci-both"));
  expect(between).toContain(`Approved so far by <@${personNamed("chiara")}> (`);
  expect(between).toContain("Waiting for more until");
  expect(between).toContain("[Approve]");
  expect(
    await program.context.store.claimOf((await requestNamed(program, "ci-both")).value.id),
  ).toBeUndefined();
  const done = textOf(await approve(program, dmitri, "ci-both"));
  expect(done).toMatch(/Approved by <@U0CHIARA001> \(.*\) and <@U0DMITRI001> \(/);
  expect(done).not.toContain("[Approve]");
  await claimMessage(ada, "ci-both");
  expect(await doneTo("ci-both")).toEqual([
    ["request.made", personNamed("ada")],
    ["request.seconded", personNamed("chiara")],
    ["request.approved", personNamed("dmitri")],
  ]);
});

describe("a denial", () => {
  test("ends the request with its reason, which the asker and the card are told", async () => {
    await askFor(program, ada, { name: "ci-no", role: "Full Access" });
    await approve(program, dmitri, "ci-no");
    await deny(program, chiara, "ci-no", "use the *Auditor* role");
    await chiara.waitFor(({ modals }) => modals.some((each) => textOf(each).includes("You denied ci-no")));
    await chiara.closeModal();
    const card = textOf(await cardOf(chiara, "ci-no", "Denied by"));
    expect(card).toContain(`Denied by <@${personNamed("chiara")}> (`);
    expect(card).toContain("use the *Auditor* role");
    expect(card).not.toContain("[Approve]");
    const told = textOf(await messageWith(ada, "app", "Your request for the API key ci-no"));
    expect(told).toContain("use the *Auditor* role");
    expect(await doneTo("ci-no")).toEqual([
      ["request.made", personNamed("ada")],
      ["request.seconded", personNamed("dmitri")],
      ["request.denied", personNamed("chiara")],
    ]);
    expect(await askFor(program, ada, { name: "ci-no" })).toMatchObject({ state: "pending" });
  });

  test("with a secret in its reason is refused at the field, and nothing is decided", async () => {
    await askFor(program, ada, { name: "ci-no-secret" });
    await chiara.click(await cardOf(chiara, "ci-no-secret"), "decide.deny");
    await chiara.modal("Deny a request");
    const answer = await chiara.submit({ "decide.because": `see 3:${"z".repeat(43)}=` });
    expect(answer.errors).toEqual({ "decide.because": expect.stringContaining("has a secret in it") });
    expect(await stateOf("ci-no-secret")).toBe("pending");
    expect((await refusalsOf(program, "chiara")).at(-1)).toEqual({
      reason: "contains-secret",
      field: "reason",
    });
    expect(await chiara.submit({ "decide.because": "not needed" })).toEqual({ ok: true });
    await until(async () => (await stateOf("ci-no-secret")) === "denied");
    await chiara.closeModal();
  });
});

describe("a decision made twice counts once", () => {
  test("by a double click", async () => {
    await askFor(program, ada, { name: "ci-double", role: "Full Access" });
    const card = await cardOf(chiara, "ci-double");
    await Promise.all([chiara.click(card, "decide.approve"), chiara.click(card, "decide.approve")]);
    await said(chiara, "You approved this already");
    expect(await approvalsOf("ci-double")).toEqual([personNamed("chiara")]);
    expect(await doneTo("ci-double")).toEqual([
      ["request.made", personNamed("ada")],
      ["request.seconded", personNamed("chiara")],
      ["refused", personNamed("chiara")],
    ]);
  });

  test("by a click that Slack delivers twice", async () => {
    await askFor(program, ada, { name: "ci-delivered-twice", role: "Full Access" });
    const card = await cardOf(chiara, "ci-delivered-twice");
    program.slack.setFaults({
      rules: [{ fault: "deliver_twice", method: "block_actions", times: 1 }],
      away: [],
    });
    await answerTo(chiara, async () => chiara.click(card, "decide.approve"));
    expect(await approvalsOf("ci-delivered-twice")).toEqual([personNamed("chiara")]);
    expect(await stateOf("ci-delivered-twice")).toBe("pending");
  });

  test("by two people at the same time: one is counted, the other is told who was faster", async () => {
    await askFor(program, ada, { name: "ci-race" });
    const [first, second] = await Promise.all([cardOf(chiara, "ci-race"), cardOf(dmitri, "ci-race")]);
    await Promise.all([chiara.click(first, "decide.approve"), dmitri.click(second, "decide.approve")]);
    const loser = await until(async () => (await stateOf("ci-race")) === "approved").then(async () =>
      (await approvalsOf("ci-race"))[0] === personNamed("chiara") ? dmitri : chiara,
    );
    const winner = loser === dmitri ? chiara : dmitri;
    const told = await said(loser, "This was approved already");
    expect(textOf(told)).toContain(`This was approved already by <@${winner.user}> (`);
    expect((await doneTo("ci-race")).map(([event]) => event)).toEqual([
      "request.made",
      "request.approved",
      "refused",
    ]);
    expect((await claimNamed(program, "ci-race")).version).toBe(1);
  });
});

test("a decision from one's own list redraws the card in the channel, and takes its buttons", async () => {
  await askFor(program, ada, { name: "ci-listed" });
  await cardOf(chiara, "ci-listed");
  program.clock.advance(60_000);
  const list = await privateAnswer(chiara, async () => chiara.command("/apikey requests"));
  expect(textOf(list)).toContain("ci-listed as Auditor");
  const { id } = (await requestNamed(program, "ci-listed")).value;
  const block = list.blocks.find((each) => JSON.stringify(each).includes(id));
  const act = { in: { channel: list.channel, ts: list.ts }, blockId: block?.block_id ?? "" };
  expect(await chiara.act({ ...act, actionId: "decide.approve" })).toEqual({ ok: true });
  await said(chiara, "You approved ci-listed.");
  const card = textOf(await cardOf(dmitri, "ci-listed", `Approved by <@${personNamed("chiara")}>`));
  expect(card).not.toContain("[Approve]");
  await claimMessage(ada, "ci-listed");
});

test("an approval from a list that had to come as a direct message is answered there", async () => {
  await askFor(program, ada, { name: "ci-late-list" });
  await cardOf(chiara, "ci-late-list");
  // Slack takes an answer by the URL of a line for half an hour (R4), and the list is not read before.
  whenListed = () => program.clock.advance(31 * 60_000);
  await chiara.command("/apikey requests", "#general");
  const list = await messageWith(chiara, "app", "ci-late-list as Auditor");
  const { id } = (await requestNamed(program, "ci-late-list")).value;
  const block = list.blocks.find((each) => JSON.stringify(each).includes(id));
  const at = { in: { channel: list.channel, ts: list.ts }, blockId: block?.block_id ?? "" };
  const answer = await privateAnswer(chiara, async () => chiara.act({ ...at, actionId: "decide.approve" }));
  expect(textOf(answer)).toBe("You approved ci-late-list. The person who asked is told.");
  expect(answer.channel).toBe(list.channel);
  expect(await stateOf("ci-late-list")).toBe("approved");
});

test("what a rule grants at once is said before submitting, needs nobody, and can be claimed", async () => {
  const form = await openForm(ada, "ci-auto as Auditor for 1 day because a quick look");
  expect(textOf(form)).toContain('Nobody: "short reading" grants this at once.');
  expect(await ada.submit()).toEqual({ ok: true });
  expect(textOf(await ada.modal())).toContain("is approved: the rules grant it at once.");
  await ada.closeModal();
  const card = textOf(await cardOf(chiara, "ci-auto"));
  expect(card).toContain("Approved by rule, with nobody's decision");
  expect(card).not.toContain("[Approve]");
  const { secret } = await showSecret(program, ada, "ci-auto");
  await claimMessage(ada, "ci-auto", "The key is active since");
  expect(await statusWith(program, secret)).toBe(200);
  expect(await doneTo("ci-auto")).toEqual([
    ["request.made", personNamed("ada")],
    ["request.approved", "portcullis"],
    ["request.fulfilled", personNamed("ada")],
  ]);
});
