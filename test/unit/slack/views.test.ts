import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  messageProblems,
  optionsProblems,
  viewProblems,
} from "../../../src/local-slack/block-kit/validate.ts";
import { claim } from "../../../src/domain/claim.ts";
import { card } from "../../../src/domain/card.ts";
import { request } from "../../../src/domain/request.ts";
import type { Policy } from "../../../src/domain/policy.ts";
import { Secret } from "../../../src/domain/secret.ts";
import { DAY, personId } from "../../../src/domain/values.ts";
import { failure } from "../../../src/domain/request.ts";
import { undoing } from "../../../src/domain/claim.ts";
import type { CardContent } from "../../../src/usecases/ports.ts";
import { differenceInFull } from "../../../src/slack/difference-words.ts";
import { whoDecides } from "../../../src/slack/request-words.ts";
import { claimCard, freshButton } from "../../../src/slack/views/claim-card.ts";
import { denyModal } from "../../../src/slack/views/deny-modal.ts";
import { differenceModal } from "../../../src/slack/views/difference-modal.ts";
import { help } from "../../../src/slack/views/help.ts";
import { outcomeCard } from "../../../src/slack/views/outcome-card.ts";
import { requestCard } from "../../../src/slack/views/request-card.ts";
import { loadingModal, REQUEST, requestModal } from "../../../src/slack/views/request-modal.ts";
import { roleOptions, zoneOptions } from "../../../src/slack/views/request-options.ts";
import { openAgain, sentInWords, tryAgain } from "../../../src/slack/views/request-sent.ts";
import { requestsList } from "../../../src/slack/views/requests-list.ts";
import { sayingModal } from "../../../src/slack/views/saying-modal.ts";
import { secondClaimCard } from "../../../src/slack/views/second-claim-card.ts";
import { secretMessage } from "../../../src/slack/views/secret-message.ts";
import type { Message } from "../../../src/slack/words.ts";
import { aClaimId, aKey, anAttempt, aRequestId, auditor, NOW } from "../../support/domain.ts";

/** Whatever people may have typed: markup, directions, controls, halves of characters, and far too much of it. */
const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 50 }),
  fc.constantFrom("", " ", "<!channel>", "<@U1>", "&lt;", "\u202Eabc", "😀".repeat(40), "\uD800", "```"),
  fc.constantFrom("&", "x", "<", "😀", "\n").map((each) => each.repeat(5000)),
);
const someone = fc.integer({ min: 0, max: 1e6 }).map((n) => personId.parse(`U${n}`));
const instant = fc.integer({ min: 0, max: 4e12 });
const life = fc.oneof(
  fc.record({ kind: fc.constant("days" as const), days: fc.integer({ min: 1, max: 36_500 }) }),
  fc.record({ kind: fc.constant("until" as const), at: instant }),
  fc.constant({ kind: "unlimited" as const }),
);
const demand = fc.record({
  rule: hostile,
  needs: fc.array(
    fc.record({
      group: fc.constantFrom("security", "team", "gone"),
      approvals: fc.integer({ min: 1, max: 9 }),
    }),
    { minLength: 1 },
  ),
});

