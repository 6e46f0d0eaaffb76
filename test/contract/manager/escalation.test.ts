import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RawManager, rawManager } from "./raw-http.ts";

let manager: RawManager;
beforeAll(async () => {
  manager = await rawManager();
});
afterAll(() => manager.close());

const ALL_OF_KEYS = {
  canCreateNewApiKeys: true,
  canDeleteApiKeys: true,
  canEditApiKeyProperties: true,
  canViewApiKeys: true,
};
const ALL_OF_ROLES = {
  canCreateNewAdministratorRoles: true,
  canDeleteAdministratorRoles: true,
  canEditAdministratorRoleProperties: true,
  canViewAdministratorRoles: true,
};
const KEYS_AND_ROLES = {
  platformRights: { apikeyRights: ALL_OF_KEYS, administratorRoleRights: ALL_OF_ROLES },
};

let count = 0;
/** A role with these members, a key that has it, and words to call with that key. */
async function holder(members: object) {
  count += 1;
  const { json: role } = await manager.call("POST", "/roles", { name: `role ${count}`, ...members });
  const key = await manager.make({ keyName: `key ${count}`, roleID: role.ID });
  return { role, key, call: manager.as(key.secretKey) };
}

const view = (name: string) => ({ rights: { platformRights: { alertRights: { [name]: true } } } });

describe("nobody makes or changes a role beyond their own (contract 2.4)", () => {
  it.each([
    ["a right", view("canDismissGlobalAlerts")],
    ["access to the web service", { allowWebService: true }],
    ["migration", { allowMigration: true }],
    ["computers", { allComputers: true }],
    ["another computer", { computerIDs: [1, 3] }],
    ["another group", { computerGroupIDs: [0] }],
    ["another policy", { policyIDs: [9] }],
  ])("not by adding %s", async (_what, more) => {
    const scope = { allComputers: false, computerIDs: [1, 2], allPolicies: false, policyIDs: [4] };
    const { call, role } = await holder({ ...scope, rights: KEYS_AND_ROLES });
    count += 1;
    const made = await call("POST", "/roles", { name: `beyond ${count}`, ...scope, ...more });
    expect([made.status, made.json.message]).toEqual([403, "Not authorized to create administrator roles."]);
    const own = await call("POST", `/roles/${role.ID}`, more);
    expect([own.status, own.json.message]).toEqual([
      403,
      "Not authorized to modify administrator roles or the requested modification is not permitted.",
    ]);
    expect((await manager.call("GET", `/roles/${role.ID}`)).json).toEqual(role);
    const within = await call("POST", "/roles", { name: `within ${count}`, ...scope });
    expect(within.status).toBe(200);
  });

  it("nor touches a role that has more, not even to weaken or delete it", async () => {
    const { call } = await holder({ rights: KEYS_AND_ROLES });
    const { json: stronger } = await manager.call("POST", "/roles", {
      name: "stronger",
      ...view("canDismissGlobalAlerts"),
    });
    const weaker = { rights: { platformRights: { alertRights: { canDismissGlobalAlerts: false } } } };
    expect((await call("POST", `/roles/${stronger.ID}`, weaker)).status).toBe(403);
    expect((await call("DELETE", `/roles/${stronger.ID}`)).status).toBe(403);
  });

  it("and who has taken a right from himself cannot climb back", async () => {
    const { call, role } = await holder({ rights: KEYS_AND_ROLES });
    const set = async (canDeleteApiKeys: boolean) =>
      (
        await call("POST", `/roles/${role.ID}`, {
          rights: { platformRights: { apikeyRights: { canDeleteApiKeys } } },
        })
      ).status;
    expect(await set(false)).toBe(200);
    expect(await set(true)).toBe(403);
  });

  it("while Full Access is bounded by nothing", async () => {
    const { status } = await manager.call("POST", "/roles", { name: "anything", allowMigration: true });
    expect(status).toBe(200);
  });
});

describe("who may only deal with equals (contract 2.4)", () => {
  const limited = { rights: KEYS_AND_ROLES, canOnlyManipulateUsersWithEqualOrLesserRights: true };

  it("makes keys of equal and lesser roles, and none of a greater", async () => {
    const { call, role } = await holder(limited);
    const make = async (keyName: string, roleID: number) =>
      call("POST", "/apikeys", { keyName: `${keyName} ${count}`, roleID });
    expect((await make("equal", role.ID)).status).toBe(200);
    const { json: lesser } = await manager.call("POST", "/roles", { name: `lesser ${count}` });
    expect((await make("lesser", lesser.ID)).status).toBe(200);
    const greater = await make("greater", 1);
    expect([greater.status, greater.json.message]).toEqual([403, "Not authorized to create API keys."]);
  });

  it("neither changes, rotates nor deletes a key of a greater role, nor gives anybody one", async () => {
    const { call, key } = await holder(limited);
    const greater = await manager.make({ keyName: `greater key ${count}`, roleID: 1 });
    const path = `/apikeys/${greater.ID}`;
    expect((await call("POST", path, { active: false })).status).toBe(403);
    expect((await call("POST", `${path}/secretkey`)).status).toBe(403);
    expect((await call("DELETE", path)).status).toBe(403);
    expect((await call("POST", `/apikeys/${key.ID}`, { roleID: 1 })).status).toBe(403);
    expect((await manager.call("GET", path)).json).toMatchObject({ active: true, roleID: 1 });
    expect((await manager.as(greater.secretKey)("GET", "/apikeys/current")).status).toBe(200);
  });

  it("cannot shed the limit through a role or a key without it", async () => {
    const { call, role } = await holder(limited);
    const without = { canOnlyManipulateUsersWithEqualOrLesserRights: false };
    expect((await call("POST", `/roles/${role.ID}`, without)).status).toBe(403);
    const loose = { name: `loose ${count}`, rights: KEYS_AND_ROLES, ...without };
    expect((await call("POST", "/roles", loose)).status).toBe(403);
    const { json } = await manager.call("POST", "/roles", loose);
    expect((await call("POST", "/apikeys", { keyName: "loose", roleID: json.ID })).status).toBe(403);
  });

  it("makes roles that are limited as well, unless said otherwise", async () => {
    const { call } = await holder(limited);
    const { json } = await call("POST", "/roles", { name: `heir ${count}`, rights: KEYS_AND_ROLES });
    expect(json.canOnlyManipulateUsersWithEqualOrLesserRights).toBe(true);
  });

  it("while others may give keys roles that they lack themselves", async () => {
    const { call } = await holder({ rights: KEYS_AND_ROLES });
    expect((await call("POST", "/apikeys", { keyName: `given ${count}`, roleID: 1 })).status).toBe(200);
  });
});
