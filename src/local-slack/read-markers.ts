import type { Storage } from "./storage.ts";

type Marker = { user: string; channel: string; ts: string };

/** Until where each person has read each conversation; kept, so that a reload shows what is new. */
export class ReadMarkers {
  readonly #until = new Map<string, string>();
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
    for (const { user, channel, ts } of storage.all<Marker>("read"))
      this.#until.set(`${user} ${channel}`, ts);
  }

  /** The `ts` of the last message read, `"0"` where none was. */
  until(user: string, channel: string): string {
    return this.#until.get(`${user} ${channel}`) ?? "0";
  }

  mark(user: string, channel: string, ts: string): void {
    this.#until.set(`${user} ${channel}`, ts);
    this.#storage.put("read", `${user} ${channel}`, { user, channel, ts } satisfies Marker);
  }
}
