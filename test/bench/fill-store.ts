import { createHash } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type AuditEvent, GENESIS, hashedText } from "../../src/domain/audit.ts";
import type { Request } from "../../src/domain/request.ts";
import { MINUTE, personId, requestId } from "../../src/domain/values.ts";
import { openStore } from "../../src/store/store.ts";
import { requestRow } from "../../src/store/tables.ts";
import { everyRequest } from "../support/store.ts";
import { STAFF } from "./company.ts";

/** What stands in the trail of one request. */
const STEPS = [
  "request.made",
  "request.checked",
  "request.reminded",
  "request.approved",
  "claim.opened",
  "claim.minting",
  "claim.showing",
  "claim.delivered",
  "key.activated",
  "request.fulfilled",
] as const satisfies readonly AuditEvent["event"][];

/**
 * A database as it is after years: so many requests, all of them ended, and ten events of each in a
 * true chain; the last one happened just now. Written straight into the file, which is faster.
 */
export async function fillStore(folder: string, requests: number): Promise<void> {
  const path = join(folder, "portcullis.sqlite");
  await (await openStore({ sqlite: path })).close();
  const sql = new DatabaseSync(path);
  sql.exec("PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; BEGIN");
  const began = Date.now() - requests * MINUTE;
  const asked = everyRequest().filter(({ state }) => ["fulfilled", "denied", "lapsed"].includes(state));
  const request = insert(sql, "requests", Object.keys(rowOf(asked, 0, began)));
  const audit = insert(sql, "audit", [
    "seq",
    "at",
    "actor",
    "subject",
    "event",
    "evidence",
    "previous",
    "hash",
  ]);
  let seq = 0;
  let previous = GENESIS;
  for (let n = 0; n < requests; n++) {
    const row = rowOf(asked, n, began);
    request.run(...Object.values(row));
    for (const [step, event] of STEPS.entries()) {
      seq += 1;
      const at = row.asked_at + step * 1000;
      const evidence = JSON.stringify({ title: `old-${n}`, kind: "new-key", note: "as it was then" });
      const content = { seq, at, actor: row.asker, subject: `request:${row.id}`, event, evidence, previous };
      const hash = createHash("sha256").update(hashedText(content)).digest("hex");
      audit.run(seq, at, row.asker, content.subject, event, evidence, previous, hash);
      previous = hash;
    }
  }
  sql.prepare("UPDATE audit_head SET seq = ?, hash = ?").run(seq, previous);
  sql.exec("COMMIT");
  sql.close();
}

function insert(sql: DatabaseSync, table: string, columns: readonly string[]) {
  return sql.prepare(
    `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
  );
}

function rowOf(ended: readonly Request[], n: number, began: number) {
  const template = ended[n % ended.length];
  if (template?.wants.kind !== "new-key") throw new Error("no request to go by");
  const request: Request = {
    ...template,
    id: requestId.parse(String(n).padStart(12, "0")),
    asker: personId.parse(STAFF[n % STAFF.length]),
    askedAt: began + n * MINUTE,
    wants: { ...template.wants, keyName: `old-${n}` },
  };
  return { ...requestRow(request), version: 3 };
}
