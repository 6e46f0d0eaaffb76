import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { role } from "../../../src/manager/wire.ts";
import { type RawManager, rawManager } from "./raw-http.ts";

let manager: RawManager;
beforeAll(async () => {
  manager = await rawManager();
});
afterAll(() => manager.close());

function leaves(rights: object, prefix = ""): [path: string, granted: unknown][] {
  return Object.entries(rights).flatMap(([member, value]) =>
    typeof value === "object" ? leaves(value, `${prefix}${member}.`) : [[prefix + member, value]],
  );
}

describe("the built-in roles (contract 4.2 to 4.4)", () => {
  it("are two, in this order", async () => {
    const { json } = await manager.call("GET", "/roles");
    expect(
      json.roles.map(({ ID, name, urn, immutable }: Record<string, unknown>) => [ID, name, urn, immutable]),
    ).toEqual([
      [1, "Full Access", "urn:tmds:identity::0:role/Full Access", true],
      [2, "Auditor", "urn:tmds:identity::0:role/Auditor", false],
    ]);
  });

  it("answer their members in the order of real managers, without the lists that `all` replaces", async () => {
    const { json } = await manager.call("GET", "/roles/1");
    expect(Object.keys(json)).toEqual([
      "name",
      "description",
      "urn",
      "immutable",
      "canOnlyManipulateUsersWithEqualOrLesserRights",
      "allComputers",
      "allPolicies",
      "allowUserInterface",
      "allowWebService",
      "allowManageWorkloadSecurityLink",
      "allowMigration",
      "rights",
      "ID",
    ]);
    expect(role.safeParse(json).success).toBe(true);
  });

  it("Full Access has every right", async () => {
    const all = leaves((await manager.call("GET", "/roles/1")).json.rights);
    expect(all.filter(([, granted]) => granted !== true)).toEqual([]);
    expect(all).toHaveLength(161);
    expect(all.map(([path]) => path)).toEqual(
      expect.arrayContaining([
        "platformRights.apikeyRights.canViewApiKeys",
        "platformRights.samlidentityProviderRights.canViewSAMLIdentityProviders",
        "platformRights.iplistRights.canEditIPListProperties",
        "antiMalwareRights.identifiedFileRights.canSubmitIdentifiedFiles",
        "applicationControlRights.ruleRights.canEditAppControlRulesProperties",
      ]),
    );
  });

  it("Auditor has exactly three, and the same tree", async () => {
    const [full, auditor] = [
      leaves((await manager.call("GET", "/roles/1")).json.rights),
      leaves((await manager.call("GET", "/roles/2")).json.rights),
    ];
    expect(auditor.map(([path]) => path)).toEqual(full.map(([path]) => path));
    expect(auditor.filter(([, granted]) => granted === true).map(([path]) => path)).toEqual([
      "platformRights.computerRights.canViewNotRelatedToComputers",
      "platformRights.computerRights.canViewOtherComputers",
      "platformRights.policyRights.canViewOtherPolicies",
    ]);
  });

  it("answer 404 for a role that does not exist", async () => {
    const answer = await manager.call("GET", "/roles/3");
    expect([answer.status, answer.json.message]).toEqual([404, "The administrator role does not exist."]);
  });
});

describe("searching roles (contract 4.2, 7)", () => {
  it.each([
    [{ fieldName: "name", stringTest: "equal", stringValue: "auditor" }, [2]],
    [{ fieldName: "name", stringValue: "%a%" }, [1, 2]],
    [{ fieldName: "name", stringTest: "not-equal", stringValue: "Auditor" }, [1]],
    [{ idValue: 2 }, [2]],
    [{ fieldName: "allowWebService", booleanTest: true }, [1, 2]],
    [{ fieldName: "canOnlyManipulateUsersWithEqualOrLesserRights", booleanTest: true }, []],
    [undefined, [1, 2]],
  ])("finds by %o", async (searchCriteria, ids) => {
    const { json } = await manager.call("POST", "/roles/search", { searchCriteria });
    expect(json.roles.map(({ ID }: { ID: number }) => ID)).toEqual(ids);
  });
});
