import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { eventsOf, trail } from "../support/audit.ts";
import { personNamed } from "../support/context.ts";
import { inTime, messageWith, privateAnswer, textOf } from "../support/conversation.ts";
import { type } from "../support/keys.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

let program: Program;
let ada: Client;
let grace: Client;

const NAMES = ["plain", '=HYPERLINK("x")', "with,comma", 'with "quotes"', "+1"];

beforeAll(async () => {
  program = await startProgram();
  [ada, grace] = await Promise.all([program.slack.as("ada"), program.slack.as("grace")]);
  await vi.waitUntil(async () => (await program.context.store.inventoryState()) !== undefined, {
    timeout: 10_000,
  });
  for (const name of NAMES)
    await program.context.manager.createKey({
      name,
      description: "",
      role: 2,
      locale: "en-US",
      timeZone: "UTC",
      active: true,
    });
});
afterAll(async () => program?.[Symbol.asyncDispose]());

/** The bytes of the newest file in somebody's conversation with the bot. */
async function fileOf(client: Client): Promise<string> {
  const message = await client.waitFor(({ conversations }) =>
    conversations.flatMap(({ messages }) => messages).findLast(({ files }) => files !== undefined),
  );
  const [file] = message.files ?? [];
  const answer = await client.download(file?.id ?? "");
  expect(answer.headers.get("content-disposition")).toContain("api-keys-");
  return answer.text();
}

test("an auditor takes all keys away, and nothing in the file is a formula", async () => {
  expect(await type(grace, "export")).toContain("is a file in our direct message");
  const text = await fileOf(grace);
  const [header, ...rows] = text.split("\r\n");
  expect(header).toContain("ID,Name,Owner,Role,Active");
  expect(text).toContain('"\'=HYPERLINK(""x"")"');
  expect(text).toContain(",'+1,");
  expect(text).toContain('"with,comma"');
  expect(text).toContain('"with ""quotes"""');
  expect(rows.at(-1)).toBe("");
});

test("from a list, the same search as a file", async () => {
  const list = await privateAnswer(grace, async () => grace.command("/apikey list pla*"));
  expect(textOf(list)).toContain("[Export as CSV]");
  const said = await privateAnswer(grace, async () => grace.click(list, "list.export"));
  expect(textOf(said)).toContain("The list of 1 key is a file");
  expect(textOf(said)).toMatch(/To read it anew: \/apikey export (name:)?pla\*/);
  await messageWith(grace, "app", "");
  await inTime(program, async () => (await fileOf(grace)).split("\r\n").length === 3);
});

test("the trail says who took which list", async () => {
  expect(await eventsOf(program.context.store, `person:${personNamed("grace")}`)).toContain("keys.exported");
  const rows = (await trail(program.context.store)).filter(({ event }) => event === "keys.exported");
  expect(rows.map(({ evidence }) => JSON.parse(evidence))).toContainEqual({ query: "name:pla*", keys: 1 });
});

test("nobody else gets a file, or another person's", async () => {
  expect(await type(ada, "export")).toContain("Only auditors may do this");
  const list = await privateAnswer(ada, async () => ada.command("/apikey list"));
  expect(textOf(list)).not.toContain("Export");
  const message = await grace.waitFor(({ conversations }) =>
    conversations.flatMap(({ messages }) => messages).find(({ files }) => files !== undefined),
  );
  const other = await ada.download(message.files?.[0]?.id ?? "");
  expect(other.status).toBe(404);
});

test("a mistake in the line is named with its place, and nothing is taken", async () => {
  expect(await type(grace, "export expires<soon")).toContain(
    "from character 9 on: behind expires< I expected",
  );
});
