import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DAY, requestId } from "../../src/domain/values.ts";
import { openStore } from "../../src/store/store.ts";
import { ask } from "../../src/usecases/requests/ask.ts";
import { lockKey } from "../../src/usecases/keys/change-key.ts";
import { claimSecret } from "../../src/usecases/claims/claim-secret.ts";
import { approveRequest } from "../../src/usecases/requests/decide.ts";
import { askAboutKey } from "../../src/usecases/requests/key-requests.ts";
import type { Context } from "../../src/usecases/ports.ts";
import { drawCards, sweepOnce } from "../../src/usecases/sweep.ts";
import { chainHolds, eventsOf } from "../support/audit.ts";
import {
  aDraft,
  askAndApprove,
  openClaim,
  type Parts,
  personNamed,
  secretsIn,
  startParts,
  works,
} from "../support/context.ts";
import type { Client } from "../support/local-slack.ts";
import { postgresMissing, type PostgresServer, startPostgres } from "../support/postgres.ts";
import { stepped } from "../support/steps.ts";

const missing = postgresMissing();
if (missing !== undefined)
  process.stderr.write(`\n*** THE TESTS OF TWO REPLICAS WERE SKIPPED: ${missing} ***\n\n`);

describe.skipIf(missing !== undefined)("two replicas on one PostgreSQL", () => {
  let server: PostgresServer;
  let parts: Parts;
  /** The same program a second time, with connections of its own. */
  let other: Context;
  let client: Client;
  let counter = 0;
  const [ada, chiara, dmitri] = [personNamed("ada"), personNamed("chiara"), personNamed("dmitri")];

  beforeAll(async () => {
    server = await startPostgres();
    const where = { postgres: await server.newDatabase() };
    parts = await startParts({ where });
    other = { ...parts.context, store: await openStore(where) };
    client = await parts.slack.as("ada");
  });
  afterAll(async () => {
    await other?.store.close();
    await parts?.[Symbol.asyncDispose]();
    await server?.stop();
  });

  const name = (): string => `key-${++counter}`;

  test("show one secret, however two clicks on one claim interleave", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const claim = await openClaim(parts, name());
        const before = secretsIn(await client.ephemerals());
        const pressed = [parts.context, other].map(async (replica, i) =>
          claimSecret(
            stepped(replica, async ({ call, when }) =>
              scheduler.schedule(Promise.resolve(), `replica ${i} ${when} ${call}`),
            ),
            { claim, by: ada, clickedAt: parts.clock.now() },
          ),
        );
        await scheduler.waitFor(Promise.all(pressed));
        const outcomes = await Promise.all(pressed);
        expect(outcomes.map((each) => ("shown" in each ? "shown" : "refused")).toSorted()).toEqual([
          "refused",
          "shown",
        ]);
        const fresh = secretsIn(await client.ephemerals()).filter((each) => !before.includes(each));
        expect(fresh).toHaveLength(1);
        expect(await works(parts.managerUrl, fresh[0] ?? "")).toBe(true);
      }),
      { numRuns: 15 },
    );
  }, 120_000);

  test("count two approvals at the same moment as two, and open one claim", async () => {
    for (let round = 0; round < 10; round++) {
      const id = requestId.parse(parts.context.newId());
      const draft = aDraft({ keyName: name(), roleId: 1 });
      expect(await ask(other, { id, asker: ada, draft })).toHaveProperty("made");
      const press = (by: typeof ada) => ({ request: id, by, clickedAt: parts.clock.now() });
      await Promise.all([approveRequest(parts.context, press(chiara)), approveRequest(other, press(dmitri))]);
      expect((await parts.store.request(id))?.value).toMatchObject({ state: "approved" });
      expect(await eventsOf(parts.store, `request:${id}`)).toEqual([
        "request.made",
        "request.seconded",
        "request.approved",
      ]);
    }
  });

  test("make one request of a submission that both receive, and one of a name that two people want", async () => {
    const id = requestId.parse(parts.context.newId());
    const draft = aDraft({ keyName: name() });
    const twice = await Promise.all([
      ask(parts.context, { id, asker: ada, draft }),
      ask(other, { id, asker: ada, draft }),
    ]);
    expect(twice.filter((each) => "made" in each && each.again)).toHaveLength(1);
    expect(twice.filter((each) => "made" in each && !each.again)).toHaveLength(1);

    const wanted = aDraft({ keyName: name() });
    const both = await Promise.all(
      [parts.context, other].map(async (replica, i) =>
        ask(replica, {
          id: requestId.parse(replica.newId()),
          asker: i === 0 ? ada : personNamed("ben"),
          draft: wanted,
        }),
      ),
    );
    expect(both.filter((each) => "made" in each)).toHaveLength(1);
    expect(both.filter((each) => "refusal" in each)).toMatchObject([
      { refusal: { reason: "name-taken", by: "request" } },
    ]);
  });

  test("carry a line out once that both receive, however the two interleave", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const claimed = await claimSecret(parts.context, {
          claim: await openClaim(parts, name()),
          by: ada,
          clickedAt: parts.clock.now(),
        });
        const key = "shown" in claimed ? claimed.shown : expect.fail("no secret was shown");
        const twice = async <Came>(does: (replica: Context) => Promise<Came>): Promise<Came[]> => {
          const came = [parts.context, other].map(async (replica, i) =>
            does(
              stepped(replica, async ({ call, when }) =>
                scheduler.schedule(Promise.resolve(), `replica ${i} ${when} ${call}`),
              ),
            ),
          );
          await scheduler.waitFor(Promise.all(came));
          return Promise.all(came);
        };
        const line = () => ({
          key,
          by: ada,
          clickedAt: parts.clock.now(),
          id: requestId.parse(parts.context.newId()),
          act: parts.context.newId(),
        });

        const lock = { ...line(), because: "a break" };
        const locked = await twice((replica) => lockKey(replica, lock));
        expect(locked.filter((each) => "record" in each)).toHaveLength(1);
        expect(locked).toContainEqual({ refusal: { reason: "done-before" } });
        const events = await eventsOf(parts.store, `key:${key}`);
        expect(events.filter((event) => event === "key.locked")).toHaveLength(1);
        expect(events).not.toContain("refused");

        const extend = { ...line(), reason: "the audit takes longer" };
        const asked = await twice((replica) => {
          const life = { kind: "until" as const, at: replica.clock() + 200 * DAY };
          return askAboutKey(replica, { ...extend, wish: { kind: "longer-life", life } });
        });
        expect(asked).toMatchObject([{ same: true }, { same: true }]);
        expect(await parts.store.requestsAbout(key)).toEqual([extend.id]);
      }),
      { numRuns: 10 },
    );
  }, 120_000);

  test("post each card once and finish what the other began", async () => {
    const keyName = name();
    await askAndApprove(parts, { by: [], draft: aDraft({ keyName }) });
    await Promise.all([
      drawCards(parts.context),
      drawCards(other),
      drawCards(parts.context),
      drawCards(other),
    ]);
    const cards = (await (await parts.slack.as("chiara")).messages("#key-approvals")).filter((each) =>
      JSON.stringify(each.blocks).includes(`"API key: ${keyName}"`),
    );
    expect(cards).toHaveLength(1);

    // The first replica dies after the manager made the key; the second cleans up and the claim is open again.
    const left = name();
    const claim = await openClaim(parts, left);
    const dying = stepped(parts.context, ({ call, when }) => {
      if (call === "manager.createKey" && when === "after") throw new Error("died");
    });
    await expect(claimSecret(dying, { claim, by: ada, clickedAt: parts.clock.now() })).rejects.toThrow(
      "died",
    );
    parts.clock.advance(31_000);
    await sweepOnce(other);
    expect((await other.store.claim(claim))?.value).toMatchObject({
      state: "open",
      undone: { because: "timed-out" },
    });
    expect(await parts.manager.keyNamed(left)).toBeUndefined();
    expect(await chainHolds(parts.store)).toBe(true);
  });
});
