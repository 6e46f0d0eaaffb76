import { createHmac } from "node:crypto";
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import { Pool } from "undici";
import { Secret } from "../../../src/domain/secret.ts";
import { MINUTE } from "../../../src/domain/values.ts";
import type { Answer, Parcel } from "../../../src/local-slack/delivery.ts";
import type { ReplyResult } from "../../../src/local-slack/replies.ts";
import { slackMessages } from "../../../src/slack/announce.ts";
import { startSlack } from "../../../src/slack/app.ts";
import { slackClients, type SlackConfig } from "../../../src/slack/connection/clients.ts";
import { slackDirectory } from "../../../src/slack/people.ts";
import type { Context, Log } from "../../../src/usecases/ports.ts";
import type { Parts } from "../context.ts";
import type { Wire } from "./mutate.ts";

type Request = { headers: Record<string, string>; body: string };

/**
 * What came back for one payload: a status by HTTP, or whether its envelope was acknowledged.
 * `tooLong`: more was sent than Bolt reads, as Slack never does.
 */
export type Outcome = { answered: boolean; status: number | undefined; body: unknown; tooLong?: boolean };

/** Milliseconds. */
const PATIENCE = 50;
/** Bytes of a body that Bolt reads. */
const LONGEST = 4 * 1024 * 1024;
const NONE: Outcome = { answered: false, status: undefined, body: undefined };
/** What was on the screen is gone, or newer than what was clicked (R25). */
const OVERTAKEN = ["not_found", "hash_conflict"];
/** What a person sees, by the Web API's methods. */
const SEEN = /^(views\.(open|push|update|publish)|chat\.(postMessage|postEphemeral|update|delete)|files\.)/;

/** The bot twice on one store: behind Bolt's HTTP receiver, and on Socket Mode. */
export class Bots implements AsyncDisposable {
  readonly context: Context;
  /** What was logged at level error. */
  readonly errors: string[] = [];
  /** What was logged at level warn. */
  readonly warnings: string[] = [];
  /** How many payloads reached a listener. */
  arrivals = 0;
  /** How many things people saw so far that the bot said or showed. */
  shown = 0;
  readonly #parts: Parts;
  readonly #ending = new AsyncDisposableStack();
  #running = 0;
  #sentSoFar = 0;
  #pool: Pool | undefined;
  #last: { request: Request; at: number } | undefined;
  readonly #late: Promise<Outcome>[] = [];

  private constructor(parts: Parts, context: Context) {
    this.#parts = parts;
    this.context = context;
  }

  static async start(parts: Parts): Promise<Bots> {
    const errors: string[] = [];
    const warnings: string[] = [];
    const log: Log = {
      debug: () => {},
      info: () => {},
      warn: (fields, words) => {
        warnings.push(`${words} ${JSON.stringify(fields)}`);
      },
      error: ({ err, error = err, ...fields }, words) => {
        errors.push(
          `${words} ${JSON.stringify(fields)} ${error instanceof Error ? error.stack : String(error)}`,
        );
      },
    };
    const base: SlackConfig = {
      botToken: new Secret(parts.slack.app.botToken),
      apiUrl: parts.slack.apiUrl,
      mode: { kind: "socket", appToken: new Secret(parts.slack.app.appToken) },
    };
    const seen = { count: 0 };
    const clients = slackClients(base, log, (method, result) => {
      if (SEEN.test(method) && ["ok", ...OVERTAKEN].includes(result)) seen.count++;
    });
    const { replies } = parts.slack.parts;
    const use = replies.use.bind(replies);
    replies.use = (path, body): ReplyResult => {
      const result = use(path, body);
      if (result.status === 200) seen.count++;
      return result;
    };
    const messages = slackMessages(clients);
    const context = { ...parts.context, log, messages, directory: slackDirectory(clients) };
    const bots = new Bots(parts, context);
    Object.defineProperty(bots, "errors", { value: errors });
    Object.defineProperty(bots, "warnings", { value: warnings });
    Object.defineProperty(bots, "shown", { get: () => seen.count });
    const correlate: Context["correlate"] = async (_, run) => {
      bots.arrivals++;
      bots.#running++;
      try {
        return await run();
      } finally {
        bots.#running--;
      }
    };
    const http: SlackConfig["mode"] = {
      kind: "http",
      signingSecret: new Secret(parts.slack.app.signingSecret),
      port: 0,
      host: "127.0.0.1",
    };
    for (const mode of [base.mode, http]) {
      const config = { ...base, mode };
      const bot = await startSlack({ config, context: { ...context, correlate }, clients });
      bots.#ending.defer(() => bot.stop());
      if (bot.port === undefined) continue;
      bots.#pool = new Pool(`http://127.0.0.1:${bot.port}`, { connections: 64 });
    }
    bots.#ending.defer(async () => bots.#pool?.destroy());
    return bots;
  }

  /** Delivers by HTTP, and waits until nothing runs any more. */
  async post(parcel: Parcel, wire?: Wire): Promise<Outcome> {
    const request = this.#requestFor(parcel, wire);
    if (wire === undefined) this.#last = { request, at: this.#parts.clock.now() };
    const sent = this.#sent(request);
    const outcome = await this.#settled(sent);
    if (outcome === undefined) this.#late.push(sent);
    return outcome ?? NONE;
  }

