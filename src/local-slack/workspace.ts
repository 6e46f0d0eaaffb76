import type {
  Conversation,
  Group,
  Message,
  Person,
  Workspace as WorkspaceListing,
} from "./client-protocol.ts";
import type { Channel, DirectMessage, WorkspaceSeed } from "./default-workspace.ts";
import type { Ids } from "./ids.ts";
import type { Storage } from "./storage.ts";

/** Something that people's clients and subscribed apps hear of. */
export type Change =
  | { type: "message"; message: Message }
  | { type: "message_changed"; message: Message; previous: Message }
  | { type: "message_deleted"; message: Message }
  | { type: "person"; person: Person }
  | { type: "group"; group: Group; added: string[]; removed: string[] }
  | { type: "conversation"; conversation: Conversation }
  | { type: "archived" | "unarchived"; conversation: Channel; by: string }
  | { type: "joined" | "left"; conversation: Channel; user: string };

/** People, groups and conversations. Whatever changes is stored first, then told to the listeners. */
export class Workspace {
  readonly team: WorkspaceListing["team"];
  readonly people = new Map<string, Person>();
  readonly groups = new Map<string, Group>();
  readonly conversations = new Map<string, Conversation>();
  readonly #ids: Ids;
  readonly #storage: Storage;
  readonly #listeners: ((change: Change) => void)[] = [];

  constructor(seed: WorkspaceSeed, ids: Ids, storage: Storage) {
    this.#ids = ids;
    this.#storage = storage;
    const [stored] = storage.all<WorkspaceListing["team"]>("team");
    this.team = stored ?? seed.team;
    if (stored === undefined) {
      storage.put("team", seed.team.id, seed.team);
      for (const person of seed.people) this.#keepPerson(structuredClone(person));
      for (const group of seed.groups) this.#keepGroup(structuredClone(group));
      for (const channel of seed.channels) this.#keepConversation(structuredClone(channel));
      return;
    }
    for (const person of storage.all<Person>("person")) this.people.set(person.id, person);
    for (const group of storage.all<Group>("group")) this.groups.set(group.id, group);
    for (const one of storage.all<Conversation>("conversation")) this.conversations.set(one.id, one);
  }

  onChange(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  /** An app's own person, of whom no app needs to hear. */
  addBot(person: Person): void {
    this.#keepPerson(person);
  }

  savePerson(person: Person): void {
    this.#keepPerson(person);
    this.tell({ type: "person", person });
  }

  setGroupUsers(group: Group, users: string[]): void {
    const next = { ...group, users };
    this.#keepGroup(next);
    this.tell({
      type: "group",
      group: next,
      added: users.filter((user) => !group.users.includes(user)),
      removed: group.users.filter((user) => !users.includes(user)),
    });
  }

  createChannel(fields: { name: string; private: boolean; members: string[] }): Channel {
    const channel: Channel = {
      id: this.#ids.id("C"),
      kind: "channel",
      archived: false,
      topic: "",
      ...fields,
    };
    this.#keepConversation(channel);
    this.tell({ type: "conversation", conversation: channel });
    return channel;
  }

  setArchived(channel: Channel, archived: boolean, by: string): void {
    if (channel.archived === archived) return;
    const next = { ...channel, archived };
    this.#keepConversation(next);
    this.tell({ type: archived ? "archived" : "unarchived", conversation: next, by });
  }

  setMembers(channel: Channel, members: string[]): void {
    const next = { ...channel, members: [...new Set(members)] };
    this.#keepConversation(next);
    for (const user of next.members)
      if (!channel.members.includes(user)) this.tell({ type: "joined", conversation: next, user });
    for (const user of channel.members)
      if (!next.members.includes(user)) this.tell({ type: "left", conversation: next, user });
    this.tell({ type: "conversation", conversation: next });
  }

  /** The direct message between a person and a bot, made at first use (R37: idempotent). */
  directMessage(user: string, bot: string): DirectMessage {
    for (const one of this.conversations.values())
      if (one.kind === "im" && one.user === user && one.bot === bot) return one;
    const made: DirectMessage = { id: this.#ids.id("D"), kind: "im", user, bot };
    this.#keepConversation(made);
    this.tell({ type: "conversation", conversation: made });
    return made;
  }

  /** Public channels are for members to find; everything else only for those who are in it. */
  sees(user: string, conversation: Conversation): boolean {
    if (isMember(user, conversation)) return true;
    const kind = this.people.get(user)?.kind;
    return conversation.kind === "channel" && !conversation.private && (kind === "member" || kind === "bot");
  }

  /** Somebody of another workspace is in it (Slack Connect). */
  isShared(conversation: Conversation): boolean {
    const members = conversation.kind === "channel" ? conversation.members : [conversation.user];
    return members.some((user) => this.people.get(user)?.kind === "stranger");
  }

  #keepPerson(person: Person): void {
    this.people.set(person.id, person);
    this.#storage.put("person", person.id, person);
  }

  #keepGroup(group: Group): void {
    this.groups.set(group.id, group);
    this.#storage.put("group", group.id, group);
  }

  #keepConversation(conversation: Conversation): void {
    this.conversations.set(conversation.id, conversation);
    this.#storage.put("conversation", conversation.id, conversation);
  }
}

export function isMember(user: string, conversation: Conversation): boolean {
  if (conversation.kind === "im") return conversation.user === user || conversation.bot === user;
  return conversation.members.includes(user);
}
