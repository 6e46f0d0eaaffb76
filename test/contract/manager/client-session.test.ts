import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NEEDED, RIGHT } from "../../../src/domain/own-rights.ts";
import { Secret } from "../../../src/domain/secret.ts";
import { managerClient } from "../../../src/manager/client.ts";
import { type ManagerSession, openSession } from "../../../src/manager/session.ts";
import { ADMIN_PASSWORD } from "../../support/embedded-manager.ts";
import { type RawManager, rawManager } from "./raw-http.ts";

let manager: RawManager;
let session: ManagerSession;
const making = { description: "", locale: "en-US", timeZone: "Etc/UTC", active: true } as const;
const open = (password = ADMIN_PASSWORD) =>
  openSession({
    url: manager.url,
    trust: { kind: "system" },
    userName: "MasterAdmin",
    password: new Secret(password),
    tenantName: "",
    mfaCode: "123456",
    timeoutMs: 5000,
  });

beforeAll(async () => {
  manager = await rawManager();
  session = await open();
});
afterAll(async () => {
  await session.close();
  await manager.close();
});

describe("a session of the client's", () => {
  it("does what a key does, and has no key of its own", async () => {
    expect((await session.keyNamed("portcullis"))?.role).toBe(1);
    await expect(session.describeCurrent()).rejects.toMatchObject({ code: "manager-forbidden" });
  });

  it("is refused with a wrong password", async () => {
    await expect(open("wrong password")).rejects.toMatchObject({
      code: "manager-refused-credentials",
      message: "POST /sessions (401)",
    });
  });

  it("ends when it is closed: eleven one after the other are not too many", async () => {
    for (let i = 0; i < 11; i += 1) await (await open()).close();
    const last = await open();
    await last.close();
    await expect(last.roles()).rejects.toMatchObject({ code: expect.stringMatching(/^manager-/) });
  });

  it("makes a role with just these rights, for keys alone, and adds to it", async () => {
    const made = await session.createRoleForKeys({
      name: "made",
      description: "why",
      rights: [RIGHT.viewKeys],
    });
    expect(made).toMatchObject({
      name: "made",
      description: "why",
      rights: [RIGHT.viewKeys],
      allComputers: false,
      allPolicies: false,
      allowUserInterface: false,
      allowWebService: true,
      onlyEqualOrLesserUsers: false,
      immutable: false,
    });
    const grown = await session.grantRights(made.id, [RIGHT.viewRoles]);
    expect(grown.rights).toEqual([RIGHT.viewRoles, RIGHT.viewKeys].sort());
    expect(await session.role(made.id)).toEqual(grown);
  });
});

describe("a key with the role that first-key makes", () => {
  it("may do everything that the program does, and hand out more than it has; it may write no roles", async () => {
    const { id: role } = await session.createRoleForKeys({
      name: "Portcullis",
      description: "",
      rights: NEEDED,
    });
    const { secret } = await session.createKey({ ...making, name: "own", role });
    const client = managerClient({ url: manager.url, secret, timeoutMs: 5000 });
    const { key } = await client.createKey({ ...making, name: "mighty", role: 1, active: false });
    await client.setActive(key.id, true);
    await client.setActive(key.id, false);
    expect((await client.keysDescribedWith("")).length).toBeGreaterThan(1);
    await client.deleteKey(key.id);
    expect((await client.role(1))?.immutable).toBe(true);
    const body = { name: "mine", rights: {} };
    expect((await manager.as(secret.reveal())("POST", "/roles", body)).status).toBe(403);
    await client.close();
  });

  it.each<[string, string, (client: ReturnType<typeof managerClient>) => Promise<unknown>]>([
    ["viewKeys", RIGHT.viewKeys, (client) => client.keyNamed("x")],
    ["createKeys", RIGHT.createKeys, (client) => client.createKey({ ...making, name: "x", role: 2 })],
    ["deleteKeys", RIGHT.deleteKeys, async (client) => client.deleteKey((await client.describeCurrent()).id)],
    [
      "editKeys",
      RIGHT.editKeys,
      async (client) => client.setActive((await client.describeCurrent()).id, false),
    ],
    ["viewRoles", RIGHT.viewRoles, (client) => client.roles()],
  ])("lacking %s is told which right it is", async (name, right, doing) => {
    const rights = NEEDED.filter((each) => each !== right);
    const { id: role } = await session.createRoleForKeys({ name, description: "", rights });
    const { secret } = await session.createKey({ ...making, name: `lacks-${name}`, role });
    const client = managerClient({ url: manager.url, secret, timeoutMs: 5000 });
    await expect(doing(client)).rejects.toMatchObject({ code: "manager-forbidden", right });
    await client.close();
  });
});

describe("the client's own key", () => {
  it("is described with language, time zone and expiry, and changed in part", async () => {
    const expiresAt = manager.time + 9000;
    const wanted = { ...making, name: "self", role: 2, expiresAt };
    const { key, secret } = await session.createKey({ ...wanted, locale: "ja-JP", timeZone: "Asia/Tokyo" });
    const client = managerClient({ url: manager.url, secret, timeoutMs: 5000 });
    const own = { ...key, lastUsedAt: manager.time };
    expect(await client.describeCurrent()).toEqual(own);
    expect(await client.modifyCurrent({ description: "mine" })).toEqual({ ...own, description: "mine" });
    expect(await client.modifyCurrent({ name: "renamed", timeZone: "UTC", description: "" })).toEqual({
      ...own,
      name: "renamed",
      timeZone: "UTC",
    });
    await expect(client.modifyCurrent({ name: "portcullis" })).rejects.toMatchObject({
      code: "manager-conflict",
    });
    await client.close();
  });
});
