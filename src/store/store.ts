import type { Kysely } from "kysely";
import type { Store } from "../usecases/store-port.ts";
import { adoptions } from "./adoptions.ts";
import { auditTrail } from "./audit-trail.ts";
import { cards } from "./cards.ts";
import { commit } from "./commit.ts";
import { departures } from "./departures.ts";
import { openDatabase, type Where } from "./dialects.ts";
import { directoryCache } from "./directory-cache.ts";
import { drafts } from "./drafts.ts";
import { dueRows } from "./due-rows.ts";
import { homes } from "./homes.ts";
import { inventory } from "./inventory.ts";
import { keys } from "./keys.ts";
import { leaks } from "./leaks.ts";
import { lockouts } from "./lockouts.ts";
import { migrate } from "./migrations.ts";
import { refusalTallies } from "./refusal-tallies.ts";
import { reminders } from "./reminders.ts";
import { reports } from "./reports.ts";
import { requests } from "./requests.ts";
import { turns } from "./turns.ts";
import { readClaim, type Tables } from "./tables.ts";

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
    ...inventory(kysely),
    ...reports(kysely),
    ...adoptions(kysely),
    ...leaks(kysely),
    ...reminders(kysely),
    ...departures(kysely),
    ...lockouts(kysely),
    ...dueRows(kysely),
    ...cards(kysely),
    ...homes(kysely),
    ...directoryCache(kysely),
    ...drafts(kysely),
    ...refusalTallies(kysely),
    ...turns(kysely),
    ...auditTrail(kysely),
    close: () => kysely.destroy(),
  };
}

function claims(kysely: Kysely<Tables>): Pick<Store, "claim" | "claimOf" | "claimOn" | "openClaimsFor"> {
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
    async openClaimsFor(person, limit) {
      const rows = await bodies.where("open_for", "=", person).orderBy("id").limit(limit).execute();
      return rows.map(readClaim);
    },
    async claimOn(key) {
      const row = await bodies.where("under_way_on", "=", key).executeTakeFirst();
      return row && readClaim(row);
    },
  };
}