const state = fc.oneof(
  fc.record({ state: fc.constant("pending" as const), lapsesAt: instant, nameUnchecked: fc.boolean() }),
  fc.record({ state: fc.constant("approved" as const), at: instant, claim: fc.constant(aClaimId()) }),
  fc.record({ state: fc.constant("denied" as const), at: instant, by: someone, because: hostile }),
  fc.record({ state: fc.constant("withdrawn" as const), at: instant }),
  fc.record({
    state: fc.constant("lapsed" as const),
    at: instant,
    was: fc.constantFrom("pending" as const, "approved" as const),
  }),
  fc.record({ state: fc.constant("approved" as const), at: instant }),
  fc.record({ state: fc.constant("fulfilled" as const), at: instant, key: fc.constant(aKey()) }),
  fc.record({ state: fc.constant("applied" as const), at: instant }),
  fc.record({
    state: fc.constant("failed" as const),
    at: instant,
    because: fc.constantFrom(...failure.options),
  }),
);
const thisKey = {
  key: fc.constant(7),
  keyName: hostile,
  owner: someone,
  roleId: fc.constant(2),
  roleName: hostile,
};
const draft = fc.record({
  name: hostile,
  description: hostile,
  rights: fc.array(
    hostile.map((each) => `platformRights.apikeyRights.canEdit${each}`),
    { maxLength: 60 },
  ),
  allComputers: fc.boolean(),
  allPolicies: fc.boolean(),
  allowUserInterface: fc.boolean(),
  allowWebService: fc.boolean(),
  onlyEqualOrLesserUsers: fc.boolean(),
  computerIds: fc.array(fc.nat(), { maxLength: 300 }),
  computerGroupIds: fc.array(fc.nat(), { maxLength: 300 }),
  policyIds: fc.array(fc.nat(), { maxLength: 300 }),
});
const kind = <Kind extends string>(name: Kind) => ({ kind: fc.constant(name) });
const someWants = fc.oneof(
  fc.record({
    ...kind("new-key"),
    keyName: hostile,
    roleId: fc.constant(2),
    roleName: hostile,
    life,
    description: hostile,
    locale: fc.constant("en-US"),
    timeZone: hostile,
  }),
  fc.record({ ...kind("rotation"), ...thisKey }),
  fc.record({
    ...kind("role-change"),
    ...thisKey,
    toRoleId: fc.constant(3),
    toRoleName: hostile,
    life,
  }),
  fc.record({ ...kind("longer-life"), ...thisKey, life }),
  fc.record({ ...kind("new-owner"), ...thisKey, to: someone, life }),
  fc.record({ ...kind("new-role"), roleName: hostile, draft }),
  fc.record({ ...kind("role-edit"), roleId: fc.constant(2), roleName: hostile, draft }),
  fc.record({ ...kind("role-delete"), roleId: fc.constant(2), roleName: hostile }),
);
const aRequest = fc
  .record({
    asker: someone,
    wants: someWants,
    reason: hostile,
    rules: fc.array(hostile, { maxLength: 30 }),
    demands: fc.array(demand, { maxLength: 12 }),
    approvals: fc.array(fc.record({ by: someone, at: instant }), { maxLength: 12 }),
    state,
  })
  .map(({ state, ...rest }) =>
    request.parse({
      id: aRequestId(),
      askedAt: NOW,
      policyHash: "p",
      effectHash: "e",
      ...rest,
      ...state,
    }),
  );

const attempt = { id: anAttempt(), startedAt: NOW, deadline: NOW + 1 };
const claimState = fc.constantFrom(
  { state: "open" },
  ...undoing.options.map((because) => ({ state: "open", undone: { at: NOW, because } })),
  { state: "minting", attempt },
  { state: "showing", attempt, key: 7 },
  { state: "undoing", attempt, because: "manager" },
  { state: "delivered", key: 7, at: NOW },
  { state: "delivered", key: 7, at: NOW, activeSince: NOW },
  { state: "lapsed", at: NOW },
  { state: "voided", at: NOW },
  ...failure.options.map((because) => ({ state: "failed", at: NOW, because })),
);
const purpose = fc.constantFrom(
  { purpose: { kind: "new-key" } },
  { purpose: { kind: "rotation", key: 7 } },
  { purpose: { kind: "rotation", key: 7 }, oldSecretDead: true },
);
const aClaim = fc.tuple(claimState, purpose).map(([each, kept]) =>
  claim.parse({
    ...kept,
    id: aClaimId(),
    request: aRequestId(),
    owner: "U1",
    openedAt: NOW,
    lapsesAt: NOW + DAY,
    strays: [],
    ...each,
  }),
);
const role = fc
  .record({
    name: hostile,
    rights: fc.array(
      hostile.map((each) => `platformRights.apikeyRights.canEdit${each}`),
      { maxLength: 60 },
    ),
    immutable: fc.boolean(),
  })
  .map((each) => ({ ...auditor, ...each }));
