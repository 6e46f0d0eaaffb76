import { type Kysely, sql } from "kysely";
import { z } from "zod";
import { GENESIS } from "../domain/audit.ts";
import { createAdoptions } from "./adoptions.ts";
import { findAuditRows } from "./audit-trail.ts";
import { findIncomplete, wantCards } from "./cards.ts";
import { createDepartures } from "./departures.ts";
import type { Database } from "./dialects.ts";
import { createDrafts } from "./drafts.ts";
import { createHomes } from "./homes.ts";
import { createInventory } from "./inventory-rows.ts";
import { createLeaks, findTried } from "./leaks.ts";
import { createLockoutItems } from "./lockouts.ts";
import { createReminders } from "./reminders.ts";
import { createReports } from "./reports.ts";
import { findSimilar } from "./requests.ts";
import type { Tables } from "./tables.ts";
import { createTurns } from "./turns.ts";
import { write } from "./write.ts";

/** Each brings the database one version on; one that has been released is never changed. */
const MIGRATIONS: readonly ((transaction: Kysely<Tables>, database: Database) => Promise<void>)[] = [
  createTables,
  createHomes,
  createDrafts,
  growKeys,
  createInventory,
  findClaims,
  wantCards,
  findHistory,
  createReports,
  createTurns,
  findSimilar,
  createReminders,
  createDepartures,
  createAdoptions,
  createLeaks,
  createLockoutItems,
  findAuditRows,
  findTried,
  findIncomplete,
];

/**
 * Brings the database to this program's version, all or nothing; of several replicas that start
 * at once one does it. Throws when the database is newer than the program.
 */
export async function migrate(database: Database): Promise<void> {
  await write(database.kysely, async (transaction) => {
    await database.lockSchema(transaction);
    await transaction.schema
      .createTable("schema_version")
      .ifNotExists()
      .addColumn("version", "integer", (column) => column.notNull())
      .execute();
    const found = await transaction.selectFrom("schema_version").select("version").executeTakeFirst();
    const version = found?.version ?? 0;
    if (version > MIGRATIONS.length) throw new Error(tooNew(version));
    if (version === MIGRATIONS.length) return;
    for (const migration of MIGRATIONS.slice(version)) await migration(transaction, database);
    const now = { version: MIGRATIONS.length };
    if (found === undefined) await transaction.insertInto("schema_version").values(now).execute();
    else await transaction.updateTable("schema_version").set(now).execute();
  });
}

function tooNew(version: number): string {
  return (
    `The database was written by a newer Portcullis: it has version ${version}, and this program ` +
    `knows version ${MIGRATIONS.length} at most. Nothing was changed. Start the newer program, or ` +
    "restore the backup that was made before it first ran."
  );
}

async function createTables(transaction: Kysely<Tables>): Promise<void> {
  await createStates(transaction);
  await createCards(transaction);
  await createAudit(transaction);
  const { schema } = transaction;
  await schema
    .createTable("people")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("body", "text", (column) => column.notNull())
    .addColumn("read_at", "bigint", (column) => column.notNull())
    .execute();
  await schema
    .createTable("slack_groups")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("members", "text", (column) => column.notNull())
    .addColumn("read_at", "bigint", (column) => column.notNull())
    .execute();
}

