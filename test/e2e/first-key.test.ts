import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { firstKey } from "../../src/cli/first-key.ts";
import { makeOwnKey, roleForOwnKey } from "../../src/cli/make-own-key.ts";
import { NEEDED, RIGHT } from "../../src/domain/own-rights.ts";
import { Secret } from "../../src/domain/secret.ts";
import { ownTls } from "../../src/embedded-manager/own-authority.ts";
import { type EmbeddedManager, startEmbeddedManager } from "../../src/embedded-manager/server.ts";
import { type ManagerSession, openSession } from "../../src/manager/session.ts";
import { works } from "../support/context.ts";
import { ADMIN_PASSWORD } from "../support/embedded-manager.ts";
import { scriptedTerminal } from "../support/terminal.ts";

let manager: EmbeddedManager;
let admin: ManagerSession;
let folder: string;
let environment: Record<string, string>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "portcullis-first-key-"));
  manager = await startEmbeddedManager({ data: ":memory:", adminPassword: ADMIN_PASSWORD });
  const { url } = manager;
  admin = await openSession({
    url,
    trust: { kind: "system" },
    userName: "MasterAdmin",
    password: new Secret(ADMIN_PASSWORD),
    timeoutMs: 5000,
  });
  environment = { MANAGER_URL: url, MANAGER_USER: "MasterAdmin", MANAGER_PASSWORD: ADMIN_PASSWORD };
});
afterEach(async () => {
  await admin.close();
  await manager.close();
  await rm(folder, { recursive: true });
});

/** The program in a process of its own, with nobody at its terminal. */
async function program(words: string[], env = environment) {
  const cli = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
  const child = spawn(process.execPath, [cli, "first-key", ...words], { cwd: folder, env, stdio: "pipe" });
  child.stdin.end();
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = (await once(child, "close")) as [number];
  return { code, stdout, stderr };
}

/** The same in this process. */
async function run(words: string[] = [], env = environment) {
  const { terminal, printed, said } = scriptedTerminal();
  const code = await firstKey(words, terminal, env);
  return { code, stdout: printed(), stderr: said(), secret: secretIn(printed()) };
}

function secretIn(text: string): string {
  return /^MANAGER_SECRET=(\d+:\S{43}=)\n$/.exec(text)?.[1] ?? "";
}

describe("first-key", () => {
  test("makes a role and a key, and prints the secret, once and alone, to the standard output", async () => {
    const { code, stdout, stderr } = await program([]);
    expect([code, stderr.includes("and works")]).toEqual([0, true]);
    const secret = secretIn(stdout);
    expect(await works(manager.url, secret)).toBe(true);
    expect(stderr).not.toContain(secret);
    expect(stderr).toContain("refuses changes to roles: that would need full access");
    const key = await admin.keyNamed("portcullis");
    const role = await admin.role(key?.role ?? 0);
    expect(role).toMatchObject({ name: "Portcullis", rights: NEEDED.toSorted(), allComputers: false });
  });

  test("run again says what is there, and makes nothing", async () => {
    const { secret } = await run();
    const again = await program([]);
    expect([again.code, again.stdout]).toEqual([0, ""]);
    expect(again.stderr).toContain("There is a key portcullis (ID 2) already; nothing was made.");
    expect(again.stderr).toContain("Its role is Portcullis (ID 3).");
    expect(await works(manager.url, secret)).toBe(true);
  });

  test("run again gives the role that was made for it what it lacks by now", async () => {
    const role = await admin.createRoleForKeys({
      name: "Portcullis",
      description: "",
      rights: [RIGHT.viewKeys],
    });
    await admin.createKey({ ...aKey, name: "portcullis", role: role.id });
    const { stderr } = await run();
    expect(stderr).toContain("The role lacked some rights, which it has now");
    expect((await admin.role(role.id))?.rights).toEqual(NEEDED.toSorted());
  });

  test("leaves a role of somebody else's as it is, and says what it lacks", async () => {
    await admin.createKey({ ...aKey, name: "portcullis", role: 2 });
    expect((await run()).stderr).toContain("The role lacks rights that are needed");
    expect((await admin.role(2))?.rights).not.toContain(RIGHT.viewKeys);
  });

  test("gives full access where roles shall be changed, and a replacement keeps what there was", async () => {
    const first = await run(["--change-roles"]);
    expect(first.stderr).toContain("can also change roles");
    await run(["--replace"]);
    expect((await admin.keyNamed("portcullis"))?.role).toBe(1);
    await run(["--replace", "--no-change-roles"]);
    expect((await admin.role((await admin.keyNamed("portcullis"))?.role ?? 0))?.name).toBe("Portcullis");
  });

  test("asks for what the environment does not say", async () => {
    const { asked, printed, terminal } = scriptedTerminal({
      address: manager.url,
      "User name": "MasterAdmin",
      Password: ADMIN_PASSWORD,
      Tenant: "",
      MFA: "123456",
      "Change roles": "n",
    });
    expect(await firstKey([], terminal, {})).toBe(0);
    expect(asked).toHaveLength(6);
    expect(await works(manager.url, secretIn(printed()))).toBe(true);
  });
});

