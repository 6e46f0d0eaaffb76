import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import { MINUTE } from "../../src/domain/values.ts";
import { trail } from "../support/audit.ts";
import { personNamed } from "../support/context.ts";
import {
  answerTo,
  answerToLateClick,
  approve,
  askFor,
  breakableManager,
  cardOf,
  clickOnItsWay,
  deny,
  messageWith,
  refusalsOf,
  requestNamed,
  textOf,
  trailIsWhole,
  until,
} from "../support/conversation.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

const SECURITY = ["chiara", "dmitri", "emi"].map(personNamed);
const { around, broken, mended, real } = breakableManager();
let program: Program;
let ada: Client;
let chiara: Client;
let dmitri: Client;

beforeAll(async () => {
  program = await startProgram({ around });
  await program.slack.admin("PATCH", "channels/C0APPROVALS", {
    add: [personNamed("gus"), personNamed("sam"), personNamed("ada")],
  });
  [ada, chiara, dmitri] = await Promise.all([
    program.slack.as("ada"),
    program.slack.as("chiara"),
    program.slack.as("dmitri"),
  ]);
});
beforeEach(() => program.clock.advance(10 * MINUTE));
afterEach(async () => {
  mended();
  program.slack.setFaults({ rules: [], away: [] });
});
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

const stateOf = async (name: string) => (await requestNamed(program, name)).value.state;
const approvalsOf = async (name: string) => (await requestNamed(program, name)).value.approvals.length;

/** Presses Approve on the card that this person sees; answers what they are told, and that alone. */
async function pressed(client: Client, name: string): Promise<string> {
  const card = await cardOf(client, name);
  return answerTo(client, async () => client.click(card, "decide.approve"));
}

/** The newest refusal of a person stands in the trail under the request that it was about. */
async function standsInTrail(who: string, name: string, refusal: object): Promise<void> {
  const { id } = (await requestNamed(program, name)).value;
  const last = (await trail(program.context.store)).findLast((row) => row.actor === personNamed(who));
  expect(last).toMatchObject({ event: "refused", subject: `request:${id}` });
  expect(JSON.parse(last?.evidence ?? "{}")).toMatchObject(refusal);
}

/** It can never be carried out any more, so the request fails; the card and the asker are told why. */
async function endsFor(name: string, why: string): Promise<void> {
  expect(await stateOf(name)).toBe("failed");
  program.clock.advance(MINUTE);
  expect(textOf(await cardOf(chiara, name, "Not carried out", why))).not.toContain("[Approve]");
  await messageWith(ada, "app", `Your request for the API key ${name}`, why);
}

describe("a decision is refused in words, privately, and stands in the trail", () => {
  test("on one's own request", async () => {
    await askFor(program, chiara, { name: "own" });
    expect(await pressed(chiara, "own")).toContain(
      "This is your own request, so somebody else has to decide it.",
    );
    await standsInTrail("chiara", "own", { reason: "own-request" });
    program.clock.advance(2 * MINUTE);
    await deny(program, chiara, "own", "no longer wanted");
    await chiara.waitFor(({ modals }) =>
      modals.some((each) => textOf(each).includes("This is your own request")),
    );
    await chiara.closeModal();
    expect(await stateOf("own")).toBe("pending");
    expect(await dmitri.ephemerals()).toEqual([]);
  });

  test("a second time by the same person", async () => {
    await askFor(program, ada, { name: "second", role: "Full Access" });
    await approve(program, chiara, "second");
    expect(await pressed(chiara, "second")).toMatch(
      /You approved this already \(.* UTC\)\. It still needs somebody else\./,
    );
    await standsInTrail("chiara", "second", { reason: "decided-already", at: expect.any(Number) });
    expect(await approvalsOf("second")).toBe(1);
    expect(await stateOf("second")).toBe("pending");
  });

  test.each([
    ["somebody outside the approvers", "ben", "the rules ask for security", { reason: "not-an-approver" }],
    [
      "a guest",
      "gus",
      "Guests cannot ask for keys or decide about them.",
      { reason: "not-a-member", kind: "guest" },
    ],
    [
      "somebody of another workspace",
      "sam",
      "your account belongs to another",
      { reason: "not-a-member", kind: "stranger" },
    ],
  ])("by %s", async (_, who, words, refusal) => {
    const name = `by-${who}`;
    await askFor(program, ada, { name });
    expect(await pressed(await program.slack.as(who), name)).toContain(words);
    const [last] = (await refusalsOf(program, who)).slice(-1);
    expect(last).toMatchObject(refusal);
    expect(await stateOf(name)).toBe("pending");
    expect(await approvalsOf(name)).toBe(0);
  });

  test("by somebody who was deactivated while the click was on its way", async () => {
    await askFor(program, ada, { name: "left" });
    const emi = await program.slack.as("emi");
    const card = await cardOf(emi, "left");
    const click = await clickOnItsWay(program, emi, card, "decide.approve");
    await program.slack.admin("PATCH", `people/${personNamed("emi")}`, { kind: "deactivated" });
    await click.arrived;
    await until(async () => (await refusalsOf(program, "emi")).length > 0);
    await standsInTrail("emi", "left", { reason: "not-a-member", kind: "deactivated" });
    expect(await stateOf("left")).toBe("pending");
    await program.slack.admin("PATCH", `people/${personNamed("emi")}`, { kind: "member" });
  });

  test("on something that is decided already: by whom, and when", async () => {
    await askFor(program, ada, { name: "decided" });
    const stale = await cardOf(dmitri, "decided");
    // The card is redrawn as the decision falls; the click was on its way by then.
    const told = await answerTo(dmitri, async () => {
      const click = await clickOnItsWay(program, dmitri, stale, "decide.approve");
      await deny(program, chiara, "decided", "use another");
      await click.arrived;
    });
    expect(told).toMatch(
      /This was denied already by <@U0CHIARA001> \(.* UTC\); there is nothing left to decide\./,
    );
    await standsInTrail("dmitri", "decided", {
      reason: "wrong-state",
      state: "denied",
      by: personNamed("chiara"),
    });
    await chiara.closeModal();
  });

  test("when the click reaches us more than half a minute late", async () => {
    await askFor(program, ada, { name: "late" });
    const card = await cardOf(chiara, "late");
    expect(await answerToLateClick(program, chiara, card, "decide.approve")).toContain(
      "That reached me too late, so nothing was done. Please try again.",
    );
    await standsInTrail("chiara", "late", { reason: "stale-click", ageSeconds: expect.any(Number) });
    expect(await stateOf("late")).toBe("pending");
    await approve(program, chiara, "late");
  });

  test("when the role was edited after the request was shown", async () => {
    await askFor(program, ada, { name: "edited" });
    broken.role = async (id) => {
      const role = await real().role(id);
      return role && { ...role, rights: [...role.rights, "platformRights.apikeyRights.canCreateNewApiKeys"] };
    };
    expect(await pressed(chiara, "edited")).toContain(
      "What this request would do has changed since it was made",
    );
    await standsInTrail("chiara", "edited", { reason: "effect-changed" });
    await endsFor("edited", "What it would do changed after it was asked for");
  });

  test("when the role is gone from the manager", async () => {
    await askFor(program, ada, { name: "role-gone" });
    broken.role = async () => undefined;
    expect(await pressed(chiara, "role-gone")).toContain("The manager has no such role any more.");
    await standsInTrail("chiara", "role-gone", { reason: "role-gone" });
    await endsFor("role-gone", "The role is gone from the manager. Ask again with another role.");
  });
});