async function createStates({ schema }: Kysely<Tables>): Promise<void> {
  await schema
    .createTable("requests")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("asker", "text", (column) => column.notNull())
    .addColumn("asked_at", "bigint", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("due_at", "bigint")
    .addColumn("reserved_name", "text", (column) => column.unique())
    .addColumn("body", "text", (column) => column.notNull())
    .execute();
  await schema.createIndex("requests_of").on("requests").columns(["asker", "asked_at"]).execute();
  await schema.createIndex("requests_in").on("requests").columns(["state", "asked_at"]).execute();
  await schema.createIndex("requests_due").on("requests").column("due_at").execute();
  await schema
    .createTable("claims")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("request", "text", (column) => column.notNull().unique())
    .addColumn("due_at", "bigint")
    .addColumn("body", "text", (column) => column.notNull())
    .execute();
  await schema.createIndex("claims_due").on("claims").column("due_at").execute();
  await schema
    .createTable("keys")
    .addColumn("id", "bigint", (column) => column.primaryKey().notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("owner", "text", (column) => column.notNull())
    .addColumn("deleted", "integer", (column) => column.notNull())
    .addColumn("body", "text", (column) => column.notNull())
    .execute();
  await schema.createIndex("keys_of").on("keys").column("owner").execute();
  await schema
    .createTable("lockouts")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("body", "text", (column) => column.notNull())
    .execute();
}

async function createCards({ schema }: Kysely<Tables>): Promise<void> {
  await schema
    .createTable("cards")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("subject", "text", (column) => column.notNull())
    .addColumn("recipient", "text", (column) => column.notNull())
    .addColumn("place", "text")
    .addColumn("shows", "integer", (column) => column.notNull())
    .addColumn("not_before", "bigint", (column) => column.notNull())
    .addColumn("leased_until", "bigint", (column) => column.notNull())
    .addColumn("gone", "integer", (column) => column.notNull())
    .execute();
  await schema.createIndex("cards_of").on("cards").column("subject").execute();
}

/** Keys of nobody, keys that wait for the manager, and rotations that are open on a key. */
async function growKeys(transaction: Kysely<Tables>): Promise<void> {
  const { schema } = transaction;
  await schema.alterTable("claims").addColumn("under_way_on", "bigint").execute();
  await schema.createIndex("claims_on").on("claims").column("under_way_on").unique().execute();
  // Made anew, since SQLite cannot take "not null" from a column.
  await schema.dropIndex("keys_of").execute();
  await schema.alterTable("keys").renameTo("keys_before").execute();
  await schema
    .createTable("keys")
    .addColumn("id", "bigint", (column) => column.primaryKey().notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("owner", "text")
    .addColumn("deleted", "integer", (column) => column.notNull())
    .addColumn("due_at", "bigint")
    .addColumn("body", "text", (column) => column.notNull())
    .execute();
  await sql`insert into keys (id, version, owner, deleted, due_at, body)
    select id, version, owner, deleted, null, body from keys_before`.execute(transaction);
  await schema.dropTable("keys_before").execute();
  await schema.createIndex("keys_of").on("keys").column("owner").execute();
  await schema.createIndex("keys_due").on("keys").column("due_at").execute();
}

async function createAudit(transaction: Kysely<Tables>): Promise<void> {
  const { schema } = transaction;
  await schema
    .createTable("audit")
    .addColumn("seq", "bigint", (column) => column.primaryKey().notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("actor", "text", (column) => column.notNull())
    .addColumn("subject", "text", (column) => column.notNull())
    .addColumn("event", "text", (column) => column.notNull())
    .addColumn("evidence", "text", (column) => column.notNull())
    .addColumn("previous", "text", (column) => column.notNull())
    .addColumn("hash", "text", (column) => column.notNull())
    .execute();
  await schema
    .createTable("audit_head")
    .addColumn("seq", "bigint", (column) => column.notNull())
    .addColumn("hash", "text", (column) => column.notNull())
    .execute();
  await schema
    .createTable("gate")
    .addColumn("version", "bigint", (column) => column.notNull())
    .execute();
  await schema
    .createTable("refusal_tallies")
    .addColumn("person", "text", (column) => column.notNull())
    .addColumn("since", "bigint", (column) => column.notNull())
    .addColumn("reasons", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("refusal_tallies_of", ["person", "since"])
    .execute();
  await transaction.insertInto("audit_head").values({ seq: 0, hash: GENESIS }).execute();
  await transaction.insertInto("gate").values({ version: 1 }).execute();
}

/** Open claims by the person who may use them. */
async function findClaims(transaction: Kysely<Tables>): Promise<void> {
  const { schema } = transaction;
  await schema.alterTable("claims").addColumn("open_for", "text").execute();
  await schema.createIndex("claims_for").on("claims").column("open_for").execute();
  const open = await transaction
    .selectFrom("claims")
    .select(["id", "body"])
    .where("due_at", "is not", null)
    .execute();
  for (const { id, body } of open) {
    const { state, owner } = openFor.parse(JSON.parse(body));
    if (state === "open")
      await transaction.updateTable("claims").set({ open_for: owner }).where("id", "=", id).execute();
  }
}

/** What happened to one key, without reading the whole trail. */
async function findHistory({ schema }: Kysely<Tables>): Promise<void> {
  await schema.createIndex("audit_of").on("audit").columns(["subject", "seq"]).execute();
  await schema.alterTable("requests").addColumn("about_key", "bigint").execute();
  await schema.createIndex("requests_about").on("requests").columns(["about_key", "asked_at"]).execute();
}

const openFor = z.object({ state: z.string(), owner: z.string() });
