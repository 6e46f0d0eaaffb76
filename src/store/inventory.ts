import { type Kysely, sql, type SqlBool, type Transaction } from "kysely";
import type { Inventory, InventoryKey, KeyCounts } from "../usecases/inventory-port.ts";
import { wantKeysRedrawn } from "./cards.ts";
import { meets } from "./inventory-criteria.ts";
import { AHEAD } from "./ahead.ts";
import { drop, isNoted, putPage, upsert } from "./inventory-page.ts";
import { knownOfKey, looksOther, readRow, toRow, unnamed } from "./inventory-rows.ts";
import { nearest } from "./near-names.ts";
import { folded, readKey, type Tables } from "./tables.ts";
import { write } from "./write.ts";

/**
 * The manager's keys as last seen, one row each, with what our own record says of its owner and
 * holds copied in, so that every query looks at one table and can follow one index.
 */
export function inventory(kysely: Kysely<Tables>): Inventory {
  return {
    putKeysPage: async (page) => write(kysely, (transaction) => putPage(transaction, page)),
    putKey: async (key, readAt) => write(kysely, (transaction) => putOne(transaction, key, readAt)),
    async dropKey(id) {
      await write(kysely, async (transaction) => {
        await wantKeysRedrawn(transaction, [id]);
        await drop(transaction, [id]);
      });
    },
    async findKeys(criteria, { after, before, limit }) {
      const all = kysely.selectFrom("inventory").selectAll().where(meets(criteria));
      const cursor = before ?? after;
      const order = before === undefined ? "asc" : "desc";
      const side = sql.raw(before === undefined ? ">" : "<");
      const rest =
        cursor === undefined
          ? all
          : all.where(sql<SqlBool>`(folded_name, id) ${side} (${folded(cursor.name)}, ${cursor.id})`);
      const rows = await rest
        .orderBy("folded_name", order)
        .orderBy("id", order)
        .limit(limit + 1)
        .execute();
      const keys = rows.slice(0, limit).map(readRow);
      return { keys: before === undefined ? keys : keys.toReversed(), more: rows.length > limit };
    },
    async countKeys(criteria, atMost) {
      const found = kysely.selectFrom("inventory").select("id").where(meets(criteria)).limit(atMost);
      const { count } = await kysely
        .selectFrom(found.as("found"))
        .select((row) => row.fn.countAll<number>().as("count"))
        .executeTakeFirstOrThrow();
      return count;
    },
    nearNames: async (text, near) => nearest(kysely, text, near),
    async inventoryState() {
      const row = await kysely.selectFrom("inventory_state").selectAll().executeTakeFirst();
      if (row === undefined || row.as_of === null || row.counts === null) return undefined;
      return { asOf: row.as_of, counts: JSON.parse(row.counts) as KeyCounts };
    },
    async beginSync(now, since) {
      const mine = await write(kysely, (transaction) =>
        transaction
          .updateTable("inventory_state")
          .set({ begun_at: now })
          .where((row) => row.or([row("begun_at", "<=", since), row("begun_at", ">", now + AHEAD)]))
          .returning("begun_at")
          .executeTakeFirst(),
      );
      return mine !== undefined;
    },
    async syncEnded({ asOf, soon }) {
      const counts = await countAll(kysely, asOf, soon);
      await write(kysely, (transaction) =>
        transaction
          .updateTable("inventory_state")
          .set({ as_of: asOf, counts: JSON.stringify(counts) })
          .execute(),
      );
    },
  };
}

async function putOne(transaction: Transaction<Tables>, key: InventoryKey, readAt: number): Promise<boolean> {
  const { id } = key;
  const roleName = key.roleName ?? (await roleNamed(transaction, key.role));
  // Locked as a page locks it: its owner and holds must not change while they are copied.
  const record = await transaction
    .selectFrom("keys")
    .select(["version", "body"])
    .where("id", "=", id)
    .forUpdate()
    .executeTakeFirst();
  const known = record && readKey(record).value;
  const old = await transaction.selectFrom("inventory").selectAll().where("id", "=", id).executeTakeFirst();
  if (known?.deletedAt === undefined && !isNoted(old?.noted_at ?? 0, { after: readAt })) {
    const row = toRow({ ...key, roleName }, knownOfKey(known), readAt);
    if (looksOther(old, row)) await wantKeysRedrawn(transaction, [id]);
    const records = new Set(known === undefined ? [] : [id]);
    await upsert(transaction, [row], { records, unlessNotedFrom: readAt + 1 });
  }
  return roleName !== undefined;
}

async function roleNamed(transaction: Transaction<Tables>, role: number): Promise<string | undefined> {
  const names = transaction.selectFrom("inventory").select("role_name").where("role", "=", role);
  const known = names.where("role_name", "!=", unnamed(role));
  return (await known.limit(1).executeTakeFirst())?.role_name;
}

async function countAll(kysely: Kysely<Tables>, asOf: number, soon: number): Promise<KeyCounts> {
  const none = { all: 0, locked: 0, expiringSoon: 0, neverUsed: 0, noOwner: 0 };
  const { rows } = await sql<KeyCounts>`select count(*) as "all",
    count(case when active = 0 then 1 end) as "locked",
    count(case when expires_at > ${asOf} and expires_at < ${soon} then 1 end) as "expiringSoon",
    count(case when last_used_at is null then 1 end) as "neverUsed",
    count(case when owner is null then 1 end) as "noOwner"
    from inventory`.execute(kysely);
  return rows[0] ?? none;
}
