import type {
  Act,
  AskOptions,
  ClientEvent,
  CloseView,
  OpenConversation,
  RunShortcut,
  SendMessage,
  Snapshot,
  SubmitResult,
  SubmitView,
  Workspace,
} from "../client-protocol.ts";
import type { Option, OptionGroup } from "@slack/types";

type Failed = { ok: false; error?: string } & Omit<SubmitResult, "ok">;
type Answer<T = object> = (T & { ok: true }) | Failed;
export type OptionsAnswer = Answer<{ options?: Option[]; option_groups?: OptionGroup[] }>;

/** One session of one person: what `client-protocol.ts` offers, as functions. None of them throws. */
export class Client {
  readonly session: string;

  private constructor(session: string) {
    this.session = session;
  }

  /** A new session, or the reason why this person gets none. */
  static async open(user: string): Promise<Client | string> {
    const answer = await call<{ session: string }>("POST", "/client/sessions", { user });
    return answer.ok ? new Client(answer.session) : (answer.error ?? "unknown_error");
  }

  snapshot = () => call<Snapshot>("GET", this.path(""));
  send = (message: SendMessage) => call("POST", this.path("/messages"), message);
  act = (act: Act) => call("POST", this.path("/actions"), act);
  options = (ask: AskOptions) =>
    call<{ options?: Option[]; option_groups?: OptionGroup[] }>("POST", this.path("/options"), ask);
  close = (view: CloseView) => call("POST", this.path("/close"), view);
  visit = (place: OpenConversation) => call("POST", this.path("/open"), place);
  shortcut = (run: RunShortcut) => call("POST", this.path("/shortcut"), run);

  async submit(view: SubmitView): Promise<SubmitResult> {
    const answer = await call("POST", this.path("/submit"), view);
    if (answer.ok || answer.errors !== undefined || answer.banner !== undefined) return answer;
    return { ok: false, banner: "We had some trouble connecting. Try again?" };
  }

  /** Ends the session, even while the tab is being closed. */
  leave(): void {
    void fetch(this.path(""), { method: "DELETE", keepalive: true }).catch(() => undefined);
  }

  /** `opened` at each (re)connection, as events may have been missed; `gone` when this session is no more. */
  listen(on: {
    event: (event: ClientEvent) => void;
    opened: () => void;
    lost: () => void;
    gone: () => void;
  }): () => void {
    const source = new EventSource(this.path("/events"));
    source.addEventListener("open", () => on.opened());
    source.addEventListener("message", ({ data }) => on.event(JSON.parse(String(data)) as ClientEvent));
    source.addEventListener("error", () => {
      on.lost();
      if (source.readyState === EventSource.CLOSED) on.gone();
    });
    return () => source.close();
  }

  private path(rest: string): string {
    return `/client/sessions/${encodeURIComponent(this.session)}${rest}`;
  }
}

export const fetchWorkspace = () => call<Workspace>("GET", "/client/workspace");

/** Failures are answers too: `{ ok: false, error }`, as the server gives them. */
async function call<T = object>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
  const init: RequestInit = { method };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { "content-type": "application/json" };
  }
  try {
    const response = await fetch(path, init);
    const answer = (await response.json()) as Partial<Failed>;
    return response.ok && answer.ok !== false
      ? ({ ...answer, ok: true } as T & { ok: true })
      : { ...answer, ok: false };
  } catch {
    return { ok: false, error: "no_connection" };
  }
}
