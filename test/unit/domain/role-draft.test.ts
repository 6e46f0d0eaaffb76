import { describe, expect, it } from "vitest";
import { areaOf, checkRoleTexts, readIds, withChosen } from "../../../src/domain/role-draft.ts";
import { MOST } from "../../../src/domain/typed.ts";

describe("a role's texts", () => {
  it.each(["Auditor", "Full Access", "2nd line", "チーム", "ops & more"])("may be %s", (name) => {
    expect(checkRoleTexts({ name, description: "" })).toBeUndefined();
  });

  it.each(["", "17", " x", "x ", "a\u202Eb", "a\u200Bb", "a\nb", "<!channel>", "a>b"])(
    "may not be %j for a name",
    (name) => {
      expect(checkRoleTexts({ name, description: "" })).toEqual({ reason: "role-name-form" });
    },
  );

  it("have no secret in them, and are not overlong", () => {
    const secret = `7:${"A".repeat(43)}=`;
    expect(checkRoleTexts({ name: secret, description: "" })).toEqual({
      reason: "contains-secret",
      field: "name",
    });
    expect(checkRoleTexts({ name: "x", description: secret })).toEqual({
      reason: "contains-secret",
      field: "description",
    });
    expect(checkRoleTexts({ name: "x".repeat(MOST.name + 1), description: "" })).toEqual({
      reason: "too-long",
      field: "name",
      most: MOST.name,
    });
    expect(checkRoleTexts({ name: "x", description: "y".repeat(MOST.description + 1) })).toMatchObject({
      reason: "too-long",
      field: "description",
    });
  });

  it("may stay as odd as they are in the manager", () => {
    const odd = { name: `<${"x".repeat(200)}>`, description: "y".repeat(2000) };
    expect(checkRoleTexts(odd, odd)).toBeUndefined();
    expect(checkRoleTexts({ ...odd, name: "<y>" }, odd)).toEqual({ reason: "role-name-form" });
  });
});

describe("IDs as people type them", () => {
  it.each([
    ["", []],
    ["3, 17,20", [3, 17, 20]],
    ["20 3;3\n0", [0, 3, 20]],
    ["2147483647", [2_147_483_647]],
  ])("%j", (text, ids) => {
    expect(readIds(text)).toEqual(ids);
  });

  it.each(["all", "1-5", "-1", "1.5", "2147483648", "1e3"])("are not %j", (text) => {
    expect(readIds(text)).toBeUndefined();
  });
});

describe("rights chosen in one area", () => {
  const rights = ["a.x.canDo1", "a.x.canDo2", "a.y.canDo3"];

  it("leave those of the others as they are", () => {
    expect(withChosen(rights, ["a.x.canDo9"], "a.x")).toEqual(["a.x.canDo9", "a.y.canDo3"]);
    expect(withChosen(rights, [], "a.y")).toEqual(["a.x.canDo1", "a.x.canDo2"]);
  });

  it("are of that area, whatever is sent", () => {
    expect(withChosen(rights, ["a.z.canDo7"], "a.y")).toEqual(["a.x.canDo1", "a.x.canDo2"]);
  });

  it("are all there are where all areas are shown", () => {
    expect(withChosen(rights, ["b.z.canDo7", "b.z.canDo7"], undefined)).toEqual(["b.z.canDo7"]);
    expect(areaOf("b.z.canDo7")).toBe("b.z");
    expect(areaOf("odd")).toBe("");
  });
});
