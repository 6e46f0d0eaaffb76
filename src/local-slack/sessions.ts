import type { ClientEvent, Message, Notice } from "./client-protocol.ts";
import type { Clock } from "./clock.ts";
import type { Ids } from "./ids.ts";
import type { Modal } from "./modals.ts";

/** A tab that reloads drops its stream for a moment; one that stays away this long is closed. */
const streamGraceMs = 10_000;

/** One open client of one person: what lives here is gone with it (R33). */
export type Session = {
  readonly id: string;
  readonly user: string;
  ephemerals: Message[];
  /** The stack of modals, root first. */
  modals: Modal[];
  notices: Notice[];
  /** The conversation that is on the screen. */
  viewing?: string;
  readonly streams: Set<Stream>;
};

/** Where a session's client hears of what happens; it ends with the session. */
type Stream = { tell: (event: ClientEvent) => void; end: () => void };

export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #clock: Clock;
  readonly #ids: Ids;

  constructor(clock: Clock, ids: Ids) {
    this.#clock = clock;
    this.#ids = ids;
  }

  open(user: string): Session {
    const id = `s${this.#ids.hex(16)}`;
    const session: Session = {
      id,
      user,
      ephemerals: [],
      modals: [],
      notices: [],
      streams: new Set(),
    };
    this.#sessions.set(id, session);
    return session;
  }

  close(id: string): void {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    for (const stream of session?.streams ?? []) stream.end();
  }

  find(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  all(): Session[] {
    return [...this.#sessions.values()];
  }

  of(user: string): Session[] {
    return this.all().filter((session) => session.user === user);
  }

  /** Listens to what happens in a session; the answer stops it, and the session ends unless resumed. */
  listen(session: Session, stream: Stream): () => void {
    session.streams.add(stream);
    return () => {
      session.streams.delete(stream);
      this.#clock.setTimeout(() => {
        if (session.streams.size === 0) this.close(session.id);
      }, streamGraceMs);
    };
  }

  notify(session: Session, text: string, channel?: string): void {
    const notice: Notice = {
      id: this.#ids.id("N"),
      text,
      at: this.#clock.now(),
      ...(channel !== undefined && { channel }),
    };
    session.notices.push(notice);
    tell(session, { type: "notice", notice });
  }

  /** Adds an ephemeral to the given sessions. Sent to nobody at all, it is lost: that is Slack's way too (R33). */
  showEphemeral(sessions: Session[], message: Message): void {
    for (const session of sessions) {
      session.ephemerals.push(message);
      tell(session, { type: "message", message });
    }
  }

  changeEphemeral(sessions: Session[], message: Message): void {
    for (const session of sessions) {
      const index = session.ephemerals.findIndex(({ ts }) => ts === message.ts);
      if (index < 0) continue;
      session.ephemerals[index] = message;
      tell(session, { type: "message_changed", message });
    }
  }

  removeEphemeral(sessions: Session[], { channel, ts }: { channel: string; ts: string }): void {
    for (const session of sessions) {
      const left = session.ephemerals.filter((message) => message.ts !== ts);
      if (left.length === session.ephemerals.length) continue;
      session.ephemerals = left;
      tell(session, { type: "message_deleted", channel, ts });
    }
  }
}

export function tell(session: Session, event: ClientEvent): void {
  for (const stream of session.streams) stream.tell(event);
}
