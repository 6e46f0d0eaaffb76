import type { IncomingHttpHeaders } from "node:http";
import type { ApiKey, Role } from "../manager/wire.ts";
import { SETTINGS } from "./decisions.ts";
import type { KeyRecords } from "./key-records.ts";
import type { LockOut } from "./lock-out.ts";
import type { RoleRecords } from "./role-records.ts";
import { claimedID, sameBytes } from "./secrets.ts";
import type { Sessions } from "./sessions.ts";
import type { User, UserRecords } from "./users.ts";

/** Who makes a call, and the role whose rights decide about it (contract 2.4). */
export type Caller =
  | { kind: "key"; key: ApiKey; role: Role }
  | { kind: "session"; user: User; role: Role; sID: string };

/** What authentication looks into. */
export type Register = {
  keys: Pick<KeyRecords, "findWithHash" | "update" | "isOldSecret" | "countFailure">;
  roles: Pick<RoleRecords, "find">;
  users: Pick<UserRecords, "find">;
  sessions: Pick<Sessions, "resume">;
  /** The hash that is stored of a secret. */
  hash: (secret: string) => Uint8Array;
  now: () => number;
};

/** Why credentials were not accepted: for the log alone, callers all get the same answer. */
export type Rejection =
  | { cause: "none" | "session" | "unknown" | "locked" | "expired"; keyID?: number }
  | { cause: "wrong"; keyID: number; hash: Uint8Array };

/**
 * Who calls, by secret or by session (contract 2.1, 10.1, 10.2); a secret goes before a cookie. An
 * unknown ID, a wrong secret, a locked and an expired key cost the same work: one look-up, one hash.
 */
export function authenticate(register: Register, headers: IncomingHttpHeaders): Caller | Rejection {
  const secret = headers["api-secret-key"];
  if (typeof secret === "string") return authenticateKey(register, secret);
  const sID = cookieOf(headers.cookie ?? "");
  if (sID === undefined) return { cause: "none" };
  return authenticateSession(register, sID, String(headers["rid"] ?? "")) ?? { cause: "session" };
}

/**
 * Counts what was not accepted, and says what to note of it. To be called after the answer, so that its
 * time does not tell a wrong secret from an unknown key. A secret that was replaced is told apart and
 * not counted: one forgotten client would lock the fresh key (contract 10.3).
 */
export function noteRejection({ keys, now }: Register, rejection: Rejection, lockOut: LockOut): string {
  const { cause, keyID } = rejection;
  if (cause !== "wrong") return cause;
  if (keys.isOldSecret(keyID, rejection.hash, now())) return "old secret used";
  const locked = keys.countFailure(keyID, lockOut.attempts, lockOut.until(now()));
  return locked ? "wrong, and locked out now" : cause;
}

function authenticateKey({ keys, roles, hash, now }: Register, secret: string): Caller | Rejection {
  const keyID = claimedID(secret);
  const found = keys.findWithHash(keyID);
  const hashed = hash(secret);
  const right = sameBytes(hashed, found?.secretHash ?? new Uint8Array(32));
  if (found === undefined) return { cause: "unknown" };
  const { key } = found;
  const role = roles.find(key.roleID);
  const at = now();
  if (!right || role === undefined) return { cause: "wrong", keyID, hash: hashed };
  if (key.expiryDate !== undefined && at >= key.expiryDate) return { cause: "expired", keyID };
  if (!key.active && !(key.unlockTime !== undefined && at >= key.unlockTime))
    return { cause: "locked", keyID };
  return { kind: "key", key: signedIn(keys, key, at), role };
}

/** Records a success: a lock whose time is over ends, the counter starts again, `lastSignIn` moves. */
function signedIn(keys: Register["keys"], key: ApiKey, at: number): ApiKey {
  const recent = key.lastSignIn !== undefined && at - key.lastSignIn < SETTINGS.lastSignInEvery;
  if (recent && key.active && key.unsuccessfulSignInAttempts === 0) return key;
  const next = {
    ...key,
    active: true,
    unlockTime: undefined,
    unsuccessfulSignInAttempts: 0,
    lastSignIn: recent ? key.lastSignIn : at,
  };
  keys.update(next);
  return next;
}

function authenticateSession(register: Register, sID: string, rID: string): Caller | undefined {
  const session = register.sessions.resume(sID, rID);
  const user = session && register.users.find(session.userID);
  const role = user && register.roles.find(user.roleID);
  return user && role && { kind: "session", user, role, sID };
}

/** Clients echo the whole Set-Cookie text, so the rest of the line is skipped (contract 5). */
function cookieOf(line: string): string | undefined {
  return /(?:^|;)\s*sID=([0-9A-Fa-f]+)/.exec(line)?.[1];
}
