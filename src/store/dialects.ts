import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  Kysely,
  PostgresDialect,
  PostgresQueryCompiler,
  type RawBuilder,
  type SelectModifierNode,
  sql,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type SqliteStatement,
} from "kysely";
import { Client, DatabaseError, Pool, TypeOverrides, types as parsers } from "pg";
import { kept } from "../domain/kept.ts";
import type { Tables } from "./tables.ts";

/** A file (or ":memory:") for one process, or a PostgreSQL URL for several replicas. */
export type Where =
  | { sqlite: string }
  /** `patience`: milliseconds after which a connection that is still in use is given up; two minutes. */
  | { postgres: string; patience?: number };

export type Database = {
  readonly kysely: Kysely<Tables>;
  /** The type of a text that is compared and sorted by its bytes. */
  readonly byteSortedText: "text" | RawBuilder<unknown>;
  /** Makes others that want to migrate wait until this transaction ends. */
  lockSchema(transaction: Kysely<Tables>): Promise<void>;
};

/** Everything that only one of the two databases knows stands in this file. */
export function openDatabase(where: Where): Database {
  return "sqlite" in where ? openSqlite(where.sqlite) : openPostgres(where.postgres, where.patience);
}

/** Milliseconds to wait for another process's transaction; the thread stands still meanwhile, so few. */
const BUSY_TIMEOUT = 10;

/** Statements that are kept prepared: preparing takes longer than running most of them. */
const KEPT_PREPARED = 500;

function openSqlite(path: string): Database {
  if (path !== ":memory:") makePrivate(path);
  const file = new DatabaseSync(path, { timeout: BUSY_TIMEOUT });
  file.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  const prepared = new Map<string, SqliteStatement>();
  const database: SqliteDatabase = {
    close: () => file.close(),
    prepare(text) {
      const known = prepared.get(text) ?? prepare(file, text);
      // Used last stands last; the first one is the one that was used longest ago.
      prepared.delete(text);
      prepared.set(text, known);
      const [oldest] = prepared.keys();
      if (prepared.size > KEPT_PREPARED && oldest !== undefined) prepared.delete(oldest);
      return known;
    },
  };
  const dialect: Dialect = {
    createDriver: () => new ImmediateDriver({ database }),
    createQueryCompiler: () => new LocklessCompiler(),
    // It says that there is one connection, and so Kysely runs one transaction after the other.
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
  return {
    kysely: new Kysely<Tables>({ dialect }),
    byteSortedText: "text",
    lockSchema: () => Promise.resolve(),
  };
}

function prepare(file: DatabaseSync, text: string): SqliteStatement {
  const statement = file.prepare(text);
  return {
    reader: statement.columns().length > 0,
    all: (values) => statement.all(...bindable(values)),
    run: (values) => statement.run(...bindable(values)),
    // Read row by row, while the same text may run again.
    iterate: (values) => file.prepare(text).iterate(...bindable(values)),
  };
}

/** For its owner alone: SQLite gives the files beside it (WAL) the same mode. */
function makePrivate(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, "a", 0o600));
}

/** Milliseconds that statements may run one after the other before the event loop turns. */
const LONGEST_RUN = 5;

/**
 * Takes the file for writing at once: a reader that turns writer later could only fail. Lets the
 * event loop turn between statements: each is over when it returns, and many would hold up everybody.
 */
class ImmediateDriver extends SqliteDriver {
  #turned = performance.now();

  override async acquireConnection(): Promise<DatabaseConnection> {
    if (performance.now() - this.#turned > LONGEST_RUN) {
      await nextTurn();
      this.#turned = performance.now();
    }
    return super.acquireConnection();
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  }
}

/** A transaction here has the whole file, so the row locks that PostgreSQL needs are left out. */
class LocklessCompiler extends SqliteQueryCompiler {
  protected override visitSelectModifier(node: SelectModifierNode): void {
    if (node.modifier !== "ForUpdate" && node.modifier !== "ForShare") super.visitSelectModifier(node);
  }

