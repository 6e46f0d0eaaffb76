import { expect, test } from "vitest";
import { requestId } from "../../src/domain/values.ts";
import { ask } from "../../src/usecases/requests/ask.ts";
import { approveRequest } from "../../src/usecases/requests/decide.ts";
import { eventsOf, trail } from "../support/audit.ts";
import {
  aDraft,
  askAndApprove,
  personNamed,
  startParts,
  sweepAndDraw,
  testPolicy,
} from "../support/context.ts";

const ada = personNamed("ada");
const limits = { "longest-life": "365 days", "default-life": "90 days", "keys-per-person": 2 };

test("submissions at the same moment do not get past the number of keys for one person", async () => {
  await using parts = await startParts({
    policy: testPolicy({ limits }),
  });
  const asked = await Promise.all(
    [1, 2, 3, 4].map(async (n) => {
      const id = requestId.parse(parts.context.newId());
      return ask(parts.context, { id, asker: ada, draft: aDraft({ keyName: `key-${n}` }) });
    }),
  );
  expect(asked.filter((each) => "made" in each)).toHaveLength(2);
  expect(asked.filter((each) => "refusal" in each)).toMatchObject([
    { refusal: { reason: "too-many-keys", limit: 2 } },
    { refusal: { reason: "too-many-keys", limit: 2 } },
  ]);
});

test("refusals of one person within a minute stand together in the trail", async () => {
  await using parts = await startParts();
  const id = await askAndApprove(parts, { by: [] });
  for (let i = 0; i < 4; i++)
    await approveRequest(parts.context, { request: id, by: ada, clickedAt: parts.clock.now() });
  parts.clock.advance(61_000);
  await sweepAndDraw(parts.context);
  expect(await eventsOf(parts.store, `request:${id}`)).toEqual(["request.made", "refused"]);
  const again = (await trail(parts.store)).find((row) => row.event === "refused.again");
  expect(JSON.parse(again?.evidence ?? "{}")).toMatchObject({ reasons: { "own-request": 3 } });
});
