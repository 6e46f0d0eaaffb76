import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, LogLevel } from "@slack/bolt";
import { describe, expect, it, onTestFinished } from "vitest";
import * as lunch from "../../fixtures/bolt-apps/lunch-modal.ts";

const node = join(import.meta.dirname, "../../../node_modules/.bin/node");
const program = join(import.meta.dirname, "../../../src/local-slack/main.ts");

function run(...args: string[]) {
  const child = spawn(node, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => void child.once("exit", (code) => resolve(code)));
  return { child, ended, output: () => output };
}

describe("npm run local-slack", () => {
  it("prints all that a Bolt app needs, and ends cleanly", async () => {
    const folder = mkdtempSync(join(tmpdir(), "local-slack-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "manifest.yml");
    writeFileSync(file, lunch.manifest);
    const { child, ended, output } = run("--manifest", file, "--port", "0", "--data", join(folder, "data"));
    await expect.poll(output, { timeout: 10_000 }).toContain("SLACK_SIGNING_SECRET");
    const setting = (name: string): string => new RegExp(`${name}\\s+(\\S+)`).exec(output())?.[1] ?? "";
    const bolt = new App({
      token: setting("SLACK_BOT_TOKEN"),
      appToken: setting("SLACK_APP_TOKEN"),
      socketMode: true,
      logLevel: LogLevel.ERROR,
      clientOptions: { slackApiUrl: setting("SLACK_API_URL") },
    });
    await bolt.start();
    await bolt.stop();
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
  });

  it("says how it is used, and what is wrong with a manifest", async () => {
    const help = run();
    expect(await help.ended).toBe(0);
    expect(help.output()).toContain("--manifest FILE");
    const wrong = run("--manifest", program);
    expect(await wrong.ended).toBe(1);
    expect(wrong.output()).toContain("--manifest FILE");
  });
});
