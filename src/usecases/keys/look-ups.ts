import { Fault } from "../../domain/fault.ts";
import { DAY, type Instant, MINUTE, type PersonId, SECOND } from "../../domain/values.ts";
import { isIn } from "../people.ts";
import type { Context, Looking } from "../ports.ts";

/**
 * Counts what people look up in the manager, so that nobody uses up the calls that all share: each
 * gets so many within a minute. What is done without anybody's click, what responders do, and what
 * is looked at to stop a key no count holds up.
 */
export class LookUps {
  readonly #most: number;
  readonly #counts = new Map<PersonId, number>();
  /** When the minute began for which the counts are. */
  #since: Instant = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** For what this person does: its manager throws `manager-rate-limited`, with the limit, where it is one look too many. */
  by(person: PersonId, context: Context): Context {
    const { manager } = context;
    const counted = async <Answer>(look: () => Promise<Answer>, options?: Looking): Promise<Answer> => {
      if (options?.stopping !== true) await this.#count(person, context);
      return look();
    };
    return {
      ...context,
      manager: {
        ...manager,
        describeKey: async (id, options) => counted(async () => manager.describeKey(id, options), options),
        describeCurrent: async (options) => counted(async () => manager.describeCurrent(options), options),
        keyNamed: async (name, options) => counted(async () => manager.keyNamed(name, options), options),
        keysDescribedWith: async (text) => counted(async () => manager.keysDescribedWith(text)),
        keysAfter: async (id, limit) => counted(async () => manager.keysAfter(id, limit)),
        roles: async (options) => counted(async () => manager.roles(options), options),
        role: async (id, options) => counted(async () => manager.role(id, options)),
      },
    };
  }

  async #count(person: PersonId, context: Context): Promise<void> {
    const now = context.clock();
    // A clock that was set back holds nobody up.
    if (now >= this.#since + MINUTE || now < this.#since) {
      this.#since = now;
      this.#counts.clear();
    }
    const count = (this.#counts.get(person) ?? 0) + 1;
    this.#counts.set(person, count);
    if (count <= this.#most) return;
    if (await isIn(context, context.policy().policy.responders, person, DAY)) return;
    const seconds = Math.ceil((this.#since + MINUTE - now) / SECOND);
    throw new Fault("manager-rate-limited", "look-ups of one person", {
      limit: { most: this.#most, seconds },
    });
  }
}
