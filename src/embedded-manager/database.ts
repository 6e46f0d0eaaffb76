import { randomBytes, randomUUID } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";

const MIGRATIONS = [
  `CREATE TABLE tenant (guid TEXT NOT NULL) STRICT;

   -- Users and keys share one sequence of IDs, never used again, and one space of names (contract 6, 3.3).
   CREATE TABLE names (id INTEGER PRIMARY KEY AUTOINCREMENT, folded TEXT NOT NULL UNIQUE) STRICT;

   CREATE TABLE roles (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     name TEXT NOT NULL,
     description TEXT NOT NULL,
     immutable INTEGER NOT NULL,
     only_equal_rights INTEGER NOT NULL,
     all_computers INTEGER NOT NULL,
     all_policies INTEGER NOT NULL,
     allow_user_interface INTEGER NOT NULL,
     allow_web_service INTEGER NOT NULL,
     allow_link INTEGER NOT NULL,
     allow_migration INTEGER NOT NULL,
     rights TEXT NOT NULL
   ) STRICT;

   CREATE TABLE users (
     id INTEGER PRIMARY KEY REFERENCES names (id),
     name TEXT NOT NULL,
     role_id INTEGER NOT NULL REFERENCES roles (id),
     locale TEXT NOT NULL,
     time_zone TEXT NOT NULL,
     created INTEGER NOT NULL,
     last_sign_in INTEGER,
     failures INTEGER NOT NULL,
     password_salt BLOB NOT NULL,
     password_hash BLOB NOT NULL
   ) STRICT;

   CREATE TABLE keys (
     id INTEGER PRIMARY KEY REFERENCES names (id),
     name TEXT NOT NULL,
     description TEXT NOT NULL,
     locale TEXT NOT NULL,
     role_id INTEGER NOT NULL REFERENCES roles (id),
     time_zone TEXT NOT NULL,
     active INTEGER NOT NULL,
     created INTEGER NOT NULL,
     last_sign_in INTEGER,
     unlock_time INTEGER,
     failures INTEGER NOT NULL,
     expiry_date INTEGER,
     secret_hash BLOB NOT NULL
   ) STRICT;`,

  `CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

   CREATE TABLE old_secrets (
     key_id INTEGER NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
     hash BLOB NOT NULL,
     known_until INTEGER NOT NULL,
     PRIMARY KEY (key_id, hash)
   ) STRICT, WITHOUT ROWID;

   ALTER TABLE users ADD COLUMN locked INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE users ADD COLUMN unlock_time INTEGER;

   ALTER TABLE roles ADD COLUMN computer_ids TEXT NOT NULL DEFAULT '[]';
   ALTER TABLE roles ADD COLUMN computer_group_ids TEXT NOT NULL DEFAULT '[]';
   ALTER TABLE roles ADD COLUMN policy_ids TEXT NOT NULL DEFAULT '[]';`,
];

/** The manager's file, and the key of the hashes in it, which is kept outside of it. */
export type ManagerDatabase = {
  readonly sql: DatabaseSync;
  readonly hashKey: Buffer;
  readonly tenantGUID: string;
  /** A statement for a text that callers' wishes shape; the latest ones are kept ready. */
  readonly statement: (text: string) => StatementSync;
  /**
   * All or nothing. Nothing may be awaited inside. Those that come at the same time share one commit:
   * what was written is safe once `committed` has resolved, and nobody may be answered before.
   */
  readonly transaction: <T>(work: () => T) => T;
  /** Resolves when all that has been written is on the disk; rejects where that failed. */
  readonly committed: () => Promise<void>;
  close(): void;
};

