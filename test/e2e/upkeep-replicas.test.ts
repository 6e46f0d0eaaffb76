import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DAY, keyId } from "../../src/domain/values.ts";
import { openStore } from "../../src/store/store.ts";
import type { Context } from "../../src/usecases/ports.ts";
import { sweepOnce } from "../../src/usecases/sweep.ts";
import { chainHolds, trail } from "../support/audit.ts";
import { openClaim, type Parts, personNamed, startParts, testPolicy } from "../support/context.ts";
import { claimSecret } from "../../src/usecases/claims/claim-secret.ts";
import { postgresMissing, type PostgresServer, startPostgres } from "../support/postgres.ts";

const missing = postgresMissing();

describe.skipIf(missing !== undefined)("two replicas on one PostgreSQL", () => {
  let server: PostgresServer;
  let parts: Parts;
  /** The same program a second time, with connections of its own. */
  let other: Context;

  beforeAll(async () => {
    server = await startPostgres();
    const where = { postgres: await server.newDatabase() };
    parts = await startParts({ where, policy: testPolicy({ expiry: { "rotate-every": "40 days" } }) });
    other = { ...parts.context, store: await openStore(where) };
  });
  afterAll(async () => {
    await other?.store.close();
    await parts?.[Symbol.asyncDispose]();
    await server?.stop();
  });

  test("remind of each key at each moment once, and tell of an owner who left once", async () => {
    const { context, clock, slack, store } = parts;
    const ada = personNamed("ada");
    for (let i = 0; i < 5; i++) {
      const claim = await openClaim(parts, `key-${i}`);
      expect(await claimSecret(context, { claim, by: ada, clickedAt: clock.now() })).toHaveProperty("shown");
    }
    const both = async (): Promise<void> => {
      // What is due is more than one sweep tells of.
      for (let round = 0; round < 8; round++) {
        await Promise.all([sweepOnce(context), sweepOnce(other)]);
        clock.advance(5000);
      }
    };
    await both();
    for (const days of [61, 16, 7, 5]) {
      clock.advance(days * DAY);
      await both();
    }
    await slack.admin("PATCH", `people/${ada}`, { kind: "deactivated" });
    await store.forget({ person: ada });
    await store.personChanged(ada, true);
    await both();

    const all = await trail(store);
    const told = all.filter(({ event }) => event.endsWith(".reminded"));
    const each = told.map(({ subject, event, evidence }) => {
      const { of, step } = JSON.parse(evidence) as { of: number; step: number };
      return `${subject} ${event} ${of} ${step}`;
    });
    expect(new Set(each).size).toBe(each.length);
    const ids = (await store.findKeys([{ on: "owner", is: ada }], { limit: 10 })).keys.map(({ id }) => id);
    for (const id of ids) {
      const steps = (await store.remindersOf(keyId.parse(id)))
        .filter(({ what }) => what === "expiry")
        .map(({ step }) => step / DAY);
      expect(steps.toSorted((a, b) => b - a)).toEqual([30, 14, 7, 1]);
    }
    expect(ids).toHaveLength(5);
    expect(all.filter(({ event }) => event === "owner.departed")).toHaveLength(1);
    expect(await chainHolds(store)).toBe(true);
  }, 120_000);
});
