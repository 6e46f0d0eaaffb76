import { monitorEventLoopDelay } from "node:perf_hooks";

/* Loaded into a program before its own code: tells its parent what it takes of the machine. */

export type Measures = {
  /** Bytes, after everything that can be collected was. */
  heap: number;
  /** Bytes. */
  resident: number;
  /** Milliseconds of processor time since the start. */
  processor: number;
  /** Milliseconds by which the event loop was late since it was last asked. */
  lag: { p99: number; max: number };
};

/** Milliseconds between two samples, which are no lag themselves. */
const SAMPLED = 10;

let delay = watch();

process.on("message", (question) => {
  if (question === "processor") {
    const { user, system } = process.cpuUsage();
    process.send?.((user + system) / 1000);
    return;
  }
  delay.disable();
  const lag = { p99: lagOf(delay.percentile(99)), max: lagOf(delay.max) };
  const { user, system } = process.cpuUsage();
  globalThis.gc?.();
  const { heapUsed: heap, rss: resident } = process.memoryUsage();
  const measures: Measures = { heap, resident, processor: (user + system) / 1000, lag };
  process.send?.(measures);
  // The collecting stands still for long, and is the bench's doing.
  delay = watch();
});

// Nothing goes on without whoever measures.
process.on("disconnect", () => process.exit(1));

function watch() {
  const watching = monitorEventLoopDelay({ resolution: SAMPLED });
  watching.enable();
  return watching;
}

function lagOf(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - SAMPLED);
}