  /** Delivers by a socket, as local Slack does. */
  async push(send: () => Promise<Answer>): Promise<Outcome> {
    const sent = send().then((answer) => ({
      answered: answer.ok,
      status: undefined,
      body: answer.ok ? answer.body : undefined,
    }));
    return (await this.#settled(sent)) ?? NONE;
  }

  /** What those came to that nobody waited for. */
  async late(): Promise<Outcome[]> {
    return Promise.all(this.#late);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ending.disposeAsync();
  }

  /** Answers nothing where no answer has come and nothing runs that could still give it. */
  async #settled(sent: Promise<Outcome>): Promise<Outcome | undefined> {
    const arrived: Outcome[] = [];
    const noted = sent.then((each) => arrived.push(each));
    // An acknowledgement takes milliseconds: what has none by now, and runs no more, gets none soon.
    for (let quiet = 0; arrived.length === 0 && quiet < 4;) {
      await Promise.race([noted, wait(PATIENCE)]);
      quiet = this.#running > 0 ? 0 : quiet + 1;
    }
    // Bolt answers an event before it looks at it.
    for (let i = 0; i < 3; i++) await turn();
    while (this.#running > 0) await turn();
    return arrived[0];
  }

  async #sent({ headers, body }: Request): Promise<Outcome> {
    const { statusCode, body: answer } = await this.#http.request({
      method: "POST",
      path: "/slack/events",
      headers,
      body,
      // Nothing is sent on a connection that the receiver may be closing just then.
      reset: true,
    });
    const text = await answer.text();
    const tooLong = Buffer.byteLength(body) > LONGEST;
    return { answered: true, status: statusCode, body: text === "" ? undefined : parsed(text), tooLong };
  }

  get #http(): Pool {
    if (this.#pool === undefined) throw new Error("no bot listens");
    return this.#pool;
  }

  #requestFor(parcel: Parcel, wire: Wire | undefined): Request {
    // Older ones are refused for their age, by a clock that nobody moves.
    const { request, at } = this.#last ?? { at: 0 };
    const again = request !== undefined && this.#parts.clock.now() - at < 5 * MINUTE ? request : undefined;
    if (wire === "repeated" && again !== undefined) return again;
    if (wire === "repeated in other signs" && again !== undefined) return resigned(again);
    const { contentType, body } = encoded(parcel, ++this.#sentSoFar);
    const wired = damaged(body, wire);
    const now = Math.floor(this.#parts.clock.now() / 1000);
    const old = Math.floor(Date.now() / 1000) - 3600;
    const timestamp = String(wire === "old" ? old : wire === "from the future" ? now + 120 : now);
    const secret = wire === "signed by another" ? "0".repeat(32) : this.#parts.slack.app.signingSecret;
    const wrong = ["wrongly signed", "repeated", "repeated in other signs"].includes(wire ?? "");
    const signed = wrong ? `${wired} ` : wired;
    const mac = createHmac("sha256", secret).update(`v0:${timestamp}:${signed}`).digest("hex");
    const type = wire === "of another type" ? "text/plain" : contentType;
    const headers = {
      "content-type": type,
      "x-slack-request-timestamp": timestamp,
      ...(wire === "unsigned" ? {} : { "x-slack-signature": `v0=${mac}` }),
    };
    return { headers, body: wired };
  }
}

/** As Bolt reads it, this is the same signature. */
function resigned({ headers, body }: Request): Request {
  return { headers: { ...headers, "x-slack-signature": `${headers["x-slack-signature"]}=again` }, body };
}

function damaged(body: string, wire: Wire | undefined): string {
  if (wire === "cut short") return body.slice(0, Math.floor(body.length / 2));
  if (wire === "empty") return "";
  if (wire === "no JSON") return body.startsWith("{") ? "{'a':1}" : "payload=%7B%27a%27%3A1%7D";
  if (wire !== "bottomless") return body;
  const form = `{"type":"block_actions","actions":${"[".repeat(50_000)}${"]".repeat(50_000)}}`;
  return body.startsWith("{") ? form : `payload=${encodeURIComponent(form)}`;
}

/**
 * Events are JSON, interactions a form with one `payload`, commands a plain form (R11); with a number,
 * since two that are alike within a second would be one and its replay.
 */
function encoded({ kind, payload }: Parcel, n: number): { contentType: string; body: string } {
  if (kind === "events_api")
    return { contentType: "application/json", body: JSON.stringify({ ...payload, n }) };
  const form = new URLSearchParams({ n: String(n) });
  if (kind === "interactive") form.set("payload", JSON.stringify(payload));
  else for (const [key, value] of Object.entries(payload)) form.set(key, asField(value));
  return { contentType: "application/x-www-form-urlencoded", body: form.toString() };
}

const asField = (value: unknown): string =>
  typeof value === "string" ? value : (JSON.stringify(value) ?? "");

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
