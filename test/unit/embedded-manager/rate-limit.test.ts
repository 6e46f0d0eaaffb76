import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rateLimit } from "../../../src/embedded-manager/rate-limit.ts";

const OFF = { callsPerKey: 0, callsPerTenant: 0, callsPerNode: 0 };
const steps = fc.array(
  fc.record({ wait: fc.integer({ min: 0, max: 25_000 }), caller: fc.integer({ min: 1, max: 4 }) }),
  { maxLength: 200 },
);

describe("the limits on calls (contract 9)", () => {
  it("let through exactly what the last 60 seconds leave room for, at whatever times calls come", () => {
    const limits = fc.record({
      callsPerKey: fc.integer({ min: 0, max: 5 }),
      callsPerTenant: fc.integer({ min: 0, max: 8 }),
      callsPerNode: fc.integer({ min: 0, max: 10 }),
    });
    fc.assert(
      fc.property(limits, steps, (settings, calls) => {
        let now = 1_000_000;
        const count = rateLimit(settings, () => now);
        const accepted: { at: number; caller: number }[] = [];
        for (const { wait, caller } of calls) {
          now += wait;
          const recent = accepted.filter(({ at }) => at > now - 60_000);
          const mine = recent.filter((call) => call.caller === caller);
          const room =
            mine.length < (settings.callsPerKey || Infinity) &&
            recent.length < (settings.callsPerTenant || Infinity) &&
            recent.length < (settings.callsPerNode || Infinity);
          const seconds = count(caller);
          expect(seconds === 0).toBe(room);
          if (room) accepted.push({ at: now, caller });
        }
      }),
    );
  });

  it("tell after how long the same call has room, if nobody else calls", () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 4 }), (calls, caller) => {
        let now = 0;
        const count = rateLimit({ callsPerKey: 3, callsPerTenant: 6, callsPerNode: 0 }, () => now);
        for (const call of calls) {
          now += call.wait;
          count(call.caller);
        }
        const seconds = count(caller);
        expect(seconds).toBeLessThanOrEqual(60);
        now += seconds * 1000;
        if (seconds > 0) expect(count(caller)).toBe(0);
      }),
    );
  });

  it("are switched off by 0", () => {
    const count = rateLimit(OFF, () => 0);
    for (let n = 0; n < 10_000; n += 1) expect(count(1)).toBe(0);
  });

  it("hold nobody up when the clock is set back", () => {
    let now = 10_000_000;
    const count = rateLimit({ ...OFF, callsPerKey: 1 }, () => now);
    expect(count(1)).toBe(0);
    now = 0;
    expect(count(1)).toBe(0);
    expect(count(1)).toBe(60);
  });
});
