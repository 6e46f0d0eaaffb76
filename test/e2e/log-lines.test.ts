import { afterAll, beforeAll, expect, test } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import { personNamed } from "../support/context.ts";
import {
  askAndGetApproved,
  breakableManager,
  claimMessage,
  letCardsBeDrawn,
  postButton,
  privateAnswer,
  showSecret,
  until,
} from "../support/conversation.ts";
import { declared, makeKeys, policyForIncidents } from "../support/lockouts.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

/* What an operator finds in the log: from a click to the manager call that it caused, and back. */

type Line = { level: string; correlation?: string; msg: string } & Record<string, unknown>;

let program: Program;
let ada: Client;
const { around, broken, mended } = breakableManager();

beforeAll(async () => {
  program = await startProgram({ policy: policyForIncidents(), around });
  ada = await program.slack.as("ada");
});
afterAll(() => program[Symbol.asyncDispose]());

/** The lines so far that have all of these fields. */
function linesWith(fields: Record<string, unknown>): Line[] {
  return program
    .logged()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line)
    .filter((line) => Object.entries(fields).every(([name, value]) => line[name] === value));
}

const calls = (fields: Record<string, unknown>): Line[] =>
  linesWith({ msg: "the manager was called", ...fields });
const deeds = (fields: Record<string, unknown>): Line[] =>
  linesWith({ msg: "somebody did something", ...fields });

test("a click and the manager calls that it caused bear one id, and no other click does", async () => {
  await askAndGetApproved(program, ada, { name: "ci-deploy" });
  await showSecret(program, ada, "ci-deploy");
  const [click, ...more] = deeds({ kind: "click", what: "claim.show" });
  expect(more).toEqual([]);
  expect(click).toMatchObject({ level: "info", by: ada.user, correlation: expect.any(String) });
  const [made, ...others] = calls({ method: "POST", path: "/apikeys" });
  expect(others).toEqual([]);
  expect(made).toMatchObject({ level: "info", result: "ok", ms: expect.any(Number) });
  expect(made?.correlation).toBe(click?.correlation);
  const approval = deeds({ kind: "click", what: "decide.approve" });
  expect(approval).toMatchObject([{ by: personNamed("chiara") }]);
  expect(approval[0]?.correlation).not.toBe(click?.correlation);
});

test("a command, a form and each look at the manager say what they are, and nothing that was typed", async () => {
  await privateAnswer(ada, async () => ada.command("/apikey show ci-deploy"));
  const [shown] = deeds({ kind: "command", what: "show" });
  expect(shown).toMatchObject({ level: "info", by: ada.user });
  await privateAnswer(ada, async () => ada.command("/apikey xyzzy plugh"));
  await privateAnswer(ada, async () => ada.command("/apikey help"));
  // Not for an operator's eyes at all times: these come by the thousand.
  expect(deeds({ kind: "answer" }).map(({ level, what }) => [level, what])).toEqual([
    ["debug", "unknown"],
    ["debug", "help"],
  ]);
  expect(deeds({ kind: "submission" }).map(({ level, what }) => [level, what])).toEqual([
    ["info", "request.modal"],
  ]);
  const forged = { action: "xyzzy.plugh", value: "plugh", words: "xyzzy" };
  const message = await postButton(program, ada, forged);
  await privateAnswer(ada, async () => ada.click(message, forged.action));
  expect(deeds({ kind: "click", what: "unknown" })).toHaveLength(1);
  const reads = [...calls({ method: "GET" }), ...calls({ path: "/apikeys/search" })];
  expect(reads.length).toBeGreaterThan(2);
  expect(new Set(reads.map(({ level }) => level))).toEqual(new Set(["debug"]));
  for (const typed of ["xyzzy", "plugh", "ci-deploy", "nightly"])
    expect(program.logged()).not.toContain(typed);
});

test("what is done later has an id of its own, and says what it was for", async () => {
  await askAndGetApproved(program, ada, { name: "unseen" });
  // The secret is not shown, and for a moment its key cannot be taken away either.
  const rules = [{ fault: "http_500" as const, method: "chat.postEphemeral", times: 1 }];
  program.slack.setFaults({ rules, away: [] });
  broken.deleteKey = async () => {
    throw new Fault("manager-unreachable", "DELETE /apikeys/ID");
  };
  const offer = await claimMessage(ada, "unseen", "[Show my secret once]");
  letCardsBeDrawn(program);
  await privateAnswer(ada, async () => ada.click(offer, "claim.show"));
  await until(async () => linesWith({ msg: "undoing an attempt goes on later" }).length > 0);
  mended();
  await until(async () => calls({ method: "DELETE" }).length > 0);
  const [removed] = calls({ method: "DELETE" });
  expect(removed?.["claim"]).toMatch(/^[0-9A-Z]{12}$/);
  const clicks = deeds({ kind: "click" }).map(({ correlation }) => correlation);
  expect(clicks).not.toContain(removed?.correlation);
});

test("a lockout's calls name it, and so does the line of whoever declared it", async () => {
  await makeKeys(program.context.manager, 3, "leaked");
  const lockout = await program.context.correlate({}, async () => declared(program.context));
  await until(async () => (await program.context.store.lockout(lockout.id))?.value.state === "contained");
  const [declaration] = linesWith({ msg: "a lockout is declared" });
  expect(declaration).toMatchObject({ level: "info", lockout: lockout.id, correlation: expect.any(String) });
  const locked = calls({ lockout: lockout.id, method: "POST", level: "info" });
  expect(locked.length).toBeGreaterThan(3);
  for (const each of locked) expect(each["path"]).toMatch(/^\/apikeys\/\d+$/);
  expect(new Set(locked.map(({ correlation }) => correlation))).not.toContain(declaration?.correlation);
});
