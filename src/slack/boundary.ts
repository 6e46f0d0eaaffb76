import { setTimeout as sleep } from "node:timers/promises";
import { Fault } from "../domain/fault.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { PersonId } from "../domain/values.ts";
import { recordRefusal } from "../usecases/people.ts";
import type { Context } from "../usecases/ports.ts";
import type { SlackClients, Tenant } from "./connection/clients.ts";
import { explainMissing, explainRefusal } from "./words/explain.ts";
import { explainBug, explainFault } from "./words/explain-fault.ts";
import type { Bot } from "./interaction.ts";
import { Outdated } from "./input/outdated.ts";
import { type Message, saying, type Words } from "./words/words.ts";

/** Something a person does, as far as the boundary looks at it. */
export type Arrival = {
  by: PersonId;
  kind:
    | "command"
    | "answer"
    | "click"
    | "shortcut"
    | "message"
    | "submission"
    | "suggestion"
    | "home"
    | "unreadable";
  /** The command's word, or the id of what was used: one of ours, or "unknown"; never what somebody typed. */
  what: string;
  /** Says that it has arrived, before anything else; where an answer says so, it is absent (R1). */
  ack?: () => Promise<void>;
  /** From which workspace, by the payload (R43, R44). */
  from: { team: string | undefined; enterprise: string | undefined; orgWide: boolean };
  /** Answers the person privately, wherever they are. */
  tell: (message: Message) => Promise<void>;
  /** Hears that something was thrown, so that nobody can say what was done and what was not. */
  failed?: () => void;
};

/** What comes by the thousand, or with each letter that is typed, and changes nothing. */
const OFTEN: ReadonlySet<Arrival["kind"]> = new Set(["answer", "suggestion", "home"]);

/** What stands around every listener: who is served at all, what happens to errors, and what is still running. */
export class Boundary {
  readonly #bot: Bot;
  readonly #running = new Set<Promise<void>>();

  constructor(bot: Bot) {
    this.#bot = bot;
  }

  /** Never rejects: whatever a listener throws is logged, and told to the person with a reference. */
  async run(arrival: Arrival, listener: () => Promise<void>): Promise<void> {
    await this.awaited(this.#bot.context.correlate({}, async () => this.#served(arrival, listener)));
  }

  /** Has a stop wait for this too. */
  async awaited(work: Promise<void>): Promise<void> {
    this.#running.add(work);
    try {
      await work;
    } finally {
      this.#running.delete(work);
    }
  }

  /** Waits until what runs now has ended, but no longer than so many milliseconds; answers whether it has. */
  async drained(longest: number): Promise<boolean> {
    const ended = Promise.allSettled(this.#running).then(() => true);
    return Promise.race([ended, sleep(longest, false, { ref: false })]);
  }

  async #served(arrival: Arrival, listener: () => Promise<void>): Promise<void> {
    const { context, clients } = this.#bot;
    const { by, kind, what } = arrival;
    context.log[OFTEN.has(kind) ? "debug" : "info"]({ by, kind, what }, "somebody did something");
    try {
      await arrival.ack?.();
      const foreign = whyForeign(arrival.from, await tenantOf(clients));
      if (foreign === undefined) return await listener();
      await recordRefusal(context, arrival.by, `person:${arrival.by}`, NOT_OURS);
      await arrival.tell(saying(foreign));
    } catch (error) {
      arrival.failed?.();
      const words = error instanceof Outdated ? explainMissing() : report(context, arrival.by, error);
      await arrival.tell(saying(words)).catch((cause: unknown) => {
        context.log.error({ err: cause, by: arrival.by }, "nobody could be told");
      });
    }
  }
}

async function tenantOf(clients: SlackClients): Promise<Tenant> {
  try {
    return await clients.tenant();
  } catch (cause) {
    throw new Fault("slack-unreachable", "auth.test", { cause });
  }
}

/** Logs what went wrong under a reference, and gives the words for it, which name the reference. */
export function report({ log, newId }: Pick<Context, "log" | "newId">, by: PersonId, error: unknown): Words {
  const reference = newId().slice(0, 4);
  const fault = faultIn(error);
  log[fault ? "warn" : "error"]({ reference, by, err: error }, "something that a person asked for failed");
  return fault ? explainFault(fault, reference) : explainBug(reference);
}

/** A socket that ends before the answer has gone out on it is Slack's doing or the network's, and no bug. */
function faultIn(error: unknown): Fault | undefined {
  if (error instanceof Fault) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code.startsWith("slack_socket_mode_") ? new Fault("slack-uncertain", code) : undefined;
}

const NOT_OURS: Refusal = { reason: "not-a-member", kind: "stranger" };

/** One workspace is served. Within our Grid organisation the directory says who belongs to it. */
function whyForeign(from: Arrival["from"], tenant: Tenant): Words | undefined {
  if (from.orgWide) {
    return [
      "I am installed for a whole organisation here, but I serve one workspace only. Ask whoever installed me to install me in that workspace.",
    ];
  }
  if (from.team === tenant.team) return undefined;
  if (tenant.enterprise !== undefined && from.enterprise === tenant.enterprise) return undefined;
  return explainRefusal(NOT_OURS);
}
