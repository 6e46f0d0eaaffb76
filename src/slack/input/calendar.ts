import type { Instant } from "../../domain/values.ts";

/** The last minute of a day (YYYY-MM-DD) in a zone; `undefined` when there is no such day or zone. */
export function endOfDay(date: string, zone: string): Instant | undefined {
  try {
    const last = Temporal.PlainDate.from(date).toPlainDateTime("23:59");
    return last.toZonedDateTime(zone).epochMilliseconds;
  } catch {
    return undefined;
  }
}

/** The day that is so many days from now, in a zone that this program knows. */
export function addDays(now: Instant, days: number, zone: string): string {
  const here = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone);
  return here.toPlainDate().add({ days }).toString();
}

/** Zones whose name has this text in it, those where it begins a part of the name first; at most 100 (R40). */
export function findZones(text: string): string[] {
  const wanted = text.trim().toLowerCase().replaceAll(" ", "_");
  const rank = (zone: string): number => {
    const at = zone.toLowerCase().indexOf(wanted);
    return at <= 0 || zone[at - 1] === "/" ? Math.min(at, 0) : at;
  };
  return [...new Set(["UTC", ...Intl.supportedValuesOf("timeZone")])]
    .filter((zone) => zone.toLowerCase().includes(wanted))
    .toSorted((a, b) => rank(a) - rank(b) || a.localeCompare(b))
    .slice(0, 100);
}
