import type { Kysely } from "kysely";
import { z } from "zod";
import { requestId } from "../domain/values.ts";
import { wants } from "../domain/wants.ts";
import type { Store } from "../usecases/store-port.ts";
import { folded, likenessOf, readRequest, type Tables } from "./tables.ts";

export function requests(
  kysely: Kysely<Tables>,
): Pick<
  Store,
  | "request"
  | "requestsOf"
  | "requestsAbout"
  | "requestsLike"
  | "pendingRequests"
  | "nameReserved"
  | "countRequests"
> {
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
    async requestsAbout(key) {
      const rows = await kysely
        .selectFrom("requests")
        .select("id")
        .where("about_key", "=", key)
        .orderBy("asked_at", "desc")
        .limit(100)
        .execute();
      return rows.map(({ id }) => requestId.parse(id));
    },
    async requestsLike(wants, limit) {
      const alike = bodies.where("likeness", "=", likenessOf(wants)).where("state", "!=", "pending");
      const rows = await alike.orderBy("asked_at", "desc").limit(limit).execute();
      return rows.map(readRequest);
    },
    async pendingRequests(limit) {
      const pending = bodies.where("state", "=", "pending");
      const rows = await pending.orderBy("asked_at").orderBy("id").limit(limit).execute();
      return rows.map(readRequest);
    },
    async countRequests() {
      const rows = await kysely
        .selectFrom("requests")
        .select(["state", kysely.fn.countAll().as("count")])
        .groupBy("state")
        .execute();
      return rows.map(({ state, count }) => ({ state, count: Number(count) }));
    },
    async nameReserved(name) {
      const row = await bodies.where("reserved_name", "=", folded(name)).executeTakeFirst();
      return row !== undefined;
    },
  };
}

/** Requests for the same kind of thing and the same role. */
export async function findSimilar(transaction: Kysely<Tables>): Promise<void> {
  const { schema } = transaction;
  await schema.alterTable("requests").addColumn("likeness", "text").execute();
  await schema.createIndex("requests_alike").on("requests").columns(["likeness", "asked_at"]).execute();
  for (const { id, body } of await transaction.selectFrom("requests").select(["id", "body"]).execute()) {
    const likeness = likenessOf(asking.parse(JSON.parse(body)).wants);
    await transaction.updateTable("requests").set({ likeness }).where("id", "=", id).execute();
  }
}

const asking = z.object({ wants });
