import { isDeepStrictEqual } from "node:util";
import type {
  Act,
  ChangeChannel,
  ChangePerson,
  ClientEvent,
  ElementValue,
  Faults,
  Message,
  NewChannel,
  OpenView,
  RunShortcut,
  Snapshot,
  SubmitResult,
  ViewValues,
} from "../../src/local-slack/client-protocol.ts";
import type { Clock } from "../../src/local-slack/clock.ts";
import { defaultWorkspace } from "../../src/local-slack/default-workspace.ts";
import { type Manifest, parseManifest } from "../../src/local-slack/manifest.ts";
import {
  type AppCredentials,
  type LocalSlack,
  type LocalSlackOptions,
  startLocalSlack,
} from "../../src/local-slack/server.ts";

/** A clock that moves only when told to; it starts at the real time, since Bolt checks signatures by that. */
export class TestClock implements Clock {
  #now = Date.now();
  #timers: { at: number; fn: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  setTimeout(fn: () => void, ms: number): () => void {
    const timer = { at: this.#now + ms, fn };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.#timers.length;
  }

  /** Milliseconds until the next timer falls due, undefined where none waits. */
  get next(): number | undefined {
    return this.#timers.length === 0 ? undefined : Math.min(...this.#timers.map(({ at }) => at)) - this.#now;
  }

  /** Moves on, running what falls due in its order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = this.#timers.toSorted((a, b) => a.at - b.at);
      if (next === undefined || next.at > end) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#now = Math.max(this.#now, next.at);
      next.fn();
    }
    this.#now = end;
  }
}

export type TestSlack = LocalSlack & {
  app: AppCredentials;
  /** Opens a client for a person of the workspace, by first name in small letters or by id. */
  as(person: string): Promise<Client>;
  /** `PATCH`es or `POST`s below `/client/admin`. */
  admin(
    method: "PATCH" | "POST",
    path: string,
    body: ChangePerson | ChangeChannel | NewChannel | { users: string[] },
  ): Promise<Record<string, unknown>>;
};

/** Starts a workspace with one app; `manifest` is YAML, JSON or parsed. Everything ends with `close()`. */
export async function startTestSlack(
  options: { manifest: string | Manifest } & Omit<LocalSlackOptions, "apps">,
): Promise<TestSlack> {
  const { manifest: given, ...rest } = options;
  const manifest = typeof given === "string" ? parseManifest(given) : given;
  const slack = await startLocalSlack({ ...rest, apps: [{ manifest }] });
  const [app] = slack.apps;
  if (app === undefined) throw new Error("the app was not installed");
  const people = (rest.workspace ?? defaultWorkspace).people;
  const clients: Client[] = [];
  const close = async (): Promise<void> => {
    for (const client of clients) client.leave();
    await slack.close();
  };
  return {
    ...slack,
    app,
    close,
    [Symbol.asyncDispose]: close,
    async as(person) {
      const id = people.find(({ name }) => name === person)?.id ?? person;
      const client = await Client.open(slack.url, id, app);
      clients.push(client);
      return client;
    },
    admin: (method, path, body) => call(`${slack.url}client/admin/${path}`, method, body),
  };
}

async function call<T = Record<string, unknown>>(url: string, method: string, body?: unknown): Promise<T> {
  const response = await fetch(url, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    }),
  });
  return (await response.json()) as T;
}

/** What failed is kept in reports, and no secret may be. */
const withoutSecrets = (text: string): string => text.replace(/\d+:[A-Za-z0-9+/]{43}=/g, "[secret]");

type Outcome = { ok: boolean; error?: string };
/** What a person gives for an element: its text, the value of an option, an option, or several. */
export type Given = string | number | { text: unknown; value: string } | (string | { value: string })[];

/** One person's client, as a script: what a browser does with the page, over the same calls. */
export class Client {
  readonly user: string;
  readonly #url: string;
  readonly session: string;
  readonly #app: AppCredentials;
  readonly #stream = new AbortController();
  readonly #wakers = new Set<() => void>();
  readonly events: ClientEvent[] = [];

  private constructor(url: string, session: string, user: string, app: AppCredentials) {
    this.#url = url;
    this.session = session;
    this.user = user;
    this.#app = app;
  }

  static async open(url: string, user: string, app: AppCredentials): Promise<Client> {
    const opened = await call<Outcome & { session: string }>(`${url}client/sessions`, "POST", { user });
    if (!opened.ok) throw new Error(opened.error);
    const client = new Client(url, opened.session, user, app);
    await client.#listen();
    return client;
  }

