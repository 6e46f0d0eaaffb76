import { type Kysely, sql } from "kysely";
import { keyId, lockoutId } from "../domain/values.ts";
import { itemState, LET_GO } from "../domain/lockout-item.ts";
import type { Lockouts } from "../usecases/lockout-port.ts";
import { hasCome } from "./ahead.ts";
import { commitBatch } from "./lockout-batch.ts";
import { ITEM, readLockoutItem } from "./lockout-items.ts";
import { readLockout, type Tables } from "./tables.ts";
import { write } from "./write.ts";

export function lockouts(kysely: Kysely<Tables>): Lockouts {
  const bodies = kysely.selectFrom("lockouts").select(["version", "body"]);
  const items = kysely.selectFrom("lockout_items").select(ITEM);
  return {
    async lockout(id) {
      const row = await bodies.where("id", "=", id).executeTakeFirst();
      return row && readLockout(row);
    },
    async lockouts(limit) {
      const rows = await bodies.orderBy("declared_at", "desc").orderBy("id", "desc").limit(limit).execute();
      return rows.map(readLockout);
    },
    gate: async (about) => gate(kysely, about),
    async lockoutItems(id, { after, through, states, limit }) {
      const all = items.where("lockout", "=", id).where("key", ">", after);
      const bounded = through === undefined ? all : all.where("key", "<=", through);
      const wanted = states === undefined ? bounded : bounded.where("state", "in", states);
      return (await wanted.orderBy("key").limit(limit).execute()).map(readLockoutItem);
    },
    async dueItems(id, state, now, limit) {
      const all = kysely.selectFrom("lockout_items").select("key").where("lockout", "=", id);
      const due = all.where("state", "=", state).where(hasCome("next_try", now));
      const rows = await due.orderBy("danger", "desc").orderBy("key", "desc").limit(limit).execute();
      return rows.map(({ key }) => ({ key: keyId.parse(key), state }));
    },
    async nextTry(id, states) {
      const row = await kysely
        .selectFrom("lockout_items")
        .select((row) => row.fn.min("next_try").as("next"))
        .where("lockout", "=", id)
        .where("state", "in", states)
        .executeTakeFirst();
      return row?.next ?? undefined;
    },
    async itemReasons(id) {
      const rows = await kysely
        .selectFrom("lockout_items")
        .select(["state", "reason", (row) => row.fn.countAll<number>().as("count")])
        .where("lockout", "=", id)
        .where("reason", "is not", null)
        .groupBy(["state", "reason"])
        .orderBy("state")
        .orderBy("reason")
        .execute();
      return rows.map(({ state, reason, count }) => ({
        state: itemState.parse(state),
        reason: reason ?? "",
        count,
      }));
    },
    commitBatch: async (of, decide) => commitBatch(kysely, of, decide),
    ...leases(kysely),
    async wakeLockouts() {
      await write(kysely, (transaction) =>
        transaction.updateTable("lockouts").set({ due_at: 0 }).where("in_force", "=", 1).execute(),
      );
    },
  };
}

/**
 * One replica at a time works on a lockout; a lease that is not kept is soon another's. No lease and no
 * pause of the engine's is longer than half a minute: a clock that was set back holds no lockout up.
 */
function leases(kysely: Kysely<Tables>): Pick<Lockouts, "leaseLockouts" | "keepLease" | "endLease"> {
  return {
    async leaseLockouts(now, until, by) {
      const due = kysely.selectFrom("lockouts").select("id").where(hasCome("due_at", now));
      const free = await due.where(hasCome("leased_until", now)).orderBy("id").execute();
      if (free.length === 0) return [];
      return write(kysely, async (transaction) => {
        const mine = [];
        for (const { id } of free) {
          const leased = await transaction
            .updateTable("lockouts")
            .set({ leased_by: by, leased_until: until })
            .where("id", "=", id)
            .where(hasCome("due_at", now))
            .where(hasCome("leased_until", now))
            .returning("id")
            .executeTakeFirst();
          if (leased !== undefined) mine.push(lockoutId.parse(leased.id));
        }
        return mine;
      });
    },
    async keepLease(id, by, until) {
      const kept = await write(kysely, (transaction) =>
        transaction
          .updateTable("lockouts")
          .set({ leased_until: until })
          .where("id", "=", id)
          .where("leased_by", "=", by)
          .returning("id")
          .executeTakeFirst(),
      );
      return kept !== undefined;
    },
    async endLease(id, by, { dueAt, seen }) {
      await write(kysely, (transaction) =>
        transaction
          .updateTable("lockouts")
          .set((row) => ({
            leased_by: "",
            leased_until: 0,
            due_at: row
              .case()
              .when("version", "=", seen)
              .then(dueAt ?? null)
              .else(0)
              .end(),
          }))
          .where("id", "=", id)
          .where("leased_by", "=", by)
          .execute(),
      );
    },
  };
}

// One statement sees one moment, so the version is never newer than the lockouts beside it.
async function gate(kysely: Kysely<Tables>, about: number | undefined): ReturnType<Lockouts["gate"]> {
  const rows = await kysely
    .selectFrom("gate")
    .leftJoin("lockouts", (join) => join.on("lockouts.in_force", "=", 1))
    .leftJoin("lockout_items", (join) =>
      join.onRef("lockout_items.lockout", "=", "lockouts.id").on("lockout_items.key", "=", about ?? 0),
    )
    .select(["gate.version as gateVersion", "lockouts.version", "lockouts.body", "lockout_items.state"])
    .orderBy("lockouts.id")
    .execute();
  const inForce = rows.flatMap(({ version, body, state }) =>
    version === null || body === null || (state !== null && LET_GO.includes(state))
      ? []
      : [readLockout({ version, body }).value],
  );
  return { version: rows[0]?.gateVersion ?? 0, lockouts: inForce };
}

export async function createLockoutItems(transaction: Kysely<Tables>): Promise<void> {
  const { schema } = transaction;
  // One column each: SQLite adds no more than one at a time.
  await schema
    .alterTable("lockouts")
    .addColumn("in_force", "integer", (column) => column.notNull().defaultTo(0))
    .execute();
  await schema
    .alterTable("lockouts")
    .addColumn("declared_at", "bigint", (column) => column.notNull().defaultTo(0))
    .execute();
  await schema.alterTable("lockouts").addColumn("due_at", "bigint").execute();
  await schema
    .alterTable("lockouts")
    .addColumn("leased_by", "text", (column) => column.notNull().defaultTo(""))
    .execute();
  await schema
    .alterTable("lockouts")
    .addColumn("leased_until", "bigint", (column) => column.notNull().defaultTo(0))
    .execute();
  await sql`create index lockouts_in_force on lockouts (id) where in_force = 1`.execute(transaction);
  await schema.createIndex("lockouts_due").on("lockouts").column("due_at").execute();
  await schema
    .createTable("lockout_items")
    .addColumn("lockout", "text", (column) => column.notNull())
    .addColumn("key", "bigint", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("danger", "integer", (column) => column.notNull())
    .addColumn("next_try", "bigint", (column) => column.notNull())
    .addColumn("tries", "integer", (column) => column.notNull())
    .addColumn("reason", "text")
    .addColumn("locked_at", "bigint")
    .addColumn("verified_at", "bigint")
    .addColumn("again", "integer", (column) => column.notNull())
    .addColumn("body", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("lockout_items_of", ["lockout", "key"])
    .execute();
  await schema
    .createIndex("lockout_items_due")
    .on("lockout_items")
    .columns(["lockout", "state", "danger", "key"])
    .execute();
}
