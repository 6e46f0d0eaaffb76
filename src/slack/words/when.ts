import { parseDuration } from "../../domain/duration.ts";
import { DAY, type Instant } from "../../domain/values.ts";
import { endOfDay } from "../input/calendar.ts";

/** When something ends: at a moment, or never. */
export type When = { at: Instant } | { unlimited: true };

const NEVER = /^(?:never|forever|unlimited|no (?:expiry|end)|without end)$/;
const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const WEEKDAYS = "mon tue wed thu fri sat sun".split(" ");
const TIME = /(?:^|[\s,t]+)(?:at )?([01]?\d|2[0-3]):([0-5]\d)$/;
/** The furthest that a length may reach, so that every moment is one that a calendar knows. */
const FURTHEST = 36_500 * DAY;

/**
 * A moment as people write it: "in 90 days", "2h", "2027-03-01", "1 March", "tomorrow", "Friday",
 * "18:00", "never". A day lasts until its end in the person's zone; whole days keep the time of day
 * when clocks change. Whether it has passed is for the use case to say.
 */
export function readWhen(typed: string, { now, zone }: { now: Instant; zone: string }): When | undefined {
  const text = typed.trim().toLowerCase().replace(/\s+/g, " ");
  if (NEVER.test(text)) return { unlimited: true };
  const here = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone);
  const length = readFor(text.replace(/^in /, ""));
  if (length !== undefined) return { at: after(here, length) };
  const [clock, hour, minute] = TIME.exec(text) ?? [];
  const dayText = clock === undefined ? text : text.slice(0, -clock.length).trim();
  const today = here.toPlainDate();
  const day = clock !== undefined && dayText === "" ? today : readDay(dayText, today);
  if (day === undefined) return undefined;
  if (clock === undefined) {
    const at = endOfDay(day.toString(), zone);
    return at === undefined ? undefined : { at };
  }
  const moment = day.toPlainDateTime({ hour: Number(hour), minute: Number(minute) }).toZonedDateTime(zone);
  // A bare time of day is the next one that comes.
  const next = dayText === "" && moment.epochMilliseconds <= now ? moment.add({ days: 1 }) : moment;
  return { at: next.epochMilliseconds };
}

/** A length of time as people write it ("2h", "an hour", "90 days"), in milliseconds. */
export function readFor(typed: string): number | undefined {
  const length = parseDuration(typed);
  return length === undefined || length > FURTHEST ? undefined : length;
}

function after(here: Temporal.ZonedDateTime, length: number): Instant {
  const days = Math.floor(length / DAY);
  return here.add({ days }).epochMilliseconds + (length - days * DAY);
}

function readDay(text: string, today: Temporal.PlainDate): Temporal.PlainDate | undefined {
  if (text === "today") return today;
  if (text === "tomorrow") return today.add({ days: 1 });
  const [, unit] = /^next (week|month|year)$/.exec(text) ?? [];
  if (unit !== undefined) return today.add({ [`${unit}s`]: 1 });
  const weekday = WEEKDAYS.findIndex((each) => new RegExp(`^(?:next |on )?${each}[a-z]*$`).test(text));
  if (weekday >= 0) return today.add({ days: ((weekday + 7 - today.dayOfWeek) % 7) + 1 });
  return /^\d{4}-\d{1,2}-\d{1,2}$/.test(text)
    ? dateOf(text.split("-").map(Number))
    : readMonthDay(text, today);
}

/** "1 March 2027", "March 1, 2027"; without a year the next such day. */
function readMonthDay(text: string, today: Temporal.PlainDate): Temporal.PlainDate | undefined {
  const [, first, word, last, year] =
    /^(?:(\d{1,2})(?:st|nd|rd|th)?\.? )?([a-z]{3,9})\.?(?: (\d{1,2})(?:st|nd|rd|th)?)?(?:,? (\d{4}))?$/.exec(
      text,
    ) ?? [];
  const month = MONTHS.findIndex((each) => word?.startsWith(each) === true) + 1;
  if (month === 0 || (first === undefined) === (last === undefined)) return undefined;
  const day = Number(first ?? last);
  if (year !== undefined) return dateOf([Number(year), month, day]);
  const thisYear = dateOf([today.year, month, day]);
  if (thisYear !== undefined && Temporal.PlainDate.compare(thisYear, today) >= 0) return thisYear;
  return dateOf([today.year + 1, month, day]);
}

/** `undefined`: there is no such day. */
function dateOf([year = 0, month = 0, day = 0]: readonly number[]): Temporal.PlainDate | undefined {
  try {
    return Temporal.PlainDate.from({ year, month, day }, { overflow: "reject" });
  } catch {
    return undefined;
  }
}
