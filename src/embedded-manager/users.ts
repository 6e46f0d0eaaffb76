import { randomBytes } from "node:crypto";
import type { SQLOutputValue } from "node:sqlite";
import { fold, type ManagerDatabase } from "./database.ts";
import { SETTINGS } from "./decisions.ts";
import { FULL_ACCESS } from "./roles.ts";
import { hashPassword, sameBytes } from "./secrets.ts";

/** Somebody who signs in with a password; the first one, with full access, is made at first start. */
export type User = { ID: number; name: string; roleID: number; locale: string; timeZone: string };

export type UserRecords = Awaited<ReturnType<typeof userRecords>>;

/**
 * The users. Where there is none yet, the first one gets `password`, or a generated one, which is
 * then handed out here and never again.
 */
export async function userRecords(database: ManagerDatabase, now: () => number, password?: string) {
  const { sql, transaction } = database;
  const byID = sql.prepare("SELECT * FROM users WHERE id = ?");
  const byName = sql.prepare("SELECT users.* FROM users JOIN names USING (id) WHERE names.folded = ?");
  const succeeded = sql.prepare("UPDATE users SET last_sign_in = ?, failures = 0 WHERE id = ?");
  const failed = sql.prepare("UPDATE users SET failures = failures + 1 WHERE id = ?");

  let generated: string | undefined;
  if (sql.prepare("SELECT 1 FROM users").get() === undefined) {
    if (password === undefined) generated = randomBytes(18).toString("base64url");
    const chosen = password ?? generated ?? "";
    if (chosen.length < SETTINGS.passwordLength)
      throw new Error(`The administrator's password needs ${SETTINGS.passwordLength} characters or more.`);
    const salt = randomBytes(16);
    const hash = await hashPassword(chosen, salt);
    transaction(() => insertFirst(database, now(), salt, hash));
  }

  return {
    generatedPassword: generated,

    find(id: number): User | undefined {
      const row = byID.get(id);
      return row && toUser(row);
    },

    /** The user who has this name and password; the work is the same where there is no such user. */
    async authenticate(name: string, given: string): Promise<User | undefined> {
      const row = byName.get(fold(name));
      const salt = (row?.["password_salt"] as Uint8Array | undefined) ?? new Uint8Array(16);
      const stored = (row?.["password_hash"] as Uint8Array | undefined) ?? new Uint8Array(32);
      const right = sameBytes(await hashPassword(given, salt), stored);
      if (row === undefined) return undefined;
      const user = toUser(row);
      if (!right) {
        failed.run(user.ID);
        return undefined;
      }
      succeeded.run(now(), user.ID);
      return user;
    },
  };
}

function insertFirst({ sql }: ManagerDatabase, created: number, salt: Buffer, hash: Buffer): void {
  const name = SETTINGS.firstUser;
  const id = sql.prepare("INSERT INTO names (folded) VALUES (?)").run(fold(name)).lastInsertRowid;
  sql
    .prepare(
      `INSERT INTO users (id, name, role_id, locale, time_zone, created, failures, password_salt,
         password_hash) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)`,
    )
    .run(id, name, FULL_ACCESS, SETTINGS.locale, SETTINGS.timeZone, created, salt, hash);
}

function toUser(row: Record<string, SQLOutputValue>): User {
  return {
    ID: Number(row["id"]),
    name: String(row["name"]),
    roleID: Number(row["role_id"]),
    locale: String(row["locale"]),
    timeZone: String(row["time_zone"]),
  };
}
