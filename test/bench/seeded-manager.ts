import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openDatabase } from "../../src/embedded-manager/database.ts";
import { startEmbeddedManager } from "../../src/embedded-manager/server.ts";

/* A manager with many keys, in a process of its own. */

export const PASSWORD = "only for measuring";
export const EXPIRY = Date.UTC(2030, 0, 1);

export type Server = { origin: string; process: ChildProcess; headers: Record<string, string> };

/** Makes keys straight in the file, which is faster than to ask for each. */
export async function seed(data: string, keys: number): Promise<void> {
  await (await startEmbeddedManager({ data, adminPassword: PASSWORD })).close();
  const database = openDatabase(data);
  const { sql, transaction } = database;
  transaction(() => {
    sql
      .prepare(
        `INSERT INTO names (folded) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
         SELECT 'bench-' || i FROM n`,
      )
      .run(keys);
    sql
      .prepare(
        `INSERT INTO keys (id, name, description, locale, role_id, time_zone, active, created, failures,
           expiry_date, secret_hash)
         SELECT id, folded, '', 'en-US', 2, 'Etc/UTC', 1, ?1, 0, iif(id % 2, ?1 + id, NULL), randomblob(32)
         FROM names WHERE folded LIKE 'bench-%'`,
      )
      .run(EXPIRY);
  });
  database.close();
}

/** Waits until it says where it listens. */
export async function startProgram(args: string[]): Promise<Server> {
  const program = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  for (;;) {
    const [chunk] = await once(program.stdout, "data");
    printed += String(chunk);
    const origin = /listens on (http:\/\/[\d.:]+)/.exec(printed)?.[1];
    if (origin !== undefined) {
      program.stdout.resume();
      return { origin, process: program, headers: { "content-type": "application/json" } };
    }
  }
}
