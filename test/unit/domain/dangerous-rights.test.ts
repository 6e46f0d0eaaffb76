import { describe, expect, test } from "vitest";
import { DANGEROUS_RIGHTS, dangerousAmong, rightsJudged } from "../../../src/domain/dangerous-rights.ts";
import { draftOf } from "../../../src/domain/role-diff.ts";
import { roleId } from "../../../src/domain/values.ts";
import type { Role, Wants } from "../../../src/domain/wants.ts";
import { ada, aKey, auditor, ben, wanted } from "../../support/domain.ts";

const KEYS = "platformRights.apikeyRights.canCreateNewAPIKeys";
const VIEW = "platformRights.computerRights.canViewOtherComputers";

describe("a right", () => {
  test("is dangerous where a pattern fits all of it, the star standing for any characters", () => {
    expect(dangerousAmong([VIEW, KEYS], ["platformRights.apikeyRights.*"])).toEqual([KEYS]);
    expect(dangerousAmong([KEYS], ["*.canCreate*"])).toEqual([KEYS]);
    expect(dangerousAmong([KEYS], ["*"])).toEqual([KEYS]);
    expect(dangerousAmong([KEYS], ["platformRights.apikeyRights", "canCreateNewAPIKeys"])).toEqual([]);
    expect(dangerousAmong([KEYS], [])).toEqual([]);
  });

  test("is not dangerous for a dot that stands for another character", () => {
    expect(dangerousAmong(["aXb"], ["a.b"])).toEqual([]);
  });

  test("is named once, in the order of the patterns", () => {
    expect(dangerousAmong([VIEW, KEYS, VIEW], ["*.apikeyRights.*", "platformRights.*"])).toEqual([
      KEYS,
      VIEW,
    ]);
  });

  test("with which keys could be made is dangerous where a policy says nothing of it; looking is not", () => {
    expect(dangerousAmong([VIEW, KEYS])).toEqual([KEYS]);
    expect(DANGEROUS_RIGHTS).toContain("platformRights.apikeyRights.canCreate*");
  });
});

describe("a request is judged by the rights", () => {
  const reading: Role = { ...auditor, rights: [VIEW] };
  const keeping: Role = { ...auditor, id: 3, name: "Keeper", rights: [KEYS] };
  const key = { key: aKey(), keyName: "ci", owner: ada, roleId: wanted.roleId, roleName: "Auditor" };
  const life = { kind: "unlimited" } as const;

  test.each<[string, Wants, Role[], string[]]>([
    ["of the role of a new key", wanted, [keeping], [KEYS]],
    [
      "of the role of a key that is handed on",
      { kind: "new-owner", ...key, to: ben, life },
      [reading],
      [VIEW],
    ],
    [
      "of the role that a key is to have, not of the one it has",
      { kind: "role-change", ...key, toRoleId: roleId.parse(3), toRoleName: "Keeper", life },
      [reading, keeping],
      [KEYS],
    ],
    [
      "of a role that is made",
      { kind: "new-role", roleName: "New", draft: { ...draftOf(keeping) } },
      [],
      [KEYS],
    ],
    [
      "of a role before its edit and after it, so that taking a dangerous right away is judged too",
      { kind: "role-edit", roleId: roleId.parse(3), roleName: "Keeper", draft: draftOf(reading) },
      [keeping],
      [KEYS, VIEW],
    ],
    [
      "of a role that is deleted",
      { kind: "role-delete", roleId: roleId.parse(3), roleName: "Keeper" },
      [keeping],
      [KEYS],
    ],
  ])("%s", (_, wants, roles, expected) => {
    expect(rightsJudged(wants, roles)).toEqual(expected);
  });
});