const groups: Policy["groups"] = {
  security: { "slack-group": "S0SECURITY" },
  team: { people: Array.from({ length: 200 }, (_, i) => personId.parse(`U${i}`)) },
};
const aCard = (kind: CardContent["card"]["kind"]): CardContent["card"] =>
  card.parse({ id: "x", kind, subject: aRequestId(), to: { channel: "C1" }, shows: 0, notBefore: 0 });
const content = (kind: CardContent["card"]["kind"]) =>
  fc.record({
    card: fc.constant(aCard(kind)),
    request: aRequest.map((value) => ({ version: 1, value })),
    claim: fc.option(
      aClaim.map((value) => ({ version: 1, value })),
      { nil: undefined },
    ),
    roles: fc
      .array(role, { maxLength: 2 })
      .map((each) => new Map(each.map((one, i) => [i + 2, { ...one, id: i + 2 }]))),
    groups: fc.constant(groups),
    demands: fc.array(demand, { maxLength: 12 }),
  });

const limits = (longest: number | "none"): Policy["limits"] => ({
  "longest-life": longest,
  "default-life": DAY / 2,
  "keys-per-person": 1,
  "reason-at-least": 0,
});
const filled = fc.record(
  {
    keyName: hostile,
    role: fc.record({ id: fc.constant(2), name: hostile }),
    life: fc.oneof(
      fc.record({ kind: fc.constant("days" as const), days: fc.integer({ min: 1, max: 36_500 }) }),
      fc.constantFrom({ kind: "until" as const }, { kind: "unlimited" as const }),
    ),
    date: fc.constant("2027-03-01"),
    reason: hostile,
    description: hostile,
    locale: fc.constantFrom("en-US" as const, "ja-JP" as const),
    timeZone: fc.constantFrom("Europe/Berlin", "UTC"),
  },
  { requiredKeys: [] },
);
const form = fc.record({
  id: fc.constant(aRequestId()),
  filled,
  limits: fc.constantFrom(limits("none"), limits(DAY / 2), limits(400 * DAY)),
  zone: fc.constantFrom("Europe/Berlin", "Asia/Tokyo"),
  preview: fc.array(fc.array(hostile, { maxLength: 3 }), { maxLength: 3 }),
  problem: fc.option(fc.array(hostile, { maxLength: 3 }), { nil: undefined }),
});

function fits(message: Message): void {
  expect(messageProblems(message.blocks)).toEqual([]);
  expect(message.text.length).toBeGreaterThan(0);
  expect([...message.text].length).toBeLessThanOrEqual(4000);
  // No text of people's is ever read as markup.
  expect(message.text).not.toMatch(/[<>]/);
  expect(JSON.stringify(message.blocks)).not.toContain('"mrkdwn"');
  expect(JSON.stringify(message.blocks).length).toBeLessThan(60_000);
}

const always = <Given>(given: fc.Arbitrary<Given>, check: (value: Given) => void): void =>
  fc.assert(
    fc.property(given, (each) => {
      check(each);
    }),
    { numRuns: 150 },
  );

