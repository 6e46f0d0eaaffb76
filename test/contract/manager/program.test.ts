import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
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
  ])("says what is wrong with %j and ends with 1", async (args, words) => {
    const { printed, ended } = run([...args, "--data", join(data, "new")]);
    expect(await ended).toEqual([1, null]);
    expect(printed.err).toContain(words);
    expect(printed.err).not.toContain("    at ");
  });
});
