import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RIGHT } from "../../../src/domain/own-rights.ts";
import { keyId } from "../../../src/domain/values.ts";
import type { RoleDraft } from "../../../src/domain/wants.ts";
import { type RawManager, rawManager } from "./raw-http.ts";

let manager: RawManager;
beforeAll(async () => {
  manager = await rawManager();
});
afterAll(() => manager.close());

const making = {
  description: "",
  role: 2,
  locale: "en-US",
  timeZone: "UTC",
  active: true,
} as const;
const NOBODY = keyId.parse(999_999);
const made = async (name: string, change: object = {}) =>
  (await manager.client.createKey({ ...making, name, ...change })).key;
const stored = async (id: number) => (await manager.call("GET", `/apikeys/${id}`)).json;

describe("changing a key", () => {
  it("sets what is given, and nothing else", async () => {
    const { id } = await made("plain", { description: "before" });
    const change = { name: "renamed", locale: "ja-JP", timeZone: "Asia/Tokyo" } as const;
    expect(await manager.client.modifyKey(id, change)).toMatchObject({ ...change, description: "before" });
    expect(await manager.client.modifyKey(id, { description: "after", role: 1 })).toMatchObject({
      name: "renamed",
      description: "after",
      role: 1,
    });
  });

  it("sets an expiry, and takes it away again", async () => {
    const { id } = await made("ending");
    const expiresAt = manager.time + 60_000;
    expect((await manager.client.modifyKey(id, { expiresAt })).expiresAt).toBe(expiresAt);
    expect((await manager.client.modifyKey(id, { expiresAt: null })).expiresAt).toBeUndefined();
  });

  it("locks without a time after which the manager would open it", async () => {
    const { id } = await made("locked");
    await manager.call("POST", `/apikeys/${id}`, { active: false, unlockTime: manager.time + 60_000 });
    expect((await manager.client.modifyKey(id, { active: false })).active).toBe(false);
    expect(await stored(id)).not.toHaveProperty("unlockTime");
  });

  it("tells a taken name and a key that is gone from every other refusal", async () => {
    const { id } = await made("first");
    await made("second");
    await expect(manager.client.modifyKey(id, { name: "Second" })).rejects.toMatchObject({
      code: "manager-conflict",
    });
    await expect(manager.client.modifyKey(NOBODY, { name: "x" })).rejects.toMatchObject({
      code: "manager-not-found",
    });
  });
});

describe("a new secret", () => {
  it("works from then on, and the old one never again", async () => {
    const { key, secret } = await manager.client.createKey({ ...making, name: "rotated" });
    const renewed = await manager.client.newSecret(key.id);
    expect(renewed.key.id).toBe(key.id);
    expect((await manager.as(secret.reveal())("GET", "/apikeys/current")).status).toBe(401);
    expect((await manager.as(renewed.secret.reveal())("GET", "/apikeys/current")).status).toBe(200);
  });

  it("of a key that is gone is a fault", async () => {
    await expect(manager.client.newSecret(NOBODY)).rejects.toMatchObject({ code: "manager-not-found" });
  });
});

describe("all keys", () => {
  it("are read by pages in the order of their IDs", async () => {
    const ids: number[] = [];
    for (let after = 0; ;) {
      const page = await manager.client.keysAfter(after, 2);
      expect(page.length).toBeLessThanOrEqual(2);
      ids.push(...page.map(({ id }) => id));
      if (page.length < 2) break;
      after = ids.at(-1) ?? 0;
    }
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(ids.length).toBe((await manager.call("GET", "/apikeys")).json.apiKeys.length);
  });
});

describe("roles", () => {
  const draft: RoleDraft = {
    name: "Deployer",
    description: "for pipelines",
    rights: [RIGHT.createKeys, RIGHT.viewKeys].toSorted(),
    allComputers: false,
    allPolicies: true,
    allowUserInterface: false,
    allowWebService: true,
    onlyEqualOrLesserUsers: false,
    computerIds: [1, 2],
    computerGroupIds: [3],
    policyIds: [],
  };

  it("are made exactly as asked for, with no right besides", async () => {
    const role = await manager.client.createRole(draft);
    expect(role).toMatchObject(draft);
    expect(await manager.client.role(role.id)).toEqual(role);
  });

  it("lose the rights that a change leaves out", async () => {
    const { id } = await manager.client.createRole({ ...draft, name: "Shrinking" });
    const smaller = { ...draft, name: "Smaller", rights: [RIGHT.viewKeys], allComputers: true };
    const changed = await manager.client.modifyRole(id, {
      ...smaller,
      computerIds: [],
      computerGroupIds: [],
    });
    expect(changed).toMatchObject({ name: "Smaller", rights: [RIGHT.viewKeys], allComputers: true });
  });

  it("may be named from what was read a moment ago, until we change them ourselves", async () => {
    const { id } = await manager.client.createRole({ ...draft, name: "Remembered" });
    await manager.client.role(id);
    await manager.call("POST", `/roles/${id}`, { description: "changed outside" });
    expect((await manager.client.role(id, { noOlderThan: 60_000 }))?.description).toBe("for pipelines");
    expect((await manager.client.role(id))?.description).toBe("changed outside");
    await manager.client.modifyRole(id, { ...draft, name: "Remembered", description: "ours" });
    expect((await manager.client.role(id, { noOlderThan: 60_000 }))?.description).toBe("ours");
  });

  it("are deleted, once no key has them; what is gone already is gone", async () => {
    const { id } = await manager.client.createRole({ ...draft, name: "Short-lived" });
    const key = await made("has-role", { role: id });
    await expect(manager.client.deleteRole(id)).rejects.toMatchObject({ code: "manager-rejected" });
    await manager.client.deleteKey(key.id);
    await manager.client.deleteRole(id);
    await manager.client.deleteRole(id);
    expect(await manager.client.role(id)).toBeUndefined();
  });
});
