import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

type Kind = "app" | "person" | "group" | "conversation" | "message" | "home" | "read" | "team" | "file";

/** Keeps what survives a restart, one JSON record a thing; without a folder it keeps nothing. */
export class Storage {
  readonly #database: DatabaseSync | undefined;

  constructor(folder?: string) {
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    this.#database = new DatabaseSync(join(folder, "local-slack.sqlite"));
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS records (
        kind TEXT NOT NULL, id TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (kind, id)
      ) STRICT, WITHOUT ROWID;`);
  }

  /** All records of a kind, by id. */
  all<T>(kind: Kind): T[] {
    const rows =
      this.#database?.prepare("SELECT json FROM records WHERE kind = ? ORDER BY id").all(kind) ?? [];
    return rows.map((row) => JSON.parse(String(row["json"])) as T);
  }

  put(kind: Kind, id: string, value: unknown): void {
    this.#database
      ?.prepare(
        "INSERT INTO records VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET json = excluded.json",
      )
      .run(kind, id, JSON.stringify(value));
  }

  remove(kind: Kind, id: string): void {
    this.#database?.prepare("DELETE FROM records WHERE kind = ? AND id = ?").run(kind, id);
  }

  close(): void {
    this.#database?.close();
  }
}
