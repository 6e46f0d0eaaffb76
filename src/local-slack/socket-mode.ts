import type { Server as HttpServer } from "node:http";
import { WebSocket, WebSocketServer } from "ws";
import type { InstalledApp } from "./apps.ts";
import type { Clock } from "./clock.ts";
import type { Answer, Parcel } from "./delivery.ts";
import type { Ids } from "./ids.ts";
import { isJson, type Json } from "./json.ts";

/** R20. */
const connectionLimit = 10;
const pingEveryMs = 15_000;
/** `&debug_reconnects=true` (R15). */
const debugLifeMs = 360_000;
/** The warning comes ten seconds before the end (R19). */
const warningMs = 10_000;

type DisconnectReason = "warning" | "refresh_requested" | "link_disabled" | "too_many_websockets";

/** The WebSockets that apps in Socket Mode hold open (R15 to R21). */
export class SocketMode {
  readonly #tickets = new Map<string, string>();
  readonly #connections = new Map<string, Set<WebSocket>>();
  readonly #waiting = new Map<string, (answer: Answer) => void>();
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #onConnections: () => void;

  constructor(clock: Clock, ids: Ids, onConnections: () => void) {
    this.#clock = clock;
    this.#ids = ids;
    this.#onConnections = onConnections;
  }

  /** A ticket for one connection. */
  ticket(appId: string): string {
    const ticket = this.#ids.uuid();
    this.#tickets.set(ticket, appId);
    return ticket;
  }

  attach(server: HttpServer): void {
    server.on("upgrade", (request, socket, head) => {
      // Node leaves the socket without a listener, and an error that nobody hears ends the program.
      socket.on("error", () => socket.destroy());
      // Any page in any browser may ask for a WebSocket here, at a path such as `//`, which is no URL.
      const url = URL.parse(`http://localhost${request.url}`);
      const ticket = url?.searchParams.get("ticket") ?? "";
      const appId = this.#tickets.get(ticket);
      if (url?.pathname.startsWith("/link") !== true || appId === undefined) {
        socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n");
        return;
      }
      this.#tickets.delete(ticket);
      const short = url.searchParams.get("debug_reconnects") === "true";
      this.#server.handleUpgrade(request, socket, head, (connection) =>
        this.#greet(appId, connection, short),
      );
    });
  }

  isConnected(appId: string): boolean {
    return (this.#connections.get(appId)?.size ?? 0) > 0;
  }

  /** One envelope to one connection, any of them (R20). */
  send(app: InstalledApp, parcel: Parcel, signal: AbortSignal): Promise<Answer> {
    const open = [...(this.#connections.get(app.appId) ?? [])].filter(
      ({ readyState }) => readyState === WebSocket.OPEN,
    );
    const connection = open[this.#ids.pick(Math.max(open.length, 1))];
    if (connection === undefined) return Promise.resolve({ ok: false, reason: "dispatch_failed" });
    connection.send(
      JSON.stringify({
        envelope_id: parcel.envelopeId,
        payload: parcel.payload,
        type: parcel.kind,
        accepts_response_payload: parcel.answerable,
        ...(parcel.kind === "events_api" && {
          retry_attempt: parcel.retry.attempt,
          retry_reason: parcel.retry.reason,
        }),
      }),
    );
    return new Promise((resolve) => {
      this.#waiting.set(parcel.envelopeId, resolve);
      signal.addEventListener("abort", () => this.#waiting.delete(parcel.envelopeId), { once: true });
    });
  }

  /** Sends `disconnect` to every connection; all but a warning end it (R19). */
  disconnect(reason: DisconnectReason): void {
    for (const connection of this.#all()) {
      connection.send(JSON.stringify({ type: "disconnect", reason, debug_info: this.#debugInfo() }));
      if (reason !== "warning") connection.close();
    }
  }

  /** Ends every connection without a word. */
  cut(): void {
    for (const connection of this.#all()) connection.terminate();
  }

  /** Says goodbye, and cuts those that do not answer. */
  async close(): Promise<void> {
    const gone = this.#all().map(
      (connection) => new Promise<void>((resolve) => void connection.once("close", () => resolve())),
    );
    for (const connection of this.#all()) connection.close(1001);
    const timer = setTimeout(() => this.cut(), 250);
    await Promise.all(gone);
    clearTimeout(timer);
    this.#server.close();
  }

  #greet(appId: string, connection: WebSocket, short: boolean): void {
    const connections = this.#connections.get(appId) ?? new Set();
    this.#connections.set(appId, connections);
    connection.on("error", () => connection.terminate());
    if (connections.size >= connectionLimit) {
      const refusal = { type: "disconnect", reason: "too_many_websockets", debug_info: this.#debugInfo() };
      connection.send(JSON.stringify(refusal));
      connection.close();
      return;
    }
    connections.add(connection);
    connection.send(
      JSON.stringify({
        type: "hello",
        num_connections: connections.size,
        connection_info: { app_id: appId },
        debug_info: { ...this.#debugInfo(), approximate_connection_time: short ? debugLifeMs / 1000 : 3600 },
      }),
    );
    const pings = setInterval(() => connection.ping(), pingEveryMs);
    const endings = short ? this.#endAfter(connection, debugLifeMs) : [];
    connection.on("message", (data: Buffer) => this.#acknowledge(data.toString()));
    connection.on("close", () => {
      clearInterval(pings);
      for (const cancel of endings) cancel();
      connections.delete(connection);
      this.#onConnections();
    });
    this.#onConnections();
  }

  #endAfter(connection: WebSocket, ms: number): (() => void)[] {
    const say = (reason: DisconnectReason): void =>
      connection.send(JSON.stringify({ type: "disconnect", reason, debug_info: this.#debugInfo() }));
    return [
      this.#clock.setTimeout(() => say("warning"), ms - warningMs),
      this.#clock.setTimeout(() => {
        say("refresh_requested");
        connection.close();
      }, ms),
    ];
  }

  #acknowledge(text: string): void {
    let frame: unknown;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    if (!isJson(frame) || typeof frame["envelope_id"] !== "string") return;
    this.#waiting.get(frame["envelope_id"])?.({ ok: true, body: frame["payload"] });
    this.#waiting.delete(frame["envelope_id"]);
  }

  #all(): WebSocket[] {
    return [...this.#connections.values()].flatMap((connections) => [...connections]);
  }

  #debugInfo(): Json {
    return {
      host: "applink-local",
      started: new Date(this.#clock.now()).toISOString(),
      build_number: 1,
    };
  }
}
