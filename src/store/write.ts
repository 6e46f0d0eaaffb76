import { setTimeout } from "node:timers/promises";
import type { Kysely, Transaction } from "kysely";
import { Fault } from "../domain/fault.ts";
import { isBusy } from "./dialects.ts";
import type { Tables } from "./tables.ts";

/** About one second on SQLite, and five on PostgreSQL, whose locks are waited for at each try. */
const TRIES = 16;
/** Milliseconds; the pause before a try is random up to this much for each that failed. */
const PAUSE = 15;

/**
 * One transaction, which a throw inside rolls back; tried again when the database says
 * that others are in the way, so `work` may run more than once. Throws `store-busy`.
 */
export async function write<Result>(
  kysely: Kysely<Tables>,
  work: (transaction: Transaction<Tables>) => Promise<Result>,
): Promise<Result> {
  for (let failed = 1; ; failed++) {
    try {
      // Whatever the server's default: the guards and locks here are made for this level.
      return await kysely.transaction().setIsolationLevel("read committed").execute(work);
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (failed === TRIES) throw new Fault("store-busy", "a transaction on the store", { cause: error });
      await setTimeout(Math.random() * PAUSE * failed);
    }
  }
}
