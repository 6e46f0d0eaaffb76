import { expect, test } from "vitest";
import { DAY, MINUTE, requestId } from "../../src/domain/values.ts";
import { ask } from "../../src/usecases/requests/ask.ts";
import { denyRequest } from "../../src/usecases/requests/decide.ts";
import { drawCards } from "../../src/usecases/sweep.ts";
import type { Context } from "../../src/usecases/ports.ts";
import { aDraft, personNamed, startParts } from "../support/context.ts";
import { askFor, deny, messageWith, trailIsWhole, until } from "../support/conversation.ts";
import { startProgram } from "../support/program.ts";

/* What is to be told to somebody who has left. */

const ada = personNamed("ada");
const chiara = personNamed("chiara");
/** Cards drawn at once. */
const BATCH = 20;

test("it is tried once a day, and told within a day of their coming back, though no event says so", async () => {
  await using parts = await startParts();
  const { clock, slack } = parts;
  const requests = 2 * BATCH;
  let tried = 0;
  const { messages } = parts.context;
  const draw: typeof messages.draw = async (content) => {
    tried += 1;
    return messages.draw(content);
  };
  const context: Context = { ...parts.context, messages: { ...messages, draw } };
  const triedAfter = async (ms: number): Promise<number> => {
    clock.advance(ms);
    tried = 0;
    await drawCards(context);
    return tried;
  };
  const ids = Array.from({ length: requests }, () => requestId.parse(context.newId()));
  for (const [n, id] of ids.entries())
    await ask(context, { id, asker: ada, draft: aDraft({ keyName: `ci-left-${n}` }) });
  await drawCards(context);
  await slack.admin("PATCH", `people/${ada}`, { kind: "deactivated" });
  for (const id of ids) {
    const press = { request: id, by: chiara, clickedAt: clock.now(), because: "she has left" };
    expect(await denyRequest(context, press)).not.toHaveProperty("refusal");
  }
  // The approvers' cards say so, and the asker cannot be told.
  expect(await triedAfter(MINUTE)).toBe(requests + BATCH);
  for (let minute = 0; minute < 5; minute += 1) expect(await triedAfter(MINUTE)).toBe(0);
  expect(await triedAfter(DAY)).toBe(BATCH);
  expect(await triedAfter(DAY - MINUTE)).toBe(0);
  await slack.admin("PATCH", `people/${ada}`, { kind: "member" });
  expect(await triedAfter(MINUTE)).toBe(requests);
  const told = await (await slack.as("ada")).messages("app");
  expect(JSON.stringify(told)).toContain(`ci-left-${requests - 1}`);
  expect(await triedAfter(DAY)).toBe(0);
});

test("it is told as soon as Slack says that they are back, and no fault of Slack's meanwhile", async () => {
  await using program = await startProgram();
  const { slack, portcullis } = program;
  const [asker, approver] = [await slack.as("ada"), await slack.as("chiara")];
  await askFor(program, asker, { name: "ci-back" });
  await slack.admin("PATCH", `people/${ada}`, { kind: "deactivated" });
  await deny(program, approver, "ci-back", "she has left");
  const figures = async (): Promise<string> => portcullis.figures.registry.metrics();
  await until(async () => (await figures()).includes('result="user_disabled"'));
  expect(await figures()).toContain('portcullis_slack_results_total{result="failed"} 0');
  await slack.admin("PATCH", `people/${ada}`, { kind: "member" });
  await messageWith(await slack.as("ada"), "app", "ci-back", "she has left");
  await trailIsWhole(program.context.store);
});