/** How names and texts are compared: regardless of letter case and of the way accents are composed. */
export function fold(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

/**
 * Opens `manager.sqlite` in a folder, making both where they are missing, or a database in memory.
 * Throws, in a sentence, where the folder is in use, its hash key is lost, or a newer program made it.
 */
export function openDatabase(data: string): ManagerDatabase {
  const inMemory = data === ":memory:";
  if (!inMemory) mkdirSync(data, { recursive: true, mode: 0o700 });
  const hashKey = inMemory ? randomBytes(32) : readHashKey(data);
  const file = inMemory ? data : join(data, "manager.sqlite");
  // Made here first for its mode, which SQLite gives to the files beside it as well.
  if (!inMemory) closeSync(openSync(file, "a", 0o600));
  const sql = new DatabaseSync(file);
  try {
    prepare(sql, data);
  } catch (error) {
    sql.close();
    throw error;
  }
  sql.function("fold", { deterministic: true }, (text) => (typeof text === "string" ? fold(text) : null));
  const guid = sql.prepare("SELECT guid FROM tenant").get()?.["guid"];
  return {
    sql,
    hashKey,
    tenantGUID: String(guid),
    statement: statements(sql),
    ...groupCommit(sql),
  };
}

/** A disk takes hundreds of commits a second, and a manager in an incident many more changes. */
function groupCommit(sql: DatabaseSync): Pick<ManagerDatabase, "transaction" | "committed" | "close"> {
  let coming: Promise<void> | undefined;
  let open = true;
  const commit = (): void => {
    coming = undefined;
    if (sql.isTransaction) sql.exec("COMMIT");
  };
  const begin = (): void => {
    if (coming !== undefined) return;
    sql.exec("BEGIN IMMEDIATE");
    // After whatever else has arrived by now.
    coming = new Promise((resolve, reject) => {
      setImmediate(() => {
        try {
          if (open) commit();
          resolve();
        } catch (error) {
          if (sql.isTransaction) sql.exec("ROLLBACK");
          reject(error);
        }
      });
    });
    // Whoever waits for it hears of it.
    coming.catch(() => {});
  };
  return {
    transaction(work) {
      begin();
      sql.exec("SAVEPOINT one");
      try {
        const result = work();
        sql.exec("RELEASE one");
        return result;
      } catch (error) {
        if (sql.isTransaction) sql.exec("ROLLBACK TO one; RELEASE one");
        throw error;
      }
    },
    committed: async () => coming,
    close() {
      open = false;
      commit();
      sql.close();
    },
  };
}

function readHashKey(folder: string): Buffer {
  const path = join(folder, "secret-hash.key");
  const kept = existsSync(path) ? readFileSync(path) : undefined;
  if (kept?.length === 32) return kept;
  // A new one would silently shut out every key that was ever made here.
  if (existsSync(join(folder, "manager.sqlite")))
    throw new Error(`${path} is missing or damaged: without it no key can authenticate. Put it back.`);
  const fresh = randomBytes(32);
  writeFileSync(path, fresh, { mode: 0o600, flush: true });
  return fresh;
}

function prepare(sql: DatabaseSync, data: string): void {
  // One process at a time: sessions and roles are held in memory.
  sql.exec("PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE;");
  try {
    sql.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN EXCLUSIVE; COMMIT;");
  } catch (error) {
    throw new Error(`The data in ${data} cannot be opened. Is another manager running on it?`, {
      cause: error,
    });
  }
  const version = Number(sql.prepare("PRAGMA user_version").get()?.["user_version"]);
  if (version > MIGRATIONS.length)
    throw new Error(`The data in ${data} was written by a newer version of this program. Use that one.`);
  transaction(sql, () => {
    for (const migration of MIGRATIONS.slice(version)) sql.exec(migration);
    if (version === 0) sql.prepare("INSERT INTO tenant (guid) VALUES (?)").run(randomUUID().toUpperCase());
    sql.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
}

/** How many statements are kept: searches come in few shapes, unless somebody plays with them. */
const STATEMENTS = 100;

function statements(sql: DatabaseSync): (text: string) => StatementSync {
  const ready = new Map<string, StatementSync>();
  return (text) => {
    const found = ready.get(text);
    if (found) return found;
    if (ready.size >= STATEMENTS) ready.clear();
    const made = sql.prepare(text);
    ready.set(text, made);
    return made;
  };
}

function transaction<T>(sql: DatabaseSync, work: () => T): T {
  sql.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    sql.exec("COMMIT");
    return result;
  } catch (error) {
    if (sql.isTransaction) sql.exec("ROLLBACK");
    throw error;
  }
}
