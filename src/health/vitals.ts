import { setTimeout as wait } from "node:timers/promises";
import type { Instant } from "../domain/values.ts";
import type { Context } from "../usecases/ports.ts";
import { watchEventLoop } from "./event-loop.ts";
import type { Figures } from "./figures.ts";
import { readStored, showStored, type StoreRead } from "./stored-figures.ts";

/** How long the store may take to answer: milliseconds. */
const STORE_LIMIT = 2000;
/** A sweep waits for the manager, which may hang for ten seconds at several calls, one after the other. */
const SWEEP_LIMIT = 120_000;

type Sources = Pick<Context, "clock"> & {
  figures: Figures;
  store: StoreRead;
  /** Calls that may begin at once. */
  budgetLeft: () => Readonly<Record<string, number>>;
  /** Milliseconds that never go back. */
  elapsed?: () => number;
};

/** What is known of the running program: whether it can do its work, and its figures. */
export class Vitals {
  readonly #sources: Sources;
  readonly #eventLoop = watchEventLoop();
  readonly #elapsed: () => number;
  readonly #startedAt: Instant;
  #sweptAt: number;
  #connected = (): number => 0;
  #stopping = false;

  constructor(sources: Sources) {
    this.#sources = sources;
    this.#elapsed = sources.elapsed ?? (() => performance.now());
    this.#sweptAt = this.#elapsed();
    this.#startedAt = sources.clock();
  }

  swept(): void {
    this.#sweptAt = this.#elapsed();
  }

  /** `connected`: how many ways Slack has to reach us. */
  connectedBy(connected: () => number): void {
    this.#connected = connected;
  }

  /** Nothing new should come here from now on. */
  stopping(): void {
    this.#stopping = true;
  }

  stop(): void {
    this.#eventLoop.stop();
  }

  /** What keeps it from its work, each in words; empty: it is ready. */
  async missing(): Promise<string[]> {
    const stored = await answered(this.#sources.store.auditHead());
    const late = this.#sweepLag();
    return [
      this.#stopping && "it is stopping",
      stored === undefined && "the store does not answer",
      this.#connected() === 0 && "Slack is not connected",
      late * 1000 > SWEEP_LIMIT && `the sweep last came to its end ${Math.floor(late)} seconds ago`,
    ].filter((each) => each !== false);
  }

  /** All figures as they are now. */
  async text(): Promise<string> {
    const { figures, store, clock, budgetLeft } = this.#sources;
    figures.sweepLag.set(this.#sweepLag());
    figures.slackConnections.set(this.#connected());
    for (const [share, left] of Object.entries(budgetLeft())) figures.managerBudget.set({ share }, left);
    for (const [quantile, lag] of Object.entries(this.#eventLoop.lag()))
      figures.eventLoopLag.set({ quantile }, lag);
    const stored = await answered(readStored(store));
    showStored(figures, stored, { now: clock(), startedAt: this.#startedAt });
    return figures.registry.metrics();
  }

  #sweepLag(): number {
    return (this.#elapsed() - this.#sweptAt) / 1000;
  }
}

/** What was answered in time; `undefined`: nothing was. */
async function answered<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  return Promise.race([asked.catch(() => undefined), wait(STORE_LIMIT, undefined, { ref: false })]);
}
