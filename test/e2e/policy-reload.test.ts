import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { freePort } from "../../src/sandbox/free-port.ts";
import { trail } from "../support/audit.ts";
import { manifestText, testPolicy } from "../support/context.ts";
import {
  approve,
  askFor,
  cardOf,
  letCardsBeDrawn,
  requestNamed,
  trailIsWhole,
} from "../support/conversation.ts";
import { ADMIN_PASSWORD } from "../support/embedded-manager.ts";
import { startTestSlack } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

const asking = (approvals: number) =>
  testPolicy({
    rules: [{ name: "reading", when: { roles: ["Auditor"] }, needs: [{ group: "security", approvals }] }],
  });

describe("another policy that is taken over", () => {
  let program: Program;
  beforeEach(async () => {
    program = await startProgram({ policy: asking(1) });
  });
  afterEach(async () => {
    await trailIsWhole(program.context.store);
    await program[Symbol.asyncDispose]();
  });
  const changes = async () =>
    (await trail(program.context.store))
      .filter(({ event }) => event === "policy.changed")
      .map(({ evidence }) => JSON.parse(evidence) as unknown);

  test("counts for requests that were made before, beside the one of their making, and their cards say so", async () => {
    const chiara = await program.slack.as("chiara");
    await askFor(program, "ada", { name: "ci-reload" });
    await cardOf(chiara, "ci-reload", "1 of");
    await program.portcullis.takePolicy({ policy: asking(2), hash: "1".repeat(64) });
    letCardsBeDrawn(program);
    await cardOf(chiara, "ci-reload", "2 of");
    await approve(program, chiara, "ci-reload");
    expect((await requestNamed(program, "ci-reload")).value.state).toBe("pending");
    await approve(program, "dmitri", "ci-reload");
    expect((await requestNamed(program, "ci-reload")).value.state).toBe("approved");
  });

  test("stands in the trail once, with what was before; the same policy again is no change", async () => {
    expect(await changes()).toEqual([{ to: "0".repeat(64) }]);
    await program.portcullis.takePolicy({ policy: asking(2), hash: "1".repeat(64) });
    await program.portcullis.takePolicy({ policy: asking(2), hash: "1".repeat(64) });
    expect(await changes()).toEqual([{ to: "0".repeat(64) }, { to: "1".repeat(64), from: "0".repeat(64) }]);
  });
});

describe("SIGHUP", () => {
  let folder: string;
  let child: ChildProcess | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "portcullis-reload-"));
  });
  afterEach(() => {
    child?.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  test("takes the policy file over, or refuses it whole with every problem while the old one stays", async () => {
    await using slack = await startTestSlack({ manifest: manifestText() });
    const file = join(folder, "policy.yml");
    const text = readFileSync(new URL("../../policy.yml", import.meta.url), "utf8").replace(
      /0{7,}/g,
      "ABCDEFG",
    );
    writeFileSync(file, text);
    const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
    const running = spawn(process.execPath, [main], {
      cwd: folder,
      env: {
        PATH: process.env["PATH"] ?? "",
        SLACK_BOT_TOKEN: slack.app.botToken,
        SLACK_APP_TOKEN: slack.app.appToken,
        SLACK_API_URL: slack.apiUrl,
        MANAGER: "embedded",
        EMBEDDED_MANAGER_PORT: String(await freePort(24_119)),
        EMBEDDED_MANAGER_ADMIN_PASSWORD: ADMIN_PASSWORD,
        DATA_DIR: folder,
        MARKER_KEY: randomBytes(32).toString("base64"),
        POLICY_FILE: file,
      },
      stdio: "pipe",
    });
    child = running;
    let output = "";
    for (const stream of [running.stdout, running.stderr])
      stream.setEncoding("utf8").on("data", (part: string) => {
        output += part;
      });
    const says = async (words: string): Promise<void> => {
      try {
        await vi.waitUntil(() => output.includes(words), { timeout: 15_000 });
      } catch {
        throw new Error(`it did not say ${words}, but: ${output}`);
      }
    };
    await says("Portcullis is ready");
    writeFileSync(
      file,
      text.replace("approvers:", "approver:").replace("keys-per-person: 10", "keys-per-person: x"),
    );
    running.kill("SIGHUP");
    await says("The policy file is refused: the policy before it stays in force");
    expect(output).toMatch(/policy\.yml, line \d+, column \d+: .*approver/);
    expect(output).toMatch(/policy\.yml, line \d+, column \d+: expected a (whole )?number/);
    writeFileSync(file, text.replace("keys-per-person: 10", "keys-per-person: 11"));
    running.kill("SIGHUP");
    await says("The policy file is taken over");
  });
});