  /** Reloads the page: a new session, without what lived in the old one (R33). */
  async reload(): Promise<Client> {
    this.leave();
    await this.#delete();
    return Client.open(this.#url, this.user, this.#app);
  }

  leave(): void {
    this.#stream.abort();
  }

  /** The bytes of a shared file, as somebody who downloads it gets them. */
  download(file: string): Promise<Response> {
    return fetch(`${this.#url}client/sessions/${this.session}/files/${file}`);
  }

  snapshot(): Promise<Snapshot> {
    return call(`${this.#url}client/sessions/${this.session}`, "GET");
  }

  /** Waits until `look` finds something in the snapshot, which it reads anew at each event. */
  async waitFor<T>(look: (snapshot: Snapshot) => T | undefined | false, timeoutMs = 8000): Promise<T> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const seen = this.events.length;
      const snapshot = await this.snapshot();
      const found = look(snapshot);
      if (found !== undefined && found !== false) return found;
      if (Date.now() > deadline)
        throw new Error(`nothing came; there is: ${withoutSecrets(JSON.stringify(snapshot, null, 1))}`);
      if (this.events.length === seen) await this.#nextEvent(deadline - Date.now());
    }
  }

  /** Waits until `look` finds something in an event after the first `seen`: no snapshot is asked for, which is dear in a large workspace. */
  async eventAfter<T>(
    seen: number,
    look: (event: ClientEvent) => T | undefined | false,
    timeoutMs = 8000,
  ): Promise<T> {
    const deadline = Date.now() + timeoutMs;
    for (let next = seen; ;) {
      for (const event of this.events.slice(next)) {
        const found = look(event);
        if (found !== undefined && found !== false) return found;
      }
      next = this.events.length;
      if (Date.now() > deadline) throw new Error("nothing came");
      await this.#nextEvent(deadline - Date.now());
    }
  }

  /** A channel's id from `#name`, the direct message with the app from `app`. */
  async channel(name: string): Promise<string> {
    if (/^[CD][A-Z0-9]+$/.test(name)) return name;
    const { conversations } = await this.snapshot();
    const found = conversations.find((one) =>
      one.kind === "im" ? name === "app" && one.bot === this.#app.botUserId : `#${one.name}` === name,
    );
    return found?.id ?? name;
  }

  async say(channel: string, text: string, threadTs?: string): Promise<Outcome> {
    return this.#post("messages", {
      channel: await this.channel(channel),
      text,
      ...(threadTs !== undefined && { threadTs }),
    });
  }

  /** Types a slash command. */
  command(text: string, channel = "#general"): Promise<Outcome> {
    return this.say(channel, text);
  }

  async messages(channel: string): Promise<Message[]> {
    const id = await this.channel(channel);
    const { conversations } = await this.snapshot();
    return conversations.find((one) => one.id === id)?.messages.filter(({ ephemeral }) => !ephemeral) ?? [];
  }

  async ephemerals(): Promise<Message[]> {
    return (await this.messagesSeen()).filter(({ ephemeral }) => ephemeral);
  }

  async messagesSeen(): Promise<Message[]> {
    const { conversations } = await this.snapshot();
    return conversations.flatMap(({ messages }) => messages);
  }

  /** Waits for a message, ephemeral or not, whose text or blocks contain `words`. */
  message(words: string): Promise<Message> {
    return this.waitFor(({ conversations }) =>
      conversations
        .flatMap(({ messages }) => messages)
        .find(({ text, blocks }) => `${text} ${JSON.stringify(blocks)}`.includes(words)),
    );
  }

  /** Waits for a modal on top of the stack, with this title where one is given. */
  modal(title?: string): Promise<OpenView> {
    return this.waitFor(({ modals }) => {
      const top = modals.at(-1);
      const shown = top?.view.type === "modal" ? top.view.title.text : undefined;
      return title === undefined || shown === title ? top : undefined;
    });
  }

  home(): Promise<OpenView> {
    return this.waitFor(({ homes }) => homes[this.#app.appId]);
  }

  /** Clicks or changes the element with this action id, in a message, a modal or the Home. */
  async click(where: Message | OpenView, actionId: string, chosen?: Given): Promise<Outcome> {
    const { blockId, element } = place(where, actionId);
    const act: Act = {
      in: "ts" in where ? { channel: where.channel, ts: where.ts } : { view: where.id },
      blockId,
      actionId,
      ...(chosen !== undefined && { chosen: valueOf(element, chosen) }),
    };
    const outcome = await this.#post<Outcome>("actions", act);
    if (outcome.error !== "element_not_found" || !("ts" in where)) return outcome;
    // The message was drawn anew meanwhile, whose blocks have other ids: the same button is pressed there.
    const now = (await this.messagesSeen()).find(
      ({ ts, channel }) => ts === where.ts && channel === where.channel,
    );
    const same = now && places(now).find((each) => isDeepStrictEqual(each.element, element));
    return same === undefined ? outcome : this.#post("actions", { ...act, blockId: same.blockId });
  }

  act(act: Act): Promise<Outcome> {
    return this.#post("actions", act);
  }

  /** Types into an external select. */
  options(
    where: Message | OpenView,
    actionId: string,
    query: string,
  ): Promise<Outcome & { options?: { text: { text: string }; value: string }[]; option_groups?: unknown[] }> {
    const { blockId } = place(where, actionId);
    const at = "ts" in where ? { channel: where.channel, ts: where.ts } : { view: where.id };
    return this.#post("options", { in: at, blockId, actionId, query });
  }

  /** Fills a modal, the one on top where none is given, by action id, and submits it. */
  async submit(given: Record<string, Given> = {}, shown?: OpenView): Promise<SubmitResult> {
    const modal = shown ?? (await this.modal());
    const values: ViewValues = {};
    for (const [actionId, one] of Object.entries(given)) {
      const { blockId, element } = place(modal, actionId);
      values[blockId] = { ...values[blockId], [actionId]: valueOf(element, one) };
    }
    return this.#post("submit", { view: modal.id, values });
  }

  /** Closes the modal on top, or all of them with the X. */
  async closeModal(how: { all: boolean } = { all: false }): Promise<Outcome> {
    const modal = await this.modal();
    return this.#post("close", { view: modal.id, all: how.all });
  }

  async open(channel: string, tab?: "home" | "messages"): Promise<Outcome> {
    return this.#post("open", { channel: await this.channel(channel), ...(tab !== undefined && { tab }) });
  }

  shortcut(callbackId: string, message?: Message): Promise<Outcome> {
    const run: RunShortcut =
      message === undefined
        ? { type: "global", app: this.#app.appId, callbackId }
        : { type: "message", app: this.#app.appId, callbackId, channel: message.channel, ts: message.ts };
    return this.#post("shortcut", run);
  }

  setFaults(faults: Partial<Faults>): Promise<Faults> {
    return call(`${this.#url}client/faults`, "PUT", { rules: [], away: [], ...faults });
  }

  #post<T>(what: string, body: unknown): Promise<T> {
    return call<T>(`${this.#url}client/sessions/${this.session}/${what}`, "POST", body);
  }

  #delete(): Promise<Outcome> {
    return call(`${this.#url}client/sessions/${this.session}`, "DELETE");
  }

  #nextEvent(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      this.#wakers.add(wake);
    });
  }

  async #listen(): Promise<void> {
    const response = await fetch(`${this.#url}client/sessions/${this.session}/events`, {
      signal: this.#stream.signal,
    });
    if (response.body === null) throw new Error("no event stream");
    void this.#read(response.body).catch(() => {});
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const chunk of body) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
      rest = parts.pop() ?? "";
      for (const part of parts)
        if (part.startsWith("data: ")) this.events.push(JSON.parse(part.slice(6)) as ClientEvent);
      for (const wake of this.#wakers) wake();
    }
  }
}

