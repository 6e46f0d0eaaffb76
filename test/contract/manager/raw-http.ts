import { Agent, request } from "undici";
import type { EmbeddedManagerOptions } from "../../../src/embedded-manager/server.ts";
import { ADMIN_PASSWORD, startTestManager } from "../../support/embedded-manager.ts";
import { expectDescribed } from "./description.ts";

export type Answer = {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  // What a test looks into is for the test to know; a wrong guess fails it.
  // oxlint-disable-next-line typescript/no-explicit-any
  json: any;
};

type Sent = {
  secret?: string;
  headers?: Record<string, string>;
  /** An object is sent as JSON, a string as it is. */
  body?: unknown;
};

/**
 * Sends what it is told and nothing more: no credentials, no headers of its own beside the two. Each
 * answer is held against the manager's description of itself.
 */
export async function send(url: string, method: string, path: string, sent: Sent = {}): Promise<Answer> {
  const { secret, headers = {}, body } = sent;
  const agent = new Agent();
  try {
    const answer = await request(`${url}${path}`, {
      dispatcher: agent,
      method: method as "GET",
      headers: {
        "api-version": "v1",
        "content-type": "application/json",
        ...(secret !== undefined && { "api-secret-key": secret }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    await expectDescribed(url, method, path, { status: answer.statusCode, text });
    return { status: answer.statusCode, headers: answer.headers, text, json: parse(text) };
  } finally {
    await agent.close();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A manager in memory at 2026-01-01 whose time moves only when told, and short words for calling it. */
export async function rawManager(options: Partial<EmbeddedManagerOptions> = {}) {
  let time = Date.UTC(2026, 0, 1);
  const manager = await startTestManager({ now: () => time, ...options });
  const { url, botSecret: secret } = manager;
  const as = (own: string) => async (method: string, path: string, body?: unknown) =>
    send(url, method, path, { secret: own, body });
  const call = as(secret);
  return {
    ...manager,
    /** Calls with the full-access key. */
    call,
    /** Calls with another secret. */
    as,
    get time() {
      return time;
    },
    pass(ms: number) {
      time += ms;
    },
    /** Makes a key and returns the answer's members, the secret among them. */
    async make(members: object) {
      const made = await call("POST", "/apikeys", { roleID: 1, ...members });
      if (made.status !== 200) throw new Error(`not made: ${made.text}`);
      return made.json;
    },
    async search(criteria: unknown, more: object = {}): Promise<string[]> {
      const found = await call("POST", "/apikeys/search", { searchCriteria: criteria, ...more });
      if (found.status !== 200) throw new Error(`${found.status} ${found.text}`);
      return found.json.apiKeys.map((key: { keyName: string }) => key.keyName);
    },
    /** Signs in as the first user; the headers carry the session as clients send it, attributes included. */
    async signIn() {
      const body = { userName: "MasterAdmin", password: ADMIN_PASSWORD };
      const answer = await send(url, "POST", "/sessions", { body });
      const cookie = String(answer.headers["set-cookie"] ?? "");
      return { answer, headers: { cookie, rID: String(answer.json?.RID) } };
    },
  };
}

export type RawManager = Awaited<ReturnType<typeof rawManager>>;
