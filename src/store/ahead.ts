import { type RawBuilder, sql, type SqlBool } from "kysely";
import { type Instant, MINUTE } from "../domain/values.ts";

/**
 * Milliseconds. What waits for a moment that is further ahead than anything of its kind ever is was
 * stamped by a clock that has been set back since, or by one that is wrong.
 */
export const AHEAD = MINUTE;

/** The moment in this column has come, or would not come for longer than it was ever meant to. */
export function hasCome(column: string, now: Instant): RawBuilder<SqlBool> {
  return sql<SqlBool>`(${sql.ref(column)} <= ${now} or ${sql.ref(column)} > ${now + AHEAD})`;
}