describe("memberships", () => {
  test("an approver who has just been taken out of the group no longer counts", async () => {
    await askFor(program, ada, { name: "removed", role: "Full Access" });
    await approve(program, chiara, "removed");
    expect(await program.context.store.members("S0SECURITY1")).toBeDefined();
    await program.slack.admin("PATCH", "groups/S0SECURITY1", { users: SECURITY.slice(0, 1) });
    await until(async () => (await program.context.store.members("S0SECURITY1")) === undefined);
    expect(await pressed(dmitri, "removed")).toContain("You are not one of those who may decide this");
    await standsInTrail("dmitri", "removed", { reason: "not-an-approver" });
    await program.slack.admin("PATCH", "groups/S0SECURITY1", { users: SECURITY });
    await until(async () => {
      const known = await program.context.store.members("S0SECURITY1");
      return known === undefined || known.members.length === SECURITY.length;
    });
  });

  test("an approval given by somebody who has left since does not count any more", async () => {
    await askFor(program, ada, { name: "left-since", role: "Full Access" });
    await approve(program, chiara, "left-since");
    await program.slack.admin("PATCH", "groups/S0SECURITY1", { users: SECURITY.slice(1) });
    await until(async () => (await program.context.store.members("S0SECURITY1")) === undefined);
    await approve(program, dmitri, "left-since");
    expect(await stateOf("left-since")).toBe("pending");
    await approve(program, "emi", "left-since");
    expect(await stateOf("left-since")).toBe("approved");
    await program.slack.admin("PATCH", "groups/S0SECURITY1", { users: SECURITY });
  });

  test("nobody is let through while Slack does not tell who belongs to a group", async () => {
    await askFor(program, ada, { name: "unknown" });
    program.clock.advance(2 * MINUTE);
    program.slack.setFaults({ rules: [{ fault: "http_500", method: "usergroups.users.list" }], away: [] });
    expect(await pressed(chiara, "unknown")).toContain(
      "Slack did not tell me what I needed to know, so nobody was let through.",
    );
    expect(await stateOf("unknown")).toBe("pending");
    program.slack.setFaults({ rules: [], away: [] });
    await approve(program, chiara, "unknown");
  });

  test("nor while the manager does not describe the role", async () => {
    await askFor(program, ada, { name: "no-manager" });
    const card = await cardOf(chiara, "no-manager");
    broken.role = async () => {
      throw new Fault("manager-unreachable", "GET /roles/2");
    };
    const told = await answerTo(chiara, async () => chiara.click(card, "decide.approve"));
    expect(told).toContain("The manager cannot be reached, so nothing was done.");
    expect(await stateOf("no-manager")).toBe("pending");
  });
});

test("many refusals of one person within a minute are one event and, after it, one with their number", async () => {
  await askFor(program, ada, { name: "hammered" });
  const ben = await program.slack.as("ben");
  const before = (await refusalsOf(program, "ben")).length;
  for (let i = 0; i < 4; i++) await pressed(ben, "hammered");
  expect((await refusalsOf(program, "ben")).length - before).toBe(1);
  program.clock.advance(MINUTE + 1000);
  await until(async () =>
    (await trail(program.context.store)).some(
      (row) =>
        row.event === "refused.again" &&
        row.actor === personNamed("ben") &&
        row.evidence.includes('"not-an-approver":3'),
    ),
  );
});
