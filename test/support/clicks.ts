import type { Passed } from "./chaos.ts";

/** What somebody did that reached the program, and what was tried to answer it. */
type Done = {
  what: string;
  user: string;
  at: number;
  /** What an answer to it names and no other does: its response URL, its trigger, its view. */
  names: Set<string>;
  /** Where it was pressed and succeeded, it may be answered there alone: by a card, or by a secret. */
  effect: ((call: Said) => boolean) | undefined;
  /** Where the program turns when it could not answer there. */
  last: "direct message" | "view";
  arrived: boolean;
  answered: boolean;
  /** The line failed the first way, and then the last one; or it said that it had not. */
  failed: boolean;
  unlucky: boolean;
  /** What was called for this person since, for whoever looks for what went wrong. */
  heard: string[];
};

type Said = { path: string; body: string; form: URLSearchParams };

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
  actions?: { action_id: string; value?: string }[];
};

/** A view that only says that more will come is no answer yet. */
const LOADING = "One moment";

/** Slack's own word that nobody sees this view any more, or that somebody has a newer one. */
const NOBODY_SEES = /"error":"(?:not_found|hash_conflict)"/;

/** Everything that people did over Socket Mode, with its answers: none may be left without any. */
export class Clicks {
  readonly #done = new Map<string, Done>();
  /** Whose direct message a channel is. */
  readonly #directs = new Map<string, string>();
  readonly #clock: () => number;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  framed({ from, text }: { from: "server" | "client"; text: string }): void {
    const frame = JSON.parse(text) as { envelope_id?: string; type?: string; payload?: Payload };
    const { envelope_id: id, payload } = frame;
    if (id === undefined) return;
    if (from === "client") return this.#acknowledged(id, JSON.stringify(payload ?? {}));
    if (payload === undefined || (frame.type !== "interactive" && frame.type !== "slash_commands")) return;
    const { view } = payload;
    const names = [
      payload.response_url === undefined ? undefined : new URL(payload.response_url).pathname,
      payload.trigger_id,
      view?.id,
    ].filter((name) => name !== undefined);
    const which = payload.actions?.[0]?.action_id ?? payload.callback_id ?? view?.callback_id ?? payload.text;
    this.#done.set(id, {
      what: `${payload.type ?? payload.command} ${which}`,
      user: payload.user?.id ?? payload.user_id ?? "",
      at: this.#clock(),
      names: new Set(names),
      effect: effectOf(payload),
      last: payload.type === "view_submission" ? "view" : "direct message",
      arrived: false,
      answered: false,
      failed: false,
      unlucky: false,
      heard: [],
    });
  }

  called({ path, body, fate, acted, answer = "" }: Passed): void {
    const form = path.startsWith("/api/") ? new URLSearchParams(body) : new URLSearchParams();
    const users = form.get("users");
    if (path === "/api/conversations.open" && users !== null) {
      const [, channel] = /"channel":\{"id":"(\w+)"/.exec(answer) ?? [];
      if (channel !== undefined) this.#directs.set(channel, users);
    }
    const names = [path, form.get("trigger_id"), form.get("view_id")];
    const direct = users ?? this.#directs.get(form.get("channel") ?? "");
    const taken = acted && (answer.includes('"ok":true') || answer === "ok");
    for (const each of this.#done.values()) {
      if (direct === each.user || names.some((name) => name !== null && each.names.has(name)))
        each.heard.push(`${path} ${fate} ${taken ? "taken" : answer.slice(0, 80)}`);
      if (names.some((name) => name !== null && each.names.has(name))) {
        this.#named(each, { taken, fate, answer, loading: body.includes(LOADING) });
        if (!each.answered && each.failed && (each.last === "view" || fate === "garbage"))
          each.unlucky = true;
      } else if (each.effect?.({ path, body, form }) === true) each.answered ||= taken;
      else if (each.failed && direct === each.user && path !== "/api/chat.postEphemeral") {
        // Opening a direct message says nothing yet; that the program did not hear of it does, the last time.
        if (path === "/api/conversations.open") each.unlucky = !taken || fate !== "fine";
        else if (!taken || fate === "garbage") each.unlucky = true;
        else if (path === "/api/chat.postMessage") each.answered = true;
      }
    }
  }

  /** When that was done which owns this response URL. */
  askedAt(path: string): number | undefined {
    return [...this.#done.values()].find(({ names }) => names.has(path))?.at;
  }

  get count(): number {
    return this.#arrived.length;
  }

  /** What got no answer, though there was a way left on which to try one. */
  get ignored(): string[] {
    return this.#arrived
      .filter(({ answered, unlucky }) => !answered && !unlucky)
      .map(({ what, user, failed, heard }) => `${user}: ${what} (failed: ${failed}); ${heard.join(", ")}`);
  }

  /** How many got no answer, since the line failed every one. */
  get unlucky(): number {
    return this.#arrived.filter(({ answered }) => !answered).length;
  }

  get #arrived(): Done[] {
    return [...this.#done.values()].filter(({ arrived }) => arrived);
  }

  #named(
    done: Done,
    {
      taken,
      fate,
      answer,
      loading,
    }: Pick<Passed, "fate"> & { taken: boolean; answer: string; loading: boolean },
  ): void {
    // Whatever is said in a view that this opened answers it too.
    const [, view] = taken ? (/"view":\{"id":"(\w+)"/.exec(answer) ?? []) : [];
    if (view !== undefined) done.names.add(view);
    if ((taken && !loading) || NOBODY_SEES.test(answer)) done.answered = true;
    else if (fate !== "fine" || !taken) done.failed = true;
  }

  #acknowledged(id: string, said: string): void {
    const done = this.#done.get(id);
    if (done === undefined) return;
    done.arrived = true;
    // A form that closes at its submission is an answer too.
    const says = said === "{}" ? done.last === "view" : !said.includes(LOADING);
    if (says) done.answered = true;
  }
}

/** A card that has the person's name or is decided since, or the secret of this claim: no more is said then. */
function effectOf({ actions, container, user }: Payload): Done["effect"] {
  const [action] = actions ?? [];
  if (action?.action_id === "decide.approve")
    return ({ path, body, form }) =>
      path === "/api/chat.update" &&
      form.get("ts") === container?.message_ts &&
      (body.includes(user?.id ?? "") || /Denied\+by|Withdrawn\+by/.test(body));
  const [claim = ""] = action?.value?.split(" ") ?? [];
  if (action?.action_id === "claim.show")
    return ({ path, body }) => path === "/api/chat.postEphemeral" && body.includes(claim);
  return undefined;
}
