import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { keyId, type PersonId } from "../../../src/domain/values.ts";
import { openStore } from "../../../src/store/store.ts";
import type { Commit, Store } from "../../../src/usecases/store-port.ts";
import { postgresMissing, type PostgresServer, startPostgres } from "../../support/postgres.ts";
import { aKey, ALL, ANN, BEN, keyOf, made, rid, T0 } from "../../support/store.ts";
import { everySuite } from "./every.suite.ts";

const missing = postgresMissing();

describe.skipIf(missing !== undefined)("the store in PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await server.stop();
  });
  const fixture = { fresh: async () => ({ postgres: await server.newDatabase() }), shared: true };
  everySuite(fixture);

  describe("when others are in the way", () => {
    let store: Store;
    let operator: Client;
    beforeEach(async () => {
      const url = await server.newDatabase();
      store = await openStore({ postgres: url });
      operator = new Client({ connectionString: url });
      await operator.connect();
    });
    afterEach(async () => {
      await operator.end();
      await store.close();
    });
    const { next, event } = made({ n: 1 });
    const commit: Commit = { changes: [{ row: "request", next }], events: [event], gate: { read: 1 } };

    /** So many statements of the store wait for somebody's lock. */
    const waiting = async (count: number): Promise<void> =>
      until(async () => {
        // Within a transaction the first look would be the last one.
        await operator.query("select pg_stat_clear_snapshot()");
        const { rowCount } = await operator.query(
          "select 1 from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'portcullis'",
        );
        return rowCount === count;
      });
    it("a commit waits for the lock that it needs, then decides on what it finds", async () => {
      await operator.query("begin; update gate set version = version + 1");
      const committing = store.commit(commit);
      await waiting(1);
      await operator.query("commit");
      expect(await committing).toBe("stale");
    });

    it("a commit that cannot be written for long is a fault, and leaves nothing behind", async () => {
      await operator.query("begin; lock table audit_head");
      await expect(store.commit(commit)).rejects.toMatchObject({ name: "Fault", code: "store-busy" });
      await operator.query("rollback");
      expect(await store.request(rid(1))).toBeUndefined();
      expect(await store.commit(commit)).toBe("committed");
    });

    const key = keyId.parse(1);
    const row = async () => (await store.findKeys([{ on: "id", is: key }], { limit: 1 })).keys[0];
    const keyCommit = async (owner: PersonId): Promise<Commit> => {
      const before = await store.key(key);
      const change = { row: "key", next: keyOf(owner, key), ...(before && { before }) } as const;
      return { changes: [change], events: [event] };
    };
    const copies: [string, () => Promise<unknown>][] = [
      ["a page", async () => store.putKeysPage({ ...ALL, readAt: T0 + 1, keys: [aKey(1, { failures: 1 })] })],
      ["a note", async () => store.putKey(aKey(1, { failures: 1 }), T0 + 1)],
    ];

    /** The commit has come as far as the trail when the copy begins, and ends before it does. */
    const overtaken = async (copy: () => Promise<unknown>, commit: Commit): Promise<void> => {
      await operator.query("begin; select * from audit_head for update");
      const committing = store.commit(commit);
      await waiting(1);
      const copying = copy();
      await waiting(2);
      await operator.query("commit");
      expect(await committing).toBe("committed");
      await copying;
    };

    it.each(copies)(
      "%s beside a commit of the same key copies the owner that it ends with",
      async (_, copy) => {
        await store.putKeysPage({ ...ALL, keys: [aKey(1)] });
        await store.commit(await keyCommit(ANN));
        await overtaken(copy, await keyCommit(BEN));
        expect(await row()).toMatchObject({ owner: BEN, failures: 1 });
      },
    );

    it.each(copies)("%s beside the first record of a key leaves it its owner", async (_, copy) => {
      await store.putKeysPage({ ...ALL, keys: [aKey(1)] });
      await overtaken(copy, await keyCommit(ANN));
      expect(await row()).toMatchObject({ owner: ANN, failures: 1 });
    });

    it("a page leaves what is noted of a key while the page is being compared", async () => {
      await store.putKeysPage({ ...ALL, keys: [aKey(1), aKey(2)] });
      await operator.query("begin; select * from inventory for update");
      const noting = [
        store.putKey(aKey(1, { active: false }), T0 + 2),
        store.putKey(aKey(2, { active: false }), T0 + 2),
      ];
      await waiting(2);
      const paging = store.putKeysPage({ ...ALL, readAt: T0 + 1, keys: [aKey(1, { failures: 1 })] });
      await waiting(3);
      await operator.query("commit");
      await Promise.all([...noting, paging]);
      const { keys } = await store.findKeys([{ on: "active", is: false }], { limit: 10 });
      expect(keys.map(({ id }) => id)).toEqual([1, 2]);
    });

    it("connections that the server closes are replaced", async () => {
      await store.commit(commit);
      await operator.query(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'portcullis'",
      );
      await until(async () => (await settled(store.request(rid(1)))) !== undefined);
      expect((await store.request(rid(1)))?.value).toEqual(next);
    });

    it("a connection that the server closes in the middle of a commit fails that commit, and nothing else", async () => {
      const uncaught: unknown[] = [];
      const note = (error: unknown): void => void uncaught.push(error);
      process.on("uncaughtExceptionMonitor", note);
      await operator.query("begin; update gate set version = version + 1");
      const cutOff = store.commit(commit);
      const ended = expect(cutOff).rejects.toThrow();
      await until(async () => {
        const { rowCount } = await operator.query(
          "select pg_terminate_backend(pid, 5000) from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'portcullis'",
        );
        return rowCount === 1;
      });
      await ended;
      await operator.query("rollback");
      await until(async () => (await settled(store.commit(commit))) === "committed");
      process.off("uncaughtExceptionMonitor", note);
      expect(uncaught).toEqual([]);
    });

    it("a line that goes silent is given up, and another one taken", async () => {
      const url = new URL(await server.newDatabase());
      let silent = false;
      const lines: Socket[] = [];
      const line = createServer((near) => {
        const far = connect(Number(url.port), url.hostname);
        for (const [from, to] of [
          [near, far],
          [far, near],
        ] as const) {
          from.on("data", (bytes) => silent || to.write(bytes)).on("error", () => {});
          from.on("close", () => to.destroy());
          lines.push(from);
        }
      });
      await new Promise<void>((resolve) => line.listen(0, "127.0.0.1", resolve));
      const { port } = line.address() as AddressInfo;
      const far = await openStore({
        postgres: Object.assign(new URL(url), { port: String(port) }).href,
        patience: 300,
      });
      silent = true;
      await expect(far.auditHead()).rejects.toThrow("Connection terminated");
      silent = false;
      await until(async () => (await settled(far.auditHead())) === 0);
      await far.close();
      for (const each of lines) each.destroy();
      line.close();
    });
  });
});

/** Asks again until it is so; the test's own time limit ends it otherwise. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await setImmediate();
}

async function settled<T>(promise: Promise<T>): Promise<T | undefined> {
  return await promise.catch(() => undefined);
}

if (missing !== undefined) {
  const sentence = `THE STORE WAS NOT TESTED IN POSTGRESQL: ${missing}`;
  process.stderr.write(`\n${sentence}\n\n`);
  it.skip(sentence, () => {});
}
