import type { Kysely } from "kysely";
import type { Instant } from "../domain/values.ts";
import type { Store } from "../usecases/store-port.ts";
import { readClaim, readKey, readRequest, type Tables } from "./tables.ts";
import { write } from "./write.ts";

/**
 * What the sweep has to look at. `due_at` is set by each commit from the state itself; a lease
 * only moves it on, which no version needs to know of.
 */
export function dueRows(
  kysely: Kysely<Tables>,
): Pick<Store, "leaseRequests" | "leaseClaims" | "leaseKeys" | "postpone"> {
  return {
    leaseRequests: async (now, until, limit) =>
      (await lease(kysely, "requests", now, until, limit)).map(readRequest),
    leaseClaims: async (now, until, limit) =>
      (await lease(kysely, "claims", now, until, limit)).map(readClaim),
    leaseKeys: async (now, until, limit) => (await lease(kysely, "keys", now, until, limit)).map(readKey),
    async postpone(what, until) {
      const [table, id] = rowOf(what);
      await write(kysely, (transaction) =>
        transaction
          .updateTable(table)
          .set({ due_at: until })
          .where("id", "=", id)
          .where("due_at", "<", until)
          .execute(),
      );
    },
  };
}

function rowOf(what: Parameters<Store["postpone"]>[0]): ["requests" | "claims" | "keys", string | number] {
  if ("claim" in what) return ["claims", what.claim];
  return "key" in what ? ["keys", what.key] : ["requests", what.request];
}

async function lease(
  kysely: Kysely<Tables>,
  table: "requests" | "claims" | "keys",
  now: Instant,
  until: Instant,
  limit: number,
): Promise<{ version: number; body: string }[]> {
  const due = await kysely
    .selectFrom(table)
    .select("id")
    .where("due_at", "<=", now)
    .orderBy("due_at")
    .orderBy("id")
    .limit(limit)
    .execute();
  if (due.length === 0) return [];
  return await write(kysely, async (transaction) => {
    const leased = [];
    // In order of id, as every commit locks them; whoever comes second finds it no longer due.
    for (const { id } of due.toSorted((one, other) => (one.id < other.id ? -1 : 1))) {
      const mine = await transaction
        .updateTable(table)
        .set({ due_at: until })
        .where("id", "=", id)
        .where("due_at", "<=", now)
        .returning(["version", "body"])
        .executeTakeFirst();
      if (mine !== undefined) leased.push(mine);
    }
    return leased;
  });
}
