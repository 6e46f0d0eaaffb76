import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type RawManager, rawManager } from "./raw-http.ts";

let manager: RawManager;
beforeAll(async () => {
  manager = await rawManager();
});
afterAll(() => manager.close());

const create = async (members: object): Promise<Answer> => manager.call("POST", "/roles", members);
const modify = async (id: number, change: object) => manager.call("POST", `/roles/${id}`, change);
const told = ({ status, json }: Answer) => [status, json.message];

function granted(rights: object): string[] {
  return Object.entries(rights).flatMap(([member, value]) =>
    typeof value === "object" ? granted(value) : value === true ? [member] : [],
  );
}

describe("making a role (contract 4.2)", () => {
  it("fills in everything that the vendor's sample leaves out, as its console does", async () => {
    const { status, json } = await create({
      name: "Policies only",
      allPolicies: false,
      rights: { platformRights: { policyRights: { canCreateNewPolicies: true } } },
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      description: "",
      urn: "urn:tmds:identity::0:role/Policies only",
      immutable: false,
      canOnlyManipulateUsersWithEqualOrLesserRights: false,
      allComputers: true,
      allPolicies: false,
      allowUserInterface: true,
      allowWebService: false,
      policyIDs: [],
    });
    expect(json).not.toHaveProperty("computerIDs");
    expect(granted(json.rights)).toEqual([
      "canViewNotRelatedToComputers",
      "canViewOtherComputers",
      "canCreateNewPolicies",
      "canViewOtherPolicies",
    ]);
  });

  it("answers its members in the order of real managers, and the whole tree", async () => {
    const { json } = await create({ name: "ordered", allComputers: false, allPolicies: false });
    expect(Object.keys(json).slice(0, 5)).toEqual([
      "name",
      "description",
      "urn",
      "immutable",
      "canOnlyManipulateUsersWithEqualOrLesserRights",
    ]);
    expect(Object.keys(json).slice(-5)).toEqual([
      "rights",
      "computerIDs",
      "computerGroupIDs",
      "policyIDs",
      "ID",
    ]);
    const { json: full } = await manager.call("GET", "/roles/1");
    const shape = (tree: object): unknown =>
      Object.entries(tree).map(([member, value]) => [member, typeof value === "object" && shape(value)]);
    expect(shape(json.rights)).toEqual(shape(full.rights));
  });

  it("reads back as it was answered, in describe, list and search", async () => {
    const { json } = await create({ name: "read back", computerIDs: [1, 2], allComputers: false });
    expect((await manager.call("GET", `/roles/${json.ID}`)).json).toEqual(json);
    expect((await manager.call("GET", "/roles")).json.roles).toContainEqual(json);
    const searchCriteria = { fieldName: "name", stringValue: "read back" };
    expect((await manager.call("POST", "/roles/search", { searchCriteria })).json.roles).toEqual([json]);
  });

  it("takes truths and numbers as texts, null as unset, and ignores what it does not know", async () => {
    const { status, json } = await create({
      name: "lenient",
      description: null,
      allowWebService: "true",
      allComputers: "false",
      computerGroupIDs: ["0", 3],
      urn: "mine",
      immutable: true,
      ID: 1,
      rights: {
        platformRights: { apikeyRights: { canViewApiKeys: "true", canFly: true }, flyingRights: { a: true } },
        ["__proto__"]: { polluted: true },
      },
    });
    expect([status, json.immutable, json.allowWebService]).toEqual([200, false, true]);
    expect(json.computerGroupIDs).toEqual([0, 3]);
    expect(json.rights.platformRights.apikeyRights).toMatchObject({ canViewApiKeys: true });
    expect(json.rights.platformRights.apikeyRights).not.toHaveProperty("canFly");
  });

  it.each([
    [{}, "The member name is required."],
    [{ name: "" }, "The value of name is not valid."],
    [{ name: "a\nb" }, "The value of name is not valid."],
    [{ name: "x".repeat(255) }, "The value of name is not valid."],
    [{ name: "bad", description: "a\0b" }, "The value of description is not valid."],
    [{ name: "bad", allComputers: 1 }, "The value of allComputers is not valid."],
    [{ name: "bad", rights: true }, "The value of rights is not valid."],
    [{ name: "bad", rights: { platformRights: true } }, "The value of rights is not valid."],
    [
      { name: "bad", rights: { platformRights: { apikeyRights: { canViewApiKeys: 1 } } } },
      "The value of rights is not valid.",
    ],
    [{ name: "bad", policyIDs: [1.5] }, "The value of policyIDs is not valid."],
    [{ name: "bad", policyIDs: [null] }, "The value of policyIDs is not valid."],
    [{ name: "full access" }, "The requested role name already exists."],
  ])("refuses %o with 400, and makes nothing", async (members, text) => {
    const before = (await manager.call("GET", "/roles")).json;
    expect(told(await create(members))).toEqual([400, text]);
    expect((await manager.call("GET", "/roles")).json).toEqual(before);
  });
});

