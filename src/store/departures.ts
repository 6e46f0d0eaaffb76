import { type Kysely, sql, type Transaction } from "kysely";
import { type Departure, departure } from "../domain/departure.ts";
import { type PersonId, personId } from "../domain/values.ts";
import type { Versioned } from "../usecases/store-port.ts";
import type { Upkeep } from "../usecases/upkeep-port.ts";
import { bodyOf } from "./body.ts";
import type { Tables } from "./tables.ts";
import { write } from "./write.ts";

export function departures(
  kysely: Kysely<Tables>,
): Pick<Upkeep, "leaseOwners" | "ownerLooked" | "personChanged" | "departure" | "departureOf"> {
  const bodies = kysely.selectFrom("departures").select(["version", "body"]);
  const look = async (person: PersonId, at: number): Promise<void> => {
    await write(kysely, (transaction) =>
      transaction.updateTable("owners").set({ look_at: at }).where("person", "=", person).execute(),
    );
  };
  const departureOf: Upkeep["departureOf"] = async (person) => {
    const theirs = bodies.where("person", "=", person).orderBy("at", "desc");
    const row = await theirs.limit(1).executeTakeFirst();
    return row && readDeparture(row);
  };
  return {
    async leaseOwners(now, until, limit) {
      const due = kysely.selectFrom("owners").select("person").where("look_at", "<=", now);
      const rows = await due.orderBy("look_at").orderBy("person").limit(limit).execute();
      if (rows.length === 0) return [];
      const mine = await write(kysely, (transaction) =>
        transaction
          .updateTable("owners")
          .set({ look_at: until })
          .where(
            "person",
            "in",
            rows.map(({ person }) => person),
          )
          .where("look_at", "<=", now)
          .returning("person")
          .execute(),
      );
      return mine.map(({ person }) => personId.parse(person));
    },

    ownerLooked: look,

    async personChanged(person, deactivated) {
      const owns = kysely.selectFrom("owners").select("person").where("person", "=", person);
      if ((await owns.executeTakeFirst()) === undefined) return;
      const found = (await departureOf(person))?.value;
      const departed = found !== undefined && found.returnedAt === undefined;
      if (deactivated !== departed) await look(person, 0);
    },

    async departure(id) {
      const row = await bodies.where("id", "=", id).executeTakeFirst();
      return row && readDeparture(row);
    },

    departureOf,
  };
}

function readDeparture({ version, body }: { version: number; body: string }): Versioned<Departure> {
  return { version, value: departure.parse(JSON.parse(body)) };
}

export function departureRow(next: Departure): { id: string; person: string; at: number; body: string } {
  return { id: next.id, person: next.person, at: next.at, body: bodyOf(departure, next) };
}

/** Whoever owns a key is looked at from now on. */
export async function noteOwner(
  transaction: Transaction<Tables>,
  owner: PersonId | undefined,
): Promise<void> {
  if (owner === undefined) return;
  await transaction
    .insertInto("owners")
    .values({ person: owner, look_at: 0 })
    .onConflict((there) => there.column("person").doNothing())
    .execute();
}

export async function createDepartures(transaction: Kysely<Tables>): Promise<void> {
  const { schema } = transaction;
  await schema
    .createTable("departures")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("person", "text", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("body", "text", (column) => column.notNull())
    .execute();
  await schema.createIndex("departures_of").on("departures").columns(["person", "at"]).execute();
  await schema
    .createTable("owners")
    .addColumn("person", "text", (column) => column.primaryKey().notNull())
    .addColumn("look_at", "bigint", (column) => column.notNull())
    .execute();
  await schema.createIndex("owners_look").on("owners").columns(["look_at", "person"]).execute();
  await sql`insert into owners (person, look_at)
    select distinct owner, 0 from keys where owner is not null and deleted = 0`.execute(transaction);
}