describe("whatever stands in them, Slack takes", () => {
  it("the approvers' card", () => always(content("approval"), (each) => fits(requestCard(each))));
  it("all of a difference", () =>
    always(fc.tuple(hostile, fc.option(role, { nil: undefined }), draft), ([title, before, after]) =>
      expect(viewProblems(differenceModal(title, differenceInFull(before, after)), "modal")).toEqual([]),
    ));
  it("the claim's card", () => always(content("claim"), (each) => fits(claimCard(each))));
  it("the outcome", () => always(content("outcome"), (each) => fits(outcomeCard(each))));
  it("the responders' alarm", () => always(content("second-claim"), (each) => fits(secondClaimCard(each))));

  it("the list of requests, however long", () => {
    const versioned = aRequest.map((value) => ({ version: 1, value }));
    const mine = fc.array(
      fc.record({ request: versioned, claim: aClaim.map((value) => ({ version: 1, value })) }),
      { maxLength: 15 },
    );
    const more = fc.record({ mine: fc.boolean(), waiting: fc.boolean() });
    const demands = fc.array(demand, { maxLength: 12 });
    const listed = fc.record({ mine, waiting: fc.array(versioned, { maxLength: 15 }), more });
    fc.assert(
      fc.property(listed, hostile, demands, (each, note, now) => {
        const { blocks } = requestsList(each, { demandsOf: () => now, groups }, [note]);
        expect(messageProblems(blocks)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it("help, with whatever word it did not know, and the way back to a form", () => {
    always(hostile, (typed) => fits(help(typed)));
    always(hostile, (typed) => fits(openAgain(typed)));
    fits(help());
    fits(freshButton(aClaimId(), aRequestId()));
  });

  it("the form", () => {
    always(form, (each) => expect(viewProblems(requestModal(each), "modal")).toEqual([]));
    expect(viewProblems(loadingModal(), "modal")).toEqual([]);
  });

  it("what the form says afterwards", () => {
    always(aRequest, (each) =>
      expect(viewProblems(sayingModal("Sent", ...sentInWords(each)), "modal")).toEqual([]),
    );
    always(hostile, (each) => expect(viewProblems(sayingModal(each, [each]), "modal")).toEqual([]));
    always(aRequest, (each) =>
      expect(viewProblems(sayingModal("Sent", ...sentInWords(each, true)), "modal")).toEqual([]),
    );
    expect(viewProblems(denyModal(aRequestId()), "modal")).toEqual([]);
  });

  it("what a form says that failed, with what was typed", () => {
    always(hostile, (each) => {
      const again = denyModal(aRequestId(), { problem: [each], because: each });
      expect(viewProblems(again, "modal")).toEqual([]);
      expect(viewProblems(tryAgain("Ask", [each], each), "modal")).toEqual([]);
    });
  });

  it("the lists of roles and time zones", () => {
    always(fc.array(role, { maxLength: 120 }), (each) =>
      expect(optionsProblems({ options: roleOptions(each) })).toEqual([]),
    );
    expect(optionsProblems({ options: zoneOptions(Intl.supportedValuesOf("timeZone")) })).toEqual([]);
  });
});

describe("the approvers' card", () => {
  const pending = (change = {}): CardContent => ({
    card: aCard("approval"),
    request: {
      version: 1,
      value: request.parse({
        id: aRequestId(),
        asker: "UADA",
        wants: {
          kind: "new-key",
          keyName: "ci",
          roleId: 2,
          roleName: "Auditor",
          life: { kind: "days", days: 90 },
          description: "",
          locale: "en-US",
          timeZone: "UTC",
        },
        reason: "nightly",
        askedAt: NOW,
        rules: ["one"],
        demands: [],
        policyHash: "p",
        effectHash: "e",
        approvals: [],
        state: "pending",
        lapsesAt: NOW + DAY,
        nameUnchecked: false,
        ...change,
      }),
    },
    claim: undefined,
    roles: new Map([[2, auditor]]),
    groups,
    demands: [],
  });
  const shown = (each: CardContent): string => JSON.stringify(requestCard(each).blocks);

  it("has buttons while there is something to decide, and none afterwards", () => {
    expect(shown(pending())).toContain("decide.approve");
    const over = pending({ state: "denied", at: NOW, by: "UBEN", because: "no" });
    expect(shown(over)).not.toContain("decide.");
    expect(shown(over)).toContain("Denied by");
  });

  it("says what is still being checked, and that a role is not known now", () => {
    expect(shown(pending({ nameUnchecked: true }))).toContain(
      "Still being checked with the manager: the name",
    );
    expect(shown(pending())).not.toContain("Still being checked");
    expect(shown({ ...pending(), roles: new Map() })).toContain("not known now");
  });

  it("says who decides by what is demanded now, and whose approval is still missing", () => {
    const needs = (group: string, approvals: number) => [
      { rule: `of ${group}`, needs: [{ group, approvals }] },
    ];
    const none = { ...pending(), demands: needs("security", 2) };
    expect(shown(none)).toContain('"2 of "');
    expect(shown(none)).not.toContain("Still missing");
    const seconded = pending({ approvals: [{ by: "UBEN", at: NOW }] });
    const one = shown({ ...seconded, demands: needs("security", 3) });
    expect(one).toContain("Still missing");
    expect(one).toContain("2 more of ");
    // Which of the groups the approval was given for cannot be told.
    const several = { ...seconded, demands: [...needs("security", 1), ...needs("team", 1)] };
    expect(shown(several)).not.toContain("Still missing");
    // Who approved has left the group, so that it is still pending.
    expect(shown({ ...seconded, demands: needs("security", 1) })).toContain("1 more of ");
  });

  it("names dangerous rights", () => {
    const rights = ["platformRights.apikeyRights.canCreateNewApiKeys"];
    expect(shown({ ...pending(), roles: new Map([[2, { ...auditor, rights }]]) })).toContain("Dangerous");
    expect(shown(pending())).not.toContain("Dangerous");
  });

  it("calls those who may decide, a large group by its name", () => {
    const words = whoDecides([{ rule: "r", needs: [{ group: "security", approvals: 2 }] }], groups);
    expect(words).toContainEqual({ type: "usergroup", usergroup_id: "S0SECURITY" });
    const many = whoDecides([{ rule: "r", needs: [{ group: "team", approvals: 1 }] }], groups);
    expect(many.filter((each) => typeof each !== "string")).toHaveLength(10);
    expect(many).toContain("190 more");
    expect(whoDecides([{ rule: "r", needs: [{ group: "gone", approvals: 1 }] }], groups)).toContain("gone");
    expect(
      whoDecides([{ rule: "r", needs: [{ group: "none", approvals: 1 }] }], { none: { people: [] } }),
    ).toContain("none (nobody)");
  });
});

describe("the form", () => {
  const hint = (change: Partial<Policy["limits"]>): string => {
    const filled = {};
    const given = {
      id: aRequestId(),
      filled,
      limits: { ...limits("none"), ...change },
      zone: "UTC",
      preview: [],
    };
    return JSON.stringify(requestModal(given).blocks.find((each) => each.block_id === REQUEST.name));
  };

  it("says what names look like, unless the policy has its own form for them", () => {
    expect(hint({})).toContain("A letter first");
    expect(hint({ "key-names": "team-.*" })).toContain("Your policy decides which names are allowed");
    expect(hint({ "key-names": "team-.*" })).not.toContain("A letter first");
  });
});

describe("the message with a secret", () => {
  const value = `8:${"A".repeat(43)}=`;
  const showing = {
    to: personId.parse("U1"),
    claim: aClaimId(),
    secret: new Secret(value),
    keyName: "ci",
    key: aKey(),
    managerUrl: "https://dsm.example.com/api",
  };

  it("has it once, alone in a preformatted block, and not in its text", () => {
    const message = secretMessage(showing);
    fits(message);
    expect(message.text).not.toContain(value);
    expect(JSON.stringify(message).split(value)).toHaveLength(2);
    expect(message.blocks).toContainEqual({
      type: "rich_text",
      elements: [{ type: "rich_text_preformatted", elements: [{ type: "text", text: value }] }],
    });
  });

  it("says how to use it without the shell's history", () => {
    const text = JSON.stringify(secretMessage(showing).blocks);
    expect(text).toContain("read -rs PORTCULLIS_SECRET");
    expect(text).toContain("https://dsm.example.com/api/apikeys/current");
  });

  it("is taken whatever the key is called", () => {
    always(hostile, (keyName) => fits(secretMessage({ ...showing, keyName })));
  });
});
