import type { Kysely } from "kysely";
import type { Store } from "../usecases/ports.ts";
import { auditTrail } from "./audit-trail.ts";
import { cards } from "./cards.ts";
import { commit } from "./commit.ts";
import { openDatabase, type Where } from "./dialects.ts";
import { directoryCache } from "./directory-cache.ts";
import { migrate } from "./migrations.ts";
import { refusalTallies } from "./refusal-tallies.ts";
import { folded, readClaim, readKey, readLockout, readRequest, type Tables } from "./tables.ts";

/**
 * Opens the database, brings it to this program's version, and keeps the port `Store` over it.
 * Throws an Error in words when it was written by a newer program.
 */
export async function openStore(where: Where): Promise<Store> {
  const database = openDatabase(where);
  const { kysely } = database;
  try {
    await migrate(database);
  } catch (error) {
    await kysely.destroy();
    throw error;
  }
  return {
    commit: (wanted) => commit(kysely, wanted),
    ...requests(kysely),
    ...claims(kysely),
    ...keys(kysely),
    ...lockouts(kysely),
    ...cards(kysely),
    ...directoryCache(kysely),
    ...refusalTallies(kysely),
    ...auditTrail(kysely),
    close: () => kysely.destroy(),
  };
}

function requests(
  kysely: Kysely<Tables>,
): Pick<Store, "request" | "requestsOf" | "pendingRequests" | "dueRequests" | "nameReserved"> {
  const bodies = kysely.selectFrom("requests").select(["version", "body"]);
  return {
    async request(id) {
      const row = await bodies.where("id", "=", id).executeTakeFirst();
      return row && readRequest(row);
    },
    async requestsOf(asker, limit) {
      const mine = bodies.where("asker", "=", asker);
      const rows = await mine.orderBy("asked_at", "desc").orderBy("id", "desc").limit(limit).execute();
      return rows.map(readRequest);
    },
    async pendingRequests(limit) {
      const pending = bodies.where("state", "=", "pending");
      const rows = await pending.orderBy("asked_at").orderBy("id").limit(limit).execute();
      return rows.map(readRequest);
    },
    async dueRequests(now, limit) {
      const due = bodies.where("due_at", "<=", now);
      const rows = await due.orderBy("due_at").orderBy("id").limit(limit).execute();
      return rows.map(readRequest);
    },
    async nameReserved(name) {
      const row = await bodies.where("reserved_name", "=", folded(name)).executeTakeFirst();
      return row !== undefined;
    },
  };
}

function claims(kysely: Kysely<Tables>): Pick<Store, "claim" | "claimOf" | "dueClaims"> {
  const bodies = kysely.selectFrom("claims").select(["version", "body"]);
  return {
    async claim(id) {
      const row = await bodies.where("id", "=", id).executeTakeFirst();
      return row && readClaim(row);
    },
    async claimOf(request) {
      const row = await bodies.where("request", "=", request).executeTakeFirst();
      return row && readClaim(row);
    },
    async dueClaims(now, limit) {
      const due = bodies.where("due_at", "<=", now);
      const rows = await due.orderBy("due_at").orderBy("id").limit(limit).execute();
      return rows.map(readClaim);
    },
  };
}

function keys(kysely: Kysely<Tables>): Pick<Store, "key" | "countKeysOf"> {
  return {
    async key(id) {
      const bodies = kysely.selectFrom("keys").select(["version", "body"]);
      const row = await bodies.where("id", "=", id).executeTakeFirst();
      return row && readKey(row);
    },
    // One statement, so that a key whose request is fulfilled meanwhile is counted once.
    async countKeysOf(owner) {
      const { made, coming } = await kysely
        .selectNoFrom((outer) => [
          outer
            .selectFrom("keys")
            .select((row) => row.fn.countAll<number>().as("count"))
            .where("owner", "=", owner)
            .as("made"),
          outer
            .selectFrom("requests")
            .select((row) => row.fn.countAll<number>().as("count"))
            .where("asker", "=", owner)
            .where("reserved_name", "is not", null)
            .as("coming"),
        ])
        .executeTakeFirstOrThrow();
      return (made ?? 0) + (coming ?? 0);
    },
  };
}

function lockouts(kysely: Kysely<Tables>): Pick<Store, "gate" | "lockout"> {
  return {
    async lockout(id) {
      const bodies = kysely.selectFrom("lockouts").select(["version", "body"]);
      const row = await bodies.where("id", "=", id).executeTakeFirst();
      return row && readLockout(row);
    },
    // One statement sees one moment, so the version is never newer than the lockouts beside it.
    async gate() {
      const rows = await kysely
        .selectFrom("gate")
        .leftJoin("lockouts", (join) => join.on("lockouts.state", "=", "declared"))
        .select(["gate.version as gateVersion", "lockouts.version", "lockouts.body"])
        .orderBy("lockouts.id")
        .execute();
      const inForce = rows.flatMap(({ version, body }) =>
        version === null || body === null ? [] : [readLockout({ version, body }).value],
      );
      return { version: rows[0]?.gateVersion ?? 0, lockouts: inForce };
    },
  };
}
