import { describe, expect, it } from "vitest";
import { DANGEROUS_RIGHTS } from "../../../../src/domain/dangerous-rights.ts";
import { dangerousRights, roleInBrief, roleInWords, some } from "../../../../src/slack/words/role-words.ts";
import { auditor } from "../../../support/domain.ts";

const with_ = (...rights: string[]) => ({ ...auditor, rights });

describe("a role in words", () => {
  it("names its rights as people would", () => {
    expect(roleInWords(auditor)).toBe("view other computers; on all computers, all policies");
    expect(roleInWords(with_("platformRights.computerRights.canViewNotRelatedToComputers"))).toContain(
      "view what is not related to computers; ",
    );
    expect(roleInBrief(with_("platformRights.apikeyRights.canCreateNewApiKeys"))).toBe(
      "1 right: create new API keys",
    );
    expect(roleInBrief(with_("platformRights.multiTenantRights.canManageTenantAPIKeys"))).toContain(
      "manage tenant API keys",
    );
    expect(roleInBrief(with_("platformRights.computerRights.canManageVCenters"))).toContain(
      "manage vCenters",
    );
    expect(roleInBrief(with_("platformRights.iplistRights.canDeleteIPLists"))).toContain("delete IP lists");
  });

  it("says where it reaches", () => {
    const narrow = {
      ...auditor,
      allComputers: false,
      allPolicies: false,
      computerIds: [1, 2],
      policyIds: [3],
    };
    expect(roleInWords(narrow)).toContain("on 2 computers and no groups of computers, 1 policy");
  });

  it("names what is dangerous, and puts it first where there is little room", () => {
    const role = with_(
      "platformRights.computerRights.canViewOtherComputers",
      "platformRights.apikeyRights.canViewApiKeys",
      "platformRights.apikeyRights.canEditApiKeyProperties",
      "platformRights.administratorRoleRights.canDeleteAdministratorRoles",
    );
    expect(dangerousRights(role.rights, DANGEROUS_RIGHTS)).toEqual([
      "edit API key properties",
      "delete administrator roles",
    ]);
    expect(dangerousRights(role.rights, ["*.canView*"])).toEqual(["view other computers", "view API keys"]);
    expect(roleInBrief(role)).toMatch(/^4 rights: edit API key properties, delete administrator roles/);
  });

  it("fits into a list whatever its rights are", () => {
    const many = Array.from({ length: 300 }, (_, i) => `a.b.canDoSomethingVeryLongAndNumbered${i}`);
    expect([...roleInBrief(with_(...many))].length).toBeLessThanOrEqual(75);
    expect(roleInWords(with_(...many))).toContain("and 288 more");
    expect(roleInBrief(with_())).toBe("Has no rights");
    expect(roleInWords(with_())).toContain("nothing");
    expect(roleInBrief({ ...auditor, immutable: true })).toContain("everything");
    expect(roleInWords({ ...auditor, immutable: true })).toContain("everything");
  });

  it("counts what does not fit", () => {
    expect(some(["a", "b"], 2)).toBe("a, b");
    expect(some(["a", "b", "c"], 2)).toBe("a, b and 1 more");
  });
});
