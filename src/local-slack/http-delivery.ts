import { createHmac } from "node:crypto";
import type { InstalledApp } from "./apps.ts";
import type { Clock } from "./clock.ts";
import type { Answer, Parcel } from "./delivery.ts";
import { type Json, isJson } from "./json.ts";

const redirectLimit = 2;

/** Delivers payloads as signed HTTP requests (R10 to R12). */
export class HttpDelivery {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Asks the events URL to prove itself: it must echo the challenge (R11). */
  async verifyUrl(app: InstalledApp, challenge: string): Promise<boolean> {
    const url = urlFor(app, "events_api", {});
    if (url === undefined) return false;
    const body = JSON.stringify({ type: "url_verification", token: app.verificationToken, challenge });
    try {
      const response = await this.#post(app, url, "application/json", body, {}, AbortSignal.timeout(3000));
      return response.ok && (await response.text()).includes(challenge);
    } catch {
      return false;
    }
  }

  async send(app: InstalledApp, parcel: Parcel, signal: AbortSignal): Promise<Answer> {
    const url = urlFor(app, parcel.kind, parcel.payload);
    if (url === undefined) return { ok: false, reason: "dispatch_failed" };
    const { contentType, body } = encode(parcel);
    const retry: Record<string, string> =
      parcel.retry.attempt === 0
        ? {}
        : { "x-slack-retry-num": String(parcel.retry.attempt), "x-slack-retry-reason": parcel.retry.reason };
    try {
      const response = await this.#post(app, url, contentType, body, retry, signal);
      const text = await response.text();
      if (response.status >= 300 && response.status < 400) return { ok: false, reason: "too_many_redirects" };
      if (response.ok) return { ok: true, body: readBody(text) };
      const noRetry = response.headers.get("x-slack-no-retry") === "1";
      return { ok: false, reason: "http_error", status: response.status, noRetry };
    } catch {
      return { ok: false, reason: signal.aborted ? "http_timeout" : "connection_failed" };
    }
  }

  async #post(
    app: InstalledApp,
    url: string,
    contentType: string,
    body: string,
    headers: Record<string, string>,
    signal: AbortSignal,
    redirects = 0,
  ): Promise<Response> {
    const timestamp = String(Math.floor(this.#clock.now() / 1000));
    const mac = createHmac("sha256", app.signingSecret).update(`v0:${timestamp}:${body}`).digest("hex");
    const response = await fetch(url, {
      method: "POST",
      redirect: "manual",
      signal,
      body,
      headers: {
        ...headers,
        "content-type": contentType,
        "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": `v0=${mac}`,
      },
    });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null || redirects >= redirectLimit)
      return response;
    await response.body?.cancel();
    return this.#post(app, new URL(location, url).href, contentType, body, headers, signal, redirects + 1);
  }
}

/** Events are JSON, interactions a form with one `payload`, commands a plain form; types bare (R11, 1.3). */
function encode({ kind, payload }: Parcel): { contentType: string; body: string } {
  if (kind === "events_api") return { contentType: "application/json", body: JSON.stringify(payload) };
  const form =
    kind === "slash_commands"
      ? new URLSearchParams(Object.entries(payload).map(([key, value]) => [key, String(value)]))
      : new URLSearchParams({ payload: JSON.stringify(payload) });
  return { contentType: "application/x-www-form-urlencoded", body: form.toString() };
}

function urlFor(app: InstalledApp, kind: Parcel["kind"], payload: Json): string | undefined {
  if (app.delivery.mode === "http" && app.delivery.requestUrl !== undefined) return app.delivery.requestUrl;
  const { features, settings } = app.manifest;
  const interactivity = settings.interactivity;
  switch (kind) {
    case "events_api":
      return settings.event_subscriptions.request_url;
    case "slash_commands":
      return features.slash_commands.find(({ command }) => command === payload["command"])?.url;
    case "interactive":
      return payload["type"] === "block_suggestion"
        ? (interactivity.message_menu_options_url ?? interactivity.request_url)
        : interactivity.request_url;
  }
}

/** A command's answer may be plain text (R9). */
function readBody(text: string): unknown {
  if (text.trim() === "") return undefined;
  try {
    const body: unknown = JSON.parse(text);
    return isJson(body) ? body : { text };
  } catch {
    return { text };
  }
}
