import type { Clock } from "./clock.ts";
import type { Ids } from "./ids.ts";

const triggerLifeMs = 3000;

export type Trigger = {
  app: string;
  user: string;
  session: string;
  /** The modal in which it arose, if it did. */
  view?: string;
};

type Known = Trigger & { expires: number; used: boolean };

/** `trigger_id`s: three seconds, one use, one app (R2). */
export class Triggers {
  readonly #known = new Map<string, Known>();
  readonly #clock: Clock;
  readonly #ids: Ids;

  constructor(clock: Clock, ids: Ids) {
    this.#clock = clock;
    this.#ids = ids;
  }

  issue(trigger: Trigger): string {
    const now = this.#clock.now();
    // An hour keeps "expired" apart from "never existed" for as long as anybody asks.
    for (const [id, { expires }] of this.#known) {
      if (expires > now - 3_600_000) break;
      this.#known.delete(id);
    }
    const id = `${now}${this.#ids.pick(1000)}.${this.#ids.pick(10 ** 9)}.${this.#ids.hex(16)}`;
    this.#known.set(id, { ...trigger, expires: now + triggerLifeMs, used: false });
    return id;
  }

  /** Looks without using it up: a call that fails validation does not burn the trigger (R2). */
  check(id: string, app: string): Trigger | { error: string } {
    const known = this.#known.get(id);
    if (known === undefined || known.app !== app) return { error: "invalid_trigger_id" };
    if (known.used) return { error: "exchanged_trigger_id" };
    if (this.#clock.now() > known.expires) return { error: "expired_trigger_id" };
    return known;
  }

  burn(id: string): void {
    const known = this.#known.get(id);
    if (known !== undefined) known.used = true;
  }
}
