import { describe, expect, it } from "vitest";
import { Ids } from "../../../src/local-slack/ids.ts";
import { TestClock } from "../../support/local-slack.ts";

describe("timestamps", () => {
  it("grow even while the clock stands still, and after what was stored before", () => {
    const ids = new Ids(new TestClock());
    const given = Array.from({ length: 100 }, () => ids.ts());
    expect(given.toSorted((a, b) => Number(a) - Number(b))).toEqual(given);
    expect(new Set(given).size).toBe(100);
    ids.notBefore("9999999999.000007");
    expect(ids.ts()).toBe("9999999999.000008");
  });
});
