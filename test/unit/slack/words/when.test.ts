import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readFor, readWhen } from "../../../../src/slack/words/when.ts";
import { HOUR, MINUTE } from "../../../../src/domain/values.ts";

/** A Saturday. */
const now = Date.parse("2026-03-21T10:00:00Z");
const read = (text: string, zone = "UTC"): string | undefined => {
  const when = readWhen(text, { now, zone });
  if (when === undefined) return undefined;
  return "unlimited" in when ? "never" : new Date(when.at).toISOString();
};

describe("a moment as people write it", () => {
  it.each([
    ["in 90 days", "2026-06-19T10:00:00.000Z"],
    ["90d", "2026-06-19T10:00:00.000Z"],
    ["2 hours", "2026-03-21T12:00:00.000Z"],
    ["in a week", "2026-03-28T10:00:00.000Z"],
    ["2027-03-01", "2027-03-01T23:59:00.000Z"],
    ["2027-3-1 14:30", "2027-03-01T14:30:00.000Z"],
    ["2027-03-01T14:30", "2027-03-01T14:30:00.000Z"],
    ["today", "2026-03-21T23:59:00.000Z"],
    ["Tomorrow", "2026-03-22T23:59:00.000Z"],
    ["tomorrow at 9:00", "2026-03-22T09:00:00.000Z"],
    ["18:00", "2026-03-21T18:00:00.000Z"],
    ["9:00", "2026-03-22T09:00:00.000Z"],
    ["next week", "2026-03-28T23:59:00.000Z"],
    ["next month", "2026-04-21T23:59:00.000Z"],
    ["Friday", "2026-03-27T23:59:00.000Z"],
    ["next saturday", "2026-03-28T23:59:00.000Z"],
    ["1 March", "2027-03-01T23:59:00.000Z"],
    ["1st April", "2026-04-01T23:59:00.000Z"],
    ["March 1, 2027", "2027-03-01T23:59:00.000Z"],
    ["1 Mar 2027", "2027-03-01T23:59:00.000Z"],
    ["never", "never"],
    ["no expiry", "never"],
  ])("%j is %s", (typed, expected) => expect(read(typed)).toBe(expected));

  it.each([
    "",
    "ages",
    "2027-02-30",
    "30 February 2027",
    "March",
    "in",
    "25:00",
    "12",
    "0 days",
    "99999 years",
  ])("%j is none", (typed) => expect(read(typed)).toBeUndefined());

  it("may lie in the past: whoever decides says no to that", () => {
    expect(read("2020-01-01")).toBe("2020-01-01T23:59:00.000Z");
  });

  it("means days of the person's own zone", () => {
    expect(read("2027-03-01", "Asia/Tokyo")).toBe("2027-03-01T14:59:00.000Z");
    expect(read("tomorrow", "America/Los_Angeles")).toBe("2026-03-23T06:59:00.000Z");
    expect(read("18:00", "Asia/Tokyo")).toBe("2026-03-22T09:00:00.000Z");
  });

  it("keeps the time of day over a change of clocks, and hours as long as they are", () => {
    // Berlin goes to summer time on 29 March.
    expect(read("in 10 days", "Europe/Berlin")).toBe("2026-03-31T09:00:00.000Z");
    expect(read("200 hours", "Europe/Berlin")).toBe("2026-03-29T17:00:00.000Z");
  });

  it("never throws, whatever is typed", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => read(text, "Europe/Berlin") !== ""));
  });
});

describe("a length of time", () => {
  it.each([
    ["2h", 2 * HOUR],
    ["an hour", HOUR],
    ["30 minutes", 30 * MINUTE],
  ])("%j is one", (typed, ms) => expect(readFor(typed)).toBe(ms));
  it.each(["", "tomorrow", "2", "99999 years"])("%j is none", (typed) =>
    expect(readFor(typed)).toBeUndefined(),
  );
});
