import type { SQLOutputValue } from "node:sqlite";
import type { ApiKey } from "../manager/wire.ts";
import { fold, type ManagerDatabase } from "./database.ts";
import { SETTINGS } from "./decisions.ts";
import type { Search, SearchField } from "./search.ts";
import { hashSecret, mintSecret } from "./secrets.ts";

const COLUMNS = `keys.id, name, description, locale, role_id, time_zone, active, created, last_sign_in,
  unlock_time, failures, expiry_date`;
const FROM = "FROM keys JOIN names ON names.id = keys.id";

/** The fields by which keys can be searched (contract 3.1). */
export const KEY_FIELDS: ReadonlyMap<string, SearchField> = new Map([
  ["keyName", { kind: "String", sql: "names.folded" }],
  ["description", { kind: "String", sql: "fold(description)" }],
  ["timeZone", { kind: "String", sql: "fold(time_zone)" }],
  ["roleID", { kind: "Numeric", sql: "role_id" }],
  ["unsuccessfulSignInAttempts", { kind: "Numeric", sql: "failures" }],
  ["active", { kind: "Boolean", sql: "active" }],
  ["serviceAccount", { kind: "Boolean", sql: "0" }],
  ["created", { kind: "Date", sql: "created" }],
  ["lastSignIn", { kind: "Date", sql: "last_sign_in" }],
  ["unlockTime", { kind: "Date", sql: "unlock_time" }],
  ["expiryDate", { kind: "Date", sql: "expiry_date" }],
]);

export type KeyRecords = ReturnType<typeof keyRecords>;

/** The keys as they are stored. Whether a change is permitted and sensible is decided before. */
export function keyRecords({ sql, hashKey, statement, transaction }: ManagerDatabase) {
  const byID = sql.prepare(`SELECT ${COLUMNS}, secret_hash FROM keys WHERE id = ?`);
  const all = sql.prepare(`SELECT ${COLUMNS} FROM keys ORDER BY id`);
  const nameTaken = sql.prepare("SELECT 1 FROM names WHERE folded = ? AND id <> ?");
  const insertName = sql.prepare("INSERT INTO names (folded) VALUES (?)");
  const insertKey = sql.prepare(
    `INSERT INTO keys (name, description, locale, role_id, time_zone, active, created, last_sign_in,
       unlock_time, failures, expiry_date, id, secret_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const updateName = sql.prepare("UPDATE names SET folded = ? WHERE id = ?");
  const updateKey = sql.prepare(
    `UPDATE keys SET name = ?, description = ?, locale = ?, role_id = ?, time_zone = ?, active = ?,
       created = ?, last_sign_in = ?, unlock_time = ?, failures = ?, expiry_date = ? WHERE id = ?`,
  );
  const setHash = sql.prepare("UPDATE keys SET secret_hash = ?, failures = 0 WHERE id = ?");
  const keepOld = sql.prepare(
    "INSERT OR REPLACE INTO old_secrets (key_id, hash, known_until) SELECT id, secret_hash, ? FROM keys WHERE id = ?",
  );
  const forgetOld = sql.prepare("DELETE FROM old_secrets WHERE known_until <= ?");
  const oldSecret = sql.prepare(
    "SELECT 1 FROM old_secrets WHERE key_id = ? AND hash = ? AND known_until > ?",
  );
  const addFailure = sql.prepare(
    `UPDATE keys SET failures = failures + 1, active = failures + 1 < ?1,
       unlock_time = iif(failures + 1 < ?1, NULL, ?2) WHERE id = ?3 AND active = 1 RETURNING active`,
  );
  const removeKey = sql.prepare("DELETE FROM keys WHERE id = ?");
  const removeName = sql.prepare("DELETE FROM names WHERE id = ?");

  return {
    find(id: number): ApiKey | undefined {
      const row = byID.get(id);
      return row && toKey(row);
    },

    /** A key together with the hash of its secret: for authentication alone. */
    findWithHash(id: number): { key: ApiKey; secretHash: Uint8Array } | undefined {
      const row = byID.get(id);
      return row && { key: toKey(row), secretHash: row["secret_hash"] as Uint8Array };
    },

    list: (): ApiKey[] => all.all().map(toKey),

    search({ where, values, limit }: Search): ApiKey[] {
      const found = statement(`SELECT ${COLUMNS} ${FROM} WHERE ${where} ORDER BY keys.id LIMIT ?`);
      return found.all(...values, limit).map(toKey);
    },

    /** Whether another key or a user has this name; letter case does not matter (contract 3.3). */
    nameTaken: (name: string, id: number): boolean => nameTaken.get(fold(name), id) !== undefined,

    /** Stores a new key under the next ID, never used before, and makes its secret. */
    create(key: Omit<ApiKey, "ID">): { key: ApiKey; secret: string } {
      return transaction(() => {
        const ID = Number(insertName.run(fold(key.keyName)).lastInsertRowid);
        const secret = mintSecret(ID);
        insertKey.run(...changeable({ ...key, ID }), hashSecret(hashKey, secret));
        return { key: { ...key, ID }, secret };
      });
    },

    update(key: ApiKey): void {
      transaction(() => {
        updateName.run(fold(key.keyName), key.ID);
        updateKey.run(...changeable(key));
      });
    },

    /**
     * Makes a new secret; the old one is dead from here on, and remembered for a while. The counter
     * starts again (contract 10.3).
     */
    replaceSecret(id: number, now: number): string {
      const secret = mintSecret(id);
      transaction(() => {
        forgetOld.run(now);
        keepOld.run(now + SETTINGS.oldSecretKept, id);
        setHash.run(hashSecret(hashKey, secret), id);
      });
      return secret;
    },

    /** Whether this was a key's secret until it got a new one, not too long ago. */
    isOldSecret: (id: number, hash: Uint8Array, now: number): boolean =>
      oldSecret.get(id, hash, now) !== undefined,

    /**
     * Counts a wrong secret against a key, unless it is locked anyway; `most` of them lock it, until
     * `unlockTime` if there is one. Answers whether this one did (contract 10.1).
     */
    countFailure: (id: number, most: number, unlockTime: number | null): boolean =>
      addFailure.get(most, unlockTime, id)?.["active"] === 0,

    /** The name is free again, the ID never is. */
    remove(id: number): void {
      transaction(() => {
        removeKey.run(id);
        removeName.run(id);
      });
    },
  };
}

/** The columns in the order of the two statements above, ID last. */
function changeable(key: ApiKey) {
  return [
    key.keyName,
    key.description,
    key.locale,
    key.roleID,
    key.timeZone,
    key.active ? 1 : 0,
    key.created ?? 0,
    key.lastSignIn ?? null,
    key.unlockTime ?? null,
    key.unsuccessfulSignInAttempts,
    key.expiryDate ?? null,
    key.ID,
  ] as const;
}

function toKey(row: Record<string, SQLOutputValue>): ApiKey {
  return {
    keyName: String(row["name"]),
    description: String(row["description"]),
    locale: String(row["locale"]),
    roleID: Number(row["role_id"]),
    timeZone: String(row["time_zone"]),
    active: row["active"] === 1,
    created: Number(row["created"]),
    lastSignIn: maybeNumber(row["last_sign_in"]),
    unlockTime: maybeNumber(row["unlock_time"]),
    unsuccessfulSignInAttempts: Number(row["failures"]),
    expiryDate: maybeNumber(row["expiry_date"]),
    serviceAccount: false,
    ID: Number(row["id"]),
  };
}

function maybeNumber(value: SQLOutputValue | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}
