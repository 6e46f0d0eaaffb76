import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE } from "../../src/domain/values.ts";
import { eventsOf } from "../support/audit.ts";
import { personNamed, testPolicy } from "../support/context.ts";
import {
  answerTo,
  approve,
  askFor,
  cardOf,
  deny,
  inTime,
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
const policy = testPolicy({
  approvers: ["security", "responders", "auditors"],
  times: { "remind-after": "2 hours", "requests-lapse-after": "3 days", "claims-lapse-after": "1 day" },
  rules: [
    {
      name: "reading",
      when: { roles: ["Auditor"], "life-over": "1 day", "life-up-to": "100 days" },
      needs: [{ group: "security", approvals: 1, escalate: { after: "1 day", to: "auditors" } }],
    },
    {
      name: "quietly",
      when: { roles: ["Auditor"], "life-up-to": "1 day" },
      needs: [{ group: "security", approvals: 1, quiet: ["responders"] }],
      denials: 2,
    },
    {
      name: "both groups",
      when: { roles: ["Auditor"], "life-over": "100 days" },
      needs: [
        { group: "security", approvals: 1 },
        { group: "responders", approvals: 1 },
      ],
    },
    {
      name: "everything",
      when: { roles: ["Full Access"] },
      needs: [{ group: "security", approvals: 2 }],
      danger: "This key can do everything. Has a smaller role been tried?",
      ticket: "OPS-[0-9]+",
      "reason-at-least": 12,
    },
  ],
});

let program: Program;
let ada: Client;
let chiara: Client;
let dmitri: Client;
let farid: Client;
let grace: Client;

beforeAll(async () => {
  program = await startProgram({ policy });
  const as = async (name: string) => program.slack.as(name);
  [ada, chiara, dmitri, farid, grace] = await Promise.all([
    as("ada"),
    as("chiara"),
    as("dmitri"),
    as("farid"),
    as("grace"),
  ]);
  await program.slack.admin("PATCH", "channels/C0APPROVALS", {
    add: [personNamed("farid"), personNamed("grace")],
  });
});
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

const pendingOf = async (name: string) => {
  const { value } = await requestNamed(program, name);
  if (value.state !== "pending") throw new Error(`${name} is ${value.state}`);
  return value;
};
const stateOf = async (name: string) => (await requestNamed(program, name)).value.state;
/** What stands below the card of a key, in the order of its posting. */
const below = async (client: Client, name: string): Promise<string[]> => {
  const card = await cardOf(client, name);
  const messages = await client.messages("#key-approvals");
  return messages.filter((each) => each.threadTs === card.ts).map(textOf);
};

describe("reminders", () => {
  test("call those whose approval is missing, after twice as long each time, and once a day at most", async () => {
    const { id } = await askFor(program, ada, { name: "ci-slow" });
    await cardOf(chiara, "ci-slow");
    expect(await below(chiara, "ci-slow")).toEqual([]);
    const hours: number[] = [];
    const { askedAt } = await pendingOf("ci-slow");
    for (let sent = 1; sent <= 4; sent += 1) {
      const { reminders } = await pendingOf("ci-slow");
      const next = reminders?.next ?? 0;
      hours.push(Math.round((next - askedAt) / HOUR));
      program.clock.advance(next - program.clock.now());
      await inTime(program, async () => (await pendingOf("ci-slow")).reminders?.sent === sent);
    }
    expect(hours).toEqual([2, 6, 14, 30]);
    await inTime(program, async () => (await below(chiara, "ci-slow")).length === 5);
    const [first, , , escalated] = await below(chiara, "ci-slow");
    expect(first).toContain("API key ci-slow has waited since");
    expect(first).toContain("It needs 1 more of <!subteam^S0SECURITY1>");
    expect(escalated).toContain("<!subteam^S0AUDITORS1> may decide too");
    expect(await eventsOf(program.context.store, `request:${id}`)).toEqual([
      "request.made",
      "request.reminded",
      "request.reminded",
      "request.reminded",
      "request.escalated",
      "request.reminded",
    ]);
  });

  test("say that it is over once somebody has decided, in place of calling", async () => {
    await approve(program, chiara, "ci-slow");
    await inTime(program, async () =>
      (await below(chiara, "ci-slow")).every((each) => /^No (reminder any more|longer waiting)/.test(each)),
    );
  });

  test("end when it lapses, and none is missed or doubled by an outage of days", async () => {
    await askFor(program, ada, { name: "ci-outage" });
    program.clock.advance(3 * DAY - HOUR);
    await inTime(program, async () => (await pendingOf("ci-outage")).reminders?.sent === 1);
    program.clock.advance(HOUR);
    await until(async () => (await stateOf("ci-outage")) === "lapsed");
    await inTime(program, async () => (await below(chiara, "ci-outage")).length === 2);
  });
});

describe("escalation", () => {
  test("lets the other group decide from its time on, and not before", async () => {
    await askFor(program, ada, { name: "ci-later" });
    const card = await cardOf(grace, "ci-later", "on, auditors");
    expect(await answerTo(grace, async () => grace.click(card, "decide.approve"))).toContain("security");
    expect(await stateOf("ci-later")).toBe("pending");
    program.clock.advance(DAY);
    await inTime(program, async () => (await pendingOf("ci-later")).escalated.includes("auditors"));
    await cardOf(grace, "ci-later", "or now <!subteam^S0AUDITORS1>");
    await approve(program, grace, "ci-later");
    expect(await stateOf("ci-later")).toBe("approved");
  });
});

describe("a quiet group", () => {
  test("is not called, and may decide", async () => {
    await askFor(program, ada, { name: "ci-quiet", life: "days:1" });
    const card = textOf(await cardOf(farid, "ci-quiet"));
    expect(card).toContain("or responders, who are not called");
    expect(card).not.toContain("S0INCIDENT1");
    await approve(program, farid, "ci-quiet");
    expect(await stateOf("ci-quiet")).toBe("approved");
  });
});

describe("a number of denials", () => {
  test("ends a request, and fewer do not; who denied has had their say", async () => {
    await askFor(program, ada, { name: "ci-denied", life: "days:1" });
    await deny(program, chiara, "ci-denied", "I see no need");
    const card = await cardOf(chiara, "ci-denied", "Denied so far by", "I see no need", "2 denials end it");
    await chiara.closeModal();
    expect(await answerTo(chiara, async () => chiara.click(card, "decide.approve"))).toContain(
      "You denied this already",
    );
    await deny(program, dmitri, "ci-denied", "nor do I");
    await until(async () => (await stateOf("ci-denied")) === "denied");
    await messageWith(ada, "app", "ci-denied", "nor do I");
    await dmitri.closeModal();
  });
});

describe("two groups", () => {
  test("each give their own approval, and the card says whose is missing", async () => {
    await askFor(program, ada, { name: "ci-both", life: "days:180" });
    await approve(program, chiara, "ci-both");
    await cardOf(chiara, "ci-both", "Still missing: 1 more of <!subteam^S0INCIDENT1>");
    await approve(program, dmitri, "ci-both");
    expect(await stateOf("ci-both")).toBe("pending");
    await approve(program, farid, "ci-both");
    expect(await stateOf("ci-both")).toBe("approved");
  });
});

describe("a rule that wants a ticket", () => {
  test("refuses a reason without one and loses nothing that was typed; its card warns", async () => {
    expect(await ada.command("/apikey request ci-all as Full Access because it must be so")).toEqual({
      ok: true,
    });
    const form = await ada.waitFor(({ modals }) => {
      const top = modals.at(-1);
      return top !== undefined && textOf(top).includes("OPS-[0-9]+") ? top : undefined;
    });
    expect(JSON.stringify(form.view)).toContain("it must be so");
    const sent = await ada.submit({});
    expect(sent.errors?.["request.reason"]).toContain("The reason has to name a ticket");
    expect(await ada.submit({ "request.reason": "it must be, see OPS-77" })).toEqual({ ok: true });
    const card = textOf(await cardOf(chiara, "ci-all"));
    expect(card).toContain("Danger: This key can do everything");
    await ada.closeModal();
  });
});

describe("the card's evidence", () => {
  test("says which keys the asker has, and how the same was decided before", async () => {
    const card = textOf(await cardOf(chiara, "ci-denied"));
    expect(card).toContain("The asker's other keys:");
    expect(card).toMatch(/with the role Auditor before: for the asker [1-9] granted, 0 denied/);
  });
});

describe("a request that nobody could decide any more", () => {
  const members = async (users: string[]) => program.slack.admin("PATCH", "groups/S0SECURITY1", { users });

  test("is reported at once to approvers and asker, reminds nobody, and goes on when somebody can", async () => {
    const { id } = await askFor(program, ada, { name: "ci-stuck", life: "days:180" });
    await members([]);
    await until(async () => (await pendingOf("ci-stuck")).stuck !== undefined);
    const words = "Nobody is left who could approve API key ci-stuck";
    await inTime(program, async () => (await below(chiara, "ci-stuck")).some((each) => each.includes(words)));
    await messageWith(ada, "app", words);
    await cardOf(chiara, "ci-stuck", 'Nobody is left who could approve it by the rule "both groups"');
    program.clock.advance(3 * HOUR);
    await members(SECURITY);
    await until(async () => (await pendingOf("ci-stuck")).stuck === undefined);
    const events = await eventsOf(program.context.store, `request:${id}`);
    expect(events.slice(0, 3)).toEqual(["request.made", "request.stuck", "request.unstuck"]);
    await messageWith(ada, "app", "ci-stuck can be decided again");
  });

  test("is found within minutes where Slack tells nothing", async () => {
    await askFor(program, ada, { name: "ci-unheard", life: "days:180" });
    const late = {
      fault: "delay_delivery",
      method: "subteam_members_changed",
      times: 1,
      seconds: 30,
    } as const;
    program.slack.setFaults({ rules: [late], away: [] });
    await members([]);
    program.slack.setFaults({ rules: [], away: [] });
    program.clock.advance(6 * MINUTE);
    await until(async () => (await pendingOf("ci-unheard")).stuck !== undefined);
    await members(SECURITY);
    await until(async () => (await pendingOf("ci-unheard")).stuck === undefined);
  });
});

describe("why", () => {
  const why = async (who: string, text: string): Promise<string> => {
    const client = await program.slack.as(who);
    return answerTo(client, async () => client.command(`/apikey why ${text}`, "#general"));
  };

  test("says to an approver by which rule, who else could decide, who was called, and what silence leads to", async () => {
    const { id } = await askFor(program, ada, { name: "ci-why" });
    const card = await cardOf(chiara, "ci-why");
    const said = await answerTo(chiara, async () => chiara.click(card, "why.open"));
    for (const words of [
      "The request for the API key ci-why of",
      'You: you belong to security, who may decide by the rule "reading"',
      "Still needed: 1 more of <!subteam^S0SECURITY1>",
      `Who could still decide: <@${personNamed("chiara")}>, <@${personNamed("dmitri")}> and <@${personNamed("emi")}>`,
      "Called: by the card",
      "If nobody decides: those whose approval is missing are reminded",
      "it lapses",
      "Denials: one ends it",
      id,
    ]) {
      expect(said).toContain(words);
    }
    expect(await why("dmitri", id.toLowerCase())).toContain("ci-why");
  });

  test("says to the asker that others decide, and answers to the key's name", async () => {
    expect(await why("ada", "ci-why")).toContain("You: you asked for it, so others decide");
    expect(await why("grace", "ci-why")).toContain("You: you may see it");
  });

  test("says nothing to others, and asks which where none is named", async () => {
    const id = (await requestNamed(program, "ci-why")).value.id;
    expect(await why("ben", id)).not.toContain("ci-why");
    expect(await refusalsOf(program, "ben")).toContainEqual({ reason: "not-yours", what: "request" });
    expect(await why("ben", "")).toContain("Name the request by its id");
    const unknown = await why("ben", "ci-nonsense");
    expect(unknown).toContain("I find no request called ci-nonsense.");
    expect(unknown).toContain("/apikey requests");
    expect(await why("ada", "ci-wyh")).toContain("Near to it: ci-why");
    expect(await why("ben", "ci-wyh")).not.toContain("ci-why");
  });
});
