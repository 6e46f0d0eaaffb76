import { type Logger, LogLevel } from "@slack/bolt";
import {
  WebAPIHTTPError,
  WebAPIRateLimitedError,
  type WebAPICallResult,
  WebClient,
  type WebClientOptions,
} from "@slack/web-api";
import { Fault } from "../../domain/fault.ts";
import type { Secret } from "../../domain/secret.ts";
import type { Log } from "../../usecases/ports.ts";
import { slackError } from "./slack-error.ts";

export type SlackConfig = {
  botToken: Secret;
  /** Another Slack: GovSlack, or a local one; ends in a slash. */
  apiUrl?: string;
  mode:
    | { kind: "socket"; appToken: Secret }
    /** Without a host, on every interface: a proxy with a certificate stands before it. */
    | { kind: "http"; signingSecret: Secret; port: number; host?: string };
};

/** The workspace that is served. */
export type Tenant = { team: string; enterprise: string | undefined; orgWide: boolean };

export type SlackClients = {
  /** Modals, reading people and finding somebody's direct message: quick or not at all, since somebody waits. */
  ui: WebClient;
  /** The one message with a secret: sent once, never again, and never logged. */
  secret: WebClient;
  /** Cards and private lines: what fails is a row that the sweep draws again, so nothing is retried here. */
  notify: WebClient;
  /** Files, which take their time. */
  uploads: WebClient;
  /** Asked once; throws what the Web API throws. */
  tenant(): Promise<Tenant>;
};

/** Hears what came of a call, its retries included: "ok", Slack's error, "http-500", "ratelimited" or "unreachable". */
export type ObserveSlack = (method: string, result: string) => void;

/**
 * A client for each manner of talking, so that no queue holds up another and no retry repeats what
 * must not be repeated (slack-rules.md 1.4, 3.4).
 */
export function slackClients(config: SlackConfig, log: Log, observe: ObserveSlack = () => {}): SlackClients {
  const token = config.botToken.reveal();
  const client = (options: WebClientOptions): WebClient =>
    new ObservedClient(observe, token, { ...apiUrl(config), ...options });
  const ui = client({
    retryConfig: { retries: 1, minTimeout: 100 },
    timeout: 2500,
    rejectRateLimitedCalls: true,
    logger: quietly(log),
  });
  let tenant: Promise<Tenant> | undefined;
  const ask = async (): Promise<Tenant> => {
    const {
      team_id: team,
      enterprise_id: enterprise,
      is_enterprise_install: orgWide = false,
    } = await ui.auth.test();
    // Kept until the end, and by it everybody would be a stranger.
    if (team === undefined) throw new Fault("slack-unreachable", "auth.test: no team");
    return { team, enterprise, orgWide };
  };
  return {
    ui,
    secret: client({
      retryConfig: { retries: 0 },
      timeout: 5000,
      rejectRateLimitedCalls: true,
      logger: SILENT,
    }),
    notify: client({
      retryConfig: { retries: 0 },
      timeout: 5000,
      rejectRateLimitedCalls: true,
      maxRequestConcurrency: 5,
      logger: quietly(log),
    }),
    uploads: client({
      retryConfig: { retries: 0 },
      timeout: 60_000,
      rejectRateLimitedCalls: true,
      logger: quietly(log),
    }),
    tenant: async () => {
      tenant ??= ask();
      try {
        return await tenant;
      } catch (error) {
        tenant = undefined;
        throw error;
      }
    },
  };
}

class ObservedClient extends WebClient {
  readonly #observe: ObserveSlack;

  constructor(observe: ObserveSlack, token: string, options: WebClientOptions) {
    super(token, options);
    this.#observe = observe;
  }

  override async apiCall(method: string, options?: Record<string, unknown>): Promise<WebAPICallResult> {
    try {
      const answer = await super.apiCall(method, options);
      this.#observe(method, "ok");
      return answer;
    } catch (error) {
      this.#observe(method, resultOf(error));
      throw error;
    }
  }
}

function resultOf(error: unknown): string {
  const refused = slackError(error);
  if (refused !== undefined) return refused;
  if (error instanceof WebAPIRateLimitedError) return "ratelimited";
  return error instanceof WebAPIHTTPError ? `http-${error.statusCode}` : "unreachable";
}

/** Fresh options each time: the Socket Mode client writes into the object that it is given. */
export function apiUrl({ apiUrl }: SlackConfig): WebClientOptions {
  return apiUrl === undefined ? {} : { slackApiUrl: apiUrl };
}

/** Slack's libraries log warnings and errors through ours; debug lines would carry bodies. */
export function bridge(log: Log): Logger {
  return {
    ...SILENT,
    warn: (...parts: unknown[]) => log.warn({ from: "slack" }, asText(parts)),
    error: (...parts: unknown[]) => log.error({ from: "slack" }, asText(parts)),
  };
}

/** Whoever calls hears what failed, and finds the words for it: by itself it is no error of the program's. */
function quietly(log: Log): Logger {
  return { ...bridge(log), error: (...parts: unknown[]) => log.warn({ from: "slack" }, asText(parts)) };
}

function asText(parts: readonly unknown[]): string {
  return parts.map((part) => (part instanceof Error ? part.message : String(part))).join(" ");
}

const SILENT: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.WARN,
  setName: () => {},
};
