import { expect, test } from "vitest";
import { DAY } from "../../src/domain/values.ts";
import type { Message } from "../../src/local-slack/client-protocol.ts";
import { postAuditHead } from "../../src/usecases/audit/post-audit-head.ts";
import { trail } from "../support/audit.ts";
import { textOf, trailIsWhole, until } from "../support/conversation.ts";
import { type Parts, startParts } from "../support/context.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

async function headsIn(client: Client): Promise<Message[]> {
  return (await client.messages("#audit")).filter((message) => textOf(message).includes("Audit trail:"));
}

/** What was posted, by the trail itself. */
async function posted({ context }: Pick<Program, "context">): Promise<Record<string, unknown>[]> {
  const rows = (await trail(context.store)).filter(({ event }) => event === "audit.head-posted");
  return rows.map(({ evidence }) => JSON.parse(evidence) as Record<string, unknown>);
}

/** The middle of the next day, so that an hour more or less stays within it. */
function toNextNoon({ clock }: Pick<Parts, "clock">): void {
  const tomorrow = (Math.floor(clock.now() / DAY) + 1) * DAY;
  clock.advance(tomorrow + DAY / 2 - clock.now());
}

test("each day has its head in the audit channel, once, and never edited", async () => {
  await using program = await startProgram();
  const grace = await program.slack.as("grace");
  expect(await headsIn(grace)).toEqual([]);
  toNextNoon(program);
  await until(async () => (await posted(program)).length === 1);
  const [first] = await headsIn(grace);
  const rows = await trail(program.context.store);
  const [event] = await posted(program);
  const head = rows[Number(event?.["seq"]) - 1];
  expect(event).toMatchObject({ hash: head?.hash, events: head?.seq, ts: first?.ts });
  expect(textOf(first!)).toContain(`audit verify --head ${head?.seq}:${head?.hash}`);
  await program.restart();
  program.clock.advance(3_600_000);
  await postAuditHead(program.context);
  expect(await headsIn(grace)).toEqual([first]);

  toNextNoon(program);
  await until(async () => (await posted(program)).length === 2);
  const both = await headsIn(grace);
  expect(both).toHaveLength(2);
  expect(both).toContainEqual(first);
  const [, second] = await posted(program);
  expect(second?.["events"]).toBe(Number(second?.["seq"]) - Number(event?.["seq"]));
  await trailIsWhole(program.context.store);
});

test("a day on which Slack was down has its head when Slack is back, in one message for all", async () => {
  await using parts = await startParts();
  const { context, slack, clock } = parts;
  const grace = await slack.as("grace");
  const event = { actor: "portcullis", subject: "policy", event: "policy.changed", evidence: {} } as const;
  await context.store.commit({ changes: [], events: [{ ...event, at: clock.now() }] });
  slack.setFaults({ rules: [{ fault: "http_500", method: "chat.postMessage" }], away: [] });
  toNextNoon(parts);
  await expect(postAuditHead(context)).rejects.toMatchObject({ code: "slack-unreachable" });
  // Not every second: the next try is a minute later.
  await postAuditHead(context);
  toNextNoon(parts);
  await expect(postAuditHead(context)).rejects.toMatchObject({ code: "slack-unreachable" });
  expect(await posted(parts)).toEqual([]);
  slack.setFaults({ rules: [], away: [] });
  clock.advance(60_000);
  await postAuditHead(context);
  expect(await posted(parts)).toMatchObject([{ seq: 1, events: 1 }]);
  expect(await headsIn(grace)).toHaveLength(1);
});

test("of several replicas one posts it", async () => {
  await using parts = await startParts();
  const { context, slack, clock } = parts;
  const event = { actor: "portcullis", subject: "policy", event: "policy.changed", evidence: {} } as const;
  await context.store.commit({ changes: [], events: [{ ...event, at: clock.now() }] });
  toNextNoon(parts);
  await Promise.all([postAuditHead(context), postAuditHead(context), postAuditHead(context)]);
  expect(await headsIn(await slack.as("grace"))).toHaveLength(1);
});
