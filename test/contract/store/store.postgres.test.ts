import { afterAll, beforeAll, describe, it } from "vitest";
import { postgresMissing, type PostgresServer, startPostgres } from "../../support/postgres.ts";
import { storeSuite } from "./store.suite.ts";

const missing = postgresMissing();

describe.skipIf(missing !== undefined)("the store in PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await server.stop();
  });
  storeSuite({ fresh: async () => ({ postgres: await server.newDatabase() }), shared: true });
});

if (missing !== undefined) {
  const sentence = `THE STORE WAS NOT TESTED IN POSTGRESQL: ${missing}`;
  process.stderr.write(`\n${sentence}\n\n`);
  it.skip(sentence, () => {});
}
