import { spawn } from "node:child_process";
import { once } from "node:events";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Agent, request } from "undici";
import { bootstrapKey } from "../../../src/embedded-manager/bootstrap.ts";
import { ownTls } from "../../../src/embedded-manager/own-authority.ts";
import { optionOf, SETTING_NAMES } from "../../../src/embedded-manager/settings.ts";
import { send } from "./raw-http.ts";

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "manager-"));
});
afterEach(() => rmSync(data, { recursive: true }));

function run(args: string[], env: Record<string, string> = {}) {
  const program = spawn(process.execPath, ["src/embedded-manager/main.ts", ...args], {
    env: { PATH: process.env["PATH"], ...env },
  });
  const printed = { out: "", err: "" };
  program.stdout.on("data", (chunk: Buffer) => (printed.out += chunk.toString()));
  program.stderr.on("data", (chunk: Buffer) => (printed.err += chunk.toString()));
  return { program, printed, ended: once(program, "close") };
}

describe("the manager as a program of its own", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("says where it listens, and ends cleanly on %s", async (signal) => {
    const { program, printed, ended } = run(["--port", "0", "--data", data]);
    await vi.waitFor(() => expect(printed.out).toContain("Stop it with Ctrl-C"), { timeout: 15_000 });
    const url = /listens on (http:\/\/127\.0\.0\.1:\d+\/api)/.exec(printed.out)?.[1] ?? "";
    const password = /shown only now: ([\w-]+)/.exec(printed.out)?.[1];
    const body = { userName: "MasterAdmin", password };
    expect((await send(url, "POST", "/sessions", { body })).status).toBe(200);
    program.kill(signal);
    expect(await ended).toEqual([0, null]);
    expect(printed.out).toMatch(/has stopped\.\n$/);
  });

  it("does not print a password that it was given", async () => {
    const env = { EMBEDDED_MANAGER_ADMIN_PASSWORD: "given in the environment" };
    const { program, printed, ended } = run(["--port", "0", "--data", data], env);
    await vi.waitFor(() => expect(printed.out).toContain("Stop it with Ctrl-C"), { timeout: 15_000 });
    program.kill("SIGINT");
    await ended;
    expect(printed.out).not.toContain("password");
  });

  it.each([
    [["--port", "many"], '--port takes a number from 0 to 65535, not "many".'],
    [["--nonsense"], "'--nonsense'"],
    [["--tls-cert", "a.pem"], "--tls-cert and --tls-key belong together: give both, or neither."],
    [["--tls-cert", "a", "--tls-key", "b", "--tls-self-signed"], "--tls-self-signed makes a certificate"],
    [["--tls-self-signed", "--data", ":memory:"], "needs a folder to keep its authority in"],
    [["--calls-per-key", "-1"], "'--calls-per-key"],
    [["--calls-per-key=many"], 'takes a whole number from 0 to 1000000, not "many".'],
    [["--sessions-exceeded", "shout"], 'takes refuse or end-oldest, not "shout".'],
    [["unlock-everything"], '"unlock-everything" is no command.'],
    [["unlock-user"], "There is no manager's data in "],
  ])("says what is wrong with %j and ends with 1", async (args, words) => {
    const { printed, ended } = run(["--data", join(data, "new"), ...args]);
    expect(await ended).toEqual([1, null]);
    expect(printed.err).toContain(words);
    expect(printed.err).not.toContain("    at ");
  });
});

const GIVEN = { EMBEDDED_MANAGER_ADMIN_PASSWORD: "given in the environment" };

async function started(args: string[], env: Record<string, string> = GIVEN) {
  const running = run(["--port", "0", "--data", data, ...args], env);
  await vi.waitFor(() => expect(running.printed.out).toContain("Stop it with Ctrl-C"), { timeout: 15_000 });
  const url = /listens on (\S+)/.exec(running.printed.out)?.[1] ?? "";
  const stop = async () => {
    running.program.kill("SIGTERM");
    await running.ended;
  };
  return { ...running, url, stop };
}

describe("its settings", () => {
  it("are taken from the command line before the environment, and kept", async () => {
    const env = { ...GIVEN, EMBEDDED_MANAGER_SESSIONS_PER_USER: "3", EMBEDDED_MANAGER_SESSION_MINUTES: "9" };
    await (await started(["--sessions-per-user", "1"], env)).stop();
    const again = await started([]);
    const body = { userName: "MasterAdmin", password: GIVEN.EMBEDDED_MANAGER_ADMIN_PASSWORD };
    const signIn = async () => (await send(again.url, "POST", "/sessions", { body })).status;
    expect([await signIn(), await signIn()]).toEqual([200, 401]);
    await again.stop();
  });

  it("are told by --help, each of them", async () => {
    const { printed, ended } = run(["--help"]);
    expect(await ended).toEqual([0, null]);
    for (const name of SETTING_NAMES) expect(printed.out).toContain(`--${optionOf(name)} `);
  });
});

