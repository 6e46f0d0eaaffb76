import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { messageProblems } from "../../../../src/local-slack/block-kit/validate.ts";
import { DANGEROUS_RIGHTS } from "../../../../src/domain/dangerous-rights.ts";
import { request } from "../../../../src/domain/request.ts";
import type { Policy } from "../../../../src/domain/policy.ts";
import { Secret } from "../../../../src/domain/secret.ts";
import { DAY, personId } from "../../../../src/domain/values.ts";
import type { RequestCard } from "../../../../src/usecases/card-content.ts";
import { whoDecides } from "../../../../src/slack/words/request-words.ts";
import { requestCard } from "../../../../src/slack/views/request-card.ts";
import { REQUEST, requestModal } from "../../../../src/slack/views/request-modal.ts";
import { secretMessage } from "../../../../src/slack/views/secret-message.ts";
import type { Message } from "../../../../src/slack/words/words.ts";
import { aClaimId, aKey, aLockoutId, aRequestId, auditor, NOW } from "../../../support/domain.ts";
import { aCard, groups, hostile, limits } from "../../../support/hostile.ts";

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

describe("the approvers' card", () => {
  const pending = (change = {}): RequestCard => ({
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
    dangers: [],
    dangerous: DANGEROUS_RIGHTS,
    missing: [],
  });
  const shown = (each: RequestCard): string => JSON.stringify(requestCard(each).blocks);

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
    const missing = [
      { group: "security", seats: 2 },
      { group: "team", seats: 1 },
    ];
    const one = shown({ ...seconded, demands: needs("security", 3), missing });
    expect(one).toContain("Still missing");
    expect(one).toContain("2 more of ");
    expect(one).toContain("1 more of ");
    // While Slack does not say who belongs where, the card does not either.
    expect(shown({ ...seconded, demands: needs("security", 3), missing: undefined })).not.toContain(
      "Still missing",
    );
  });

  it("names dangerous rights", () => {
    const rights = ["platformRights.apikeyRights.canCreateNewApiKeys"];
    expect(shown({ ...pending(), roles: new Map([[2, { ...auditor, rights }]]) })).toContain("Dangerous");
    expect(shown(pending())).not.toContain("Dangerous");
  });

  it("says by ID which keys of a lockout come back, the first of many", () => {
    const back = (count: number, change = {}): string => {
      const keys = Array.from({ length: count }, (_, i) => i + 14);
      const part = { kind: "restore", lockout: aLockoutId(), incident: "INC-1", declaredBy: "UADA" };
      const content = pending({ wants: { ...part, whole: false, query: "", keys, ...change } });
      return shown(content);
    };
    expect(back(3)).toContain("3 keys: 14, 15, 16");
    expect(back(23)).toMatch(/23 keys: 14, 15, .*, 33 and 3 more/);
    expect(back(2, { query: "ci*" })).toMatch(/2 keys found by .*ci\*.*: 14, 15/);
    expect(back(2, { whole: true })).toContain("all of it, 2 keys");
    expect(back(2, { whole: true })).not.toContain("14, 15");
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
