import type { StoredRow } from "../../domain/audit.ts";
import type { Instant } from "../../domain/values.ts";
import type { Store } from "../store-port.ts";

/** Rows read at once. */
const PAGE = 1000;

/** Which part of the trail: from the first moment on, before the last. */
export type Span = { from: Instant; before: Instant };

/**
 * The rows of a span, in the trail's order, as they stand there: a trail that somebody has touched
 * can be taken away too. All rows are looked at, since replicas' clocks may differ.
 */
export async function* exportAudit(
  store: Pick<Store, "auditStored">,
  { from, before }: Span,
): AsyncGenerator<readonly StoredRow[]> {
  for (let after: number | undefined; ;) {
    const rows = await store.auditStored(after, PAGE);
    yield rows.filter(({ at }) => typeof at === "number" && at >= from && at < before);
    const seq = rows.at(-1)?.seq;
    if (typeof seq !== "number") return;
    after = seq;
  }
}
