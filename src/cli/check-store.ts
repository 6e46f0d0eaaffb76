import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { Client } from "pg";
import type { Config } from "../config.ts";
import { type Finding, note, well, wrong } from "./findings.ts";

/** The database, which is read and never changed: bringing it to this program's version is for `npm start`. */
export async function checkStore(config: Config["store"]): Promise<Finding[]> {
  return [config.kind === "sqlite" ? checkFile(config.path) : await checkServer(config.url.reveal())];
}

const VERSION = "SELECT version FROM schema_version";

function checkFile(path: string): Finding {
  if (!existsSync(path)) return note(`${path} is not there yet; npm start makes it.`);
  try {
    using database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    const [found] = database.prepare("PRAGMA quick_check(1)").all();
    if (found?.["quick_check"] !== "ok") {
      return wrong(`${path} is damaged (${String(found?.["quick_check"])}).`, "Restore it from a backup.");
    }
    return well(`${path} is whole, at version ${String(database.prepare(VERSION).get()?.["version"])}.`);
  } catch (error) {
    return wrong(
      `${path} cannot be read (${codeOf(error)}).`,
      "Check that it is Portcullis's database, and who may read it.",
    );
  }
}

async function checkServer(connectionString: string): Promise<Finding> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 5000, query_timeout: 5000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ exists: boolean }>(
      "SELECT to_regclass('schema_version') IS NOT NULL AS exists",
    );
    if (rows[0]?.exists !== true) return note("PostgreSQL answers; npm start makes the tables.");
    const version = await client.query<{ version: number }>(VERSION);
    return well(`PostgreSQL answers, and its tables are at version ${version.rows[0]?.version}.`);
  } catch (error) {
    return wrong(`PostgreSQL does not let us in (${codeOf(error)}).`, "Check DATABASE_URL.");
  } finally {
    await client.end().catch(() => {});
  }
}

/** The code alone: messages may quote the address, which holds the password. */
function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "no reason given";
}
