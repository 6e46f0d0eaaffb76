import type { Passed } from "./chaos.ts";

/** What somebody did that reached the program, and what was tried to answer it. */
type Done = {
  what: string;
  user: string;
  /** What an answer to it may name: its response URL, its trigger, its view, its message, its person. */
  names: Set<string>;
  arrived: boolean;
  answered: number;
  failed: number;
};

type Payload = {
  type?: string;
  command?: string;
  text?: string;
  user?: { id: string };
  user_id?: string;
  response_url?: string;
  trigger_id?: string;
  callback_id?: string;
  view?: { id: string; callback_id?: string };
  container?: { channel_id?: string; message_ts?: string };
  actions?: { action_id: string }[];
};

/** Everything that people did over Socket Mode, with its answers: none may be left without any. */
export class Clicks {
  readonly #done = new Map<string, Done>();
  /** Whose direct message a channel is. */
  readonly #directs = new Map<string, string>();

  framed({ from, text }: { from: "server" | "client"; text: string }): void {
    const frame = JSON.parse(text) as { envelope_id?: string; type?: string; payload?: Payload };
    const { envelope_id: id, payload } = frame;
    if (id === undefined) return;
    if (from === "client") return this.#acknowledged(id, Object.keys(payload ?? {}).length > 0);
    if (payload === undefined || (frame.type !== "interactive" && frame.type !== "slash_commands")) return;
    const user = payload.user?.id ?? payload.user_id ?? "";
    const { container, view } = payload;
    const names = [
      payload.response_url === undefined ? undefined : new URL(payload.response_url).pathname,
      payload.trigger_id,
      view?.id,
      container?.message_ts,
      user,
    ].filter((name) => name !== undefined);
    const which = payload.actions?.[0]?.action_id ?? payload.callback_id ?? view?.callback_id ?? payload.text;
    const what = `${payload.type ?? payload.command} ${which}`;
    // A form that closes at its submission is an answer too.
    const answered = payload.type === "view_submission" ? 1 : 0;
    this.#done.set(id, { what, user, names: new Set(names), arrived: false, answered, failed: 0 });
  }

  called({ path, body, fate, acted, answer = "" }: Passed): void {
    const form = path.startsWith("/api/") ? new URLSearchParams(body) : new URLSearchParams();
    const users = form.get("users");
    if (path === "/api/conversations.open" && users !== null) {
      const [, channel] = /"channel":\{"id":"(\w+)"/.exec(answer) ?? [];
      if (channel !== undefined) this.#directs.set(channel, users);
    }
    const channel = form.get("channel") ?? "";
    const about = [
      path,
      form.get("trigger_id"),
      form.get("view_id"),
      form.get("ts"),
      this.#directs.get(channel),
      form.get("user"),
      form.get("user_id"),
      users,
    ].filter((name) => name !== null && name !== undefined);
    if (path === "/api/users.info") return;
    // Opening a direct message says nothing yet; that it could not be opened does.
    const says = path !== "/api/conversations.open";
    const taken = acted && (answer.includes('"ok":true') || answer === "ok");
    for (const each of this.#done.values()) {
      if (!about.some((name) => each.names.has(name))) continue;
      if (taken && says) each.answered += 1;
      else if (fate !== "fine" || !taken) each.failed += 1;
    }
  }

  get count(): number {
    return [...this.#done.values()].filter(({ arrived }) => arrived).length;
  }

  /** What nobody has even tried to answer. */
  get ignored(): string[] {
    return [...this.#done.values()]
      .filter(({ arrived, answered, failed }) => arrived && answered + failed === 0)
      .map(({ what, user }) => `${user}: ${what}`);
  }

  /** How many got no answer, since the line failed every one. */
  get unlucky(): number {
    return [...this.#done.values()].filter(
      ({ arrived, answered, failed }) => arrived && answered === 0 && failed > 0,
    ).length;
  }

  #acknowledged(id: string, says: boolean): void {
    const done = this.#done.get(id);
    if (done === undefined) return;
    done.arrived = true;
    if (says) done.answered += 1;
  }
}