describe("over HTTPS by an authority of its own", () => {
  it("says how clients can trust it, and keeps the authority over restarts", async () => {
    const first = await started(["--tls-self-signed"]);
    expect(first.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/api$/);
    const file = /its authority: (\S+)/.exec(first.printed.out)?.[1] ?? "";
    const authority = new X509Certificate(readFileSync(file));
    expect(first.printed.out).toContain(authority.fingerprint256);
    const agent = new Agent({ connect: { ca: readFileSync(file) } });
    const answer = await request(`${first.url}/openapi.json`, { dispatcher: agent });
    expect(answer.statusCode).toBe(200);
    await answer.body.dump();
    await agent.close();
    await first.stop();
    const second = await started(["--tls-self-signed"]);
    expect(second.printed.out.match(/: [0-9A-F:]{95}$/gm)).toEqual(
      first.printed.out.match(/: [0-9A-F:]{95}$/gm),
    );
    await second.stop();
    for (const name of ["ca.key", "server.key"])
      expect(statSync(join(data, "tls", name)).mode & 0o777).toBe(0o600);
  });

  it("takes a certificate of yours as well", async () => {
    const own = await ownTls(join(data, "elsewhere"), "127.0.0.1", Date.now());
    const [cert, key] = [join(data, "c.pem"), join(data, "k.pem")];
    writeFileSync(cert, own.tls.cert);
    writeFileSync(key, own.tls.key);
    const { url, stop } = await started(["--tls-cert", cert, "--tls-key", key]);
    expect(url).toMatch(/^https:/);
    await stop();
  });
});

describe("on another address than this machine's own", () => {
  it("warns in words, and more so without TLS", async () => {
    const open = await started(["--host", "0.0.0.0"]);
    expect(open.printed.out).toContain("Careful: Whoever reaches 0.0.0.0 over the network");
    expect(open.printed.out).toContain("without TLS");
    await open.stop();
    const encrypted = await started(["--host", "0.0.0.0", "--tls-self-signed"]);
    expect(encrypted.printed.out).toContain("Careful: ");
    expect(encrypted.printed.out).not.toContain("without TLS");
    await encrypted.stop();
  });
});

describe("the commands for the locked-out and the forgetful", () => {
  const command = async (args: string[], env: Record<string, string> = {}) => {
    const { printed, ended } = run([...args, "--data", data], env);
    const [code] = await ended;
    return { code, out: printed.out, err: printed.err };
  };
  const signIn = async (url: string, password: string) =>
    send(url, "POST", "/sessions", { body: { userName: "MasterAdmin", password } });

  it("unlock a user, and set a password, given or made", async () => {
    const locking = await started(["--attempts-before-lock-out", "1"]);
    const right = GIVEN.EMBEDDED_MANAGER_ADMIN_PASSWORD;
    expect((await signIn(locking.url, "wrong")).status).toBe(401);
    expect((await signIn(locking.url, right)).status).toBe(401);
    await locking.stop();
    expect(await command(["unlock-user", "masteradmin"])).toMatchObject({
      code: 0,
      out: "MasterAdmin is not locked out any more.\n",
    });
    const open = await started([]);
    expect((await signIn(open.url, right)).status).toBe(200);
    await open.stop();
    const made = await command(["set-password"]);
    const fresh = /shown only now: (\S+)/.exec(made.out)?.[1] ?? "";
    const given = { EMBEDDED_MANAGER_ADMIN_PASSWORD: "another password" };
    const withFresh = await started([]);
    expect((await signIn(withFresh.url, fresh)).status).toBe(200);
    await withFresh.stop();
    expect((await command(["set-password"], given)).out).not.toContain("another password");
    const withGiven = await started([]);
    expect((await signIn(withGiven.url, "another password")).status).toBe(200);
    await withGiven.stop();
    const short = await command(["set-password"], { EMBEDDED_MANAGER_ADMIN_PASSWORD: "short" });
    expect(short).toMatchObject({ code: 1, err: expect.stringContaining("8 characters or more") });
  });

  it("unlock a key, and refuse what is not there", async () => {
    const first = await started([]);
    const wanted = { url: first.url, adminPassword: GIVEN.EMBEDDED_MANAGER_ADMIN_PASSWORD, keyName: "only" };
    const secret = await bootstrapKey(wanted);
    await send(first.url, "POST", "/apikeys/2", { secret, body: { active: false } });
    expect((await send(first.url, "GET", "/apikeys/2", { secret })).status).toBe(401);
    await first.stop();
    expect((await command(["unlock-key", "2"])).out).toBe('The key "only" is active again.\n');
    expect((await command(["unlock-key", "3"])).err).toBe("There is no key with the ID 3.\n");
    expect((await command(["unlock-key", "only"])).err).toBe("unlock-key needs the key's ID, a number.\n");
    expect((await command(["unlock-user", "nobody"])).err).toBe('There is no user named "nobody".\n');
    const second = await started([]);
    expect((await send(second.url, "GET", "/apikeys/2", { secret })).status).toBe(200);
    await second.stop();
  });

  it.each(["unlock-user", "set-password"])("refuse while a manager runs on the data: %s", async (name) => {
    const { stop } = await started([]);
    const { code, err } = await command([name]);
    expect([code, err]).toEqual([1, expect.stringContaining("Is another manager running on it?")]);
    await stop();
  });
});
