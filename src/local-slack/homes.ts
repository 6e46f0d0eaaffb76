import { valuesOf } from "./block-kit/state.ts";
import type { Ids } from "./ids.ts";
import type { Json } from "./json.ts";
import { keepView, type KeptView, showView } from "./modals.ts";
import { type Sessions, tell } from "./sessions.ts";
import type { Storage } from "./storage.ts";

/** Published App Homes, one for each app and person; they survive a restart. */
export class Homes {
  readonly #homes = new Map<string, KeptView>();
  readonly #ids: Ids;
  readonly #sessions: Sessions;
  readonly #storage: Storage;

  constructor(ids: Ids, sessions: Sessions, storage: Storage) {
    this.#ids = ids;
    this.#sessions = sessions;
    this.#storage = storage;
    for (const home of storage.all<KeptView>("home")) this.#homes.set(`${home.app} ${home.user}`, home);
  }

  of(user: string): KeptView[] {
    return [...this.#homes.values()].filter((home) => home.user === user);
  }

  get(app: string, user: string): KeptView | undefined {
    return this.#homes.get(`${app} ${user}`);
  }

  find(id: string): KeptView | undefined {
    return [...this.#homes.values()].find((home) => home.id === id);
  }

  publish(app: string, user: string, given: Json): KeptView {
    const before = this.get(app, user);
    const view = keepView(given, this.#ids);
    const home: KeptView = {
      id: before?.id ?? this.#ids.id("V"),
      app,
      user,
      view,
      values: valuesOf(view.blocks, before?.values ?? {}),
      hash: this.#ids.viewHash(),
    };
    this.#homes.set(`${app} ${user}`, home);
    this.#storage.put("home", `${app} ${user}`, home);
    for (const session of this.#sessions.of(user)) tell(session, { type: "home", app, home: showView(home) });
    return home;
  }
}