  protected override addParameter(parameter: unknown): void {
    super.addParameter(keptValue(parameter));
  }
}

/**
 * Whatever somebody has typed, forged or named in the manager: a text that a database refuses would fail
 * each statement that it is in, and is here one that is in no row.
 */
function keptValue(parameter: unknown): unknown {
  return typeof parameter === "string" ? kept(parameter) : parameter;
}

function bindable(values: readonly unknown[]): (string | number | null)[] {
  return values.map((value) => {
    if (value === null || typeof value === "string" || typeof value === "number") return value;
    throw new TypeError(`a ${typeof value} cannot be stored`);
  });
}

class KeepingDialect extends PostgresDialect {
  override createQueryCompiler(): PostgresQueryCompiler {
    return new KeepingCompiler();
  }
}

class KeepingCompiler extends PostgresQueryCompiler {
  protected override addParameter(parameter: unknown): void {
    super.addParameter(keptValue(parameter));
  }
}

/** Any number; all replicas of this program, and nobody else, must use the same. */
const SCHEMA_LOCK = 7_062_113;

/** Longer than any wait here: the longest is for the lock on the schema. */
const PATIENCE = 120_000;

function openPostgres(connectionString: string, patience = PATIENCE): Database {
  const types = new TypeOverrides();
  types.setTypeParser(parsers.builtins.INT8, Number);
  const pool = new Pool({
    connectionString,
    types,
    max: 10,
    application_name: "portcullis",
    connectionTimeoutMillis: 5000,
    keepAlive: true,
    // A replica that hangs in a transaction must not hold the gate or the audit head for long.
    lock_timeout: 250,
    idle_in_transaction_session_timeout: 10_000,
  });
  // An idle connection that the server closes would otherwise end the process; the pool replaces it.
  pool.on("error", () => {});
  // So would one that ends while it is in use: the pool listens to idle ones alone. Its query fails all the same.
  pool.on("connect", (client) => void client.on("error", () => {}));
  giveUpSilent(pool, patience);
  return {
    kysely: new Kysely<Tables>({ dialect: new KeepingDialect({ pool }) }),
    byteSortedText: sql`text collate "C"`,
    lockSchema: async (transaction) => {
      await sql`set local lock_timeout = '60s'`.execute(transaction);
      await sql`select pg_advisory_xact_lock(${sql.lit(SCHEMA_LOCK)})`.execute(transaction);
    },
  };
}

/** A line that has gone silent ends no query by itself: whoever waits for it would wait for ever. */
function giveUpSilent(pool: Pool, patience: number): void {
  const inUse = new WeakMap<object, NodeJS.Timeout>();
  pool.on("acquire", (client) => {
    // With a query under way this ends the connection at once, and the query with it.
    const giveUp = (): void => void (client instanceof Client && client.end());
    inUse.set(client, setTimeout(giveUp, patience).unref());
  });
  pool.on("release", (_, client) => clearTimeout(inUse.get(client)));
}

const SQLITE_BUSY = 5;
const SQLITE_CONSTRAINT_PRIMARYKEY = 1555;
const SQLITE_CONSTRAINT_UNIQUE = 2067;

/** The row could not be inserted because one with this id, name or request is there. */
export function isClash(error: unknown): boolean {
  const code = codeOf(error);
  return code === "23505" || code === SQLITE_CONSTRAINT_PRIMARYKEY || code === SQLITE_CONSTRAINT_UNIQUE;
}

/** Serialisation failure, deadlock, lock not available, or a file that another process holds. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error);
  // The low byte of an extended result code is the primary one.
  if (typeof code === "number") return (code & 0xff) === SQLITE_BUSY;
  return code === "40001" || code === "40P01" || code === "55P03";
}

/** SQLite's extended result code, or PostgreSQL's SQLSTATE. */
function codeOf(error: unknown): number | string | undefined {
  if (error instanceof DatabaseError) return error.code;
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode : undefined;
}
