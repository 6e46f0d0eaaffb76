import { expect, test } from "vitest";
import { Secret } from "../../../src/domain/secret.ts";
import { Boundary } from "../../../src/slack/boundary.ts";
import { slackClients } from "../../../src/slack/connection/clients.ts";
import { startParts } from "../../support/context.ts";

test("whoever waits for what is running hears whether it has ended", async () => {
  await using parts = await startParts();
  const { apiUrl, app } = parts.slack;
  const mode = { kind: "socket", appToken: new Secret(app.appToken) } as const;
  const clients = slackClients({ botToken: new Secret(app.botToken), apiUrl, mode }, parts.context.log);
  const boundary = new Boundary({ context: parts.context, clients });
  expect(await boundary.drained(10_000)).toBe(true);
  const work = Promise.withResolvers<void>();
  const running = boundary.awaited(work.promise);
  expect(await boundary.drained(10)).toBe(false);
  const drained = boundary.drained(10_000);
  work.resolve();
  expect(await drained).toBe(true);
  await running;
});
