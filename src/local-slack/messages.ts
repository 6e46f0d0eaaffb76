import type { KnownBlock } from "@slack/types";
import type { Message } from "./client-protocol.ts";
import type { Ids } from "./ids.ts";
import type { Storage } from "./storage.ts";
import type { Workspace } from "./workspace.ts";

export type NewMessage = {
  channel: string;
  user: string;
  app?: string;
  text: string;
  blocks: KnownBlock[];
  threadTs?: string;
  files?: NonNullable<Message["files"]>;
};

/** The lasting messages of all conversations; ephemerals are the sessions' alone (R33). */
export class Messages {
  readonly #byChannel = new Map<string, Message[]>();
  readonly #ids: Ids;
  readonly #storage: Storage;
  readonly #workspace: Workspace;

  constructor(ids: Ids, storage: Storage, workspace: Workspace) {
    this.#ids = ids;
    this.#storage = storage;
    this.#workspace = workspace;
    for (const message of storage.all<Message>("message")) {
      this.#list(message.channel).push(message);
      ids.notBefore(message.ts);
    }
  }

  /** Oldest first. */
  of(channel: string): readonly Message[] {
    return this.#list(channel);
  }

  find(channel: string, ts: string): Message | undefined {
    return this.#list(channel).find((message) => message.ts === ts);
  }

  post(fields: NewMessage): Message {
    const message: Message = { ...fields, ts: this.#ids.ts(), edited: false, ephemeral: false };
    this.#list(message.channel).push(message);
    this.#storage.put("message", keyOf(message), message);
    this.#workspace.tell({ type: "message", message });
    return message;
  }

  change(previous: Message, fields: Pick<Message, "text" | "blocks">): Message {
    const message: Message = { ...previous, ...fields, edited: true };
    const list = this.#list(message.channel);
    list[list.indexOf(previous)] = message;
    this.#storage.put("message", keyOf(message), message);
    this.#workspace.tell({ type: "message_changed", message, previous });
    return message;
  }

  remove(message: Message): void {
    const list = this.#list(message.channel);
    list.splice(list.indexOf(message), 1);
    this.#storage.remove("message", keyOf(message));
    this.#workspace.tell({ type: "message_deleted", message });
  }

  #list(channel: string): Message[] {
    const known = this.#byChannel.get(channel);
    if (known !== undefined) return known;
    const made: Message[] = [];
    this.#byChannel.set(channel, made);
    return made;
  }
}

const keyOf = (message: Message): string => `${message.channel} ${message.ts}`;
