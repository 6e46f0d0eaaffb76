import { randomBytes } from "node:crypto";
import type { SQLOutputValue } from "node:sqlite";
import { fold, type ManagerDatabase } from "./database.ts";
import { SETTINGS } from "./decisions.ts";
import type { LockOut } from "./lock-out.ts";
import { FULL_ACCESS } from "./rights.ts";
import { hashPassword, sameBytes } from "./secrets.ts";

/** Somebody who signs in with a password; the first one, with full access, is made at first start. */
export type User = { ID: number; name: string; roleID: number; locale: string; timeZone: string };

export type UserRecords = ReturnType<typeof userRecords>;

/** The users. Nobody can sign in before the first one was made. */
export function userRecords({ sql, transaction }: ManagerDatabase, now: () => number) {
  const byID = sql.prepare("SELECT * FROM users WHERE id = ?");
  const byName = sql.prepare("SELECT users.* FROM users JOIN names USING (id) WHERE names.folded = ?");
  const opened = sql.prepare("UPDATE users SET failures = 0, locked = 0, unlock_time = NULL WHERE id = ?");
  const signedIn = sql.prepare("UPDATE users SET last_sign_in = ? WHERE id = ?");
  const failed = sql.prepare(
    `UPDATE users SET failures = failures + 1, locked = failures + 1 >= ?1,
       unlock_time = iif(failures + 1 >= ?1, ?2, NULL) WHERE id = ?3 AND locked = 0`,
  );
  const setPassword = sql.prepare("UPDATE users SET password_salt = ?, password_hash = ? WHERE id = ?");
  const insertName = sql.prepare("INSERT INTO names (folded) VALUES (?)");
  const insert = sql.prepare(
    `INSERT INTO users (id, name, role_id, locale, time_zone, created, failures, password_salt,
       password_hash) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)`,
  );

  return {
    find(id: number): User | undefined {
      const row = byID.get(id);
      return row && toUser(row);
    },

    findNamed(name: string): User | undefined {
      const row = byName.get(fold(name));
      return row && toUser(row);
    },

    /** Makes the first user, if there is none: with this password, or a generated one, which it returns. */
    async makeFirst(password?: string): Promise<string | undefined> {
      if (sql.prepare("SELECT 1 FROM users").get() !== undefined) return undefined;
      const chosen = password ?? generatePassword();
      const { salt, hash } = await hashed(chosen);
      const { firstUser, locale, timeZone } = SETTINGS;
      transaction(() => {
        const id = insertName.run(fold(firstUser)).lastInsertRowid;
        insert.run(id, firstUser, FULL_ACCESS, locale, timeZone, now(), salt, hash);
      });
      return password === undefined ? chosen : undefined;
    },

    /**
     * The user who has this name and password and is not locked out; or else whose password was wrong,
     * to be counted after the answer. The work is the same where there is no such user.
     */
    async authenticate(name: string, given: string): Promise<User | { failed: number | undefined }> {
      const row = byName.get(fold(name));
      const salt = (row?.["password_salt"] as Uint8Array | undefined) ?? new Uint8Array(16);
      const stored = (row?.["password_hash"] as Uint8Array | undefined) ?? new Uint8Array(32);
      const right = sameBytes(await hashPassword(given, salt), stored);
      if (row === undefined) return { failed: undefined };
      const user = toUser(row);
      if (!right) return { failed: user.ID };
      // Read again: guesses side by side may have locked the user while this hash was on its way.
      if (isLocked(byID.get(user.ID), now())) return { failed: undefined };
      transaction(() => {
        opened.run(user.ID);
        signedIn.run(now(), user.ID);
      });
      return user;
    },

    /** Counts a wrong password against a user who is not locked out (contract 5, 10.1). */
    countFailure(id: number, lockOut: LockOut): void {
      const row = byID.get(id);
      if (row?.["locked"] === 1 && !isLocked(row, now())) opened.run(id);
      failed.run(lockOut.attempts, lockOut.until(now()), id);
    },

    /** Lifts a lock-out. */
    unlock: (id: number): void => void opened.run(id),

    /** Sets a password, and lifts a lock-out; throws where it is too short. */
    async setPassword(id: number, password: string): Promise<void> {
      const { salt, hash } = await hashed(password);
      transaction(() => {
        setPassword.run(salt, hash, id);
        opened.run(id);
      });
    },
  };
}

/** A password of 144 random bits. */
export function generatePassword(): string {
  return randomBytes(18).toString("base64url");
}

async function hashed(password: string): Promise<{ salt: Buffer; hash: Buffer }> {
  if (password.length < SETTINGS.passwordLength)
    throw new Error(`The administrator's password needs ${SETTINGS.passwordLength} characters or more.`);
  const salt = randomBytes(16);
  return { salt, hash: await hashPassword(password, salt) };
}

function isLocked(row: Record<string, SQLOutputValue> | undefined, now: number): boolean {
  const unlockTime = row?.["unlock_time"];
  return row?.["locked"] === 1 && !(typeof unlockTime === "number" && now >= unlockTime);
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
