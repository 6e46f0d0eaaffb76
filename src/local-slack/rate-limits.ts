import type { Clock } from "./clock.ts";

/** Calls a minute that Slack promises at least, by tier (2.8). */
const perMinute = { 1: 1, 2: 20, 3: 50, 4: 100 } as const;

export type Tier = keyof typeof perMinute | "special";

type Bucket = { tokens: number; at: number };

/**
 * Token buckets, one for each method and app, and one a second for each channel of `chat.postMessage`.
 * Bursts are tolerated as Slack tolerates them: a bucket holds a minute's worth, a channel's twenty.
 */
export class RateLimits {
  readonly #buckets = new Map<string, Bucket>();
  readonly #clock: Clock;
  readonly #strict: boolean;

  constructor(clock: Clock, strict: boolean) {
    this.#clock = clock;
    this.#strict = strict;
  }

  /** Seconds to wait (`Retry-After`), or undefined where the call may go on. */
  wait(app: string, method: string, tier: Tier, channel: string): number | undefined {
    if (!this.#strict) return undefined;
    if (method === "chat.postMessage")
      return (
        this.#take(`${app} ${method} ${channel}`, 1, 20) ?? this.#take(`${app} ${method}`, 300 / 60, 300)
      );
    const allowed = tier === "special" ? 600 : Math.max(perMinute[tier], 20);
    return this.#take(`${app} ${method}`, allowed / 60, allowed);
  }

  #take(key: string, perSecond: number, capacity: number): number | undefined {
    const now = this.#clock.now();
    const { tokens, at } = this.#buckets.get(key) ?? { tokens: capacity, at: now };
    const filled = Math.min(capacity, tokens + ((now - at) / 1000) * perSecond);
    this.#buckets.set(key, { tokens: filled < 1 ? filled : filled - 1, at: now });
    return filled < 1 ? Math.ceil((1 - filled) / perSecond) : undefined;
  }
}