describe("--out", () => {
  test("writes the secret to a new file for its owner alone, and prints nothing", async () => {
    const file = join(folder, "secret.env");
    const { code, stdout } = await program(["--out", file]);
    expect([code, stdout]).toEqual([0, ""]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await works(manager.url, secretIn(readFileSync(file, "utf8")))).toBe(true);
  });

  test("overwrites nothing, and says so before anything is made", async () => {
    const file = join(folder, "secret.env");
    await writeFile(file, "mine");
    const { code, stderr } = await program(["--out", file]);
    expect([code, stderr]).toEqual([1, `${file} exists, and is not overwritten.\n`]);
    expect(readFileSync(file, "utf8")).toBe("mine");
    expect(await admin.keyNamed("portcullis")).toBeUndefined();
  });

  test("leaves no empty file behind where there was nothing to write", async () => {
    const file = join(folder, "secret.env");
    expect((await run(["--out", file], { ...environment, MANAGER_PASSWORD: "wrong" })).code).toBe(1);
    expect(existsSync(file)).toBe(false);
    await run();
    expect((await run(["--out", file])).code).toBe(0);
    expect(existsSync(file)).toBe(false);
  });
});

describe("--replace", () => {
  test("makes another key under the same name, and ends the old one", async () => {
    const old = await run();
    const fresh = await program(["--replace"]);
    expect(fresh.code).toBe(0);
    expect(fresh.stderr).toContain("Key 2, which it replaces, is deleted.");
    expect(await works(manager.url, old.secret)).toBe(false);
    expect(await works(manager.url, secretIn(fresh.stdout))).toBe(true);
    expect(await admin.keyNamed("portcullis")).toMatchObject({ id: 3 });
    expect(await admin.keyNamed("portcullis-next")).toBeUndefined();
  });

  test("goes on where it was cut short before the old key was deleted", async () => {
    const old = await run();
    await admin.createKey({ ...aKey, name: "portcullis-next", role: 2 });
    const fresh = await run(["--replace"]);
    expect([await works(manager.url, old.secret), await works(manager.url, fresh.secret)]).toEqual([
      false,
      true,
    ]);
    expect(await admin.keyNamed("portcullis-next")).toBeUndefined();
  });

  test("goes on where it was cut short after that", async () => {
    const { secret } = await admin.createKey({ ...aKey, name: "portcullis-next", role: 2 });
    expect((await run()).stderr).toContain("There is a key portcullis-next");
    const fresh = await run(["--replace"]);
    expect([await works(manager.url, secret.reveal()), await works(manager.url, fresh.secret)]).toEqual([
      false,
      true,
    ]);
    expect(await admin.keyNamed("portcullis")).toBeDefined();
    expect(await admin.keyNamed("portcullis-next")).toBeUndefined();
  });

  test("takes the new key away again, and leaves the old one, where the new one does not prove to work", async () => {
    const old = await run();
    const replacing = await admin.keyNamed("portcullis");
    const role = await roleForOwnKey(admin, false);
    const handOver = () => ({ describeCurrent: () => Promise.reject(new Error("the disk is full")) });
    const making = makeOwnKey(admin, { name: "portcullis", role, replacing }, handOver);
    await expect(making).rejects.toThrow("the disk is full");
    expect(await works(manager.url, old.secret)).toBe(true);
    expect(await admin.keyNamed("portcullis-next")).toBeUndefined();
  });
});

describe("what goes wrong is said in words, with what to do", () => {
  test("a wrong password", async () => {
    const { code, stdout, stderr } = await program([], { ...environment, MANAGER_PASSWORD: "wrong" });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("The manager does not accept these credentials.");
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test.each<[string, Record<string, string>, string]>([
    ["no settings and nobody to ask", {}, "MANAGER_URL is missing"],
    [
      "no user",
      { MANAGER_URL: "https://manager.example/api" },
      "MANAGER_USER and MANAGER_PASSWORD are needed",
    ],
    ["an address in clear", { MANAGER_URL: "http://manager.example/api" }, "must be an https URL"],
  ])("%s", async (_, env, words) => {
    const { code, stderr } = await run([], env);
    expect([code, stderr]).toEqual([1, expect.stringContaining(words)]);
  });

  test("a manager that is not there", async () => {
    const { stderr } = await run([], { ...environment, MANAGER_URL: "http://127.0.0.1:1/api" });
    expect(stderr).toContain("does not answer (POST /sessions (ECONNREFUSED))");
  });

  test("a certificate that nobody vouches for, with the fingerprint to compare", async () => {
    const own = await ownTls(folder, "127.0.0.1", Date.now());
    const options = { data: ":memory:", adminPassword: ADMIN_PASSWORD, tls: own.tls };
    await using secure = await startEmbeddedManager(options);
    const there = { ...environment, MANAGER_URL: secure.url };
    const refused = await run([], there);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("vouched for by nobody whom this machine trusts. Nothing was sent.");
    const [fingerprint = ""] = /[0-9a-f]{64}/.exec(refused.stderr) ?? [];
    expect((await run([], { ...there, MANAGER_FINGERPRINT: fingerprint })).code).toBe(0);
    expect((await run([], { ...there, MANAGER_CA_FILE: own.authorityFile })).code).toBe(0);
  });

  test("and it signs out all the same: more failures than a user may have sessions", async () => {
    for (let i = 0; i < 11; i += 1)
      expect((await run(["--name", "MasterAdmin"])).stderr).toContain("a key or user of this name already");
  });
});

const aKey = { description: "", locale: "en-US", timeZone: "Etc/UTC", active: true } as const;