describe("changing a role (contract 4.2)", () => {
  it("merges rights member by member and leaves the rest", async () => {
    const { json: before } = await create({ name: "merged", description: "kept", allowWebService: true });
    const rights = {
      platformRights: {
        apikeyRights: { canViewApiKeys: true },
        computerRights: { canViewOtherComputers: false },
      },
    };
    const { json: after } = await modify(before.ID, { rights });
    expect(granted(after.rights)).toEqual([
      "canViewNotRelatedToComputers",
      "canViewOtherPolicies",
      "canViewApiKeys",
    ]);
    expect({ ...after, rights: before.rights }).toEqual(before);
  });

  it("takes effect at once for the keys that have it", async () => {
    const { json: role } = await create({ name: "switched" });
    const { secretKey } = await manager.make({ keyName: "of switched", roleID: role.ID });
    const list = async () => (await manager.as(secretKey)("GET", "/apikeys")).status;
    const view = (canViewApiKeys: boolean) => ({
      rights: { platformRights: { apikeyRights: { canViewApiKeys } } },
    });
    expect(await list()).toBe(403);
    await modify(role.ID, view(true));
    expect(await list()).toBe(200);
    await modify(role.ID, view(false));
    expect(await list()).toBe(403);
  });

  it("takes its urn from its name, and what its keys are told of it", async () => {
    const { json: role } = await create({ name: "before" });
    const { secretKey } = await manager.make({ keyName: "of renamed", roleID: role.ID });
    const { json } = await modify(role.ID, { name: "after" });
    expect(json.urn).toBe("urn:tmds:identity::0:role/after");
    const own = await manager.as(secretKey)("GET", "/apikeys/current");
    expect(own.json.roleURN).toBe("urn:tmds:identity::0:role/after");
  });

  it("keeps the lists that `all` hides", async () => {
    const { json: role } = await create({ name: "lists", allPolicies: false, policyIDs: [7] });
    expect((await modify(role.ID, { allPolicies: true })).json).not.toHaveProperty("policyIDs");
    expect((await modify(role.ID, { allPolicies: false })).json.policyIDs).toEqual([7]);
  });

  it("may change the case of its name, and take no other's", async () => {
    const { json: role } = await create({ name: "cased" });
    expect((await modify(role.ID, { name: "CASED" })).json.name).toBe("CASED");
    expect(told(await modify(role.ID, { name: "AUDITOR" }))).toEqual([
      400,
      "The requested role name already exists.",
    ]);
  });

  it("is refused for Full Access, which is immutable, and works for Auditor, which is not", async () => {
    expect(told(await modify(1, { description: "x" }))).toEqual([
      403,
      "Not authorized to modify administrator roles or the requested modification is not permitted.",
    ]);
    expect((await modify(2, { description: "x" })).json.description).toBe("x");
  });

  it("survives a restart", async () => {
    const data = mkdtempSync(join(tmpdir(), "manager-"));
    const first = await rawManager({ data });
    const made = await first.call("POST", "/roles", {
      name: "lasting",
      allComputers: false,
      computerIDs: [5],
    });
    await first.close();
    const second = await rawManager({ data });
    expect((await second.call("GET", `/roles/${made.json.ID}`)).json).toEqual(made.json);
    await second.close();
    rmSync(data, { recursive: true });
  });
});

describe("deleting a role (contract 4.2)", () => {
  it("answers 200 with nothing, and never uses the ID again", async () => {
    const { json: role } = await create({ name: "short-lived" });
    const gone = await manager.call("DELETE", `/roles/${role.ID}`);
    expect([gone.status, gone.text]).toEqual([200, ""]);
    expect((await manager.call("GET", `/roles/${role.ID}`)).status).toBe(404);
    expect((await create({ name: "short-lived" })).json.ID).toBe(role.ID + 1);
  });

  it("is refused while a key has it", async () => {
    const { json: role } = await create({ name: "in use" });
    const key = await manager.make({ keyName: "user of it", roleID: role.ID });
    expect(told(await manager.call("DELETE", `/roles/${role.ID}`))).toEqual([
      400,
      "The administrator role is in use.",
    ]);
    await manager.call("DELETE", `/apikeys/${key.ID}`);
    expect((await manager.call("DELETE", `/roles/${role.ID}`)).status).toBe(200);
  });

  it("is refused for Full Access, and says 404 of what is not there", async () => {
    expect(told(await manager.call("DELETE", "/roles/1"))).toEqual([
      403,
      "Not authorized to delete administrator roles.",
    ]);
    expect(told(await manager.call("DELETE", "/roles/9999"))).toEqual([
      404,
      "The administrator role does not exist.",
    ]);
  });
});

describe("rights on roles (contract 2.4)", () => {
  it.each([
    ["POST", "/roles", "Not authorized to create administrator roles."],
    [
      "POST",
      "/roles/2",
      "Not authorized to modify administrator roles or the requested modification is not permitted.",
    ],
    ["DELETE", "/roles/2", "Not authorized to delete administrator roles."],
  ])("a key with the role Auditor is refused %s %s", async (method, path, text) => {
    const { secretKey } = await manager.make({ keyName: `auditor ${method} ${path}`, roleID: 2 });
    const body = method === "POST" ? { name: "never" } : undefined;
    expect(told(await manager.as(secretKey)(method, path, body))).toEqual([403, text]);
  });
});
