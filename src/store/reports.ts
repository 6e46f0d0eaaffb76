import type { Kysely, Transaction } from "kysely";
import type { Report } from "../domain/report.ts";
import type { Store } from "../usecases/store-port.ts";
import { readReport, reportRow, type Tables } from "./tables.ts";

export function reports(kysely: Kysely<Tables>): Pick<Store, "report"> {
  return {
    async report(id) {
      const rows = kysely.selectFrom("reports").select(["version", "body"]);
      const row = await rows.where("id", "=", id).executeTakeFirst();
      return row && readReport(row);
    },
  };
}

/** With the keys that it is about, whose changes make its card stale. */
export async function insertReport(transaction: Transaction<Tables>, next: Report): Promise<void> {
  await transaction
    .insertInto("reports")
    .values({ ...reportRow(next), version: 1 })
    .execute();
  const keys = next.happenings.map(({ key }) => ({ report: next.id, key }));
  await transaction.insertInto("report_keys").values(keys).execute();
}

export async function createReports({ schema }: Kysely<Tables>): Promise<void> {
  await schema
    .createTable("reports")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("body", "text", (column) => column.notNull())
    .execute();
  await schema
    .createTable("report_keys")
    .addColumn("report", "text", (column) => column.notNull())
    .addColumn("key", "bigint", (column) => column.notNull())
    .execute();
  await schema.createIndex("report_keys_of").on("report_keys").column("key").execute();
}
