import type { Clock } from "./clock.ts";
import type { Ids } from "./ids.ts";

/** R4. */
const lifeMs = 30 * 60_000;
const usesAllowed = 5;

/** What a response URL stands for (R4 to R7). */
export type Reply = {
  app: string;
  kind: "commands" | "actions" | "app";
  user: string;
  channel: string;
  /**
   * The message whose component was used, which alone can be replaced or deleted (R5);
   * for a command, its last ephemeral answer (R34).
   */
  source?: { ts: string; ephemeral: boolean };
};

type Known = { reply: Reply; expires: number; uses: number };

/** Response URLs: five uses within thirty minutes (R4). */
export class ResponseUrls {
  readonly #known = new Map<string, Known>();
  readonly #clock: Clock;
  readonly #ids: Ids;
  /** Where local Slack listens; known once it does. */
  base = "";

  constructor(clock: Clock, ids: Ids) {
    this.#clock = clock;
    this.#ids = ids;
  }

  issue(reply: Reply): string {
    const now = this.#clock.now();
    for (const [path, { expires }] of this.#known) {
      if (expires > now) break;
      this.#known.delete(path);
    }
    const path = `/hooks/${reply.kind}/${reply.app}/${this.#ids.hex(8)}/${this.#ids.hex(12)}`;
    this.#known.set(path, { reply, expires: now + lifeMs, uses: 0 });
    return this.base + path;
  }

  /** The reply that the URL allows, undefined where it is unknown, expired or used up. */
  look(path: string): Reply | undefined {
    const known = this.#known.get(path);
    if (known === undefined || known.uses >= usesAllowed || this.#clock.now() > known.expires)
      return undefined;
    return known.reply;
  }

  count(path: string): void {
    const known = this.#known.get(path);
    if (known !== undefined) known.uses += 1;
  }
}
