import type { Instant } from "./values.ts";

/** The first moment of a day (YYYY-MM-DD) in a zone. Throws for a day or zone that there is not. */
export function startOfDay(day: string, zone: string): Instant {
  return Temporal.PlainDate.from(day).toZonedDateTime(zone).epochMilliseconds;
}
