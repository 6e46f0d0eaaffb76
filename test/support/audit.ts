import { createHash } from "node:crypto";
import { type AuditRow, GENESIS, hashedText } from "../../src/domain/audit.ts";
import type { Store } from "../../src/usecases/store-port.ts";

/** The whole trail, in order. */
export async function trail(store: Store): Promise<AuditRow[]> {
  const rows: AuditRow[] = [];
  for (;;) {
    const page = await store.auditAfter(rows.at(-1)?.seq ?? 0, 500);
    if (page.length === 0) return rows;
    rows.push(...page);
  }
}

/** Recomputes the chain from the first row. */
export async function chainHolds(store: Store): Promise<boolean> {
  let previous = GENESIS;
  let seq = 0;
  for (const row of await trail(store)) {
    const hash = createHash("sha256").update(hashedText(row)).digest("hex");
    if (row.seq !== seq + 1 || row.previous !== previous || row.hash !== hash) return false;
    ({ hash: previous, seq } = row);
  }
  return seq > 0;
}

/** What happened to one subject, by name, in order. */
export async function eventsOf(store: Store, subject: string): Promise<string[]> {
  return (await trail(store)).filter((row) => row.subject === subject).map((row) => row.event);
}