type Element = {
  type: string;
  action_id?: string;
  options?: { value: string }[];
  option_groups?: { options: { value: string }[] }[];
};
type Block = {
  type: string;
  block_id?: string;
  element?: Element;
  accessory?: Element;
  elements?: Element[];
};

type Place = { blockId: string; element: Element };

function place(where: Message | OpenView, actionId: string): Place {
  const found = places(where).find(({ element }) => element.action_id === actionId);
  if (found === undefined)
    throw new Error(`there is no ${actionId} in ${withoutSecrets(JSON.stringify(where))}`);
  return found;
}

function places(where: Message | OpenView): Place[] {
  const blocks = ("ts" in where ? where.blocks : where.view.blocks) as Block[];
  return blocks.flatMap((block) =>
    [block.element, block.accessory, ...(block.elements ?? [])].flatMap((element) =>
      element === undefined ? [] : [{ blockId: block.block_id ?? "", element }],
    ),
  );
}

/** The field of `state.values` by the element's type (R26). */
function valueOf(element: Element, given: Given): ElementValue {
  const { type } = element;
  const offered = [
    ...(element.options ?? []),
    ...(element.option_groups ?? []).flatMap(({ options }) => options),
  ];
  const option = (one: unknown): unknown =>
    typeof one === "string" ? (offered.find(({ value }) => value === one) ?? { value: one }) : one;
  if (type.startsWith("multi_") || type === "checkboxes") {
    const many = [given].flat();
    const what = /^multi_(users|conversations|channels)_/.exec(type)?.[1];
    return what === undefined
      ? { type, selected_options: many.map(option) }
      : { type, [`selected_${what}`]: many };
  }
  const single: Record<string, string> = {
    users_select: "selected_user",
    conversations_select: "selected_conversation",
    channels_select: "selected_channel",
    datepicker: "selected_date",
    timepicker: "selected_time",
    datetimepicker: "selected_date_time",
  };
  const field = single[type];
  if (field !== undefined) return { type, [field]: given };
  if (["static_select", "external_select", "radio_buttons", "overflow"].includes(type))
    return { type, selected_option: option(given) };
  return { type, value: given };
}
