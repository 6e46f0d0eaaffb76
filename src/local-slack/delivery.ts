import type { InstalledApp } from "./apps.ts";
import type { Clock } from "./clock.ts";
import type { Faults } from "./faults.ts";
import type { HttpDelivery } from "./http-delivery.ts";
import type { Ids } from "./ids.ts";
import type { Json } from "./json.ts";
import type { SocketMode } from "./socket-mode.ts";

/** R1. */
const ackDeadlineMs = 3000;

/** Events alone are tried again: nearly at once, after a minute, after five (R12). */
const eventRetriesMs = [100, 60_000, 300_000];

export type Parcel = {
  envelopeId: string;
  kind: "events_api" | "interactive" | "slash_commands";
  payload: Json;
  /** Whether the acknowledgement may carry something (R17). */
  answerable: boolean;
  retry: { attempt: number; reason: string };
};

/** What came back: `timeout`s and failures are what the person is told of (R1). */
export type Answer =
  | { ok: true; body: unknown }
  | { ok: false; reason: string; status?: number; noRetry?: boolean };

/** Hears what came of a delivery under its name, and how many milliseconds that took. */
export type ObserveDelivery = (name: string, answer: Answer, took: number) => void;

/** Hands payloads to apps, by socket or HTTP, and waits for the acknowledgement. */
export class Delivery {
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #faults: Faults;
  readonly #sockets: SocketMode;
  readonly #http: HttpDelivery;
  readonly #log: (line: string) => void;
  readonly #observe: ObserveDelivery;

  constructor(parts: {
    clock: Clock;
    ids: Ids;
    faults: Faults;
    sockets: SocketMode;
    http: HttpDelivery;
    log: (line: string) => void;
    observe: ObserveDelivery;
  }) {
    this.#clock = parts.clock;
    this.#ids = parts.ids;
    this.#faults = parts.faults;
    this.#sockets = parts.sockets;
    this.#http = parts.http;
    this.#log = parts.log;
    this.#observe = parts.observe;
  }

  command(app: InstalledApp, payload: Json): Promise<Answer> {
    return this.#deliver(app, this.#parcel("slash_commands", payload, true));
  }

  /** `view_submission` and `block_suggestion` may be answered, the others only acknowledged (R17). */
  interaction(app: InstalledApp, payload: Json): Promise<Answer> {
    if (!app.manifest.settings.interactivity.is_enabled) {
      this.#log(
        `${app.name}: its manifest leaves interactivity off, so it hears of no ${String(payload["type"])}`,
      );
      return Promise.resolve({ ok: false, reason: "interactivity_disabled" });
    }
    const answerable = ["view_submission", "block_suggestion"].includes(String(payload["type"]));
    return this.#deliver(app, this.#parcel("interactive", payload, answerable));
  }

  /** Delivers an event, again where need be; the same event id and body each time (R12). */
  event(app: InstalledApp, payload: Json): void {
    const attempt = async (number: number, reason: string): Promise<void> => {
      const parcel = { ...this.#parcel("events_api", payload, false), retry: { attempt: number, reason } };
      const answer = await this.#deliver(app, parcel);
      const pause = eventRetriesMs[number];
      if (answer.ok || answer.noRetry === true || pause === undefined) return;
      const socket = app.delivery.mode === "socket";
      const next = socket ? "timeout" : answer.reason === "timeout" ? "http_timeout" : answer.reason;
      this.#clock.setTimeout(() => void attempt(number + 1, next), pause);
    };
    void attempt(0, "");
  }

  #parcel(kind: Parcel["kind"], payload: Json, answerable: boolean): Parcel {
    return { envelopeId: this.#ids.uuid(), kind, payload, answerable, retry: { attempt: 0, reason: "" } };
  }

  #deliver(app: InstalledApp, parcel: Parcel): Promise<Answer> {
    const name = nameOf(parcel);
    const lost = this.#faults.take(["drop_ack"], name) !== undefined;
    const delay = this.#faults.take(["delay_delivery"], name);
    const twice = this.#faults.take(["deliver_twice"], name) !== undefined;
    return new Promise((resolve) => {
      const began = performance.now();
      const abort = new AbortController();
      const finish = (answer: Answer): void => {
        cancel();
        this.#observe(name, answer, performance.now() - began);
        if (!answer.ok) this.#log(`${app.name}: ${name} was not acknowledged (${answer.reason})`);
        resolve(answer);
      };
      // The three seconds include Slack's own time for sending (R3), so they start before any delay.
      const cancel = this.#clock.setTimeout(() => {
        abort.abort();
        finish({ ok: false, reason: "timeout" });
      }, ackDeadlineMs);
      const send = async (): Promise<void> => {
        // What was delayed beyond the deadline is delivered all the same (R14), so nothing aborts it then.
        const signal = delay === undefined ? abort.signal : new AbortController().signal;
        if (twice) void this.#send(app, parcel, signal);
        const answer = await this.#send(app, parcel, signal);
        if (!lost) finish(answer);
      };
      const start = (): void => void send();
      if (delay === undefined) start();
      else this.#clock.setTimeout(start, (delay.seconds ?? 5) * 1000);
    });
  }

  #send(app: InstalledApp, parcel: Parcel, signal: AbortSignal): Promise<Answer> {
    return app.delivery.mode === "socket"
      ? this.#sockets.send(app, parcel, signal)
      : this.#http.send(app, parcel, signal);
  }
}

/** What a fault rule may call it: the kind, the interaction's type, or the event's type. */
function nameOf({ kind, payload }: Parcel): string {
  return kind === "interactive" ? String(payload["type"]) : kind;
}
