import type { View } from "@slack/types";
import { normaliseBlocks } from "./block-kit/normalise.ts";
import { chooseConversation, valuesOf } from "./block-kit/state.ts";
import type { OpenView, ViewValues } from "./client-protocol.ts";
import type { Ids } from "./ids.ts";
import type { Json } from "./json.ts";
import { type Session, type Sessions, tell } from "./sessions.ts";

/** A stack holds at most three views (R22). */
export const stackLimit = 3;

/** A view as Slack keeps it, a modal or a Home. */
export type KeptView = {
  readonly id: string;
  readonly app: string;
  readonly user: string;
  view: Json & { blocks: Json[] };
  values: ViewValues;
  hash: string;
};

export type Modal = KeptView & {
  readonly session: Session;
  readonly rootId: string;
  readonly previousId: string | null;
  errors: Record<string, string>;
  banner?: string;
  /** A submission is on its way. */
  submitting: boolean;
};

export function keepView(view: Json, ids: Ids): KeptView["view"] {
  const blocks = Array.isArray(view["blocks"]) ? view["blocks"] : [];
  return { ...view, blocks: normaliseBlocks(blocks, () => ids.hex(3)) };
}

/** The modals of all sessions, a stack in each (R22). */
export class Modals {
  readonly #ids: Ids;
  readonly #sessions: Sessions;

  constructor(ids: Ids, sessions: Sessions) {
    this.#ids = ids;
    this.#sessions = sessions;
  }

  all(): Modal[] {
    return this.#sessions.all().flatMap((session) => session.modals);
  }

  find(id: string): Modal | undefined {
    return this.all().find((modal) => modal.id === id);
  }

  hasExternalId(app: string, externalId: unknown): boolean {
    return this.all().some((modal) => modal.app === app && modal.view["external_id"] === externalId);
  }

  /** Starts a new stack: whatever was open in this session goes. */
  open(session: Session, app: string, view: Json): Modal {
    session.modals = [];
    return this.push(session, app, view);
  }

  push(session: Session, app: string, view: Json): Modal {
    const id = this.#ids.id("V");
    const kept = keepView(view, this.#ids);
    const values = valuesOf(kept.blocks, {});
    if (session.viewing !== undefined) chooseConversation(kept.blocks, values, session.viewing);
    const modal: Modal = {
      id,
      app,
      user: session.user,
      session,
      rootId: session.modals[0]?.id ?? id,
      previousId: session.modals.at(-1)?.id ?? null,
      view: kept,
      values,
      hash: this.#ids.viewHash(),
      errors: {},
      submitting: false,
    };
    session.modals.push(modal);
    this.show(session);
    return modal;
  }

  /** Values survive where block id and action id stay (R27). */
  update(modal: Modal, view: Json): void {
    modal.view = keepView(view, this.#ids);
    modal.values = valuesOf(modal.view.blocks, modal.values);
    modal.hash = this.#ids.viewHash();
    modal.errors = {};
    delete modal.banner;
    this.show(modal.session);
  }

  /** Takes one view, and any above it, off its stack. */
  remove(modal: Modal): void {
    const { session } = modal;
    const index = session.modals.indexOf(modal);
    if (index >= 0) session.modals = session.modals.slice(0, index);
    this.show(session);
  }

  clear(session: Session): void {
    session.modals = [];
    this.show(session);
  }

  show(session: Session): void {
    tell(session, { type: "modals", modals: session.modals.map(showView) });
  }
}

/** What the person's client draws. */
export function showView(kept: KeptView & { errors?: Record<string, string>; banner?: string }): OpenView {
  // It has passed the validator.
  const view: unknown = kept.view;
  return {
    id: kept.id,
    app: kept.app,
    view: view as View,
    values: kept.values,
    errors: kept.errors ?? {},
    ...(kept.banner !== undefined && { banner: kept.banner }),
  };
}
