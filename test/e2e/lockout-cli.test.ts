import { generateKeyPairSync, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lockout } from "../../src/cli/lockout.ts";
import { readPolicy } from "../../src/policy-file.ts";
import { personNamed } from "../support/context.ts";
import { inTime, messageWith, privateAnswer, trailIsWhole } from "../support/conversation.ts";
import { ADMIN_PASSWORD } from "../support/embedded-manager.ts";
import { activeNow, makeKeys } from "../support/lockouts.ts";
import { type Program, startProgram } from "../support/program.ts";
import { scriptedTerminal } from "../support/terminal.ts";

const emisKey = generateKeyPairSync("ed25519");
const people = (...names: string[]): string => `{ people: [${names.map(personNamed).join(", ")}] }`;
const POLICY = `
groups:
  security: ${people("chiara")}
  responders: ${people("farid", "emi")}
  auditors: ${people("grace")}
approvers: [security]
responders: [responders]
auditors: [auditors]
channels: { approvals: C0APPROVALS, incidents: C0INCIDENTS, audit: C0AUDIT0001 }
limits: { longest-life: none, default-life: 90 days, keys-per-person: 10 }
times: { requests-lapse-after: 3 days, claims-lapse-after: 1 day }
signers: { ${personNamed("emi")}: ${emisKey.publicKey.export({ format: "der", type: "spki" }).toString("base64")} }
rules:
  - { name: all, needs: [{ group: security, approvals: 1 }] }
`;

let program: Program;

beforeAll(async () => {
  const read = readPolicy(POLICY);
  if ("problems" in read) throw new Error(read.problems.join("\n"));
  program = await startProgram({ policy: read.policy });
  await makeKeys(program.context.manager, 12);
  // What is known of people is what Slack told before it went down.
  for (const name of ["farid", "emi"]) {
    const client = await program.slack.as(name);
    await privateAnswer(client, async () => client.command("/apikey whoami"));
  }
  const methods = [
    "chat.postMessage",
    "chat.update",
    "users.info",
    "usergroups.users.list",
    "conversations.open",
  ];
  program.slack.setFaults({ rules: methods.map((method) => ({ fault: "http_500", method })), away: [] });
}, 60_000);
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

async function run(...words: string[]): Promise<{ code: number; printed: string; said: string }> {
  const file = join(program.folder, "policy.yml");
  writeFileSync(file, POLICY);
  const { terminal, printed, said } = scriptedTerminal();
  const code = await lockout(words, terminal, {
    SLACK_BOT_TOKEN: program.slack.app.botToken,
    SLACK_APP_TOKEN: program.slack.app.appToken,
    MANAGER: "embedded",
    EMBEDDED_MANAGER_PORT: new URL(program.portcullis.managerUrl).port,
    EMBEDDED_MANAGER_ADMIN_PASSWORD: ADMIN_PASSWORD,
    DATA_DIR: program.folder,
    MARKER_KEY: program.markerKey,
    POLICY_FILE: file,
  });
  return { code, printed: printed(), said: said() };
}

const active = async (): Promise<number> =>
  [...(await activeNow(program.context.manager)).values()].filter(Boolean).length;
const farid = ["--by", personNamed("farid")];
const emi = ["--by", personNamed("emi")];

describe("while Slack is down, from the command line", () => {
  let id: string;

  test("a lockout names what is missing, and is for responders", async () => {
    const { code, said } = await run("--query", "key*");
    expect(code).toBe(2);
    for (const option of ["--by", "--incident", "--because"]) expect(said).toContain(option);
    const other = await run("--all", "--by", personNamed("chiara"), "--incident", "INC-9", "--because", "x");
    expect(other.code).toBe(1);
    expect(other.said).toMatch(/Slack has not told|Only incident responders/);
    expect(await active()).toBe(10);
  });

  test("it is declared, done, and said to be done when it is", async () => {
    const { code, printed, said } = await run(
      "--all",
      ...farid,
      "--incident",
      "INC-9",
      "--because",
      "Slack is down too",
      "--confirm",
      "INC-9",
    );
    expect(code).toBe(0);
    expect(said).toContain("Declared");
    expect(said).toMatch(/contained: 12 verified, 1 skipped, verified after/);
    expect(await active()).toBe(0);
    id = printed.trim();
    expect((await run("status")).printed).toContain(`${id}  INC-9: contained`);
    expect((await run("status", id)).printed).toContain("1 skipped: own-key");
  });

  test("a restore needs the signature of a second person over exactly what would come back", async () => {
    const asked = await run("restore", id, ...farid, "--because", "it is over");
    expect(asked.code).toBe(0);
    const line = asked.printed.trim();
    const request = line.split(" ")[2] ?? "";
    expect(line).toMatch(new RegExp(`^portcullis restore ${request} ${id} [0-9a-f]{64}$`));
    const signed = (text: string) => sign(null, Buffer.from(text), emisKey.privateKey).toString("base64");
    for (const signature of ["", signed(`${line}0`), signed("something else")]) {
      const refused = await run("confirm", request, ...emi, "--signature", signature);
      expect(refused.code).toBe(1);
      expect(refused.said).toContain("The signature is not one of this person's key");
    }
    const mine = await run("confirm", request, ...farid, "--signature", signed(line));
    expect(mine.code).toBe(1);
    expect(await active()).toBe(0);
    const { code, said } = await run("confirm", request, ...emi, "--signature", signed(line));
    expect(code).toBe(0);
    expect(said).toMatch(/restored: .*10 restored/);
    expect(await active()).toBe(10);
  });

  test("in Slack again, the card appears, as things are then", async () => {
    program.slack.setFaults({ rules: [], away: [] });
    const client = await program.slack.as("farid");
    await inTime(program, async () =>
      (await client.messages("#incidents")).some(({ text }) => text.includes("INC-9")),
    );
    await messageWith(client, "#incidents", "Lockout: INC-9", "Restored (");
  });
});
