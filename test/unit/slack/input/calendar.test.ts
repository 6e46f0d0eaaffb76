import { describe, expect, it } from "vitest";
import { addDays, endOfDay, findZones } from "../../../../src/slack/input/calendar.ts";

describe("a day of somebody's", () => {
  it("ends at the last minute of it in their own zone", () => {
    expect(new Date(endOfDay("2027-03-01", "Europe/Berlin") ?? 0).toISOString()).toBe(
      "2027-03-01T22:59:00.000Z",
    );
    expect(new Date(endOfDay("2027-03-01", "Asia/Tokyo") ?? 0).toISOString()).toBe(
      "2027-03-01T14:59:00.000Z",
    );
    // Summer time has begun by then.
    expect(new Date(endOfDay("2027-03-28", "Europe/Berlin") ?? 0).toISOString()).toBe(
      "2027-03-28T21:59:00.000Z",
    );
  });

  it("is none where there is no such day or zone", () => {
    expect(endOfDay("2027-02-30", "UTC")).toBeUndefined();
    expect(endOfDay("soon", "UTC")).toBeUndefined();
    expect(endOfDay("2027-02-20", "Moon/Tycho")).toBeUndefined();
  });

  it("is counted on from the day that it is there", () => {
    const evening = Date.UTC(2026, 10, 21, 23);
    expect(addDays(evening, 1, "UTC")).toBe("2026-11-22");
    expect(addDays(evening, 1, "Asia/Tokyo")).toBe("2026-11-23");
  });
});

describe("time zones", () => {
  it("are found by a part of their name, spaces allowed", () => {
    expect(findZones("new york")).toEqual(["America/New_York"]);
    expect(findZones("berlin")).toContain("Europe/Berlin");
    expect(findZones("utc")).toContain("UTC");
    expect(findZones("tycho")).toEqual([]);
  });

  it("begin with those where a part of the name begins with it, and are a hundred at most", () => {
    const found = findZones("lon");
    expect(found).toContain("Europe/London");
    expect(found[0]).toMatch(/(^|\/)Lon/i);
    expect(findZones("").length).toBe(100);
  });
});
