import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adopt } from "../../src/cli/adopt.ts";
import { defaultWorkspace } from "../../src/local-slack/default-workspace.ts";
import type { KeyId } from "../../src/domain/values.ts";
import { eventsOf } from "../support/audit.ts";
import { personNamed } from "../support/context.ts";
import {
  answerTo,
  answerToLateClick,
  inTime,
  messageWith,
  textOf,
  trailIsWhole,
} from "../support/conversation.ts";
import { ADMIN_PASSWORD } from "../support/embedded-manager.ts";
import { aWorkingKey, managed, policyWithTwoResponders, type } from "../support/keys.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";
import { scriptedTerminal } from "../support/terminal.ts";

const FIRST = { locale: "en-US", timeZone: "UTC", active: true, role: 2 } as const;

let program: Program;
let ada: Client;
let ben: Client;
let farid: Client;
const ids: Record<string, KeyId> = {};

beforeAll(async () => {
  program = await startProgram({ policy: policyWithTwoResponders() });
  [ada, ben, farid] = await Promise.all([
    program.slack.as("ada"),
    program.slack.as("ben"),
    program.slack.as("farid"),
  ]);
  for (const name of ["ci-one", "ci-two", "ci-copied", "ci-changed"]) {
    ids[name] = (await aWorkingKey(program, ada, name)).id;
  }
  ids["ci-ben"] = (await aWorkingKey(program, ben, "ci-ben")).id;
  const { manager } = program.context;
  // Behind our back: a marker copied to another key, one with a seal of nobody's, and a key without any.
  const { description } = await managed(program, "ci-copied");
  const make = async (name: string, text: string): Promise<void> => {
    const made = await manager.createKey({ ...FIRST, name, description: text });
    ids[name] = made.key.id;
  };
  await make("ci-copy", description);
  await make(
    "ci-forged",
    description.replace(/[0-9a-f]{4}\]$/, "0000]").replace(` ${ada.user} `, " UFARID "),
  );
  await make("ci-foreign", "made in the console");
  await program.restart(() => {
    for (const end of ["", "-wal", "-shm"])
      rmSync(join(program.folder, `portcullis.sqlite${end}`), { force: true });
  });
}, 60_000);
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

/** What somebody at the server sees who runs the command. */
async function run(): Promise<string> {
  const file = join(program.folder, "policy.yml");
  const incidents = defaultWorkspace.channels.find(({ name }) => name === "incidents")?.id ?? "";
  const text = readFileSync(new URL("../../policy.yml", import.meta.url), "utf8");
  writeFileSync(file, text.replaceAll("C0000000002", incidents).replace(/0{7,}/g, "ABCDEFG"));
  const { terminal, printed, said } = scriptedTerminal();
  const code = await adopt(terminal, {
    SLACK_BOT_TOKEN: program.slack.app.botToken,
    SLACK_APP_TOKEN: program.slack.app.appToken,
    MANAGER: "embedded",
    EMBEDDED_MANAGER_PORT: new URL(program.portcullis.managerUrl).port,
    EMBEDDED_MANAGER_ADMIN_PASSWORD: ADMIN_PASSWORD,
    DATA_DIR: program.folder,
    MARKER_KEY: program.markerKey,
    POLICY_FILE: file,
  });
  expect(said()).toBe("");
  expect(code).toBe(0);
  return printed();
}

const card = async (...words: string[]) => messageWith(farid, "#incidents", "of a lost database", ...words);

test("the manager alone says whose the keys are; copies and forgeries are named, and not proposed", async () => {
  expect(await type(ada, `show ${ids["ci-one"]}`)).toContain("somebody else");
  const printed = await run();
  const ours = (name: string, owner: string) =>
    `${name} (ID ${ids[name]}): owner ${personNamed(owner)}, by the request`;
  expect(printed).toContain("4 keys without a record here, with a marker of mine:");
  for (const name of ["ci-one", "ci-two", "ci-changed"]) expect(printed).toContain(ours(name, "ada"));
  expect(printed).toContain(ours("ci-ben", "ben"));
  expect(printed).toMatch(
    new RegExp(
      `the request \\S+: ci-copied \\(ID ${ids["ci-copied"]}\\), ci-copy \\(ID ${ids["ci-copy"]}\\)`,
    ),
  );
  expect(printed).toContain(`  ci-forged (ID ${ids["ci-forged"]})\n`);
  expect(printed).not.toContain("UFARID");
  const text = textOf(await card());
  expect(text).toContain("Owners for 4 keys of a lost database");
  expect(text).toContain(`ci-ben (ID ${ids["ci-ben"]}) to <@${personNamed("ben")}>`);
  expect(text).toContain("somebody copied it, so none of them is proposed");
  expect(text).toContain("ci-forged");
  expect(await program.context.store.key(ids["ci-one"] as KeyId)).toBeUndefined();
});

test("nobody but a responder can confirm it", async () => {
  const chiara = await program.slack.as("chiara");
  await program.slack.admin("PATCH", "channels/C0INCIDENTS", { add: [personNamed("chiara")] });
  const shown = await messageWith(chiara, "#incidents", "of a lost database");
  expect(await answerTo(chiara, async () => chiara.click(shown, "adoption.confirm"))).toContain("responder");
  expect(await program.context.store.confirmedAdoptions()).toEqual([]);
});

test("a confirmation that reaches us more than half a minute late counts for nothing", async () => {
  expect(await answerToLateClick(program, farid, await card(), "adoption.confirm")).toContain("too late");
  expect(await program.context.store.confirmedAdoptions()).toEqual([]);
});

test("once confirmed, each key has its owner again, who can use it as before; what changed meanwhile is left", async () => {
  const { manager, store } = program.context;
  await manager.modifyKey(ids["ci-changed"] as KeyId, { description: "somebody cleared it" });
  expect(await farid.click(await card(), "adoption.confirm")).toEqual({ ok: true });
  await inTime(program, async () => textOf(await card()).includes("3 keys adopted"));
  const text = textOf(await card());
  expect(text).toContain(`Confirmed by <@${personNamed("farid")}>`);
  expect(text).toContain("left, since they had gone or changed meanwhile: ci-changed");
  expect(text).not.toContain("[Adopt");
  expect((await store.key(ids["ci-two"] as KeyId))?.value).toMatchObject({
    owner: personNamed("ada"),
    origin: { kind: "adopted" },
    name: "ci-two",
  });
  expect(await store.key(ids["ci-changed"] as KeyId)).toBeUndefined();
  expect(await store.key(ids["ci-copy"] as KeyId)).toBeUndefined();
  expect(await eventsOf(store, `key:${ids["ci-two"]}`)).toEqual(["key.adopted"]);
  const page = await type(ada, `show ${ids["ci-two"]}`);
  expect(page).toContain("of a database that is lost, by its marker");
  expect(await type(ben, `show ${ids["ci-two"]}`)).toContain("somebody else");
});

test("asked again, what is on record is not proposed twice, and a card may be left be", async () => {
  const printed = await run();
  expect(printed).toContain("0 keys without a record here");
  expect(printed).toContain("3 keys on record already");
  await messageWith(farid, "#incidents", "Owners for 0 keys", "Nothing to decide");
});
