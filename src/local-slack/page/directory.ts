import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Conversation, Person, Workspace } from "../client-protocol.ts";

/** Who and what there is, as the acting person sees it. */
export type Directory = { workspace: Workspace; conversations: Conversation[]; viewer: Person };

const nobody: Person = {
  id: "",
  name: "",
  realName: "",
  title: "",
  tz: "UTC",
  kind: "member",
  teamId: "",
  color: "888888",
};
const empty: Directory = {
  workspace: { team: { id: "", name: "", domain: "" }, people: [], groups: [], conversations: [], apps: [] },
  conversations: [],
  viewer: nobody,
};

export const DirectoryContext = createContext<Directory>(empty);
export const useDirectory = (): Directory => useContext(DirectoryContext);

export function findPerson({ workspace }: Directory, id: string): Person | undefined {
  return workspace.people.find((person) => person.id === id);
}

export function conversationName(directory: Directory, conversation: Conversation): string {
  if (conversation.kind === "channel") return conversation.name;
  const app = directory.workspace.apps.find(({ botUser }) => botUser === conversation.bot);
  return app?.name ?? findPerson(directory, conversation.bot)?.realName ?? conversation.bot;
}

/** The name of a channel mentioned by ID; private ones that the viewer is not in stay unnamed. */
export function channelName(directory: Directory, id: string): string | undefined {
  const known = [...directory.conversations, ...directory.workspace.conversations.filter(isPublic)];
  const found = known.find((conversation) => conversation.id === id);
  return found === undefined ? undefined : conversationName(directory, found);
}

const isPublic = (conversation: Conversation) => conversation.kind === "channel" && !conversation.private;

const kinds: Record<Person["kind"], string> = {
  member: "",
  guest: "guest",
  deactivated: "deactivated",
  stranger: "other workspace",
  bot: "app",
};
export const kindInWords = (person: Person): string => kinds[person.kind];
