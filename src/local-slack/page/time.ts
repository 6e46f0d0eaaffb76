const formats = new Map<string, Intl.DateTimeFormat>(); // making one takes a hundred times longer than using it

function format(
  at: number,
  timeZone: string,
  options: Intl.DateTimeFormatOptions,
  language = "en-GB",
): string {
  const key = JSON.stringify([language, timeZone, options]);
  const known = formats.get(key) ?? new Intl.DateTimeFormat(language, { timeZone, ...options });
  formats.set(key, known);
  return known.format(at);
}

/** Milliseconds since the epoch of a message's `ts` (seconds with six decimals). */
export const millisOf = (ts: string): number => Number(ts) * 1000;

export const timeOfDay = (at: number, zone: string) =>
  format(at, zone, { hour: "2-digit", minute: "2-digit" });
export const fullTime = (at: number, zone: string) =>
  `${dayLong(at, zone)} at ${format(at, zone, { hour: "2-digit", minute: "2-digit", second: "2-digit" })}`;
const dayLong = (at: number, zone: string) =>
  format(at, zone, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/** The calendar day in a zone, for grouping: `2026-11-21`. */
export const dayOf = (at: number, zone: string) =>
  format(at, zone, { year: "numeric", month: "2-digit", day: "2-digit" }, "en-CA");

/** "Today", "Yesterday" or the date in words. */
export function dayInWords(at: number, now: number, zone: string): string {
  return near(at, now, zone) ?? dayLong(at, zone);
}

function near(at: number, now: number, zone: string): string | undefined {
  const day = dayOf(at, zone);
  if (day === dayOf(now, zone)) return "Today";
  if (day === dayOf(now - 86_400_000, zone)) return "Yesterday";
  if (day === dayOf(now + 86_400_000, zone)) return "Tomorrow";
  return undefined;
}

/** Slack's `<!date^…>` template: tokens in braces, everything else as it stands. */
export function dateTemplate(template: string, at: number, now: number, zone: string): string {
  return template.replace(/\{(\w+)\}/g, (whole, token: string) => dateToken(token, at, now, zone) ?? whole);
}

function dateToken(token: string, at: number, now: number, zone: string): string | undefined {
  const pretty = token.endsWith("_pretty") ? near(at, now, zone) : undefined;
  if (pretty !== undefined) return pretty.toLowerCase();
  switch (token.replace(/_pretty$/, "")) {
    case "date_num":
      return dayOf(at, zone);
    case "date":
      return format(at, zone, { day: "numeric", month: "long", year: "numeric" });
    case "date_short":
      return format(at, zone, { day: "numeric", month: "short", year: "numeric" });
    case "date_long":
    case "day_divider":
      return dayLong(at, zone);
    case "date_slash":
      return format(at, zone, { day: "2-digit", month: "2-digit", year: "numeric" });
    case "time":
      return timeOfDay(at, zone);
    case "time_secs":
      return format(at, zone, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
    case "ago":
      return ago(at, now);
    default:
      return undefined;
  }
}

function ago(at: number, now: number): string {
  const seconds = Math.round((at - now) / 1000);
  const words = new Intl.RelativeTimeFormat("en-GB", { numeric: "auto" });
  for (const [unit, size] of [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
  ] as const) {
    if (Math.abs(seconds) >= size) return words.format(Math.trunc(seconds / size), unit);
  }
  return words.format(seconds, "second");
}

/** `YYYY-MM-DDTHH:mm` on the wall clock of a zone, as a datetime-local input wants it. */
export function wallClock(seconds: number, zone: string): string {
  return `${dayOf(seconds * 1000, zone)}T${timeOfDay(seconds * 1000, zone)}`;
}

/** Unix seconds of a wall-clock time in a zone; in the hour that a clock change repeats, either one. */
export function fromWallClock(local: string, zone: string): number | null {
  const wanted = Date.parse(`${local}Z`);
  if (Number.isNaN(wanted)) return null;
  let guess = wanted;
  for (let round = 0; round < 2; round += 1) {
    guess += wanted - Date.parse(`${wallClock(guess / 1000, zone)}Z`);
  }
  return guess / 1000;
}
