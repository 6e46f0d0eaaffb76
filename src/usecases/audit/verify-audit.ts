import { createHash } from "node:crypto";
import type { Head } from "../../domain/audit.ts";
import { AuditCheck, type Flaw } from "../../domain/audit-check.ts";
import type { Store } from "../store-port.ts";

/** Rows read at once. */
const PAGE = 1000;

/**
 * Recomputes the whole chain, beside whatever goes on being written, and holds it against heads that
 * are known from elsewhere. Answers what is wrong, and how far the trail goes.
 */
export async function verifyAudit(
  store: Pick<Store, "auditStored" | "auditEnd">,
  heads: readonly Head[],
): Promise<{ flaws: Flaw[]; last: Head }> {
  const check = new AuditCheck((text) => createHash("sha256").update(text).digest("hex"), heads);
  for (let after: number | undefined; ;) {
    // Read before the rows: those up to it are then all there, and later ones may be.
    const end = await store.auditEnd();
    const rows = await store.auditStored(after, PAGE);
    for (const row of rows) check.take(row);
    const seq = rows.at(-1)?.seq;
    // What is no number stands behind all numbers.
    if (typeof seq !== "number") return { flaws: check.finish(end), last: check.last };
    after = seq;
  }
}
