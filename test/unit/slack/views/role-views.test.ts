import { describe, expect, it } from "vitest";
import { NEW_ROLE, type RoleDrafting } from "../../../../src/domain/role-draft.ts";
import type { Values } from "../../../../src/slack/interaction.ts";
import { areaInWords } from "../../../../src/slack/words/role-words.ts";
import { touchedInWords } from "../../../../src/slack/words/touched-words.ts";
import { lineBlocks } from "../../../../src/slack/views/line-blocks.ts";
import { readRoleForm, ROLE_FORM, roleForm } from "../../../../src/slack/views/role-form.ts";
import { readRights, rightGroups, RIGHTS } from "../../../../src/slack/views/role-rights.ts";
import { readTurn, rolesList } from "../../../../src/slack/views/roles-list.ts";
import { asPlain } from "../../../../src/slack/words/words.ts";
import { ada, aRequestId, ben, NOW } from "../../../support/domain.ts";

const keys = ["canEditApiKeyProperties", "canViewApiKeys"].map(
  (each) => `platformRights.apikeyRights.${each}`,
);
const lists = ["canDeleteMACLists"].map((each) => `firewallRights.macListRights.${each}`);
const drafting: RoleDrafting = {
  id: aRequestId(),
  by: ada,
  startedAt: NOW,
  does: "make",
  draft: { ...NEW_ROLE, name: "deployers", rights: keys, policyIds: [3, 4] },
  reason: "",
};
const chosen = (...values: string[]): Values[string][string] => ({
  selected_options: values.map((value) => ({ text: { text: value }, value })),
});

describe("the form of a role", () => {
  it("starts with what the draft has, and comes back the same", () => {
    const { blocks } = roleForm({ drafting, all: [...keys, ...lists] });
    const drawn = JSON.stringify(blocks);
    expect(drawn).toContain('"initial_value":"deployers"');
    expect(drawn).toContain('"initial_value":"3, 4"');
    expect(drawn).toContain("firewall: MAC list (0 of 1)");
    const values: Values = {
      [ROLE_FORM.name]: { [ROLE_FORM.name]: { value: "deployers" } },
      [ROLE_FORM.description]: { [ROLE_FORM.description]: { value: null } },
      [`${RIGHTS.chosen}/`]: { [RIGHTS.chosen]: chosen(...keys) },
      [ROLE_FORM.flags]: { [ROLE_FORM.flags]: chosen("allowWebService", "onlyEqualOrLesserUsers") },
      [ROLE_FORM.computers]: { [ROLE_FORM.computers]: { value: null } },
      [ROLE_FORM.groups]: { [ROLE_FORM.groups]: { value: null } },
      [ROLE_FORM.policies]: { [ROLE_FORM.policies]: { value: "3, 4" } },
    };
    expect(readRoleForm(values, NEW_ROLE)).toEqual({ change: drafting.draft, errors: {} });
  });

  it("takes nothing from a list that it had no room for", () => {
    const policyIds = Array.from({ length: 2000 }, (_, i) => i);
    const long = { ...drafting, draft: { ...drafting.draft, policyIds } };
    const drawn = JSON.stringify(roleForm({ drafting: long, all: keys }).blocks);
    expect(drawn).toContain("2000 IDs, more than fit here");
    expect(drawn).not.toContain(`"${ROLE_FORM.policies}"`);
    expect(readRoleForm({}, long.draft).change.policyIds).toEqual(policyIds);
  });

  it("shows one area where there are more rights than a list takes, and leaves the others alone", () => {
    const all = Array.from({ length: 150 }, (_, i) => `a.area${i % 3}Rights.canDo${i}`);
    const many = { ...drafting, draft: { ...drafting.draft, rights: all } };
    const drawn = JSON.stringify(roleForm({ drafting: many, all }).blocks);
    expect(drawn).toContain(`"block_id":"${RIGHTS.chosen}/a.area0Rights"`);
    expect(drawn).not.toContain("All areas");
    const values = { [`${RIGHTS.chosen}/a.area0Rights`]: { [RIGHTS.chosen]: chosen() } };
    expect(readRights(values, all)).toEqual(all.filter((each) => !each.includes("area0")).toSorted());
  });

  it("keeps rights that Slack's lists cannot hold", () => {
    const odd = `a.b.can${"X".repeat(200)}`;
    const values = { [`${RIGHTS.chosen}/`]: { [RIGHTS.chosen]: chosen(...keys) } };
    expect(readRights(values, [odd])).toEqual([odd, ...keys].toSorted());
  });
});

describe("the rights to choose from", () => {
  const all = [...keys, ...lists];
  const offered = (typed: string, block = `${RIGHTS.chosen}/`) =>
    rightGroups(all, { typed, block }).flatMap(({ options }) => options.map(({ value }) => value));

  it("stand in groups by area, and are found by their words, their area's and their path", () => {
    expect(
      rightGroups(all, { typed: "", block: `${RIGHTS.chosen}/` }).map(({ label }) => label.text),
    ).toEqual(["API key", "firewall: MAC list"]);
    expect(offered("edit api")).toEqual([keys[0]]);
    expect(offered("firewall")).toEqual(lists);
    expect(offered("canviewapikeys")).toEqual([keys[1]]);
    expect(offered("nothing")).toEqual([]);
  });

  it("are those of the area that is shown", () => {
    expect(offered("", `${RIGHTS.chosen}/firewallRights.macListRights`)).toEqual(lists);
  });
});

describe("roles in words", () => {
  it("name areas as people would", () => {
    expect(areaInWords("platformRights.computerRights")).toBe("computer");
    expect(areaInWords("antiMalwareRights.fileExtensionListRights")).toBe(
      "anti malware: file extension list",
    );
  });

  it("say which keys a change touches", () => {
    const words = touchedInWords({ keys: 20, names: ["a", "b"], owners: [ada, ben], more: true, asOf: NOW });
    expect(words.map(asPlain)[0]).toContain("Keys with this role: 20: a, b and 18 more (as of ");
    expect(words.map(asPlain)[1]).toBe("Their owners: somebody and somebody, and perhaps others");
    expect(touchedInWords(undefined).map(asPlain).join()).toContain("not known yet");
  });

  it("turn pages with the search that they belong to", () => {
    const page = { roles: [], text: "a:b", page: 1, pages: 3, total: 21, mayAsk: false };
    const drawn = JSON.stringify(rolesList(page).blocks);
    expect(drawn).toContain('"value":"2:a:b"');
    expect(readTurn("2:a:b")).toEqual({ page: 2, text: "a:b" });
    expect(readTurn("nonsense")).toEqual({ page: 0, text: "" });
  });
});

describe("many lines", () => {
  it("go into as few blocks as take them, and say how many are left out", () => {
    const each = Array.from({ length: 1000 }, (_, i) => [`line ${i} ${"x".repeat(90)}`]);
    expect(lineBlocks(each.slice(0, 26), 50)).toHaveLength(2);
    const cut = lineBlocks(each, 3);
    expect(cut).toHaveLength(3);
    expect(JSON.stringify(cut)).toContain("more lines than Slack can show here");
  });
});
