import { monitorEventLoopDelay } from "node:perf_hooks";

/** Milliseconds between two samples, which are no lag themselves. */
const SAMPLED = 10;
const WINDOW = 60_000;

/** In seconds. */
type Lag = { "0.5": number; "0.99": number; "1": number };

/** How late the event loop was in this window and the one before it, whichever was worse. */
export function watchEventLoop(): { lag(): Lag; stop(): void } {
  const delay = monitorEventLoopDelay({ resolution: SAMPLED });
  delay.enable();
  const now = (): Lag => ({
    "0.5": lagOf(delay.percentile(50)),
    "0.99": lagOf(delay.percentile(99)),
    "1": lagOf(delay.max),
  });
  let before: Lag = { "0.5": 0, "0.99": 0, "1": 0 };
  const turning = setInterval(() => {
    before = now();
    delay.reset();
  }, WINDOW);
  turning.unref();
  return {
    lag() {
      const current = now();
      return {
        "0.5": Math.max(before["0.5"], current["0.5"]),
        "0.99": Math.max(before["0.99"], current["0.99"]),
        "1": Math.max(before["1"], current["1"]),
      };
    },
    stop() {
      clearInterval(turning);
      delay.disable();
    },
  };
}

function lagOf(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - SAMPLED / 1000);
}
