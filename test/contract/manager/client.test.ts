import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Secret } from "../../../src/domain/secret.ts";
import { keyId } from "../../../src/domain/values.ts";
import { managerClient } from "../../../src/manager/client.ts";
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
  timeZone: "Etc/UTC",
  active: true,
} as const;
const NOBODY = keyId.parse(999_999);
const clientOf = (secret: string) =>
  managerClient({ url: manager.url, secret: new Secret(secret), timeoutMs: 5000 });

describe("the bot's client against a manager", () => {
  it("makes a key with everything that was asked for, and hides the secret", async () => {
    const expiresAt = manager.time + 5000;
    const wanted = { ...making, name: "made", description: "why", locale: "ja-JP", expiresAt } as const;
    const { key, secret } = await manager.client.createKey({
      ...wanted,
      timeZone: "Asia/Tokyo",
      active: false,
    });
    expect(key).toEqual({
      id: expect.any(Number),
      name: "made",
      description: "why",
      role: 2,
      active: false,
      expiresAt,
      locale: "ja-JP",
      timeZone: "Asia/Tokyo",
      createdAt: manager.time,
      lastUsedAt: undefined,
      failures: 0,
    });
    expect(JSON.stringify({ secret })).toBe('{"secret":"[secret]"}');
    expect((await manager.call("GET", `/apikeys/${key.id}`)).json).toMatchObject({
      locale: "ja-JP",
      timeZone: "Asia/Tokyo",
    });
    await manager.client.setActive(key.id, true);
    expect((await manager.as(secret.reveal())("GET", "/apikeys/current")).json.ID).toBe(key.id);
  });

  it("counts it as an answer that somebody else's secret is refused, and as a refusal where it is its own", async () => {
    const results: string[] = [];
    const observe = ({ result }: { result: string }): void => void results.push(result);
    const wrong = new Secret(`8:${"A".repeat(43)}=`);
    const given = { url: manager.url, timeoutMs: 5000, observe };
    const own = managerClient({ ...given, secret: new Secret(manager.botSecret) });
    expect(await own.keyOpenedBy(wrong)).toBeUndefined();
    await own.close();
    const refused = managerClient({ ...given, secret: wrong });
    await expect(refused.describeCurrent()).rejects.toMatchObject({ code: "manager-refused-credentials" });
    await refused.close();
    expect(results).toEqual(["ok", "manager-refused-credentials"]);
  });

  it("tells a taken name from every other refusal", async () => {
    await manager.client.createKey({ ...making, name: "taken" });
    await expect(manager.client.createKey({ ...making, name: "Taken" })).rejects.toMatchObject({
      code: "manager-conflict",
    });
    await expect(manager.client.createKey({ ...making, name: "x", role: 77 })).rejects.toMatchObject({
      code: "manager-rejected",
      message: "POST /apikeys (400)",
    });
  });

  it("describes a key, and nothing where there is none", async () => {
    const { key } = await manager.client.createKey({ ...making, name: "described" });
    expect(await manager.client.describeKey(key.id)).toEqual(key);
    expect(key.expiresAt).toBeUndefined();
    expect(await manager.client.describeKey(NOBODY)).toBeUndefined();
  });

  it("locks and unlocks, and takes a time lock away with it", async () => {
    const { key } = await manager.client.createKey({ ...making, name: "switched" });
    const path = `/apikeys/${key.id}`;
    await manager.call("POST", path, { active: false, unlockTime: manager.time + 1 });
    expect((await manager.client.setActive(key.id, false)).active).toBe(false);
    expect((await manager.call("GET", path)).json).not.toHaveProperty("unlockTime");
    expect((await manager.client.setActive(key.id, true)).active).toBe(true);
    await expect(manager.client.setActive(NOBODY, false)).rejects.toMatchObject({
      code: "manager-not-found",
    });
  });

  it("deletes, also what is gone already", async () => {
    const { key } = await manager.client.createKey({ ...making, name: "deleted" });
    await manager.client.deleteKey(key.id);
    await manager.client.deleteKey(key.id);
    expect(await manager.client.describeKey(key.id)).toBeUndefined();
  });

  it("finds a key by exactly its name, letter case aside", async () => {
    const { key } = await manager.client.createKey({ ...making, name: "ci_bot" });
    await manager.client.createKey({ ...making, name: "ciXbot" });
    expect(await manager.client.keyNamed("CI_bot", { timeout: 1500 })).toEqual(key);
    expect(await manager.client.keyNamed("ci%")).toBeUndefined();
  });

  it("finds keys by a piece of their description, taken literally", async () => {
    const described = async (name: string, description: string) =>
      (await manager.client.createKey({ ...making, name, description })).key.id;
    const marked = await described("marked", "for nights [100%_a]");
    await described("similar", "for nights [100__a]");
    expect((await manager.client.keysDescribedWith("[100%_a]")).map(({ id }) => id)).toEqual([marked]);
  });

  it("finds more keys than one page holds", async () => {
    const names = Array.from({ length: 1001 }, (_, n) => `many-${n}`);
    while (names.length > 0)
      await Promise.all(
        names.splice(0, 50).map(async (name) => {
          await manager.client.createKey({ ...making, name, description: "one of many" });
        }),
      );
    const found = await manager.client.keysDescribedWith("one of many");
    expect(new Set(found.map(({ id }) => id)).size).toBe(1001);
  });

  it("reads roles with the paths of their rights", async () => {
    const [full, auditor] = await manager.client.roles();
    expect(full).toMatchObject({ id: 1, name: "Full Access", immutable: true, allComputers: true });
    expect(full?.rights).toHaveLength(161);
    expect(auditor).toEqual(await manager.client.role(2));
    expect(auditor?.rights).toEqual([
      "platformRights.computerRights.canViewNotRelatedToComputers",
      "platformRights.computerRights.canViewOtherComputers",
      "platformRights.policyRights.canViewOtherPolicies",
    ]);
    expect(await manager.client.role(77)).toBeUndefined();
  });

  it("tells refused credentials from a missing right", async () => {
    const { secret } = await manager.client.createKey({ ...making, name: "auditor" });
    const auditor = clientOf(secret.reveal());
    await expect(auditor.roles()).rejects.toMatchObject({ code: "manager-forbidden" });
    await auditor.close();
    const nobody = clientOf("99:nothing");
    await expect(nobody.roles()).rejects.toMatchObject({ code: "manager-refused-credentials" });
    await nobody.close();
  });

  it("names the base URL as people need it", async () => {
    const client = managerClient({ url: `${manager.url}/`, secret: new Secret("1:x"), timeoutMs: 1 });
    expect(client.url).toBe(manager.url);
    await client.close();
  });
});
